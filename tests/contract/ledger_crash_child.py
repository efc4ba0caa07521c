"""The process that ``test_ledger_crash`` kills: it logs what it has done only once that is durable."""

from itertools import count
from pathlib import Path

from graph.ledger import publish as module
from graph.ledger.engine import Ledger
from graph.types import Evidence, WorkspaceId
from tests.fakes.ledger_evidence import accepted, made

WS = WorkspaceId("test")


def file(number: int) -> Evidence:
    return made(WS, count=20, seed=number)


def work(url: str, log: Path, limit: int | None) -> None:
    """Accept and publish files up to ``limit`` (or for ever), from the last one that was published on."""
    module.BATCH = 40  # several transactions a document
    ledger = Ledger.open(url)
    done = sum(line.startswith("published") for line in log.read_text().splitlines())
    with log.open("a", buffering=1) as acknowledged:
        for number in count(max(0, done - 1)) if limit is None else range(max(0, done - 1), limit):
            with ledger.write() as conn:
                accepted(conn, WS, file(number))
            acknowledged.write(f"accepted {number}\n")
            module.publish(ledger, WS, file(number))
            if number >= done:
                acknowledged.write(f"published {number}\n")
    ledger.close()
