"""HTML: a walk over the body, one element for each block.

Text between two block boundaries is one element; what it is depends on the tags that are open. Nothing of
the text is dropped but page chrome: scripts, styles, navigation, forms' controls, footers of the page, and
what its author hid.
"""

import json
import re
from collections.abc import Iterator

from selectolax.lexbor import LexborHTMLParser, LexborNode

from graph.errors import UnreadableDocument
from graph.types import PartialDate
from ingest.loaders.builder import Cell, DocumentBuilder
from ingest.loaders.dates import find_dateline, parse_date
from ingest.loaders.decoding import decode, flow
from ingest.loaders.port import Sample
from ingest.types import ParsedDocument

_CHARSET = re.compile(rb"<meta[^>]{0,200}charset\s*=\s*[\"']?\s*([\w.:-]{2,40})", re.IGNORECASE)
_MARKUP = re.compile(r"<!doctype\s+html|<html[\s>]|<head[\s>]|<body[\s>]", re.IGNORECASE)
_BLOCK_MARKUP = re.compile(r"</(?:p|div|h[1-6]|table|ul|ol|article|section)>", re.IGNORECASE)

_SKIPPED = frozenset(
    """script style template noscript nav iframe object embed svg canvas audio video map select
button input textarea datalist dialog head""".split()
)
_CHROME_ROLES = frozenset({"navigation", "search", "banner", "contentinfo", "menu", "menubar", "toolbar"})
_BLOCKS = frozenset(
    """address article aside blockquote body caption center dd details dialog dir div dl dt fieldset
figcaption figure footer form h1 h2 h3 h4 h5 h6 header hgroup hr legend li main menu ol
optgroup p pre section summary table tbody td tfoot th thead tr ul""".split()
)
_HEADINGS = {f"h{n}": n for n in range(1, 7)}
_HIDDEN_STYLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
# The part marked as main is the document when it holds most of what the body says.
_MAIN_SHARE = 0.4
_DATE_META = (
    "article:published_time",
    "datepublished",
    "dc.date",
    "dc.date.issued",
    "dcterms.date",
    "dcterms.issued",
    "date",
    "date.issued",
    "dc.date.created",
    "og:published_time",
    "og:article:published_time",
    "parsely-pub-date",
    "sailthru.date",
    "pubdate",
    "publishdate",
    "publication_date",
    "citation_publication_date",
)
_KEPT_META = ("author", "description", "keywords")


class HtmlLoader:
    label = "HTML"
    media_type = "text/html"
    extensions = (".html", ".htm", ".xhtml")

    def recognises(self, sample: Sample) -> bool:
        if sample.text is None:
            return False
        head = sample.text[:4096]
        return _MARKUP.search(head) is not None or (
            sample.extension in self.extensions and _BLOCK_MARKUP.search(sample.text) is not None
        )

    def load(self, data: bytes, name: str) -> ParsedDocument:
        declared = _CHARSET.search(data[:4096])
        text = decode(data, declared[1].decode("ascii", "replace") if declared else None)
        if text is None:
            raise UnreadableDocument(f"{name} is no text in any known character set.")
        # The parser ends a document at NUL; "replaced at load" is the house's rule.
        tree = LexborHTMLParser(text.replace("\x00", "\ufffd").encode("utf-8", "replace"))
        builder = DocumentBuilder(self.media_type)
        if tree.body is not None:
            walk(_content(tree), builder)
        meta = _meta(tree)
        heading = tree.css_first("title")
        title = (heading.text() if heading is not None else "") or meta.get("og:title", "")
        return builder.build(
            name,
            title=title,
            stated=_stated(tree, meta, title),
            metadata={key: meta[key] for key in _KEPT_META if key in meta},
        )


def walk(root: LexborNode, builder: DocumentBuilder) -> None:
    """Write the blocks under ``root``. Iterative: nesting is bounded by memory, not by the stack."""
    writer = _BlockWriter(builder)
    node: LexborNode | None = root.child
    depth = 1
    while node is not None and depth:
        if node.is_text_node:
            writer.text(node.text_content or "")
        elif node.is_element_node and not _is_skipped(node):
            tag = node.tag or ""
            if tag == "table" and not _is_layout(node):
                writer.table(node)
            else:
                writer.enter(tag)
                if node.child is not None:
                    node = node.child
                    depth += 1
                    continue
                writer.leave(tag)
        while node.next is None and depth > 1:
            node = _parent(node)
            depth -= 1
            writer.leave(node.tag or "")
        node = node.next
    writer.flush()


class _BlockWriter:
    """Text since the last block boundary, and the tags that say what it is."""

    def __init__(self, builder: DocumentBuilder) -> None:
        self._builder = builder
        self._text: list[str] = []
        self._open: list[str] = []  # the block tags that give text its kind
        self._fresh_item = False  # the list item that is open has no text yet
        self._term = ""  # a definition list's term waiting for its definition
        self._last_break = -1

    def text(self, text: str) -> None:
        self._text.append(text)

    def enter(self, tag: str) -> None:
        if tag == "br":
            # Two breaks with nothing between are a paragraph's end in old pages.
            doubled = self._last_break >= 0 and not "".join(self._text[self._last_break :]).strip()
            if doubled and "pre" not in self._open:
                self.flush()
            self._text.append("\n")
            self._last_break = len(self._text)
        elif tag in _BLOCKS:
            self.flush()
            self._open.append(tag)
            if tag == "li":
                self._fresh_item = True

    def leave(self, tag: str) -> None:
        if tag in _BLOCKS:
            self.flush()
            if tag == "dl":
                self._flush_term()
            if self._open:
                self._open.pop()

    def flush(self) -> None:
        text, self._text, self._last_break = "".join(self._text), [], -1
        if not text or text.isspace():
            return None
        for tag in reversed(self._open):
            if tag in _HEADINGS:
                return self._builder.heading(text, _HEADINGS[tag])
            if tag == "pre":
                return self._builder.code(text)
            if tag in ("figcaption", "caption"):
                return self._builder.caption(text)
            if tag == "li":
                write = self._builder.list_item if self._fresh_item else self._builder.paragraph
                self._fresh_item = False
                return write(text)
            if tag == "dt":
                self._flush_term()
                self._term = flow(text)
                return None
            if tag == "dd":
                term, self._term = self._term, ""
                joint = " " if term.endswith((":", "?", "\u2013")) else ": "
                return self._builder.list_item(f"{term}{joint}{text}" if term else text)
        return self._builder.paragraph(text)

    def table(self, node: LexborNode) -> None:
        self.flush()
        caption, header_rows = "", 0
        rows: list[list[Cell]] = []
        for row in _rows(node):
            if row.tag == "caption":
                caption = _inline_text(row)
                continue
            cells = [c for c in _children(row) if c.tag in ("td", "th") and not _is_skipped(c)]
            is_header = _in_head(row) or (bool(cells) and all(c.tag == "th" for c in cells))
            if is_header and header_rows == len(rows):
                header_rows += 1
            rows.append(
                [Cell(_inline_text(c), _count(c, "colspan", 1), _count(c, "rowspan", 65_534)) for c in cells]
            )
        self._builder.table(rows, header_rows, caption)

    def _flush_term(self) -> None:
        if self._term:
            self._builder.list_item(self._term)
            self._term = ""


def _content(tree: LexborHTMLParser) -> LexborNode:
    """The part its author marks as main, when that holds a fair share of the text; else the body."""
    body = tree.body
    assert body is not None
    marked = tree.css("main, [role=main]") or tree.css("article")
    if len(marked) == 1:
        whole = len(_inline_text(body))
        if len(_inline_text(marked[0])) >= whole * _MAIN_SHARE:
            return marked[0]
    return body


def _is_skipped(node: LexborNode) -> bool:
    tag = node.tag
    if tag in _SKIPPED:
        return True
    if tag == "footer" and (parent := node.parent) is not None and parent.tag == "body":
        return True
    attributes = node.attributes
    if not attributes:
        return False
    return (
        "hidden" in attributes
        or attributes.get("aria-hidden") == "true"
        or attributes.get("role") in _CHROME_ROLES
        or _HIDDEN_STYLE.search(attributes.get("style") or "") is not None
    )


def _is_layout(table: LexborNode) -> bool:
    """Whether a table only arranges a page: it says so, or holds other tables."""
    if table.attributes.get("role") in ("presentation", "none"):
        return True
    return len(table.css("table")) > 1  # the selection holds the table itself


def _rows(table: LexborNode) -> Iterator[LexborNode]:
    """Its caption and rows, in order; sections are opened."""
    for child in _children(table):
        if child.tag in ("thead", "tbody", "tfoot"):
            yield from (row for row in _children(child) if row.tag == "tr" and not _is_skipped(row))
        elif child.tag in ("tr", "caption") and not _is_skipped(child):
            yield child


def _in_head(row: LexborNode) -> bool:
    return row.parent is not None and row.parent.tag == "thead"


def _children(node: LexborNode) -> Iterator[LexborNode]:
    child = node.child
    while child is not None:
        if child.is_element_node:
            yield child
        child = child.next


def _count(cell: LexborNode, attribute: str, whole: int) -> int:
    """A span attribute as browsers read it: nonsense is 1, and rowspan 0 is the rest of the table."""
    text = (cell.attributes.get(attribute) or "1").strip()
    if not text.isdigit():
        return 1
    return min(int(text[:6]), 65_534) or whole


def _inline_text(root: LexborNode) -> str:
    """All shown text under ``root`` on one line; blocks and breaks part words."""
    parts: list[str] = []
    node: LexborNode | None = root.child
    depth = 1
    while node is not None and depth:
        if node.is_text_node:
            parts.append(node.text_content or "")
        elif node.is_element_node and not _is_skipped(node):
            if node.tag == "br" or node.tag in _BLOCKS:
                parts.append(" ")
            if node.child is not None:
                node = node.child
                depth += 1
                continue
        while node.next is None and depth > 1:
            node = _parent(node)
            depth -= 1
            if node.tag in _BLOCKS:
                parts.append(" ")
        node = node.next
    return flow("".join(parts))


def _parent(node: LexborNode) -> LexborNode:
    parent = node.parent
    assert parent is not None  # the walk came down through it
    return parent


def _meta(tree: LexborHTMLParser) -> dict[str, str]:
    """<meta> by lower-case name or property, the first of each."""
    found: dict[str, str] = {}
    for node in tree.css("meta"):
        attributes = node.attributes
        key = attributes.get("name") or attributes.get("property") or attributes.get("itemprop")
        if key and attributes.get("content"):
            found.setdefault(key.lower(), attributes["content"] or "")
    return found


def _stated(tree: LexborHTMLParser, meta: dict[str, str], title: str) -> PartialDate | None:
    """Metadata first, then JSON-LD, the first <time> of the content, the only one of the page, its title."""
    for key in _DATE_META:
        if (date := parse_date(meta.get(key, ""))) is not None:
            return date
    for script in tree.css('script[type="application/ld+json"]'):
        if (date := _json_ld_date(script.text())) is not None:
            return date
    for time in tree.css("article time[datetime], main time[datetime], header time[datetime], time[pubdate]"):
        if (date := parse_date(time.attributes.get("datetime") or "")) is not None:
            return date
    times = tree.css("time")  # of several, who is to say which is the page's own?
    if len(times) == 1:
        date = parse_date(times[0].attributes.get("datetime") or "") or parse_date(times[0].text())
        if date is not None:
            return date
    return find_dateline([title])


def _json_ld_date(text: str) -> PartialDate | None:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if isinstance(found, dict) and isinstance(found.get("@graph"), list):
        found = [found, *found["@graph"]]
    for item in found if isinstance(found, list) else [found]:
        published = item.get("datePublished") if isinstance(item, dict) else None
        if isinstance(published, str) and (date := parse_date(published)) is not None:
            return date
    return None
