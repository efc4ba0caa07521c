"""Triples as JSON lines: ["Ada Long", "LEADS", "Orion Works"], or an object with head, relation and tail.

Known by its name alone: other JSON lines look alike and mean something else.
"""

import json
from pathlib import PurePath

from graph.errors import InvalidInput, UnreadableDocument
from ingest.loaders.decoding import decode
from ingest.loaders.port import Sample
from ingest.triples import MEDIA_TYPE, Triple, parse_triple, triples_document
from ingest.types import ParsedDocument

_SHOWN = 10  # malformed lines that a refusal tells of


class TriplesLoader:
    label = "triples as JSON lines"
    media_type = MEDIA_TYPE
    extensions = (".triples.jsonl", ".triples.ndjson")

    def recognises(self, sample: Sample) -> bool:
        return sample.text is not None and sample.extension in self.extensions

    def load(self, data: bytes, name: str) -> ParsedDocument:
        """All of the lines or, where one is malformed, nothing: a file is read whole, as in any format."""
        text = decode(data)
        if text is None:
            raise UnreadableDocument(f"{name} is no text in any known character set.")
        triples: list[Triple] = []
        refused: list[str] = []
        for number, line in enumerate(text.split("\n"), start=1):
            if not line.strip():
                continue
            try:
                triples.append(parse_triple(json.loads(line, object_pairs_hook=_once)))
            except InvalidInput as error:
                refused.append(f"line {number}: {error}")
            except (ValueError, RecursionError):
                refused.append(f"line {number}: it is no JSON")
        if refused:
            more = f"; and {len(refused) - _SHOWN} more" if len(refused) > _SHOWN else ""
            raise UnreadableDocument(
                f"{name} has malformed triples, so none of it was taken; correct it and send it again. "
                f"{'; '.join(refused[:_SHOWN])}{more}."
            )
        title = PurePath(name).name
        return triples_document(triples, title[: -len(self.extensions[0])] or title)


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """An object, each of whose keys is told once: of two values either may be meant."""
    row = dict(pairs)
    if len(row) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise InvalidInput(f"it tells {twice!r} more than once; a triple has one of each")
    return row
