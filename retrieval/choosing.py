"""Paths that the engine chooses: which candidates it is given, and what the store confirms of its choice."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from anyio import to_thread

from graph.errors import DecodingError, EngineUnavailable
from graph.ports import Embedder, GraphPath
from graph.types import FactId, WorkspaceId
from retrieval.facts import FactFinder
from retrieval.paths import Reading
from retrieval.phrasing import path_text
from retrieval.ports import DecodedPath, PathDecoder
from retrieval.types import AnswerPath, Mode
from retrieval.wording import content_stems

# Candidates given to the engine: exact search asks it once for nearly every branch, so that an answer that
# does not ask for paths gives it few.
_DECODED_FROM = {Mode.AUTO: 24, Mode.PATHS: 64}
_DECODED = 5  # paths asked back


@dataclass(frozen=True, slots=True)
class Chosen:
    """Confirmed paths, likeliest first; why there are fewer than there might be; and the tokens they took."""

    paths: tuple[DecodedPath, ...] = ()
    notices: tuple[str, ...] = ()
    prompt_tokens: int = 0
    completion_tokens: int = 0


class PathChooser:
    def __init__(self, decoder: PathDecoder | None, facts: FactFinder, embedder: Embedder) -> None:
        self._decoder = decoder
        self._facts = facts
        self._embedder = embedder

    async def choose(
        self, workspace: WorkspaceId, question: str, accepted: Sequence[GraphPath], mode: Mode
    ) -> Chosen:
        """Paths that the engine chose and the store confirms. Without an engine: none, and a notice."""
        if mode not in _DECODED_FROM or not accepted:
            return Chosen()
        if self._decoder is None:
            told = "No path decoder is configured; the paths were ranked by retrieval alone."
            return Chosen(notices=(told,) if mode is Mode.PATHS else ())
        pool = await to_thread.run_sync(self._likeliest, question, accepted, _DECODED_FROM[mode])
        try:
            decoded = await self._decoder.decode(question, pool, _DECODED)
        except (EngineUnavailable, DecodingError) as error:
            return Chosen(notices=(f"Paths were not decoded, the answer stands on retrieval: {error}",))
        stored = await self._facts.confirmed(workspace, [each.path for each in decoded.paths])
        confirmed = [replace(d, path=path) for d, path in zip(decoded.paths, stored, strict=True) if path]
        lost = len(decoded.paths) - len(confirmed)
        notices = (f"{lost} decoded paths no longer hold and were dropped.",) if lost else ()
        return Chosen(tuple(confirmed), notices, decoded.prompt_tokens, decoded.completion_tokens)

    def _likeliest(self, question: str, paths: Sequence[GraphPath], most: int) -> list[GraphPath]:
        """At most ``most`` paths: by shared words first, then by similarity. Blocks."""
        if len(paths) <= most:
            return list(paths)
        asked = content_stems(question)
        texts = [path_text(path) for path in paths]
        shared = [len(asked & content_stems(text)) for text in texts]
        best = sorted(range(len(paths)), key=lambda i: (-shared[i], i))[: 2 * most]
        vectors = self._embedder.embed([question, *(texts[i] for i in best)])
        similar = vectors[1:] @ vectors[0]
        order = sorted(range(len(best)), key=lambda i: (-round(float(similar[i]), 5), i))[:most]
        return [paths[best[i]] for i in sorted(order)]


def preferred(readings: Sequence[Reading], decoded: Sequence[DecodedPath]) -> list[Reading]:
    """Among readings that fit equally well, those that the engine chose come first."""
    chosen = {key_of(each.path): place for place, each in enumerate(decoded)}
    return sorted(
        readings,
        key=lambda r: (-round(r.score, 6), len(r.path.steps), chosen.get(key_of(r.path), len(chosen))),
    )


def with_decoded(told: Sequence[AnswerPath], decoded: Sequence[DecodedPath]) -> tuple[AnswerPath, ...]:
    """The answer's paths, marked where the engine chose them, then its other choices: shown, not cited."""
    chosen = {key_of(each.path) for each in decoded}
    marked = [replace(path, decoded=key_of(path.path) in chosen) for path in told]
    seen = {key_of(path.path) for path in told}
    others = [
        AnswerPath(each.path, path_text(each.path), each.score, (), decoded=True)
        for each in decoded
        if key_of(each.path) not in seen
    ]
    return (*marked, *others)


def key_of(path: GraphPath) -> tuple[tuple[FactId, bool], ...]:
    return tuple((step.fact.id, step.forward) for step in path.steps)
