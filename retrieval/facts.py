"""Facts around the named entities: the walks a question may mean, and what is held against them."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from anyio import to_thread

from graph.errors import VeripathError
from graph.ports import Embedder, FactRow, GraphPath, GraphReader, PathStep
from graph.types import EntityId, FactId, FactStatus, PartialDate, Value, WorkspaceId
from retrieval.patterns import PatternRanker
from retrieval.question import Question, Wanted

PATH_BUDGET = 5_000  # candidate paths; the store stops there and says so
_PATTERNS = 8  # sequences of relations that are followed where the budget left paths out
_FOLLOWED = 500  # paths of each of them
_NEIGHBOURS = 200  # disputed or past facts read around one entity
_MOST_TOPICS = 8


@dataclass(frozen=True, slots=True)
class Candidates:
    """``paths`` are all that may answer; ``accepted`` those of them that may be decoded. Not ``exhausted``:
    there are more, of which those along the likeliest relations are here too."""

    paths: tuple[GraphPath, ...] = ()
    accepted: tuple[GraphPath, ...] = ()
    exhausted: bool = True
    notices: tuple[str, ...] = ()


class FactFinder:
    def __init__(self, graph: GraphReader, embedder: Embedder) -> None:
        self._graph = graph
        self._ranker = PatternRanker(embedder)

    async def candidates(
        self,
        workspace: WorkspaceId,
        question: Question,
        *,
        max_hops: int,
        as_of: PartialDate | None,
        inferred: bool = False,
    ) -> Candidates:
        """Accepted walks from the named entities, and disputed or, where time is asked for, past facts.

        ``inferred`` ones are never walked on: they already are walks in one step.
        """
        starts = list(dict.fromkeys(topic.entity.id for topic in question.topics))[:_MOST_TOPICS]
        if not starts:
            return Candidates()
        statuses = [FactStatus.CONTESTED]
        if as_of is not None or question.past or question.wanted is Wanted.DATE:
            statuses.append(FactStatus.SUPERSEDED)
        if inferred:
            statuses.append(FactStatus.INFERRED)
        if question.boolean:
            statuses.append(FactStatus.ACCEPTED)  # for what is denied; the walks hold what is asserted
        search, around = await asyncio.gather(
            self._graph.paths(workspace, starts, max_hops=max_hops, budget=PATH_BUDGET, as_of=as_of),
            self._around(workspace, starts, statuses, as_of),
        )
        names = {topic.entity.id: topic.entity.name for topic in question.topics}
        beside = [
            GraphPath(start, names[start], (step,))
            for start in starts
            for step in around[start]
            if _beside(step, question)
        ]
        accepted, notices = search.paths, []
        if not search.exhausted:
            try:
                along = await self._along_likeliest(workspace, question, starts, max_hops, as_of)
                accepted = tuple(dict.fromkeys((*accepted, *along)))
            except VeripathError as error:
                notices.append(f"Paths beyond the nearest were not looked for: {error}")
        return Candidates((*accepted, *beside), accepted, search.exhausted, tuple(notices))

    async def _along_likeliest(
        self,
        workspace: WorkspaceId,
        question: Question,
        starts: Sequence[EntityId],
        max_hops: int,
        as_of: PartialDate | None,
    ) -> list[GraphPath]:
        """Paths along the relations that the question's words are most like, however many lie beside them."""
        found = await self._graph.patterns(workspace, starts, max_hops=max_hops, as_of=as_of)
        ranked = await to_thread.run_sync(self._ranker.rank, question.unnamed, found.patterns)
        followed = await asyncio.gather(
            *(
                self._graph.follow(workspace, starts, pattern, budget=_FOLLOWED, as_of=as_of)
                for pattern, _ in ranked[:_PATTERNS]
            )
        )
        return [path for search in followed for path in search.paths if _is_simple(path)]

    async def end_types(self, workspace: WorkspaceId, paths: Sequence[GraphPath]) -> dict[EntityId, str]:
        """Types of the entities that the paths end in."""
        ends = {end for path in paths if not isinstance(end := end_of(path), Value)}
        if not ends:
            return {}
        return {hit.id: hit.type for hit in await self._graph.entities(workspace, sorted(ends))}

    async def rivals(self, workspace: WorkspaceId, paths: Sequence[GraphPath]) -> dict[FactId, list[FactRow]]:
        """For each fact walked, the disputed and superseded facts that were weighed against it.

        They have the same relation at the entity that the step leaves from, or the same two ends. Two facts
        walked that dispute each other are told once.
        """
        steps = {step.fact.id: step for path in paths for step in path.steps}
        left = {id_: end for id_, step in steps.items() if not isinstance(end := _leaves(step), Value)}
        statuses = (FactStatus.CONTESTED, FactStatus.SUPERSEDED)
        around = await self._around(workspace, list(dict.fromkeys(left.values())), statuses, None)
        rivals = {
            id_: [
                other.fact
                for other in around[entity]
                if (other.fact.id not in steps or id_ < other.fact.id) and _is_rival(steps[id_], other)
            ]
            for id_, entity in left.items()
        }
        return {id_: facts for id_, facts in rivals.items() if facts}

    async def confirmed(
        self, workspace: WorkspaceId, paths: Sequence[GraphPath], as_of: PartialDate | None
    ) -> list[GraphPath | None]:
        """Each path as the store holds it now; ``None`` where a fact is gone, disputed, not valid at
        ``as_of``, or not chained."""
        ids = list(dict.fromkeys(step.fact.id for path in paths for step in path.steps))
        now = {fact.id: fact for fact in await self._graph.facts(workspace, ids)} if ids else {}
        return [_as_stored(path, now, as_of) for path in paths]

    async def _around(
        self,
        workspace: WorkspaceId,
        entities: Sequence[EntityId],
        statuses: Sequence[FactStatus],
        as_of: PartialDate | None,
    ) -> dict[EntityId, tuple[PathStep, ...]]:
        pages = await asyncio.gather(
            *(
                self._graph.neighbours(workspace, entity, limit=_NEIGHBOURS, statuses=statuses, as_of=as_of)
                for entity in entities
            )
        )
        return {entity: page.items for entity, page in zip(entities, pages, strict=True)}


def walked_statuses(as_of: PartialDate | None) -> tuple[FactStatus, ...]:
    """Statuses of the facts that paths go over: what was superseded held at its own time."""
    return (FactStatus.ACCEPTED,) if as_of is None else (FactStatus.ACCEPTED, FactStatus.SUPERSEDED)


def _beside(step: PathStep, question: Question) -> bool:
    """Whether a neighbouring fact adds to the walks, which hold what is accepted and asserted."""
    if not step.fact.polarity:
        return question.boolean
    return step.fact.status is not FactStatus.ACCEPTED


def end_of(path: GraphPath) -> EntityId | Value:
    return _reaches(path.steps[-1])


def _leaves(step: PathStep) -> EntityId | Value:
    return step.fact.head if step.forward else step.fact.tail


def _reaches(step: PathStep) -> EntityId | Value:
    return step.fact.tail if step.forward else step.fact.head


def _is_rival(step: PathStep, other: PathStep) -> bool:
    if _statement(step.fact) == _statement(other.fact):  # the same of another time
        return False
    same_ends = {step.fact.head, step.fact.tail} == {other.fact.head, other.fact.tail}
    return same_ends or (other.fact.relation == step.fact.relation and other.forward == step.forward)


def _statement(fact: FactRow) -> tuple[object, ...]:
    return fact.head, fact.relation, fact.phrase, fact.tail, fact.qualifiers, fact.polarity


def _as_stored(path: GraphPath, now: dict[FactId, FactRow], as_of: PartialDate | None) -> GraphPath | None:
    here: EntityId | Value = path.start
    steps = []
    for step in path.steps:
        fact = now.get(step.fact.id)
        if fact is None or not fact.polarity or not _walkable(fact, as_of):
            return None
        steps.append(PathStep(fact, step.forward))
        if _leaves(steps[-1]) != here:
            return None
        here = _reaches(steps[-1])
    return GraphPath(path.start, path.start_name, tuple(steps)) if steps else None


def _walkable(fact: FactRow, as_of: PartialDate | None) -> bool:
    """Whether paths may go over the fact: dates of less precision overlap, 2018 holds at 2018-06."""
    if fact.status not in walked_statuses(as_of):
        return False
    if as_of is None:
        return True
    if fact.status is FactStatus.SUPERSEDED and fact.valid_to is None:
        return False  # it ended, nobody said when
    begun = fact.valid_from is None or fact.valid_from <= f"{as_of}~"
    return begun and (fact.valid_to is None or f"{fact.valid_to}~" >= as_of)


def _is_simple(path: GraphPath) -> bool:
    """Whether no entity is visited twice, as holds of every path that is decoded."""
    reached = [_reaches(step) for step in path.steps]
    return len({path.start, *reached}) == len(reached) + 1
