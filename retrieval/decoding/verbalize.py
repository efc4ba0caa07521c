"""The wording of a path: ``Ada Lovelace -> works for -> Analytical Society <- founded by <- Babbage``.

A wording is a handle, not the path: two paths may share one, and then they share a leaf. So it may be lossy
(white space is collapsed, long names are shortened), and a name that looks like an arrow misleads nobody:
what is returned carries entity and fact ids. Each segment but the first begins with a space, see
``tokenise``.
"""

from collections import Counter
from collections.abc import Sequence

from graph.ports import FactRow, GraphPath, PathStep

VERSION = 1  # part of every trie's id: raise it with any change of wording
_LONGEST = 120  # code points of one name, phrase or qualifier; what is cut ends with an ellipsis

Segments = tuple[str, ...]


def verbalise(paths: Sequence[GraphPath]) -> list[Segments]:
    """The segments of each path; qualifiers and validity are told where paths would read the same without."""
    short = [_segments(path, details=False) for path in paths]
    count = Counter(short)
    return [
        segments if count[segments] == 1 else _segments(path, details=True)
        for path, segments in zip(paths, short, strict=True)
    ]


def _segments(path: GraphPath, *, details: bool) -> Segments:
    parts = [_plain(path.start_name)]
    for step in path.steps:
        arrow = "->" if step.forward else "<-"
        parts.append(f" {arrow} {_relation(step.fact)}{_details(step.fact) if details else ''} {arrow}")
        parts.append(" " + _plain(_reached(step)))
    return tuple(parts)


def _relation(fact: FactRow) -> str:
    known = fact.relation if fact.relation != "RELATED_TO" else fact.phrase
    words = _plain(known.replace("_", " ").lower())
    return words if fact.polarity else f"not {words}"


def _reached(step: PathStep) -> str:
    return step.fact.tail_name if step.forward else step.fact.head_name


def _details(fact: FactRow) -> str:
    told = [f"{_plain(name)}: {_plain(value)}" for name, value in fact.qualifiers]
    if fact.valid_from:
        told.append(f"from {fact.valid_from}")
    if fact.valid_to:
        told.append(f"until {fact.valid_to}")
    return f" ({', '.join(told)})" if told else ""


def _plain(text: str) -> str:
    """One line without surrogates or control characters, never empty, at most ``_LONGEST`` long."""
    printable = "".join(each if each.isprintable() or each in "\u200d\u200c" else " " for each in text)
    line = " ".join(printable.split())
    return "(unnamed)" if not line else line if len(line) <= _LONGEST else line[: _LONGEST - 1].rstrip() + "…"
