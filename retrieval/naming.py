"""Whom a passage speaks of: what it names itself, what its headings name, and whose its document is."""

from collections.abc import Mapping, Sequence

from graph.fusion.names import normalise_name
from graph.ports import ChunkText
from graph.types import ContentId
from retrieval.periods import words_beside_periods
from retrieval.question import Question
from retrieval.wording import content_stems

COVER = 12  # chunks at a document's beginning that may be its cover
_LONGEST_COVER = 2_000  # code points


class Naming:
    """The names in a question, those of no known entity too, and the documents whose covers bear them.

    A cover names its document's subject in a line of its own: "Apple Inc." A name anywhere else in a document
    says nothing about its other passages.
    """

    def __init__(self, question: Question, unknown: Sequence[str], covers: Sequence[ChunkText]) -> None:
        """``covers``: chunks of which the first ones of each document are read."""
        beside = words_beside_periods(question.text)  # July in "July 1, 2023" is nobody
        tokens = question.tokens
        spoken = [
            (names_of(question, (start, end)), beside & {token.stem for token in tokens[start:end]})
            for start, end in question.mentions
        ]
        self._words = [(names, words) for names, words in spoken if words]
        self._places = {
            normalise_name(topic.mention) for topic in question.topics if topic.entity.type == "Place"
        }
        self._unknown = [(normalise_name(name), content_stems(name) & beside) for name in unknown]
        self._lines: dict[ContentId, set[str]] = {}
        for chunk in covers:
            if chunk.ord < COVER and chunk.span.start < _LONGEST_COVER:
                lines = (*chunk.heading, *chunk.text.split("\n"))
                self._lines.setdefault(chunk.content, set()).update(map(normalise_name, lines))

    def all_named(self, content: ContentId, texts: Sequence[str]) -> bool:
        """Whether ``texts``, or the cover of their document, hold every name, under any of its forms."""
        where = " ".join(texts)
        folded = f" {normalise_name(where)} "
        lines = self._lines.get(content, set())
        known = all(
            any(f" {name} " in folded for name in names) or bool(names & lines - self._places)
            for names, _ in self._words
        )
        stems = content_stems(where)
        return known and all(name in lines or wanted <= stems for name, wanted in self._unknown)

    def on_cover(self, content: ContentId) -> frozenset[str]:
        """Stems of the words by which the question names the subject of this document."""
        lines = self._lines.get(content, set())
        stems = [words for names, words in self._words if names & lines - self._places]
        stems += [words for name, words in self._unknown if name in lines]
        return frozenset[str]().union(*stems)


def names_of(question: Question, mention: tuple[int, int]) -> set[str]:
    """All names, normalised, of the entities that the tokens of ``mention`` may mean."""
    return {
        normalise_name(name)
        for topic in question.topics
        if (topic.start, topic.end) == mention
        for name in (topic.mention, topic.entity.name, *topic.entity.aliases)
    }


def surroundings(passages: Sequence[ChunkText], before: int, after: int) -> Mapping[ContentId, set[int]]:
    """The numbers of the chunks around each passage, and of its document's cover."""
    numbers: dict[ContentId, set[int]] = {}
    for chunk in passages:
        near = range(max(chunk.ord - before, 0), chunk.ord + after + 1)
        numbers.setdefault(chunk.content, set(range(COVER))).update(near)
    return numbers
