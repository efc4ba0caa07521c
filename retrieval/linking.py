"""Which entities a question names: exact names first, then similar ones, then similar vectors."""

from collections.abc import Iterator, Sequence

from anyio import to_thread
from rapidfuzz import fuzz

from graph.fusion.names import normalise_name
from graph.ports import Embedder, EntityHit, GraphReader, VectorIndex
from graph.types import EntityId, WorkspaceId
from retrieval.question import NOUN_TYPES
from retrieval.types import Topic
from retrieval.wording import Token, tokens_of

_LONGEST_NAME = 8  # tokens
_SIMILAR_NAME = 0.86  # of rapidfuzz's ratio; "Tidewatr Turbines" has .97, "Turner Ltd" to "Turbines" .67
_SIMILAR_VECTOR = 0.75  # cosine of two names in all-MiniLM-L6-v2
_CANDIDATES = 5
_Span = tuple[int, int]


class Linker:
    """One look-up by name for the whole question; what looks like a name and has none is searched for."""

    def __init__(self, graph: GraphReader, vectors: VectorIndex, embedder: Embedder) -> None:
        self._graph = graph
        self._vectors = vectors
        self._embedder = embedder

    async def link(self, workspace: WorkspaceId, question: str) -> list[Topic]:
        """Topics in the order of the question; an ambiguous name gives one for each of its entities."""
        tokens = tokens_of(question)
        topics = await self._exact(workspace, tokens)
        taken = {number for topic in topics for number in range(topic.start, topic.end)}
        for span in _unlinked_names(tokens, taken):
            topics += await self._similar(workspace, tokens, span)
        return sorted(topics, key=lambda topic: (topic.start, -topic.score, topic.entity.id))

    async def named(self, workspace: WorkspaceId, text: str) -> list[Topic]:
        """Entities that a text names exactly, in its order."""
        topics = await self._exact(workspace, tokens_of(text))
        return sorted(topics, key=lambda topic: (topic.start, topic.entity.id))

    async def _exact(self, workspace: WorkspaceId, tokens: Sequence[Token]) -> list[Topic]:
        spans = {span: normalise_name(_text(tokens, span)) for span in _spans(tokens)}
        names = sorted(set(spans.values()) - {""})
        found: dict[str, dict[EntityId, EntityHit]] = {}
        for hit in await self._graph.find_entities(workspace, names) if names else []:
            for name in {normalise_name(alias) for alias in (hit.name, *hit.aliases)}:
                found.setdefault(name, {})[hit.id] = hit
        topics: list[Topic] = []
        taken: set[int] = set()
        for span, name in sorted(spans.items(), key=lambda item: (item[0][0] - item[0][1], item[0])):
            numbers = set(range(*span))
            if name in found and not numbers & taken:
                taken |= numbers
                topics += [Topic(hit, _text(tokens, span), *span, 1.0) for hit in found[name].values()]
        return topics

    async def _similar(self, workspace: WorkspaceId, tokens: Sequence[Token], span: _Span) -> list[Topic]:
        text = _text(tokens, span)
        wanted = normalise_name(text)
        hits = await self._graph.search_entities(workspace, text, _CANDIDATES)
        scored = [(_similarity(wanted, hit), hit) for hit in hits]
        if not any(score >= _SIMILAR_NAME for score, _ in scored):
            scored = await self._by_vector(workspace, text)
        best = max((score for score, _ in scored), default=0.0)
        floor = max(_SIMILAR_NAME if hits and best >= _SIMILAR_NAME else _SIMILAR_VECTOR, best - 0.02)
        return [Topic(hit, text, *span, score) for score, hit in scored if score >= floor]

    async def _by_vector(self, workspace: WorkspaceId, text: str) -> list[tuple[float, EntityHit]]:
        def search() -> dict[EntityId, float]:
            vector = self._embedder.embed([text])[0]
            found = self._vectors.search(workspace, "entity", vector, _CANDIDATES)
            return {EntityId(hit.id): hit.score for hit in found if hit.score >= _SIMILAR_VECTOR}

        scores = await to_thread.run_sync(search)
        hits = await self._graph.entities(workspace, list(scores)) if scores else []
        return [(scores[hit.id], hit) for hit in hits]


def _spans(tokens: Sequence[Token]) -> Iterator[_Span]:
    """Runs of tokens that may be a name: no stop word at an end, and not a lone common noun."""
    for start in range(len(tokens)):
        for end in range(start + 1, min(start + _LONGEST_NAME, len(tokens)) + 1):
            run = tokens[start:end]
            lone_noun = len(run) == 1 and not run[0].capital and run[0].text in NOUN_TYPES
            ragged = any(end.stop and not end.capital for end in (run[0], run[-1]))
            if not all(token.stop for token in run) and not lone_noun and not ragged:
                yield start, end


def _unlinked_names(tokens: Sequence[Token], taken: set[int]) -> list[_Span]:
    """Runs of capitalised words that no entity has been found for; the first word of a sentence is none."""
    runs: list[_Span] = []
    for number, token in enumerate(tokens):
        if number in taken or not token.capital or token.stop or token.text.isdigit():
            continue
        if number == 0 and (len(tokens) == 1 or not tokens[1].capital):
            continue
        if runs and runs[-1][1] == number:
            runs[-1] = (runs[-1][0], number + 1)
        else:
            runs.append((number, number + 1))
    return runs


def unlinked_names(question: str, topics: Sequence[Topic]) -> list[str]:
    """Names in the question that are no entity of the graph."""
    tokens = tokens_of(question)
    taken = {number for topic in topics for number in range(topic.start, topic.end)}
    return [_text(tokens, span) for span in _unlinked_names(tokens, taken)]


def _similarity(wanted: str, hit: EntityHit) -> float:
    """Of the closest of its names, 0 to 1; a name that holds all the words asked for counts as close."""
    best = 0.0
    for name in {normalise_name(alias) for alias in (hit.name, *hit.aliases)}:
        best = max(best, fuzz.ratio(wanted, name) / 100)
        if set(wanted.split()) < set(name.split()):
            best = max(best, 0.88)
    return best


def _text(tokens: Sequence[Token], span: _Span) -> str:
    return " ".join(token.text for token in tokens[span[0] : span[1]])
