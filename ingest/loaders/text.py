"""Plain text: blocks between blank lines, and what their shape says they are."""

import re
from collections.abc import Sequence
from itertools import groupby

from graph.errors import UnreadableDocument
from ingest.loaders.builder import Cell, DocumentBuilder, looks_like_header
from ingest.loaders.dates import find_dateline
from ingest.loaders.decoding import clean, decode
from ingest.loaders.port import Sample
from ingest.types import ParsedDocument

_BULLET = re.compile(r"\s*[-*+\u2022\u2023\u25aa\u2013]\s+(?=\S)")
_NUMBERED = re.compile(r"\s*(?:\d{1,3}[.)]|[a-zA-Z]\)|[ivx]{1,5}[.)])\s+(?=\S)")  # "P. Aldous" is a name
_SECTION = re.compile(
    r"(?P<number>\d{1,2}(?:\.\d{1,2}){0,4})\.?\s+(?=[A-Z])|(?P<word>Chapter|Part|Section|Appendix)\s+\w+"
)
_FIELD = re.compile(r"[A-Z][\w /&.-]{0,30}:(?:\s|$)")
_UNDERLINE = re.compile(r"(?:={3,}|-{3,}|~{3,}|\*{3,})\s*$")
_ENDS_SENTENCE = (".", "!", "?", ":", ";", ",")
_LONGEST_HEADING = 80
# A line this much shorter than the block's longest was broken on purpose, not wrapped.
_WRAPPED_SHARE = 0.6
_NARROWEST_WRAP = 40


class TextLoader:
    label = "plain text"
    media_type = "text/plain"
    extensions = (".txt", ".text", ".log")

    def recognises(self, sample: Sample) -> bool:
        return sample.text is not None

    def load(self, data: bytes, name: str) -> ParsedDocument:
        text = decode(data)
        if text is None:
            raise UnreadableDocument(f"{name} is no text in any known character set.")
        builder = DocumentBuilder(self.media_type)
        blocks = _blocks(clean(text))
        for number, lines in enumerate(blocks):
            following = blocks[number + 1] if number + 1 < len(blocks) else None
            _write(lines, following, builder, first=number == 0)
        return builder.build(name)


def _blocks(text: str) -> list[list[str]]:
    lines = (line.rstrip() for line in text.split("\n"))
    return [list(group) for filled, group in groupby(lines, key=bool) if filled]


def _write(lines: list[str], following: list[str] | None, builder: DocumentBuilder, *, first: bool) -> None:
    if len(lines) >= 2 and _UNDERLINE.match(lines[1].strip()) and len(lines[0]) <= _LONGEST_HEADING:
        builder.heading(lines[0], 1 if lines[1].lstrip().startswith(("=", "*")) else 2)
        lines = lines[2:]
    lines = [line for line in lines if not _UNDERLINE.match(line.strip())]
    if not lines:
        return
    if (cells := _tabbed(lines)) is not None:
        builder.table(cells, header_rows=1 if looks_like_header(cells) else 0)
    elif (level := _heading_level(lines, following, first=first)) is not None:
        builder.heading(lines[0], level)
        if lines[1:]:
            _write(lines[1:], following, builder, first=False)
    else:
        for is_item, text in _runs(lines):
            (builder.list_item if is_item else builder.paragraph)(text)


def _heading_level(lines: Sequence[str], following: Sequence[str] | None, *, first: bool) -> int | None:
    """The level of a block's first line, if that is a heading: short, without a sentence's end, over text.

    It stands alone between blank lines, or over lines of which it is plainly none.
    """
    line = lines[0].strip()
    if len(line) > _LONGEST_HEADING or (following is None and len(lines) == 1):
        return None
    if len(lines) > 1:
        titled = first and len(lines) <= 3 and max(map(len, lines)) <= _LONGEST_HEADING
        titled = titled and not lines[1][:1].islower()
        above_text = len(lines[1]) > 2 * len(line) and lines[1][:1].isupper() and not _NUMBERED.match(line)
        if not (titled or above_text):
            return None
        following = lines[1:]
    assert following is not None
    if line.endswith(_ENDS_SENTENCE) or _BULLET.match(line) or _FIELD.match(line):
        return None
    if not any(c.isalpha() for c in line) or (any(c.isdigit() for c in line) and find_dateline([line])):
        return None
    if first:
        return 1
    if (section := _SECTION.match(line)) is not None:
        if section["word"]:
            return 2
        is_list = _NUMBERED.match(following[0]) is not None and len(following) == 1
        return None if is_list else min(2 + section["number"].count("."), 6)
    letters = [c for c in line if c.isalpha()]
    if all(c.isupper() for c in letters) and len(letters) > 3:
        return 2
    words = [w for w in line.split() if w[0].isalpha()]
    capitals = sum(w[0].isupper() for w in words)
    long_after = len(" ".join(following)) > 2 * len(line)
    return 3 if long_after and words and line[0].isupper() and capitals * 2 > len(words) else None


def _runs(lines: Sequence[str]) -> list[tuple[bool, str]]:
    """(is a list item, text) of each paragraph and list item in a block; wrapped lines are joined."""
    widest = max(map(len, lines))
    runs: list[tuple[bool, str]] = []
    broken = True  # whether the line before ended its paragraph
    for line in lines:
        bullet = _BULLET.match(line)
        if bullet or _NUMBERED.match(line):
            # A bullet is layout; a number is something other text refers to.
            runs.append((True, line[bullet.end() :] if bullet else line))
        elif runs and not _FIELD.match(line) and (not broken or line[:1].islower()):
            runs[-1] = (runs[-1][0], f"{runs[-1][1]}\n{line}")
        elif runs and runs[-1][0] and line.startswith((" ", "\t")):
            runs[-1] = (True, f"{runs[-1][1]}\n{line}")
        else:
            runs.append((False, line))
        broken = len(line) < max(widest * _WRAPPED_SHARE, _NARROWEST_WRAP)
    return runs


def _tabbed(lines: Sequence[str]) -> list[list[Cell]] | None:
    """The cells of a block in which every line has as many tabs, at least one."""
    tabs = {line.strip("\n").count("\t") for line in lines}
    if len(lines) < 2 or len(tabs) != 1 or 0 in tabs:
        return None
    return [[Cell(cell) for cell in line.split("\t")] for line in lines]
