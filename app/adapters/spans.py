"""What could be a value in a text: dates and quantities by shape, names and nouns by the spaCy model."""

import re
from collections.abc import Iterator, Sequence

from graph.fusion.names import normalise_name
from graph.types import Value, ValueKind
from ingest.extraction.language import language
from ingest.extraction.values import find_dates, find_quantities
from retrieval.ports import SpanKind, TextSpan

_LABELS = {
    "PERSON": SpanKind.PERSON,
    "ORG": SpanKind.ORGANIZATION,
    "GPE": SpanKind.PLACE,
    "LOC": SpanKind.PLACE,
    "NORP": SpanKind.NOUN,  # American, Catholic: said of someone, nobody's name
}
_UNNAMED = frozenset({"CARDINAL", "DATE", "ORDINAL", "TIME", "PERCENT", "MONEY", "QUANTITY"})
_TRIMMED = " '\"“”.,;:()"
_CAPITAL = r"(?:[^\W\d_a-z]\.|[^\W\d_a-z][\w’'-]*)"
_RUN = re.compile(rf"{_CAPITAL}(?: (?:(?:of|the|and|de|von|van|&) )?{_CAPITAL}){{0,4}}")
_YEAR = re.compile(r"1\d{3}|20\d\d")


class LanguageSpans:
    """Loads the model at the first text that needs it."""

    def find(self, text: str, kinds: frozenset[SpanKind]) -> Sequence[TextSpan]:
        found = list(_shaped(text, kinds))
        if kinds - {SpanKind.DATE, SpanKind.NUMBER}:
            found += (span for span in _read(text) if span.kind in kinds)
        return sorted(found, key=lambda span: (span.start, span.end, span.kind))


def _shaped(text: str, kinds: frozenset[SpanKind]) -> Iterator[TextSpan]:
    dates = find_dates(text)
    if SpanKind.DATE in kinds:
        for date in dates:
            yield TextSpan(date.start, date.end, SpanKind.DATE, Value(ValueKind.DATE, date.date))
    if SpanKind.NUMBER in kinds:
        within = {n for d in dates for n in range(d.start, d.end)}
        for q in find_quantities(text):
            surface = text[q.start : q.end]
            if _YEAR.fullmatch(surface) is None and (q.start not in within or "," in surface):
                yield TextSpan(q.start, q.end, SpanKind.NUMBER, q.value, q.counted)


def _read(text: str) -> Iterator[TextSpan]:
    with language() as model:
        doc = model(text)
        for ent in doc.ents:
            if ent.label_ not in _UNNAMED:
                yield from _text(ent.text, ent.start_char, _LABELS.get(ent.label_, SpanKind.NAME))
        for chunk in doc.noun_chunks:
            words = [t for t in chunk if not (t.is_stop or t.is_punct or t.like_num)]
            if words and chunk.root.pos_ in ("NOUN", "PROPN"):
                start = words[0].idx
                yield from _text(text[start : chunk.end_char], start, SpanKind.NOUN)
        proper = {t.idx for t in doc if t.pos_ == "PROPN" and t.ent_type_ not in ("NORP", "GPE", *_UNNAMED)}
    for run in _RUN.finditer(text):
        if not proper.isdisjoint(range(*run.span())):
            yield from _text(run[0], run.start(), SpanKind.NAME)


def _text(surface: str, start: int, kind: SpanKind) -> Iterator[TextSpan]:
    name = surface.strip(_TRIMMED)
    if name:
        begin = start + surface.index(name)
        yield TextSpan(
            begin, begin + len(name), kind, Value(ValueKind.TEXT, normalise_name(name) or name.casefold())
        )
