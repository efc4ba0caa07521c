"""Bytes to documents, one file a format. A new format is its file and its line in ``LOADERS``.

Importing this package loads every parser: only the parsing process does (``ingest.zygote``).
"""

from ingest.loaders.docx import DocxLoader
from ingest.loaders.html import HtmlLoader
from ingest.loaders.markdown import MarkdownLoader
from ingest.loaders.pdf import PdfLoader
from ingest.loaders.port import Loader
from ingest.loaders.text import TextLoader
from ingest.loaders.triples import TriplesLoader

# The first that recognises the content reads it; plain text reads what is text and nothing else.
LOADERS: tuple[Loader, ...] = (
    PdfLoader(),
    DocxLoader(),
    TriplesLoader(),
    HtmlLoader(),
    MarkdownLoader(),
    TextLoader(),
)

__all__ = ["LOADERS", "Loader"]
