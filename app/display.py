"""Uploaded text as a page. It is somebody's input: shown as escaped text only, in a sandbox, with no scripts,
no frames and nothing fetched."""

from base64 import b64encode
from hashlib import sha256
from html import escape

from fastapi.responses import HTMLResponse

from graph.types import Span

_STYLE = "body{font:1rem/1.5 serif;margin:2rem auto;max-width:42rem}pre{font:inherit;white-space:pre-wrap}"
_STYLE_HASH = b64encode(sha256(_STYLE.encode()).digest()).decode()
_HEADERS = {
    "Content-Security-Policy": f"sandbox; default-src 'none'; style-src 'sha256-{_STYLE_HASH}'",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "private, no-store",
}


def page_of(title: str, text: str, highlight: Span | None) -> HTMLResponse:
    """The whole text; the highlight, cut to it, is ``#highlight``, so that a link can go there."""
    body = escape(text)
    if highlight is not None:
        start, end = (min(place, len(text)) for place in (highlight.start, highlight.end))
        marked = f'<mark id="highlight">{escape(text[start:end])}</mark>'
        body = escape(text[:start]) + marked + escape(text[end:])
    page = (
        f'<!doctype html><html><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f"<style>{_STYLE}</style></head><body><h1>{escape(title)}</h1><pre>{body}</pre></body></html>"
    )
    return HTMLResponse(page, headers=_HEADERS)
