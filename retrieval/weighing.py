"""Of the sentences that may answer, those whose values stand: across documents, and for each thing of one
name.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from graph.ports import Vectors
from retrieval.asked import asked_of
from retrieval.namesakes import COPIED, copies, things_named
from retrieval.ports import SpanFinder
from retrieval.question import Wanted
from retrieval.refine import SentenceHit
from retrieval.standing import Standing, standing_values
from retrieval.values import read_values

_SINGLE = frozenset({Wanted.DATE, Wanted.NUMBER})  # of these one thing has one value
_SURE = 300_000  # micro-units of belief: what is read with less is no rival


@dataclass(frozen=True, slots=True)
class Weighed:
    """``hits``: one for each value that stands; all, those first, where several values may hold.

    ``lead`` says of several what they are, ``notices`` what other documents say and why it is not quoted.
    """

    hits: tuple[SentenceHit, ...]
    lead: str = ""
    notices: tuple[str, ...] = ()


def weigh(
    question: str, hits: Sequence[SentenceHit], spans: SpanFinder, embed: Callable[[Sequence[str]], Vectors]
) -> Weighed:
    """The sentences whose values stand, for each thing that bears the question's name. Blocks.

    Of a date or a number one holds, and the others are left out; of people, places and kinds several may, and
    those that more documents tell come first. What only a noun asks for is not weighed.
    """
    asked = asked_of(question)
    unknown = asked.open and not asked.members
    if unknown or asked.wanted is Wanted.REASON or len(hits) < 2:
        return Weighed(tuple(hits))
    texts = [" ".join((hit.passage.chunk.document, hit.passage.chunk.text)) for hit in hits]
    told = read_values(asked, [hit.text for hit in hits], spans, embed)
    firm = [[each for each in some if each.belief * 1_000_000 >= _SURE] for some in told]
    standing = standing_values(firm, things_named(asked, texts, embed), copies(texts, COPIED))
    if len(standing) < 2:
        return Weighed(tuple(hits))
    kept = [value for value in standing if value.stands]
    if asked.wanted not in _SINGLE:
        first = {number for value in kept for number in value.passages}
        return Weighed(tuple(hits[n] for n in sorted(range(len(hits)), key=lambda n: n not in first)))
    chosen = dict.fromkeys(value.passages[0] for value in kept)
    return Weighed(
        tuple(hits[number] for number in chosen),
        _lead(kept) if len(chosen) > 1 else "",
        tuple(_lost(value, hits) for value in standing if not value.stands),
    )


def _lead(kept: Sequence[Standing]) -> str:
    if len({value.thing for value in kept}) == len(kept):
        return "More than one is called so"
    return "The documents disagree"


def _lost(value: Standing, hits: Sequence[SentenceHit]) -> str:
    documents = dict.fromkeys(hits[number].passage.chunk.document for number in value.passages)
    return f"Fewer documents say {value.text}: {', '.join(documents)}."
