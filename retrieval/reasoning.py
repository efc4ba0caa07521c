"""What a language model decides while it can write nothing that is not in the graph.

Three uses of one decoder. ``paths``: the likeliest of the candidate paths (Graph-constrained Reasoning).
``walk``: hop by hop, at each hop one of the steps that lead on from here, or to stop (Knowledge Solver): the
trie of a hop holds what was walked, which says "stop", and that lengthened by each step. ``entities``: the
name of an entity that some candidate path reaches; a name that several bear returns them all.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from anyio import to_thread

from graph.ports import Embedder, GraphPath, GraphReader, PathStep
from graph.types import EntityId, PartialDate, Value, WorkspaceId
from retrieval.facts import FactFinder, end_of, walked_statuses
from retrieval.phrasing import path_text
from retrieval.ports import DecodedPath, DecodedPaths, PathDecoder
from retrieval.question import Question
from retrieval.wording import content_stems

NONE_OF_THESE = GraphPath(EntityId(bytes(16)), "none of these", ())
_BESIDE = 3  # walks that are lengthened at each hop
_STEPS = 200  # steps read around one entity
_SURFACES = 64  # names put before the model


@dataclass(frozen=True, slots=True)
class Reasoned:
    """``considered`` counts the choices put before the model; not ``complete`` when there were more."""

    decoded: DecodedPaths
    considered: int
    complete: bool


class Reasoner:
    """Asks the decoder. EngineUnavailable, DecodingError or StoreUnavailable."""

    def __init__(
        self, graph: GraphReader, facts: FactFinder, embedder: Embedder, decoder: PathDecoder
    ) -> None:
        self._graph = graph
        self._facts = facts
        self._embedder = embedder
        self._decoder = decoder

    async def paths(self, question: Question, paths: Sequence[GraphPath], k: int, *, most: int) -> Reasoned:
        """The ``k`` likeliest of the ``most`` paths that are most like the question."""
        pool = await self._likeliest(question, paths, most)
        decoded = await self._decoder.decode(question.text, pool, k)
        return Reasoned(decoded, len(pool), len(pool) == len(paths))

    async def entities(self, question: Question, paths: Sequence[GraphPath], k: int) -> Reasoned:
        """Paths to the ``k`` likeliest names, those that the model puts before "none of these": the first of
        ``paths`` to each entity that bears the name."""
        reached: dict[str, dict[EntityId | Value, GraphPath]] = {}
        for path in paths:
            reached.setdefault(end_name(path), {}).setdefault(end_of(path), path)
        shortest = [next(iter(some.values())) for some in reached.values()]
        pool = await self._likeliest(question, shortest, _SURFACES)
        names = [GraphPath(path.start, end_name(path), ()) for path in pool]
        decoded = await self._decoder.decode(question.text, [NONE_OF_THESE, *names] if names else [], k)
        chosen: list[DecodedPath] = []
        for each in decoded.paths:
            if each.path == NONE_OF_THESE:
                if NONE_OF_THESE.start_name in reached:  # an entity of that name has the same wording
                    continue
                break
            some = reached[each.path.start_name].values()
            chosen += [DecodedPath(path, each.score) for path in some]
        return Reasoned(replace(decoded, paths=tuple(chosen)), len(names), len(pool) == len(shortest))

    async def walk(
        self,
        workspace: WorkspaceId,
        question: Question,
        k: int,
        *,
        max_hops: int,
        breadth: int,
        as_of: PartialDate | None,
    ) -> Reasoned:
        """The ``k`` likeliest walks from the named entities; at most ``breadth`` steps are weighed a hop.

        No walk revisits an entity, and each step is read from the store again before the next is taken.
        """
        names = {topic.entity.id: topic.entity.name for topic in question.topics}
        found: dict[GraphPath, DecodedPath] = {}
        open_ = [GraphPath(start, name, ()) for start, name in names.items()]
        hops: list[DecodedPaths] = []
        considered, complete = 0, True
        for _ in range(max_hops):
            longer, cut = await self._lengthened(workspace, open_, as_of)
            steps = await self._likeliest(question, longer, breadth)
            if not steps:
                break
            considered += len(steps)
            complete = complete and not cut and len(steps) == len(longer)
            stops = [path for path in open_ if path.steps]
            decoded = await self._decoder.decode(question.text, [*stops, *steps], max(k, _BESIDE))
            stored = await self._facts.confirmed(workspace, [each.path for each in decoded.paths], as_of)
            chosen = [each for each, now in zip(decoded.paths, stored, strict=True) if now is not None]
            lost = "" if len(chosen) == len(stored) else "steps that no longer hold were dropped"
            hops.append(replace(decoded, reason="; ".join(filter(None, (decoded.reason, lost)))))
            if chosen:
                for stop in stops:  # weighed again beside this hop's steps: ranks of two hops do not compare
                    found.pop(stop, None)
            found |= {each.path: each for each in chosen}
            open_ = [each.path for each in chosen[:_BESIDE] if each.path not in stops]
        best = sorted(found.values(), key=lambda each: -each.score)[:k]
        return Reasoned(_together(hops, best), considered, complete)

    async def _lengthened(
        self, workspace: WorkspaceId, walks: Sequence[GraphPath], as_of: PartialDate | None
    ) -> tuple[list[GraphPath], bool]:
        """Each walk by each step to an entity that it has not visited; and whether steps were not read."""
        longer: list[GraphPath] = []
        cut = False
        for walk in walks:
            here = end_of(walk) if walk.steps else walk.start
            if isinstance(here, Value):
                continue
            page = await self._graph.neighbours(
                workspace, here, limit=_STEPS, statuses=walked_statuses(as_of), as_of=as_of
            )
            cut = cut or page.next_cursor is not None
            visited = _visited(walk)
            longer += [
                replace(walk, steps=(*walk.steps, step))
                for step in page.items
                if step.fact.polarity and _beyond(step) not in visited
            ]
        return longer, cut

    async def _likeliest(self, question: Question, paths: Sequence[GraphPath], most: int) -> list[GraphPath]:
        """At most ``most`` paths, in their order: by shared words first, then by similarity."""
        if len(paths) <= most:
            return list(paths)
        return await to_thread.run_sync(self._compared, question, paths, most)

    def _compared(self, question: Question, paths: Sequence[GraphPath], most: int) -> list[GraphPath]:
        asked = content_stems(question.text)
        texts = [path_text(path) for path in paths]
        shared = [len(asked & content_stems(text)) for text in texts]
        best = sorted(range(len(paths)), key=lambda i: (-shared[i], i))[: 2 * most]
        vectors = self._embedder.embed([question.text, *(texts[i] for i in best)])
        similar = vectors[1:] @ vectors[0]
        order = sorted(range(len(best)), key=lambda i: (-round(float(similar[i]), 5), i))[:most]
        return [paths[best[i]] for i in sorted(order)]


def end_name(path: GraphPath) -> str:
    """The surface of what the path ends in."""
    last = path.steps[-1]
    return last.fact.tail_name if last.forward else last.fact.head_name


def _beyond(step: PathStep) -> EntityId | Value:
    return step.fact.tail if step.forward else step.fact.head


def _visited(path: GraphPath) -> set[EntityId | Value]:
    return {path.start, *(_beyond(step) for step in path.steps)}


def _together(hops: Sequence[DecodedPaths], best: Sequence[DecodedPath]) -> DecodedPaths:
    """One account of all hops: a walk is chosen step by step, so that the best of all may be missed."""
    if not hops:
        return DecodedPaths((), exact=True, reason="no step leads away from what the question names")
    reasons = dict.fromkeys(("each hop was chosen by itself", *(hop.reason for hop in hops if hop.reason)))
    return DecodedPaths(
        tuple(best),
        prompt_tokens=sum(hop.prompt_tokens for hop in hops),
        completion_tokens=sum(hop.completion_tokens for hop in hops),
        strategy=hops[-1].strategy,
        exact=False,
        reason="; ".join(reasons),
    )
