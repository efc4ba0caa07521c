"""The process that ``test_ledger_crash`` kills: it says what it has done only once that is durable."""

import sys

from graph.ledger import publish as module
from graph.ledger.engine import Ledger
from tests.contract.test_ledger_crash import WS, files
from tests.fakes.ledger_evidence import accepted


def main(url: str) -> None:
    module.BATCH = 40  # several transactions a document
    ledger = Ledger.open(url)
    todo = files()
    print("ready", flush=True)
    for file in todo:
        with ledger.write() as conn:
            accepted(conn, WS, file)
        print(f"accepted {file.title}", flush=True)
        module.publish(ledger, WS, file)
        print(f"published {file.title}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
