"""Which relation types the phrases mean that the ontology does not list, learnt over a whole workspace.

A phrase whose bare form is that of a listed one means the same ("was originally founded by"). Of the others,
those that read alike and relate the same kinds of things are one cluster; a cluster means the type whose
listed phrases it is nearest to, if that is near, clearly nearer than any other type, and may relate such
things. What stays unclear stays unmapped. The bounds were set on the default ontology's own phrases, each
held out in turn.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from graph.epochs.average_link import clusters
from graph.epochs.wording import Form, forms, spoken
from graph.fusion.epoch import PhraseType
from graph.fusion.memory import MemoryState
from graph.fusion.normalize import normalise_phrase
from graph.fusion.statements import ClaimReader
from graph.fusion.testimony import is_id
from graph.ontology import RELATED_TO, Ontology
from graph.ports import Embedder, Vectors
from graph.relations import RelationType
from graph.types import MICRO, Value, ValueKind

_MOST = 10_000  # phrases that are embedded, the most used ones: their similarities are a square
_BLOCK = 1_000  # rows of that square at a time
_ALIKE = 0.7  # mean cosine from which phrases are one cluster
_LEAST = 650  # thousandths of cosine to a listed phrase of the type
_CLEAR = 80  # by which the next type is farther
_FITTING = 0.8  # share of a phrase's claims whose ends the type may relate
_KNOWN = 0.5  # share whose ends are surely of types that it relates

Ends = tuple[str, str | ValueKind]  # type of the head, type or literal kind of the tail


class _Meaning(NamedTuple):
    relation: str
    turned: bool


@dataclass(slots=True)
class _Group:
    """Phrases that are embedded as one text, and what they relate how often."""

    form: Form
    phrases: list[str] = field(default_factory=list)
    uses: Counter[Ends] = field(default_factory=Counter)


def unmapped(state: MemoryState) -> dict[str, Counter[Ends]]:
    """The phrases of all claims under no relation type, with the kinds of things that they relate."""
    facts = state.difference(MemoryState()).facts.new.values()
    claims = state.claims([c for fact in facts if fact.relation == RELATED_TO for c in fact.claims])
    ends = {end for c in claims.values() for end in (c.head, c.tail_referent) if end is not None}
    types = {id_: referent.type for id_, referent in state.referents(ends).items()}
    found: dict[str, Counter[Ends]] = defaultdict(Counter)
    for claim in claims.values():
        if is_id(claim):
            continue
        tail = claim.tail.kind if isinstance(claim.tail, Value) else types[claim.tail]
        found[normalise_phrase(claim.phrase)][types[claim.head], tail] += 1
    return dict(found)


def learn_phrases(
    uses: Mapping[str, Counter[Ends]], ontology: Ontology, embedder: Embedder | None
) -> dict[str, PhraseType]:
    """What each phrase means, where that is clear. Without an embedder only bare forms are compared.

    A function of ``uses`` and the ontology, in any order. O(p^2) in the phrases that no bare form explains.
    """
    reader = _Types(ontology)
    found: dict[str, PhraseType] = {}
    rest: dict[Form, _Group] = {}
    for phrase in sorted(uses.keys() - ontology.phrase_index.keys()):
        meant = reader.by_form(phrase, uses[phrase])
        if meant is not None:
            found[phrase] = PhraseType(meant.relation, meant.turned, MICRO)
            continue
        form = spoken(phrase)
        group = rest.setdefault(form, _Group(form))
        group.phrases.append(phrase)
        group.uses += uses[phrase]
    groups = sorted(rest.values(), key=lambda g: (-g.uses.total(), g.form.text, g.form.turned))[:_MOST]
    if groups and embedder is not None and ontology.phrase_index:
        vectors = embedder.embed([group.form.text for group in groups])
        listed = _Listed(ontology, embedder)
        for members in _clustered(groups, vectors):
            meaning = _nearest([groups[m] for m in members], vectors[members], listed, reader)
            if meaning is not None:
                found |= {phrase: meaning for m in members for phrase in groups[m].phrases}
    return dict(sorted(found.items()))


class _Types:
    """The relation types of an ontology: by bare form, and whether they may relate what a phrase relates."""

    def __init__(self, ontology: Ontology) -> None:
        self._ontology = ontology
        self._reader = ClaimReader(ontology, {})
        self._words = {word for phrase in ontology.phrase_index for word in phrase.split()}
        self._meant: dict[tuple[str, ...], set[_Meaning]] = defaultdict(set)
        for phrase, relation in ontology.phrase_index.items():
            for form in forms(phrase, self._words):
                self._meant[form.words].add(_Meaning(relation, form.turned))

    def by_form(self, phrase: str, uses: Counter[Ends]) -> _Meaning | None:
        """What the phrase's form means, if just one type that fits is listed in it."""
        for form in forms(phrase, self._words):
            meant = {_Meaning(m.relation, m.turned != form.turned) for m in self._meant.get(form.words, ())}
            fitting = [m for m in meant if self.fit(m, uses)]
            if len(fitting) == 1:
                return fitting[0]
        return None

    def fit(self, meant: _Meaning, uses: Counter[Ends], *, surely: bool = False) -> bool:
        """Whether nearly all uses may be of this type; ``surely``: half of them by types that it names."""
        relation = self._ontology.relation_types[meant.relation]
        may = sum(n for ends, n in uses.items() if self._may(ends, relation, meant.turned))
        if may < _FITTING * uses.total():
            return False
        known = sum(n for ends, n in uses.items() if self._allows(ends, meant)) if surely else 0
        return not surely or known >= _KNOWN * uses.total()

    def _may(self, ends: Ends, relation: RelationType, turned: bool) -> bool:
        head, tail = ends
        if not turned:
            return self._reader.fits(head, relation, tail)
        return not isinstance(tail, ValueKind) and self._reader.fits(tail, relation, head)

    def _allows(self, ends: Ends, meant: _Meaning) -> bool:
        head, tail = ends
        if not meant.turned:
            return self._ontology.allows(head, meant.relation, tail)
        return not isinstance(tail, ValueKind) and self._ontology.allows(tail, meant.relation, head)


class _Listed:
    """The ontology's own phrases, embedded."""

    def __init__(self, ontology: Ontology, embedder: Embedder) -> None:
        meant = {
            (spoken(phrase), relation): None for phrase, relation in sorted(ontology.phrase_index.items())
        }
        self.forms = list(meant)
        self.vectors = embedder.embed([form.text for form, _ in self.forms])


def _clustered(groups: Sequence[_Group], vectors: Vectors) -> list[list[int]]:
    """Numbers of groups that read alike, say it the same way round and mostly relate the same kinds."""
    kinds = [(group.form.turned, _commonest(group.uses)) for group in groups]
    of_kind: dict[tuple[bool, Ends], list[int]] = defaultdict(list)
    for number, kind in enumerate(kinds):
        of_kind[kind].append(number)
    pairs: list[tuple[int, int]] = []
    odds: list[float] = []
    for members in of_kind.values():
        for start in range(0, len(members), _BLOCK):
            block = members[start : start + _BLOCK]
            near = vectors[block] @ vectors[members].T - _ALIKE
            for i, j in np.argwhere(near > -_ALIKE / 2).tolist():
                if block[i] < members[j]:
                    pairs.append((block[i], members[j]))
                    odds.append(round(float(near[i, j]), 3))
    found = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    return clusters(len(groups), found, np.array(odds, dtype=np.float64))


def _nearest(
    members: Sequence[_Group], vectors: Vectors, listed: _Listed, types: _Types
) -> PhraseType | None:
    """The type nearest to a cluster, if it is near, clearly nearest and may relate what they relate.

    How near a type is: the members' mean, each by its uses, of the cosine to the nearest phrase of it.
    """
    uses = sum((group.uses for group in members), Counter[Ends]())
    near = vectors @ listed.vectors.T
    weights = np.array([group.uses.total() for group in members], dtype=np.float64)
    by_meaning: dict[_Meaning, list[int]] = defaultdict(list)
    turned = members[0].form.turned
    for column, (form, relation) in enumerate(listed.forms):
        by_meaning[_Meaning(relation, form.turned != turned)].append(column)
    scores: dict[str, tuple[int, _Meaning]] = {}
    for meant, columns in by_meaning.items():
        as_read = meant if types.fit(meant, uses, surely=True) else _Meaning(meant.relation, not meant.turned)
        if as_read is not meant and not types.fit(as_read, uses, surely=True):
            continue
        score = round(1000 * float(np.average(near[:, columns].max(axis=1), weights=weights)))
        scores[meant.relation] = max((score, as_read), scores.get(meant.relation, (score, as_read)))
    ranked = sorted(scores.values(), reverse=True)
    if not ranked or ranked[0][0] < _LEAST:
        return None
    if len(ranked) > 1 and ranked[0][0] - ranked[1][0] < _CLEAR:
        return None
    score, best = ranked[0]
    return PhraseType(best.relation, best.turned, score * (MICRO // 1000))


def _commonest(uses: Counter[Ends]) -> Ends:
    return min(uses, key=lambda ends: (-uses[ends], ends))
