import io
import zipfile

import docx
import pytest
from reportlab.pdfgen.canvas import Canvas

from graph.errors import UnreadableDocument, UnsupportedFormat, VeripathError
from ingest.loaders import LOADERS
from ingest.sniffing import choose_loader


def chosen(data: bytes, name: str) -> str:
    return choose_loader(data, name, LOADERS).label


def make_pdf() -> bytes:
    out = io.BytesIO()
    canvas = Canvas(out)
    canvas.drawString(72, 700, "Hello from a page.")
    canvas.save()
    return out.getvalue()


def make_docx() -> bytes:
    out = io.BytesIO()
    docx.Document().save(out)
    return out.getvalue()


def make_zip(*names: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as package:
        for name in names:
            package.writestr(name, "x")
    return out.getvalue()


SAMPLES = {
    "PDF": make_pdf(),
    "Word (DOCX)": make_docx(),
    "HTML": b"<!DOCTYPE html><html><body><p>Hello.</body></html>",
    "Markdown": b"# Head\n\nSome **bold** text with a [link](http://x).\n",
    "plain text": b"Hello there.\n\nThis is plain.",
}


@pytest.mark.parametrize("label", SAMPLES)
@pytest.mark.parametrize("name", ["a.pdf", "a.docx", "a.html", "a.txt", "a", "a.bin", "a.PDF"])
def test_content_decides_and_the_name_is_a_hint(label: str, name: str) -> None:
    assert chosen(SAMPLES[label], name) == label


def test_the_name_helps_where_content_is_silent() -> None:
    assert chosen(b"Hello.", "a.md") == "Markdown"
    assert chosen(b"<p>Hello.</p>", "a.html") == "HTML"
    assert chosen(b"<p>Hello.</p>", "a.txt") == "plain text"
    assert chosen(b"%PDF-1.4 is how a PDF begins"[5:], "a.txt") == "plain text"


@pytest.mark.parametrize("data", [b"", b"  \n\t ", b"\x00" * 50, b"\xef\xbb\xbf\n"])
def test_empty(data: bytes) -> None:
    with pytest.raises(UnreadableDocument, match=r"a\.txt is empty"):
        chosen(data, "a.txt")


@pytest.mark.parametrize(
    ("data", "name", "error", "match"),
    [
        (
            b"\x89PNG\r\n\x1a\n" + bytes(range(200)),
            "a.png",
            UnsupportedFormat,
            "Network Graphics.*Supported are PDF",
        ),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(200)), "a.pdf", UnsupportedFormat, "Network Graphics"),
        (bytes(range(128, 256)) * 8 + bytes(50), "a.pdf", UnreadableDocument, "named as PDF"),
        (bytes(range(128, 256)) * 8 + bytes(50), "a.xyz", UnsupportedFormat, "unknown format"),
        (b"PK\x03\x04" + bytes(range(200)), "a.docx", VeripathError, r"a\.docx"),
        (make_zip("xl/workbook.xml", "[Content_Types].xml"), "a.xlsx", UnsupportedFormat, "Supported"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "a.doc", UnsupportedFormat, "before 2007"),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(90) + "EncryptedPackage".encode("utf-16-le"),
            "a.docx",
            UnreadableDocument,
            "password",
        ),
        (b"a,b\n1,2\n", "a.csv", UnsupportedFormat, "CSV"),
        (b'{"a": 1}', "a.json", UnsupportedFormat, "JSON"),
        (b"{\\rtf1 text}", "a.txt", UnsupportedFormat, "RTF"),
        (b'<?xml version="1.0"?><data><a/></data>', "a.txt", UnsupportedFormat, "XML"),
    ],
)
def test_what_is_not_read(data: bytes, name: str, error: type[VeripathError], match: str) -> None:
    with pytest.raises(error, match=match):
        chosen(data, name)


def test_xhtml_is_html() -> None:
    page = (
        b'<?xml version="1.0"?>\n<!DOCTYPE html PUBLIC "x">\n<html xmlns="y"><body><p>Hi.</p></body></html>'
    )
    assert chosen(page, "a.xhtml") == "HTML"
