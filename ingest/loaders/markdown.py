"""Markdown: CommonMark and tables by markdown-it, front matter by its plain ``key: value`` lines."""

import re
from collections.abc import Sequence

from markdown_it import MarkdownIt
from markdown_it.token import Token
from selectolax.lexbor import LexborHTMLParser

from graph.errors import UnreadableDocument
from graph.types import PartialDate
from ingest.loaders.builder import Cell, DocumentBuilder
from ingest.loaders.dates import parse_date
from ingest.loaders.decoding import clean, decode
from ingest.loaders.html import walk
from ingest.loaders.port import Sample
from ingest.types import ParsedDocument

_FRONT_MATTER = re.compile(
    r"\A---[ \t]*\n(?P<body>.*?)^(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE
)
_PAIR = re.compile(r"([A-Za-z][\w -]*?)\s*:\s+(.*)")
_DATE_KEYS = ("date", "published", "publish_date", "pubdate", "updated", "lastmod")
# Each is hardly ever seen in text that is not Markdown.
_SIGNS = tuple(
    re.compile(sign, re.MULTILINE)
    for sign in (
        r"^#{1,6} \S",
        r"^\s*\|?\s*:?-{3,}:?\s*\|",
        r"^(?:```|~~~)",
        r"\[[^\]\n]+\]\([^)\s]+\)",
        r"\*\*[^*\s][^*\n]*\*\*",
        r"\A---\n(?:[\w-]+:.*\n)+---\n",
    )
)


class MarkdownLoader:
    label = "Markdown"
    media_type = "text/markdown"
    extensions = (".md", ".markdown", ".mdown")

    def recognises(self, sample: Sample) -> bool:
        if sample.text is None:
            return False
        if sample.extension in self.extensions:
            return True
        head = sample.text[:20_000]
        return sum(sign.search(head) is not None for sign in _SIGNS) >= 2

    def load(self, data: bytes, name: str) -> ParsedDocument:
        text = decode(data)
        if text is None:
            raise UnreadableDocument(f"{name} is no text in any known character set.")
        text = clean(text)
        front = _FRONT_MATTER.match(text)
        fields = _fields(front["body"]) if front else {}
        if front and fields:
            text = text[front.end() :]
        builder = DocumentBuilder(self.media_type)
        _write(MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(text), builder)
        return builder.build(name, title=fields.pop("title", ""), stated=_stated(fields), metadata=fields)


def _write(tokens: Sequence[Token], builder: DocumentBuilder) -> None:
    fresh_items: list[bool] = []  # for each open list item, whether it still has no text
    heading: int | None = None
    position = 0
    while position < len(tokens):
        token = tokens[position]
        kind = token.type
        if kind == "table_open":
            end = next(i for i in range(position, len(tokens)) if tokens[i].type == "table_close")
            _write_table(tokens[position:end], builder)
            position = end
        elif kind == "heading_open":
            heading = int(token.tag[1])
        elif kind == "heading_close":
            heading = None
        elif kind == "list_item_open":
            fresh_items.append(True)
        elif kind == "list_item_close":
            fresh_items.pop()
        elif kind in ("fence", "code_block"):
            builder.code(token.content)
        elif kind == "html_block":
            _write_html(token.content, builder)
        elif kind == "inline":
            text = _inline_text(token)
            if heading is not None:
                builder.heading(text, heading)
            elif fresh_items and fresh_items[-1]:
                fresh_items[-1] = False
                builder.list_item(text)
            else:
                builder.paragraph(text)
        position += 1


def _write_table(tokens: Sequence[Token], builder: DocumentBuilder) -> None:
    rows: list[list[Cell]] = []
    header_rows = 0
    for token in tokens:
        if token.type == "tr_open":
            rows.append([])
        elif token.type == "thead_close":
            header_rows = len(rows)
        elif token.type == "inline":
            rows[-1].append(Cell(_inline_text(token)))
    builder.table(rows, header_rows)


def _write_html(source: str, builder: DocumentBuilder) -> None:
    body = LexborHTMLParser(source).body
    if body is not None:
        walk(body, builder)


def _inline_text(token: Token) -> str:
    """What a reader sees: marks, links' targets and tags gone, an image's description kept."""
    parts: list[str] = []
    for child in token.children or ():
        if child.type in ("softbreak", "hardbreak"):
            parts.append("\n")
        elif child.type == "html_inline":
            parts.append("\n" if child.content.lower().startswith("<br") else "")
        elif child.type == "image":
            parts.append(_inline_text(child))
        else:
            parts.append(child.content)
    return "".join(parts)


def _fields(front_matter: str) -> dict[str, str]:
    """The ``key: value`` lines at the left margin; nested YAML is not read."""
    pairs = (_PAIR.fullmatch(line) for line in front_matter.split("\n"))
    return {p[1].lower(): p[2].strip().strip("\"'") for p in pairs if p and p[2].strip()}


def _stated(fields: dict[str, str]) -> PartialDate | None:
    for key in _DATE_KEYS:
        if (date := parse_date(fields.get(key, ""))) is not None:
            return date
    return None
