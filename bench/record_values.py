"""What fuse makes of linked records' values, and what votes make of them."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import mean

from bench.truth import given_name, source_named
from graph.epochs.trust import learnt
from graph.fusion.epoch import EPOCH_0, Epoch
from graph.fusion.memory import MemoryState
from graph.fusion.names import normalise_name
from graph.fusion.normalize import partial_date
from graph.fusion.rulings import Rulings
from graph.fusion.support import Document
from graph.identity import make_id
from graph.ontology import parse_ontology
from graph.types import (
    MICRO,
    Claim,
    ClaimId,
    ContentId,
    Fact,
    FactStatus,
    Referent,
    ReferentId,
    Span,
    Value,
    ValueKind,
)

_ALIKE = 0.9  # of an attribute's values that read as dates, for it to hold dates
_LITERALS = '["text", "date"]'
_SEVERAL = 0.02  # share of records with several values of an attribute from which a thing may have several


@dataclass(frozen=True, slots=True)
class Row:
    """A source's record; ``values`` by attribute, in its order."""

    id: str
    source: str
    values: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Kinds:
    """Which attributes hold dates, and of which a thing may have several values: names of other things."""

    attributes: tuple[str, ...]
    dates: frozenset[str]
    several: frozenset[str]

    @classmethod
    def of(cls, rows: Sequence[Row]) -> "Kinds":
        texts: dict[str, list[str]] = defaultdict(list)
        counts: dict[str, list[int]] = defaultdict(list)
        for row in rows:
            for name, values in row.values.items():
                texts[name] += values
                counts[name].append(len(values))
        dates = {n for n, said in texts.items() if mean(partial_date(v) is not None for v in said) >= _ALIKE}
        several = {n for n, found in counts.items() if mean(count > 1 for count in found) >= _SEVERAL}
        return cls(tuple(sorted(texts)), frozenset(dates), frozenset(several))


# By attribute, what stands; of those that exclude each other all that tie.
Values = Mapping[str, tuple[str, ...]]


class _World:
    """A document a source. A thing is one name in all of them; each of several values of an attribute is a
    referent of its own, which fuse merges with those it is like."""

    def __init__(self, rows: Sequence[Row], thing: Mapping[str, str], kinds: Kinds) -> None:
        self._relations = {name: f"A{n}" for n, name in enumerate(kinds.attributes)}
        self.ontology = parse_ontology(
            "[entity]\nRecord = {}\nNamed = {}\n"
            + "".join(
                f'[relation.{relation}]\nheads = ["Record"]\n'
                + (
                    'tails = ["Named"]\n'
                    if name in kinds.several
                    else f"functional = true\nvalues = {_LITERALS}\n"
                )
                for name, relation in self._relations.items()
            )
        )
        self.told: dict[ClaimId, tuple[str, str]] = {}  # the thing and the attribute that a claim is about
        self._referents: dict[ContentId, dict[ReferentId, Referent]] = defaultdict(dict)
        self._claims: dict[ContentId, dict[ClaimId, Claim]] = defaultdict(dict)
        for row in rows:
            head = self._referent(row.source, "Record", given_name(thing[row.id]))
            for name, values in row.values.items():
                for text in values:
                    tail: ReferentId | Value = (
                        self._referent(row.source, "Named", text)
                        if name in kinds.several
                        else Value(ValueKind.DATE if name in kinds.dates else ValueKind.TEXT, text)
                    )
                    claim = self._claim(row.source, head, name, tail, text)
                    self.told[claim] = thing[row.id], name
        self.sources = [source_named(s) for s in sorted({r.source for r in rows})]

    def _referent(self, source: str, kind: str, name: str) -> ReferentId:
        content = source_named(source).content
        id_ = ReferentId(make_id("referent", content, kind, name))
        self._referents[content][id_] = Referent(id_, content, kind, (name,), Span(0, 1))
        return id_

    def _claim(
        self, source: str, head: ReferentId, attribute: str, tail: ReferentId | Value, text: str
    ) -> ClaimId:
        content = source_named(source).content
        id_ = ClaimId(make_id("claim", content, head, attribute, text))
        relation = self._relations[attribute]
        self._claims[content][id_] = Claim(
            id=id_,
            content=content,
            head=head,
            phrase=attribute,
            relation=relation,
            tail=tail,
            span=Span(0, 1),
            confidence=MICRO,
        )
        return id_

    def fused(self, epoch: Epoch) -> MemoryState:
        state = MemoryState()
        for source in self.sources:
            content = source.content
            document = Document(content, (), epoch.trust_of(source.id))
            state.put(document, self._referents[content].values(), self._claims[content].values())
        state.fuse(epoch, self.ontology, Rulings())
        return state


def believed(rows: Sequence[Row], thing: Mapping[str, str], kinds: Kinds) -> dict[str, Values]:
    """What fuse makes of each thing's values, under the trust that it learns of the sources."""
    world = _World(rows, thing, kinds)
    epoch, _ = learnt(EPOCH_0, world.fused(EPOCH_0), world.ontology, world.sources, {})
    diff = world.fused(replace(epoch, clear_margin=1)).difference(MemoryState())
    said: dict[tuple[str, str], list[Fact]] = defaultdict(list)
    for fact in diff.facts.new.values():
        said[world.told[fact.claims[0]]].append(fact)
    found: dict[str, dict[str, tuple[str, ...]]] = {name: {} for name in sorted(set(thing.values()))}
    for (name, attribute), facts in said.items():
        left = [f for f in facts if f.status is FactStatus.ACCEPTED] or facts
        if attribute not in kinds.several:
            left = [f for f in left if f.confidence == max(f.confidence for f in left)]
        found[name][attribute] = tuple(
            sorted(
                {f.tail.text if isinstance(f.tail, Value) else diff.entities.new[f.tail].name for f in left}
            )
        )
    return dict(found)


def voted(rows: Sequence[Row], kinds: Kinds, *, union: bool) -> Values:
    """What most of a thing's records say; of several values those that more than half of them say, or all."""
    found: dict[str, tuple[str, ...]] = {}
    for name in kinds.attributes:
        votes = Counter(key for row in rows for key in {compared(v) for v in row.values.get(name, ())})
        speak = sum(name in row.values for row in rows)
        many = 1 if union else speak // 2 + 1
        most = many if name in kinds.several else max(votes.values(), default=0)
        if kept := [key for key, n in votes.items() if n >= most]:
            found[name] = tuple(sorted(kept))
    return found


def compared(text: str) -> str:
    """A value as it is compared: case, accents and marks left out."""
    return partial_date(text) or normalise_name(text)
