"""When what is told holds: the days that claims vouch for, and statements by the times that they state.

Dates may be partial, so that each has a first and a last day; days are sortable text.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from graph.fusion.statements import Statement
from graph.types import Claim, PartialDate


def first_day(date: PartialDate | None) -> str:
    """The earliest day that a partial date may mean, as sortable text; open: before all."""
    return "" if date is None else date + "-01-01"[len(date) - 4 :]


def last_day(date: PartialDate | None) -> str:
    return "~" if date is None else date + "-12-31"[len(date) - 4 :]


class Days(NamedTuple):
    first: PartialDate
    last: str  # sortable text


def vouched(claim: Claim) -> Days | None:
    """The days that a claim vouches for: its own date, and from its beginning or to its end where it says
    them."""
    start, end, stated = claim.valid_from, claim.valid_to, claim.stated
    if not (start or end or stated):
        return None
    first = first_day(start) if start else min(first_day(date) for date in (stated, end) if date)
    last = last_day(end) if end else max(last_day(date) for date in (start, stated) if date)
    return Days(PartialDate(first), last)


class Part(NamedTuple):
    """Statements that make one fact. ``again``: they were told after the end of what is told of before."""

    said: list[Statement]
    again: bool = False


def by_interval(statements: Sequence[Statement]) -> list[Part]:
    """Statements whose intervals overlap join; one without goes with the latest stretch."""
    dated, bare = _by_start(statements)
    parts: list[Part] = []
    reach = ""
    for statement in dated:
        if not parts or first_day(statement.claim.valid_from) > reach:
            parts.append(Part([]))
            reach = ""
        parts[-1].said.append(statement)
        reach = max(reach, last_day(statement.claim.valid_to))
    if not parts:
        return [Part(bare)]
    parts[-1].said.extend(bare)
    return parts


def by_term(statements: Sequence[Statement]) -> list[Part]:
    """As ``by_interval``, of a state, which may begin again.

    An interval that is open when it is told of ends where another one that overlaps it says. A report without
    one is of the latest that had begun by its date. But where that had ended before, it opens a part of its
    own, unless it tells of what was (``past``). Undated ones are of the latest part.
    """
    dated, bare = _by_start(statements)
    terms: list[Part] = []
    starts: list[str] = []
    ends: list[str] = []  # as far as one is told
    for statement in dated:
        start, end = first_day(statement.claim.valid_from), statement.claim.valid_to
        if not terms or start > (ends[-1] or last_day(None)):
            terms.append(Part([]))
            starts.append(start)
            ends.append("")
        terms[-1].said.append(statement)
        ends[-1] = max(ends[-1], last_day(end) if end else "")
    if not terms:
        return [Part(bare)]
    opened: dict[int, Part] = {}
    for statement in bare:
        date = statement.claim.stated
        if date is not None:
            at = max(bisect_right(starts, last_day(date)) - 1, 0)
            opens = "" < ends[at] < first_day(date) and not statement.claim.past
            part = opened.setdefault(at, Part([], again=True)) if opens else terms[at]
            part.said.append(statement)
    parts = [part for at, term in enumerate(terms) for part in (term, opened.get(at)) if part]
    parts[-1].said.extend(statement for statement in bare if statement.claim.stated is None)
    return parts


def _by_start(statements: Iterable[Statement]) -> tuple[list[Statement], list[Statement]]:
    """Those that say when it began or ended, in order of time, and the others."""
    dated: list[Statement] = []
    bare: list[Statement] = []
    for statement in statements:
        (dated if statement.claim.valid_from or statement.claim.valid_to else bare).append(statement)
    return sorted(dated, key=lambda s: (first_day(s.claim.valid_from), s.claim.id)), bare


def marks(parts: Iterable[Part]) -> Iterator[str | None]:
    """What tells facts apart that differ in time only, in its order: when they began, as they say. The first
    that does not say when has none; others have the first day that they speak of."""
    open_before = False
    for part in parts:
        claims = [statement.claim for statement in part.said]
        start = start_of(claims)
        if start is None and open_before:
            dates = [date for c in claims for date in (c.stated, c.valid_to) if date]
            yield min(map(first_day, dates), default="")
        else:
            yield start
        open_before = open_before or start is None


def start_of(claims: Iterable[Claim]) -> PartialDate | None:
    starts = [c.valid_from for c in claims if c.valid_from]
    return outermost(starts, min) if starts else None


def outermost(
    dates: Sequence[PartialDate], choose: Callable[[Sequence[PartialDate]], PartialDate]
) -> PartialDate:
    """The outermost date by ``choose``, in the most precise form in which it is stated."""
    found = choose(dates)
    while finer := [d for d in dates if len(d) > len(found) and d.startswith(found)]:
        found = choose(finer)
    return found
