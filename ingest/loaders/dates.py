"""The date a document itself bears: what its first lines or its metadata state.

Only a date that cannot be misread counts: 03/05/2021 is March to some readers and May to others, so it is
no date at all. Neither is a file's creation time: copying makes a new one, templates keep an old one.
"""

import re
from collections.abc import Sequence

from graph.fusion.dates import DAY, MONTHS, calendar_date
from graph.types import PartialDate

_MONTH = rf"(?P<month>{'|'.join(MONTHS)})\b\.?"
_YEAR = r"(?P<year>1[5-9]\d\d|20\d\d)\b"
_FORMS = tuple(
    re.compile(form, re.IGNORECASE)
    for form in (
        r"(?P<year>1[5-9]\d\d|20\d\d)-(?P<month>[01]\d)-(?P<day>[0-3]\d)(?!\d)",
        r"(?P<year>1[5-9]\d\d|20\d\d)-(?P<month>[01]\d)(?![\d-])",
        rf"{DAY}\s+(?:of\s+)?{_MONTH},?\s+{_YEAR}",
        rf"{_MONTH}\s+{DAY}(?:,\s*|\s+){_YEAR}",
        rf"{_MONTH},?\s+{_YEAR}",
        r"(?P<day>[0-3]?\d)\.(?P<month>[01]?\d)\.(?P<year>1[5-9]\d\d|20\d\d)(?!\d)",
        _YEAR + r"(?!-)",
    )
)
_WEEKDAY = r"(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day,?\s+)?"
_LABEL = re.compile(
    r"(?:date|dated|published|publication date|posted|issued|released|filed|updated|last updated|"
    r"last modified|as of)(?:\s+on)?\s*[:\-\u2013]?\s+" + _WEEKDAY,
    re.IGNORECASE,
)
# "Rotterdam, 3 May 2021", "NEW YORK (Reuters), May 3, 2021 -": a place, then the date.
_PLACE = re.compile(
    r"[A-Z][\w.'\u2019-]*(?:[ -][\w.'\u2019-]+){0,3}(?:, [A-Z][\w.]+)?(?: \([^)]{1,30}\))?, " + _WEEKDAY
)
_NOTHING = re.compile(r"\s*$")
# ... or the first sentence, where a PDF's layout put the dateline into its paragraph.
_AFTER_PLACE = re.compile(r"\s*(?:$|[\u2013\u2014:.|(-])|\s+[A-Z]")
# "COAST WIRE - 1 March 2023", "The Gazette | May 2021": a name, then the date and no more.
_MASTHEAD = re.compile(r"[A-Z][^.!?]{1,60}? [-\u2013\u2014|\u00b7] " + _WEEKDAY)
# "10 March 2020. Text", "(March 10, 2020) Text", "10 March 2020: Text": a day, and what is told from it.
_BEFORE_TEXT = re.compile(r"(?:\)\s*[.:\u2013\u2014-]?|\s*[.:\u2013\u2014-])\s+\S")
_LONGEST_DATELINE = 120
_DAY = len("2021-05-03")


def parse_date(text: str) -> PartialDate | None:
    """The date ``text`` begins with, in the precision given: ISO, "3 May 2021", "May 2021", "2021"."""
    return _date_at(text.strip())[0]


def find_dateline(lines: Sequence[str]) -> PartialDate | None:
    """The date of the first line that is a dateline: labelled, after a place, or a date and no more; else the
    day that one line alone begins with. Of several it is a chronicle's."""
    starts = [[start.strip() for start in (line, *line.split("\n")[:3])] for line in lines]
    for line in starts:
        for start in line:
            if (date := _dateline(start)) is not None:
                return date
    days = [day for line in starts if (day := _day_before_text(line[0])) is not None]
    return days[0] if len(days) == 1 else None


def _day_before_text(line: str) -> PartialDate | None:
    bare = re.sub(rf"^\(?{_WEEKDAY}", "", line, flags=re.IGNORECASE)
    date, end = _date_at(bare)
    return date if date is not None and len(date) == _DAY and _BEFORE_TEXT.match(bare, end) else None


def _dateline(line: str) -> PartialDate | None:
    if len(line) > _LONGEST_DATELINE and _PLACE.match(line) is None:
        return None
    if (label := _LABEL.match(line)) is not None:
        date, end = _date_at(line[label.end() :])
        return date if _is_precise(date) or label.end() + end == len(line) else None
    bare = re.sub(rf"^{_WEEKDAY}", "", line, flags=re.IGNORECASE).rstrip(".")
    date, end = _date_at(bare)
    if _is_precise(date) and end == len(bare):
        return date
    for lead, after in ((_PLACE, _AFTER_PLACE), (_MASTHEAD, _NOTHING)):
        if (found := lead.match(line)) is not None:
            date, end = _date_at(line[found.end() :])
            if _is_precise(date) and after.match(line, found.end() + end):
                return date
    return None


def _is_precise(date: PartialDate | None) -> bool:
    """Of a month or a day: a year alone is as likely a figure or a title's part."""
    return date is not None and len(date) > len("2021")


def _date_at(text: str) -> tuple[PartialDate | None, int]:
    """The date at the start of ``text`` and where it ends."""
    for form in _FORMS:
        if (found := form.match(text)) is None:
            continue
        parts = found.groupdict()
        month, day = parts.get("month"), parts.get("day")
        date = calendar_date(
            int(parts["year"]),
            None if month is None else MONTHS.get(month.lower()) or int(month),
            None if day is None else int(day),
        )
        if date is not None:
            return date, found.end()
    return None, 0
