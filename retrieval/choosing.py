"""Paths that the engine chooses: when it is asked, and what store and ledger confirm of its choice."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from graph.errors import ConfigurationError, DecodingError, EngineUnavailable, InvalidInput, OutsideTrie
from graph.ports import GraphPath
from graph.types import FactId, PartialDate, WorkspaceId
from retrieval.citing import CitationBook
from retrieval.facts import FactFinder
from retrieval.paths import Reading
from retrieval.phrasing import path_text
from retrieval.ports import DecodedPath
from retrieval.question import Question
from retrieval.reasoning import Reasoned, Reasoner, end_name
from retrieval.types import AnswerPath, Decoding, Mode, Query, Reasoning

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
    decoding: Decoding | None = None


class PathChooser:
    """``refused`` counts decoded paths by the check that they failed: "store" or "ledger"."""

    def __init__(self, reasoner: Reasoner | None, facts: FactFinder) -> None:
        self.refused: Counter[str] = Counter()
        self._reasoner = reasoner
        self._facts = facts

    async def choose(
        self,
        workspace: WorkspaceId,
        question: Question,
        accepted: Sequence[GraphPath],
        query: Query,
        as_of: PartialDate | None,
        citations: CitationBook,
    ) -> Chosen:
        """Paths that the engine chose and that store and ledger confirm.

        Where the answer can stand on retrieval, an engine that is away or fails is a notice. Who asked for
        reasoning gets the error; so does who asked for paths, where an output left its trie.
        """
        required = query.reasoning is not Reasoning.PATHS
        if required and query.mode not in _DECODED_FROM:
            raise InvalidInput(f"reasoning by {query.reasoning} is for the modes auto and paths")
        if required and self._reasoner is None:
            raise ConfigurationError(
                f"reasoning by {query.reasoning} needs a language-model server: set VERIPATH_LLM_BASE_URL, "
                "or leave reasoning out"
            )
        if query.mode not in _DECODED_FROM or not (accepted or (required and question.topics)):
            return Chosen()
        if self._reasoner is None:
            told = "No path decoder is configured; the paths were ranked by retrieval alone."
            return Chosen(notices=(told,) if query.mode is Mode.PATHS else ())
        try:
            reasoned = await self._reason(self._reasoner, workspace, question, accepted, query, as_of)
        except (EngineUnavailable, DecodingError) as error:
            if required or (isinstance(error, OutsideTrie) and query.mode is Mode.PATHS):
                raise
            return Chosen(notices=(f"Paths were not decoded, the answer stands on retrieval: {error}",))
        decoded = reasoned.decoded
        confirmed = await self._confirmed(workspace, decoded.paths, as_of, citations)
        lost = len(decoded.paths) - len(confirmed)
        told = f"{lost} decoded paths no longer hold and were dropped."
        if lost and not confirmed and query.mode is Mode.PATHS:
            raise DecodingError(f"{told} The graph is changing: ask again.")
        return Chosen(
            confirmed,
            (told,) if lost else (),
            decoded.prompt_tokens,
            decoded.completion_tokens,
            Decoding(
                query.reasoning,
                decoded.strategy,
                decoded.exact,
                decoded.reason,
                reasoned.considered,
                reasoned.complete,
            ),
        )

    async def _reason(
        self,
        reasoner: Reasoner,
        workspace: WorkspaceId,
        question: Question,
        accepted: Sequence[GraphPath],
        query: Query,
        as_of: PartialDate | None,
    ) -> Reasoned:
        most = _DECODED_FROM[query.mode]
        if query.reasoning is Reasoning.WALK:
            hops = query.max_hops
            return await reasoner.walk(
                workspace, question, _DECODED, max_hops=hops, breadth=most, as_of=as_of
            )
        if query.reasoning is Reasoning.ENTITIES:
            return await reasoner.entities(question, accepted, _DECODED)
        return await reasoner.paths(question, accepted, _DECODED, most=most)

    async def _confirmed(
        self,
        workspace: WorkspaceId,
        decoded: Sequence[DecodedPath],
        as_of: PartialDate | None,
        citations: CitationBook,
    ) -> tuple[DecodedPath, ...]:
        """Those whose every fact is in the store now, chained as decoded, and quoted by the ledger."""
        stored = await self._facts.confirmed(workspace, [each.path for each in decoded], as_of)
        held = [replace(d, path=path) for d, path in zip(decoded, stored, strict=True) if path]
        await citations.look_up([step.fact.id for each in held for step in each.path.steps])
        quoted = [each for each in held if all(citations.quotes(step.fact.id) for step in each.path.steps)]
        self.refused.update(store=len(decoded) - len(held), ledger=len(held) - len(quoted))
        return tuple(quoted)


def as_chosen(decoded: Sequence[DecodedPath]) -> list[Reading]:
    """The model's first choice, with all others that end in the same name, as what answers."""
    same = [each for each in decoded if end_name(each.path) == end_name(decoded[0].path)]
    return [Reading(each.path, each.score, end_name(each.path), frozenset(), ()) for each in same]


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
