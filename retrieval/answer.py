"""Extractive answers: facts told in short sentences, or sentences quoted as they stand, each with its source.

No model writes here. A statement that has no verified citation is not made; an answer without one is an
abstention, with the reason.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from graph.ports import FactRow
from graph.types import EntityId, FactId, FactStatus
from retrieval.citing import CitationBook
from retrieval.linking import unlinked_names
from retrieval.paths import Reading
from retrieval.phrasing import has_sentence, listed, path_text, sentence
from retrieval.question import Question
from retrieval.refine import SentenceHit
from retrieval.rows import RowHit
from retrieval.types import AnswerConflict, AnswerPath, Rival

_UNTRUSTED = "No source that says so is trusted"
_NO_LONGER = "Of the past, as far as the documents tell"


@dataclass(frozen=True, slots=True)
class Told:
    """A text whose every statement is cited, and the paths it tells."""

    text: str
    paths: tuple[AnswerPath, ...] = ()


def tell_facts(
    question: Question, group: Sequence[Reading], citations: CitationBook, past: Collection[FactId] = ()
) -> Told | None:
    """The readings in words; those with an uncited fact are left out. ``None`` when none is left.

    ``past`` are facts that hold no more, where the question asks for what holds: the text says so.
    """
    paths: list[AnswerPath] = []
    kept: list[Reading] = []
    said: dict[EntityId, dict[FactId, str]] = {}  # of each thing that the walks start from
    for reading in group:
        if not all(citations.quotes(step.fact.id) for step in reading.path.steps):
            continue
        numbers: list[int] = []
        statements = said.setdefault(reading.path.start, {})
        for step in reading.path.steps:
            cited = citations.cite_fact(step.fact.id)
            statements.setdefault(step.fact.id, f"{_told(step.fact, citations)} {_marks(cited)}")
            numbers += cited
        kept.append(reading)
        text = path_text(reading.path)
        paths.append(AnswerPath(reading.path, text, reading.score, tuple(dict.fromkeys(numbers))))
    if not kept:
        return None
    told = _of_each(said, kept)
    facts = [step.fact for reading in kept for step in reading.path.steps]
    polarities = {fact.polarity for fact in facts}
    contested = [fact for fact in facts if fact.status is FactStatus.CONTESTED]
    if contested and not any(fact.confidence for fact in contested):
        told = f"{_UNTRUSTED}: {told}"
    elif len(polarities) > 1 or contested:
        told = f"The documents disagree: {told}"
    elif question.boolean:
        told = f"{'Yes' if polarities == {True} else 'No'}: {told}"
    elif len(kept[0].path.steps) > 1 or not has_sentence(facts[0]) or kept[0].answer not in told:
        told = f"{listed(list(dict.fromkeys(reading.answer for reading in kept)))}: {told}"
    if all(any(step.fact.id in past for step in reading.path.steps) for reading in kept):
        told = f"{_NO_LONGER}: {told}"
    return Told(f"{told}.", tuple(paths))


async def quote_sentences(
    hits: Sequence[SentenceHit], citations: CitationBook, lead: str = ""
) -> Told | None:
    """The sentences verbatim, each with its mark; ``None`` when none of them could be verified. ``lead``
    says what several are to each other.
    """
    quoted = []
    for hit in hits:
        cited = await citations.cite_span(hit.passage.chunk.content, hit.span, hit.text)
        if cited:
            quoted.append(f"“{hit.text}” {_marks(cited)}")
    if lead and len(quoted) > 1:
        return Told(f"{lead}: {'; '.join(quoted)}")
    return Told(" ".join(quoted)) if quoted else None


async def tell_rows(hits: Sequence[RowHit], citations: CitationBook) -> Told | None:
    """Cells by their label and header, both of them cited; ``None`` when no row could be verified."""
    told = []
    for hit in hits:
        content = hit.table.content
        cited = [
            await citations.cite_span(content, row.span, row.text) for row in (hit.row, *hit.table.header)
        ]
        if not all(cited):
            continue
        cells = "; ".join(f"{cell} ({column})" if column else cell for column, cell in hit.told)
        unit = f", {hit.unit[0].lower()}{hit.unit[1:]}" if hit.unit else ""
        told.append(f"{hit.name}: {cells}{unit} {_marks([number for some in cited for number in some])}")
    return Told(f"{'. '.join(told)}.") if told else None


def tell_conflicts(
    rivals: Mapping[FactId, Sequence[FactRow]], chosen: Mapping[FactId, FactRow], citations: CitationBook
) -> tuple[AnswerConflict, ...]:
    """Conflicts of the answer's facts; a rival whose quotes are gone is no rival any more."""
    conflicts = []
    for id_, facts in rivals.items():
        told = tuple(
            Rival(fact, sentence(fact), citations.cite_fact(fact.id))
            for fact in facts
            if citations.quotes(fact.id)
        )
        if told:
            conflicts.append(AnswerConflict(chosen[id_], sentence(chosen[id_]), told))
    return tuple(conflicts)


def abstention(question: Question) -> str:
    """Why there is no answer, in a sentence for whoever asked."""
    unknown = unlinked_names(question.text, question.topics)
    known = list(dict.fromkeys(topic.entity.name for topic in question.topics))
    if unknown and not known:
        return f"The documents do not speak of {listed(unknown)}."
    asked = " ".join(question.tokens[number].text for number in question.content)
    if known and asked:
        return f"The documents mention {listed(known)}, but nothing found there answers “{asked}”."
    if known:
        return f"The documents mention {listed(known)}, but nothing found there answers the question."
    return "No document covers enough of what was asked."


def _of_each(said: Mapping[EntityId, Mapping[FactId, str]], kept: Sequence[Reading]) -> str:
    """The statements, each once; those of several that bear one name kept apart."""
    names = {reading.path.start: reading.path.start_name for reading in kept}
    shared = len(names) > 1 and len(set(names.values())) == 1
    if not shared:
        return "; ".join({id_: text for some in said.values() for id_, text in some.items()}.values())
    each = [
        f"{'Another' if n else 'One'}: {'; '.join(some.values())}" for n, some in enumerate(said.values())
    ]
    return f"There are {len(names)} of the name {kept[0].path.start_name}. {'. '.join(each)}"


def _told(fact: FactRow, citations: CitationBook) -> str:
    if fact.status is FactStatus.INFERRED:  # its quotes are those of the facts that it follows from
        return f"Inferred: {sentence(fact)}"
    return sentence(fact) if has_sentence(fact) else f"“{citations.quotes(fact.id)[0]}”"


def _marks(numbers: Sequence[int]) -> str:
    return "".join(f"[{number}]" for number in numbers)
