"""Rebuild the binary samples (PDF, DOCX) from their Markdown sources: ``python -m app.samples.build``.

Run by hand after a source changed; the built files are committed, so that a user needs no PDF writer.
"""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import docx
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import getSampleStyleSheet
from reportlab.platypus import PageBreak, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

HERE = Path(__file__).parent


def blocks(body: str) -> Iterator[tuple[str, Any]]:
    """("h1" | "h2" | "p", text), ("table", rows) or ("page", None) for each block of a source."""
    for block in body.strip().split("\n\n"):
        if block.startswith("|"):
            lines = [line for line in block.splitlines() if not line.startswith("|---")]
            yield "table", [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
        elif block == "\\page":
            yield "page", None
        elif block.startswith("#"):
            marks, text = block.split(" ", 1)
            yield f"h{len(marks)}", text
        else:
            yield "p", block


def write_pdf(target: Path, title: str, body: str) -> None:
    styles = getSampleStyleSheet()
    by_kind = {"h1": styles["Heading1"], "h2": styles["Heading2"], "p": styles["BodyText"]}
    grid = TableStyle([("GRID", (0, 0), (-1, -1), 0.5, colors.grey), ("FONTSIZE", (0, 0), (-1, -1), 9)])
    story: list[Any] = []
    for kind, content in blocks(body):
        if kind == "table":
            story += [Table(content, style=grid), Spacer(1, 12)]
        elif kind == "page":
            story.append(PageBreak())
        else:
            story.append(Paragraph(content, by_kind[kind]))
    # invariant: no creation time in the file, so that a rebuild changes nothing
    SimpleDocTemplate(str(target), pagesize=A4, title=title, invariant=1).build(story)


def write_docx(target: Path, title: str, body: str, date: datetime) -> None:
    document = docx.Document()
    properties = document.core_properties
    properties.title, properties.author = title, "Veripath samples"
    properties.created = properties.modified = date
    for kind, content in blocks(body):
        if kind == "table":
            table = document.add_table(rows=0, cols=len(content[0]), style="Table Grid")
            for row in content:
                for cell, text in zip(table.add_row().cells, row, strict=True):
                    cell.text = text
        elif kind == "page":
            document.add_page_break()
        elif kind == "p":
            document.add_paragraph(content)
        else:
            document.add_heading(content, level=int(kind[1]))
    document.save(str(target))


def main() -> None:
    for source in sorted((HERE / "sources").glob("*.md")):
        _, front, body = source.read_text(encoding="utf-8").split("---\n", 2)
        fields = dict(line.split(": ", 1) for line in front.strip().splitlines())
        target = HERE / "documents" / f"{source.stem}.{fields['format']}"
        if fields["format"] == "pdf":
            write_pdf(target, fields["title"], body)
        else:
            write_docx(target, fields["title"], body, datetime.fromisoformat(fields["date"]))


if __name__ == "__main__":
    main()
