"""Pronouns and nominals ("she", "its", "the company") linked to the names they stand for.

Conservative on purpose: the nearest compatible subject of the same paragraph, else the only compatible name;
where two would do, none.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from graph.types import MentionKind
from ingest.extraction import lexicon
from ingest.extraction.clusters import Cluster
from ingest.extraction.passages import Reading

if TYPE_CHECKING:
    from spacy.tokens import Span, Token

_FEMALE = frozenset({"she", "her", "hers", "herself"})
_MALE = frozenset({"he", "him", "his", "himself"})
_NEUTER = frozenset({"it", "its", "itself"})
_NEUTER_TYPES = frozenset({"Organization", "Facility", "Product", "Project", "Event", "Work", "Place"})
_SUBJECTS = frozenset({"nsubj", "nsubjpass"})
_ORGANS = frozenset(  # "the board" is a company's organ unless a name says Board
    """board council committee university authority institute bank foundation association union
college agency newspaper consortium charity subsidiary supplier""".split()
)
_PLAIN_ADJECTIVES = frozenset({"Dutch", "German", "British", "energy", "wind", "tidal", "power", "solar"})
# "Curriculum vitae: Dr. Helena Marsh": what stands before the name over a profile.
_PROFILE = re.compile(
    rf"(?:(?:curriculum vitae|cv|r[e\u00e9]sum[e\u00e9]|profile|biography)(?: of)?[: \u2013-]+)?"
    rf"(?:(?:{'|'.join(sorted(lexicon.TITLES))})\b\.? )?",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Link:
    """A token of a passage that stands for a cluster; a name's tokens all do."""

    cluster: int
    kind: MentionKind


Links = dict[tuple[int, int], Link]  # (passage, token)


@dataclass(frozen=True, slots=True)
class _Seen:
    sentence: int
    token: int
    cluster: int
    subject: bool


def name_links(clusters: Sequence[Cluster]) -> Links:
    return {
        (name.passage, token): Link(index, MentionKind.NAME)
        for index, cluster in enumerate(clusters)
        for name in cluster.names
        if name.passage >= 0
        for token in range(name.first, name.last)
    }


def document_topic(readings: Sequence[Reading], clusters: Sequence[Cluster], title: str) -> int | None:
    """The document's subject: the one name of its first heading, else of its title, that the body repeats;
    else the person whose name is the whole of that heading, as over a profile that goes on with "she"."""
    in_passage: dict[int, list[int]] = defaultdict(list)
    for index, cluster in enumerate(clusters):
        for name in cluster.names:
            if index not in in_passage[name.passage]:
                in_passage[name.passage].append(index)
    body = {
        i for p, found in in_passage.items() if p < 0 or not readings[p].passage.is_heading for i in found
    }
    opening = next((p for p, r in enumerate(readings) if r.passage.is_heading), None)
    headed = [] if opening is None else [i for i in in_passage[opening] if i in body]
    titled = [i for i, c in enumerate(clusters) if i in body and any(n.text in title for n in c.names)]
    for found in (headed, titled):
        if len(found) == 1:
            return found[0]
    return None if opening is None else _of_profile(readings[opening], in_passage[opening], clusters)


def _of_profile(heading: Reading, named: Sequence[int], clusters: Sequence[Cluster]) -> int | None:
    text = heading.passage.text.strip("# ")
    bare = text[_PROFILE.match(text).end() :]  # type: ignore[union-attr]  # it matches the empty text, too
    return next(
        (i for i in named if clusters[i].type == "Person" and any(n.text == bare for n in clusters[i].names)),
        None,
    )


def link(
    readings: Sequence[Reading],
    clusters: Sequence[Cluster],
    subject_of: int | None,
    headings: Mapping[int, int],
) -> Links:
    """Names, then pronouns and nominals in reading order. ``subject_of`` is the document's topic."""
    links = name_links(clusters)
    mentioned: dict[int, None] = {}  # clusters so far, the latest last
    for p, reading in enumerate(readings):
        seen: list[_Seen] = []
        topic = headings.get(reading.passage.section, subject_of)
        for s, sentence in enumerate(reading.doc.sents):
            for token in sentence:
                found = links.get((p, token.i))
                if found is None:
                    wanted = _wanted(token, links, p)
                    if wanted is not None:
                        cluster = _antecedent(token, s, seen, mentioned, clusters, wanted, topic, sentence)
                        if cluster is not None:
                            kind = (
                                MentionKind.PRONOUN
                                if token.pos_ == "PRON" or token.tag_ == "PRP$"
                                else MentionKind.NOMINAL
                            )
                            found = links[(p, token.i)] = Link(cluster, kind)
                if found is not None:
                    seen.append(_Seen(s, token.i, found.cluster, _is_subject(token)))
                    if not reading.passage.is_heading:
                        mentioned.pop(found.cluster, None)
                        mentioned[found.cluster] = None
    return links


def _is_subject(token: "Token") -> bool:
    head = token
    while head.dep_ in ("compound", "flat", "conj", "appos") and head.head.i != head.i:
        if head.dep_ == "appos":
            return False
        head = head.head
    return head.dep_ in _SUBJECTS


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What an antecedent must be: a type, a gender, or a name that holds the noun."""

    types: frozenset[str]
    gender: str | None = None
    noun: str = ""


def _wanted(token: "Token", links: Links, passage: int) -> _Wanted | None:
    word = token.lower_
    if token.tag_ in ("PRP", "PRP$"):
        if word in _FEMALE:
            return _Wanted(frozenset({"Person"}), "f")
        if word in _MALE:
            return _Wanted(frozenset({"Person"}), "m")
        if word in _NEUTER and not _expletive(token):
            return _Wanted(_NEUTER_TYPES)
        return None
    noun = token.lemma_.lower()
    if token.tag_ != "NN" or noun not in lexicon.NOMINALS:
        return None
    children = list(token.children)
    if not any(c.lower_ in ("the", "this") and c.dep_ == "det" for c in children):
        return None
    if any(
        c.dep_ in ("relcl", "acl", "appos", "poss", "nummod")
        or (c.dep_ == "prep" and c.lower_ in ("of", "that"))
        for c in children
    ):
        return None
    for child in children:
        if child.dep_ in ("amod", "compound", "nmod") and (
            (passage, child.i) in links or (child.dep_ == "amod" and child.text not in _PLAIN_ADJECTIVES)
        ):
            return None
    if token.dep_ in ("compound", "nmod") or (token.dep_ == "attr"):
        return None
    return _Wanted(frozenset({lexicon.NOMINALS[noun]}), noun=noun)


def _expletive(token: "Token") -> bool:
    """The "it" of "it is clear that", "it rained": no thing."""
    if token.lower_ != "it":
        return False
    verb = token.head
    return verb.lemma_ in ("rain", "snow", "seem", "appear", "take") or (
        verb.lemma_ == "be" and any(c.dep_ in ("ccomp", "xcomp", "advcl", "csubj") for c in verb.children)
    )


def _compatible(cluster: Cluster, wanted: _Wanted) -> bool:
    if cluster.type not in wanted.types:
        return False
    if wanted.gender is not None:
        return cluster.gender in (None, wanted.gender)
    if wanted.noun:
        words = cluster.words()
        if cluster.type in ("Facility", "Place", "Product") or wanted.noun in _ORGANS:
            heads = {w for w in words if w in lexicon.NOMINALS}
            return (
                wanted.noun in words
                or (not heads and wanted.noun not in _ORGANS)
                or wanted.noun in ("site", "facility")
            )
        if cluster.type == "Organization":
            return not any(
                w in _ORGANS
                or w
                in (
                    "ministry",
                    "museum",
                    "court",
                    "gazette",
                    "wire",
                    "courier",
                    "herald",
                    "times",
                    "news",
                    "press",
                )
                for w in words
            )
    return True


def _antecedent(
    token: "Token",
    sentence_index: int,
    seen: Sequence[_Seen],
    mentioned: Iterable[int],
    clusters: Sequence[Cluster],
    wanted: _Wanted,
    topic: int | None,
    sentence: "Span",
) -> int | None:
    barred = (
        _clause_subject(token, seen, sentence_index) if token.dep_ in ("dobj", "pobj", "dative") else None
    )
    fitting = [
        m
        for m in seen
        if m.cluster != barred
        and _compatible(clusters[m.cluster], wanted)
        # "It" is a town only where the town is what was spoken of, not where something happened.
        and (m.subject or wanted.noun or clusters[m.cluster].type != "Place")
    ]
    if token.tag_ == "PRP$" or token.lower_.endswith("self"):
        own = _clause_subject(token, seen, sentence_index)
        if own is not None and _compatible(clusters[own], wanted):
            return own
    for back in range(3):
        here = [m for m in fitting if m.sentence == sentence_index - back]
        subjects = list(dict.fromkeys(m.cluster for m in here if m.subject))
        if len(subjects) == 1:
            return subjects[0]
        if not subjects and here:
            several = list(dict.fromkeys(m.cluster for m in here))
            return several[0] if len(several) == 1 else _by_gender(several, clusters, wanted)
        if subjects:
            return _by_gender(subjects, clusters, wanted)
    if any(m.sentence >= sentence_index - 2 for m in fitting):
        return None
    if topic is not None and topic != barred and _compatible(clusters[topic], wanted):
        return topic
    only = [c for c in mentioned if c != barred and _compatible(clusters[c], wanted)]
    names = {clusters[c].display() for c in only}  # of namesakes the last one spoken of
    return only[-1] if len(names) == 1 else None


def _by_gender(several: Sequence[int], clusters: Sequence[Cluster], wanted: _Wanted) -> int | None:
    """Of several persons, the one whose gender is known to fit, if the others are not."""
    if wanted.gender is None:
        return None
    sure = [c for c in several if clusters[c].gender == wanted.gender]
    return sure[0] if len(sure) == 1 else None


def _clause_subject(token: "Token", seen: Sequence[_Seen], sentence: int) -> int | None:
    """The cluster of the subject of the verb that governs ``token``, if it was read before it."""
    by_token = {m.token: m.cluster for m in seen if m.sentence == sentence}
    for verb in _verbs_above(token):
        for child in verb.children:
            if child.dep_ in _SUBJECTS and child.i in by_token and child.i < token.i:
                return by_token[child.i]
        if any(c.dep_ in _SUBJECTS for c in verb.children):
            return None
    return None


def _verbs_above(token: "Token") -> Iterator["Token"]:
    for ancestor in token.ancestors:
        if ancestor.pos_ in ("VERB", "AUX"):
            yield ancestor
