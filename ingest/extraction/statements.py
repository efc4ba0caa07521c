"""What a pattern found, before it is held against the ontology."""

from dataclasses import dataclass

from graph.types import Qualifiers, Span, Value
from ingest.extraction.stance import UNDATED, When

START = "start"  # joined, was appointed: a date is when it began
END = "end"  # left, stepped down: a date is when it ended
STATE = "state"


@dataclass(frozen=True, slots=True)
class Statement:
    """``lookups`` are lemmatised phrases to try in the ontology, the most telling first.

    ``nominal``: "X is the P of Y" may mean the relation either way round, whichever the types allow.
    ``mapped_only``: worthless unless the ontology knows it. ``named``: both ends are names, not pronouns.
    ``permille`` is the trust in the reading, of 1000. ``at``: the code point where the text speaks of the
    head; ``close``: by its name, which stands beside what is said, as in a row or before a bracket. ``term``:
    dates behind the last of its words, which date it if it may last.
    """

    head: int
    lookups: tuple[str, ...]
    tail: int | Value
    span: Span
    permille: int
    when: When = UNDATED
    term: When = UNDATED
    polarity: bool = True
    aspect: str = STATE
    ended: bool = False
    past: bool = False
    nominal: bool = False
    mapped_only: bool = False
    named: bool = True
    qualifiers: Qualifiers = ()
    at: int = -1
    close: bool = False
