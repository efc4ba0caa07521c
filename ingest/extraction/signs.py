"""What single words of a text tell of the names around them, against what the tagger makes of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ingest.extraction import lexicon
from ingest.extraction.passages import Reading

if TYPE_CHECKING:
    from spacy.tokens import Doc

LOWER_SUFFIXES = frozenset({"plc", "gmbh", "ag", "ltd", "inc", "llc", "asa", "nv", "bv", "a/s", "a.s."})
# What a company's name ends with and no other word of a text is.
_FIRMS_END = lexicon.LEGAL_SUFFIXES - {"as", "se", "co", "company", "group", "holding", "holdings"}


@dataclass(frozen=True, slots=True)
class Signs:
    """Tokens by what they tell: literals, which no name holds; the "and" of one firm's name; words that open
    a sentence and are a name's, though the tagger takes them for others."""

    literals: frozenset[int]
    firms: frozenset[int]
    opening: frozenset[int]


def signs_of(reading: Reading, words: Mapping[str, int]) -> Signs:
    """``words``: how often each is in the document."""
    doc = reading.doc
    firms = {i for i in range(1, len(doc) - 2) if _joins_firm(doc, i, words)}
    opening = {i for i in range(len(doc) - 1) if doc[i].is_sent_start and _opens_name(doc, i)}
    return Signs(
        frozenset(
            reading.dates.keys() | {i for i, q in reading.quantities.items() if q.value.unit or q.counted}
        ),
        frozenset(firms),
        frozenset(opening),
    )


def _opens_name(doc: "Doc", i: int) -> bool:
    """ "Equinor ASA"; a subject that is an adverb, as only an unknown word is, or one in capitals."""
    token, after = doc[i], doc[i + 1].text
    if token.pos_ == "ADV" and token.dep_ in ("nsubj", "nsubjpass"):
        return True
    if len(token) > 1 and token.text.isupper() and token.dep_ == "nsubj" and not after.isupper():
        return token.pos_ in ("NOUN", "PROPN")  # "TG employs 5 people"
    legal = (after[0].isupper() and after.lower() in _FIRMS_END) or after in LOWER_SUFFIXES
    return legal and token.pos_ in ("NOUN", "ADJ", "ADV")


def _joins_firm(doc: "Doc", i: int, words: Mapping[str, int]) -> bool:
    """Whether the i-th token is the "and" of one firm's name, "Marks and Spencer plc".

    Two firms ("Borealis and Noordwind BV") are mostly named one without the other too: ``words`` counts.
    """
    first, second = doc[i - 1], doc[i + 1]
    return (
        doc[i].lower_ == "and"
        and doc[i + 2].lower_ in _FIRMS_END
        and first.text[0].isupper()
        and second.text[0].isupper()
        and (i < 2 or not doc[i - 2].text[0].isupper() or doc[i - 2].is_stop)
        and words[first.text] == words[second.text]
    )
