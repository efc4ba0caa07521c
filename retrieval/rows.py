"""Rows of tables that answer a question: the right row, and of it the column that was asked for.

Extractive and strict, as a figure beside the wrong label is worse than none: every word of a row's label is
asked for, every word that is asked for stands in the label, its group, its column or around the table, and a
time that is asked for is the column's own.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from graph.ports import ChunkText
from graph.types import ContentId
from retrieval.naming import Naming
from retrieval.periods import Periods, fits_column, periods_in, words_beside_periods
from retrieval.question import Question, Wanted
from retrieval.tables import Row, Table, holds_several, is_empty, is_figure, tables_in
from retrieval.wording import content_stems, stem

_ASIDE = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|,\s*net\b(?:\s+of\s+.*)?", re.IGNORECASE)
_TOTAL = frozenset({stem("total")})
# Words of a question that say that a figure is asked for, or where it was told; no table has to hold them.
_ASKING = frozenset(
    map(
        stem,
        (
            "amount",
            "value",
            "figure",
            "number",
            "total",
            "report",
            "record",
            "company",
            "state",
            "show",
            "spend",
            "earn",
            "generate",
        ),
    )
)
# Without one of these a percentage is not what is asked for: it is the figure's share of another.
_PROPORTION = frozenset(
    map(stem, ("percent", "percentage", "rate", "ratio", "share", "margin", "change", "growth", "proportion"))
)
_MOST_CELLS = 6  # of one row; who asks for none in particular is not told more


@dataclass(frozen=True, slots=True)
class RowHit:
    """``name``: the label, and its group where others bear it too. ``told``: the answering cells by column.
    ``rank``: the smaller, the closer to the question."""

    table: Table
    row: Row
    name: str
    told: tuple[tuple[str, str], ...]
    rank: tuple[int, ...]

    @property
    def unit(self) -> str:
        """What the figures are in, where the table says so; percentages and figures a share need none."""
        of_each = re.search(r"\bper\b|\bpercent", self.name, re.IGNORECASE)
        return "" if of_each or all("%" in cell for _, cell in self.told) else self.table.unit


@dataclass(frozen=True, slots=True)
class _Asked:
    words: frozenset[str]  # that have to be found
    known: frozenset[str]  # that a label may hold
    periods: Periods


def answering_rows(
    question: Question,
    chunks: Sequence[ChunkText],
    naming: Naming,
) -> list[RowHit]:
    """The row that answers, or several that say the same of different times; empty where rows disagree.

    ``chunks`` are in their documents' order.
    """
    asked = _asked(question)
    if not asked.words or question.wanted is Wanted.REASON or question.boolean:
        return []
    hits = [hit for table in tables_in(chunks) for hit in _hits(question, asked, table, naming)]
    if not hits:
        return []
    best = min(hit.rank for hit in hits)
    return _agreeing([hit for hit in hits if hit.rank == best])


def _asked(question: Question) -> _Asked:
    beside = words_beside_periods(question.text)
    named = {number for mention in question.mentions for number in range(*mention)}
    words = {question.tokens[number].stem for number in named.union(question.content)} & beside
    known = {token.stem for token in question.tokens if not token.stop}
    return _Asked(frozenset(words), frozenset(known), periods_in(question.text))


def _hits(question: Question, asked: _Asked, table: Table, naming: Naming) -> Iterator[RowHit]:
    wanted = asked.words - _ASKING - naming.on_cover(table.content)
    if not wanted:
        return
    cores = [_core(row.label) for row in table.rows]
    around = content_stems(" ".join((table.caption, *table.chunk.heading, table.chunk.document)))
    totals = frozenset[str]().union(*(core for core in cores if core & _TOTAL))
    others = frozenset[str]().union(*cores) - totals
    for row, core in zip(table.rows, cores, strict=True):
        short = _initials(row.label) & asked.known
        if not core - _TOTAL or not (short or core - _TOTAL <= asked.known):
            continue
        group = words_beside_periods(row.group)
        alone = cores.count(core) == 1
        if not alone and not (group and group <= asked.known):
            continue
        chosen = _columns(asked, table, row)
        if not chosen or not all(_may_answer(question.wanted, row.cells[at]) for at in chosen):
            continue
        heads = content_stems(" ".join(table.columns[at] for at in chosen))
        told = core | short | group | heads
        if wanted - told - (around - others) - totals:
            continue
        where = (
            row.label,
            *short,
            row.group,
            table.caption.rpartition("\n")[2],
            *(table.columns[at] for at in chosen),
        )
        if not naming.all_named(table.content, (*where, *table.chunk.heading, table.chunk.document)):
            continue
        cells = tuple((table.columns[at], row.cells[at]) for at in chosen)
        name = row.label if alone else f"{row.group}: {row.label}"
        yield RowHit(table, row, name, cells, _rank(asked, core, told, len(cells)))


def _core(label: str) -> frozenset[str]:
    """What a label names: asides in brackets and "net" at its end say how, not what."""
    return content_stems(_ASIDE.sub(" ", label)) or content_stems(label)


def _initials(label: str) -> frozenset[str]:
    """ "Research and development" is R&D."""
    words = re.findall(r"[\w-]+", _ASIDE.sub(" ", label).lower())
    return frozenset({"".join("&" if word == "and" else word[0] for word in words)} if len(words) > 2 else ())


def _columns(asked: _Asked, table: Table, row: Row) -> list[int]:
    """The columns of the time and the words that are asked for; all where none is, and none where it is not
    there or where it cannot be told from another."""
    at = [n for n in range(1, len(row.cells)) if not is_empty(row.cells[n])]
    if not table.header:  # a label and its value, side by side
        return at if len(row.cells) == 2 and not asked.periods else []
    signs = table.signs
    at = [n for n in at if table.columns[n]]
    if _PROPORTION.isdisjoint(asked.known | content_stems(f"{row.label} {row.group}")):
        at = [n for n in at if "%" not in signs[n] + row.cells[n]]
    at = [n for n in at if "%" not in signs[n] or row.cells[n].rstrip(")").endswith("%")]
    at = [n for n in at if not row.cells[n].startswith("%")]
    if asked.periods:
        stated = {n: periods_in(f"{row.group} {table.columns[n]}") for n in at}
        fitting = [[n for n in at if fits_column(one, stated[n])] for one in asked.periods.singles()]
        if not all(fitting):
            return []
        at = sorted({n for some in fitting for n in some})
    shared = {n: len(asked.words & content_stems(table.columns[n])) for n in at}
    most = max(shared.values(), default=0)
    at = [n for n in at if shared[n] == most]
    names = {table.columns[n] for n in at}
    return at if len(names) == len(at) <= _MOST_CELLS else []


def _may_answer(wanted: Wanted, cell: str) -> bool:
    if wanted is Wanted.NUMBER:
        return is_figure(cell)
    if wanted is Wanted.DATE:
        return any(character.isdigit() for character in cell)
    return not holds_several(cell)


def _rank(asked: _Asked, core: frozenset[str], told: frozenset[str], cells: int) -> tuple[int, ...]:
    extra = len(core - asked.known)
    return -len(asked.words & told), -len(asked.words & core), extra, cells


def _agreeing(hits: Sequence[RowHit]) -> list[RowHit]:
    """One hit a set of columns; none at all where the same column of the same label says two things."""
    found: dict[tuple[ContentId, tuple[str, ...]], RowHit] = {}
    said: dict[str, str] = {}
    for hit in hits:
        for column, cell in hit.told:
            figure = re.sub(r"[\s$€£¥]", "", cell)
            if said.setdefault(column, figure) != figure:
                return []
        found.setdefault((hit.table.content, tuple(column for column, _ in hit.told)), hit)
    return list(found.values())
