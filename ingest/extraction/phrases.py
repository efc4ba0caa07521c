"""Which relation type somebody's phrase means, in whatever form of its words: "leads", "was founded by"."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from graph.fusion.normalize import normalise_phrase
from graph.ontology import Ontology
from graph.relations import RelationType
from ingest.extraction.language import language, parsed

_LONGEST = 6  # words; what is longer is a sentence, and no phrase of any ontology
_SMALL = frozenset({"be", "have", "a", "an", "the"})


class Meant(NamedTuple):
    """``turned``: the type holds from the phrase's object to its subject."""

    relation: RelationType
    turned: bool = False


def meanings(phrases: Iterable[str], ontology: Ontology) -> Mapping[str, Meant]:
    """Of those phrases that mean a type: its name, a phrase that the ontology lists, or another form of one.

    The lemmas tell, without auxiliaries and articles: "is the head of" is "head of". "Founded by" turns round
    what "found" means. Only phrases that are not listed are parsed, each by itself.
    """
    types, index = ontology.relation_types, ontology.phrase_index
    found: dict[str, Meant] = {}
    strange: dict[str, list[str]] = {}
    for phrase in dict.fromkeys(phrases):
        words = normalise_phrase(phrase)
        if relation := types.get(phrase) or types.get(index.get(words, "")):
            found[phrase] = Meant(relation)
        elif 0 < len(words.split()) <= _LONGEST:
            strange.setdefault(words, []).append(phrase)
    if strange:
        with language() as model:
            for words, doc in zip(strange, parsed(model, strange), strict=True):
                if meant := _of_lemmas([token.lemma_.lower() for token in doc], ontology):
                    found |= dict.fromkeys(strange[words], meant)
    return found


def _of_lemmas(lemmas: list[str], ontology: Ontology) -> Meant | None:
    while lemmas and lemmas[0] in _SMALL:
        phrase = normalise_phrase(" ".join(lemmas))
        if phrase in ontology.phrase_index:  # "have capacity of", "be in"
            break
        lemmas = lemmas[1:]
    phrase = normalise_phrase(" ".join(lemmas))
    turned = phrase not in ontology.phrase_index and phrase.endswith(" by")
    name = ontology.phrase_index.get(phrase.removesuffix(" by") if turned else phrase)
    return None if name is None else Meant(ontology.relation_types[name], turned)
