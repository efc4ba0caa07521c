"""Passages of a retrieval set as the files that people would upload."""

from collections.abc import Sequence
from pathlib import Path

from bench.harness import NotMeasured, read_rows


def passage_files(folder: Path) -> dict[str, bytes]:
    """``corpus.jsonl`` {id, title, text} as ``ID.txt``: the title underlined, a blank line, the text."""
    corpus = read_fields(folder / "corpus.jsonl", ("id", "title", "text"))
    return {f"{row['id']}.txt": _file(row["title"], row["text"]) for row in corpus}


def read_fields(path: Path, names: Sequence[str]) -> list[dict[str, str]]:
    """Only the named fields, as text; NotMeasured where one is missing or an id comes twice."""
    rows = [{name: str(row[name]) for name in names if name in row} for row in read_rows(path)]
    if any(len(row) < len(names) for row in rows):
        raise NotMeasured(f"{path} has rows without {', '.join(names)}")
    if len({row["id"] for row in rows}) < len(rows):
        raise NotMeasured(f"{path} has an id twice")
    return rows


def _file(title: str, text: str) -> bytes:
    return f"{title}\n{'=' * max(3, len(title))}\n\n{text}\n".encode()
