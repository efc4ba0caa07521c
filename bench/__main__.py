"""``python -m bench NAME [--data DIR] [--json] [--predictions FILE]``"""

import sys

from bench import conflicts, decoding, er, fusion, graphusion, ingest, kgtrie, paths, retrieval, store, truth
from bench.harness import main

_ALL = (conflicts, decoding, er, fusion, graphusion, ingest, kgtrie, paths, retrieval, store, truth)

if __name__ == "__main__":
    sys.exit(main([each.BENCHMARK for each in _ALL]))
