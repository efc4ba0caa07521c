"""``python -m bench NAME [--data DIR] [--json] [--predictions FILE]``"""

import sys

from bench.harness import main

_NAMES = (
    "conflicts",
    "decoding",
    "er",
    "fusion",
    "graphusion",
    "ingest",
    "kgtrie",
    "paths",
    "records",
    "retrieval",
    "store",
    "truth",
)

if __name__ == "__main__":
    sys.exit(main(_NAMES))
