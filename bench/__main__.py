"""``python -m bench NAME [--data DIR] [--json] [--predictions FILE]``"""

import sys

from bench import er, ingest, kgtrie, retrieval, truth
from bench.harness import main

if __name__ == "__main__":
    sys.exit(main([er.BENCHMARK, ingest.BENCHMARK, kgtrie.BENCHMARK, retrieval.BENCHMARK, truth.BENCHMARK]))
