"""Triples that someone else extracted: each is a line of a document, and its line is its quote.

A malformed triple is refused with the reason.
"""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate

from graph.errors import InvalidInput
from graph.types import Element, ElementKind, Span
from ingest.types import ParsedDocument

MEDIA_TYPE = "application/x-triples+jsonl"
ARROW = " \N{RIGHTWARDS ARROW} "  # parts a triple in its line
_LONGEST = 1_000  # code points of a name or a relation
_PARTS = ("head", "relation", "tail")
_IDS = ("head_id", "tail_id")


@dataclass(frozen=True, slots=True, order=True)
class Triple:
    """``relation`` is a relation type of the ontology, or a phrase as a text would have it.

    The ids, where they are given, tell things of one name apart that the document speaks of.
    """

    head: str
    relation: str
    tail: str
    head_id: str = ""
    tail_id: str = ""

    @property
    def line(self) -> str:
        """As it stands in its document; ``read_line`` reads it back."""
        told = [f"{end} id {id_}" for end, id_ in (("head", self.head_id), ("tail", self.tail_id)) if id_]
        return ARROW.join((self.head, self.relation, self.tail, *told))


def read_line(line: str) -> Triple:
    head, relation, tail, *told = line.split(ARROW)
    ids = dict(one.split(" id ", 1) for one in told)
    return Triple(head, relation, tail, ids.get("head", ""), ids.get("tail", ""))


def parse_triple(row: object) -> Triple:
    """A [head, relation, tail] or an object with those keys; InvalidInput says what is wrong with another."""
    ids: dict[str, str] = {}
    if isinstance(row, dict):
        if missing := [part for part in _PARTS if part not in row]:
            raise InvalidInput(f"a triple needs head, relation and tail; {missing[0]} is missing")
        if unknown := sorted(str(key) for key in row.keys() - {*_PARTS, *_IDS}):
            raise InvalidInput(
                "a triple is a head, a relation and a tail, its line its quote, with a head_id and a tail_id "
                f"if need be; it has no {unknown[0]!r}"
            )
        ids = {name: _text(name, _spelt(row[name])) for name in _IDS if name in row}
        row = [row[part] for part in _PARTS]
    if not isinstance(row, Sequence) or isinstance(row, str | bytes):
        raise InvalidInput("a triple is a list of head, relation and tail, or an object with these keys")
    if len(row) != 3:
        raise InvalidInput(f"a triple has three parts, head, relation and tail; this has {len(row)}")
    return Triple(*(_text(part, text) for part, text in zip(_PARTS, row, strict=True)), **ids)


def _spelt(id_: object) -> object:
    """A database's ids are often whole numbers."""
    return str(id_) if isinstance(id_, int) and not isinstance(id_, bool) else id_


def _text(part: str, text: object) -> str:
    if not isinstance(text, str):
        wanted = "text or a whole number" if part in _IDS else "text"
        raise InvalidInput(f"a triple's {part} must be {wanted}, not {type(text).__name__}")
    if not any(c.isalnum() for c in text):
        raise InvalidInput(f"a triple's {part} is empty; give it a letter or digit at least")
    if len(text) > _LONGEST:
        raise InvalidInput(f"a triple's {part} is longer than {_LONGEST} characters")
    if "\x00" in text or any("\ud800" <= c <= "\udfff" for c in text):
        raise InvalidInput(f"a triple's {part} holds characters that are no text")
    if ARROW.strip() in text:
        raise InvalidInput(f"a triple's {part} holds {ARROW.strip()}, which parts head, relation and tail")
    return unicodedata.normalize("NFC", " ".join(text.split()))


def triples_document(triples: Iterable[Triple], title: str, names: Iterable[str] = ()) -> ParsedDocument:
    """The document that lists ``names`` and states ``triples``, a line each."""
    lines = [*names, *(triple.line for triple in triples)]
    starts = accumulate((len(line) + 1 for line in lines), initial=0)
    elements = tuple(
        Element(n, ElementKind.LIST_ITEM, Span(start, start + len(line)))
        for n, (start, line) in enumerate(zip(starts, lines, strict=False))
    )
    return ParsedDocument("\n".join(lines), title, MEDIA_TYPE, elements)
