"""The evidence refiner: what the answering model is given to read: numbered, within a bound, no repeats.

Facts that the question's walks use come first, as the graph tells them and with their quotes, then what
stands against them, then passages. A passage that neither holds what was asked nor is like the question is
left out: each line that does not help makes a model wander.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from graph.ports import FactRow, Vectors
from graph.types import FactStatus, Span
from retrieval.citing import CitationBook
from retrieval.phrasing import sentence
from retrieval.question import Question
from retrieval.refine import sentences_of
from retrieval.types import Passage
from retrieval.wording import content_stems

_FACTS, _RIVALS = 12, 6  # most of each
_RELATED = 0.2  # cosine under which a passage that holds none of the question's words is dropped
_QUOTES_OF_A_FACT = 2
_AROUND_A_SOURCE = 80  # characters that title and number of a source take beside its text


@dataclass(frozen=True, slots=True)
class Source:
    """``text`` is what the model reads: a passage as it stands, or a fact told with its quotes."""

    number: int
    title: str
    text: str
    fact: FactRow | None = None
    passage: Passage | None = None


def refine(
    question: Question,
    facts: Sequence[FactRow],
    rivals: Sequence[FactRow],
    passages: Sequence[Passage],
    citations: CitationBook,
    embed: Callable[[Sequence[str]], Vectors],
    limit: int,
) -> list[Source]:
    """At most ``limit`` code points of sources; ``facts`` and ``passages`` come best first. Blocks."""
    drafts = [
        Source(0, "", _told(fact, citations), fact=fact)
        for fact in (*facts[:_FACTS], *rivals[:_RIVALS])
        if citations.quotes(fact.id)
    ]
    drafts += [_whole(passage) for passage in _related(question, passages, embed)]
    sources: list[Source] = []
    seen: set[str] = set()
    room = limit
    for draft in drafts:
        key = " ".join(draft.text.lower().split())
        cost = len(draft.text) + len(draft.title) + _AROUND_A_SOURCE
        if key in seen or cost > room:
            continue
        seen.add(key)
        room -= cost
        sources.append(replace(draft, number=len(sources) + 1))
    return sources


async def cite(source: Source, said: str, citations: CitationBook) -> tuple[int, ...]:
    """Numbers of the quotes behind a sentence; of a passage, its sentence that is most like ``said``."""
    if source.fact is not None:
        return citations.cite_fact(source.fact.id)
    assert source.passage is not None
    wanted = content_stems(said)
    spans = list(sentences_of(source.text))
    shared = [len(wanted & content_stems(span.of(source.text))) for span in spans]
    best = spans[shared.index(max(shared))]
    start = source.passage.chunk.span.start
    span = Span(start + best.start, start + best.end)
    return await citations.cite_span(source.passage.chunk.content, span, best.of(source.text))


def _told(fact: FactRow, citations: CitationBook) -> str:
    standing = {
        FactStatus.SUPERSEDED: "No longer held: ",
        FactStatus.CONTESTED: "Disputed: ",
        FactStatus.INFERRED: "Inferred: ",
    }.get(fact.status, "")
    quotes = "; ".join(f"“{quote}”" for quote in citations.quotes(fact.id)[:_QUOTES_OF_A_FACT])
    return f"{standing}{sentence(fact)}. Quoted: {quotes}"


def _related(
    question: Question, passages: Sequence[Passage], embed: Callable[[Sequence[str]], Vectors]
) -> list[Passage]:
    """Those found by the graph, those that hold a word of the question, and those like it."""
    asked = {question.tokens[number].stem for number in question.content}
    doubtful = [
        passage for passage in passages if not asked & content_stems(passage.chunk.text) and not passage.via
    ]
    if not doubtful:
        return list(passages)
    vectors = embed([question.text, *(passage.chunk.text for passage in doubtful)])
    unlike = {
        passage.chunk.id
        for passage, score in zip(doubtful, vectors[1:] @ vectors[0], strict=True)
        if score < _RELATED
    }
    return [passage for passage in passages if passage.chunk.id not in unlike]


def _whole(passage: Passage) -> Source:
    chunk = passage.chunk
    headings = (part for part in chunk.heading if part != chunk.document)
    return Source(0, " / ".join((chunk.document, *headings)), chunk.text, passage=passage)
