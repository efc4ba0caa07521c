"""What a document says of a referent that can be true of one thing only, and how far two such testimonies
speak for one thing or for two.

Only claims of relations count that the ontology calls identifying (born on, founded on); of others two
values are a conflict of one thing. Two values contradict each other as far as precision, qualifiers and
validity leave no way out; two places do where they lie in regions that hold nothing in common (``regions``).
Agreement and contradiction add up as log-odds after Fellegi and Sunter (1969). A contradiction alone does not
make two things: sources err. It weighs against the name, and a telling name outweighs one. But a document
that gives its things ids says which of them are two, whatever else it says.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from graph.fusion.names import weighty_words
from graph.fusion.normalize import agree, excludes, normalise_value, refines
from graph.fusion.odds import log_odds, probability
from graph.fusion.profiles import Profile, profile
from graph.fusion.regions import Region, is_spanning, region, same
from graph.fusion.scoring import Scorer
from graph.fusion.statements import ClaimReader
from graph.fusion.view import FusionView
from graph.ontology import Ontology
from graph.relations import Sense
from graph.types import Claim, Qualifiers, Referent, ReferentId, Value, ValueKind

HAS_ID = "has id"  # the phrase of a claim by which a document tells its things apart
LIES_IN = "lies in"  # the topic of all that a thing is told to lie in
_STEPS = 3  # wholes that are not listed, from a thing up to a region that is
_NEVER = 100_000_000  # micro-nats that no agreement and no telling name make up for
Said = Value | Profile  # a normalised literal, or what the document shows of the other end


class Topic(NamedTuple):
    """``away``: the referent is the head. Statements under other qualifiers or times are other topics, and
    so are the ids of each document and kind, which qualify it."""

    relation: str
    away: bool
    qualifiers: Qualifiers
    valid_from: str
    valid_to: str


@dataclass(frozen=True, slots=True)
class Testimony:
    """All values by topic, sorted by topic; of one referent, or of several that are held to be one. A value
    that another one of them says more precisely is none beside that."""

    topics: tuple[tuple[Topic, frozenset[Said]], ...] = ()

    def __bool__(self) -> bool:
        return bool(self.topics)

    @property
    def in_order(self) -> str:
        """Text by which those of whom the same is said sort next to each other, literals first."""
        literals = [f"{t.relation} {v.text}" for t, said in self.topics for v in said if isinstance(v, Value)]
        ends = [f"{t.relation} {n}" for t, said in self.topics for v in said for n in _names(v)]
        return "; ".join((*sorted(literals), *sorted(ends)))

    def __or__(self, other: "Testimony") -> "Testimony":
        if not other or self == other:
            return self
        both = dict(self.topics)
        for topic, said in other.topics:
            both[topic] = _precise(both.get(topic, frozenset()) | said)
        return Testimony(tuple(sorted(both.items(), key=lambda each: each[0])))


def _precise(said: Collection[Said]) -> frozenset[Said]:
    """Those that no other refines: "1970" beside "1970-05-03" fits no other day of 1970 any more."""
    values = [each for each in said if isinstance(each, Value)]
    vague = {v for v in values if any(refines(p, v) for p in values)} if len(values) > 1 else set()
    return frozenset(said) - vague


def _names(said: Said) -> tuple[str, ...]:
    return () if isinstance(said, Value) else said.names


NOTHING = Testimony()


class Bearing(NamedTuple):
    """A topic of both; ``weight`` in micro-nats, above 0 for one thing, below for two."""

    topic: Topic
    weight: int
    mine: frozenset[Said]
    yours: frozenset[Said]


class Scales:
    """Weighs testimonies against names, in an epoch's weights; remembers what it has compared."""

    def __init__(self, scorer: Scorer) -> None:
        self._scorer = scorer
        self._epoch = scorer.epoch
        self._weights: dict[tuple[Testimony, Testimony], int] = {}

    def score(self, named: int, a: Profile, b: Profile, x: Testimony, y: Testimony) -> int:
        """The score of two referents whose names score ``named``, in micro-units; symmetric.

        Names that exclude each other stay at 0, which nothing else comes to, and one without testimony keeps
        the score of its names.
        """
        weight = self._leaning(a, b, x, y) if named and x and y else 0
        if not weight:
            return named
        weighed = max(1, probability(log_odds(named) + weight))
        return max(named, weighed) if weight > 0 else min(named, weighed)

    def at_odds(self, a: Profile, b: Profile, x: Testimony, y: Testimony) -> bool:
        """Whether testimonies ``x`` and ``y`` would keep two apart that bear one name.

        ``a`` and ``b`` are referents that are told of in them; a telling name that they share counts.
        """
        return bool(x and y) and self.score(self._epoch.exact, a, b, x, y) < self._epoch.same

    def weight(self, x: Testimony, y: Testimony) -> int:
        """Micro-nats for one thing (above 0) or for two, whatever the names are; symmetric."""
        found = self._weights.get((x, y))
        if found is None:
            found = sum(bearing.weight for bearing in self.bearings(x, y))
            self._weights[x, y] = self._weights[y, x] = found
        return found

    def bearings(self, x: Testimony, y: Testimony) -> list[Bearing]:
        """What both speak of and can be compared in. O(values squared) a topic."""
        theirs, found = dict(y.topics), []
        for topic, said in x.topics:
            if topic in theirs and topic.relation == HAS_ID:
                weight = -_NEVER if said.isdisjoint(theirs[topic]) else self._epoch.same_value
                found.append(Bearing(topic, weight, said, theirs[topic]))
            elif topic in theirs and topic.relation == LIES_IN:
                together = same(_regions(said), _regions(theirs[topic]))
                if together is not None:
                    weight = self._epoch.same_region if together else -self._epoch.other_region
                    found.append(Bearing(topic, weight, said, theirs[topic]))
            elif topic in theirs:
                answers = [self._alike(p, q) for p in said for q in theirs[topic]]
                literal = any(isinstance(p, Value) for p in said)
                if True in answers:
                    weight = self._epoch.same_value if literal else self._epoch.same_end
                elif None in answers:
                    continue
                else:
                    exact = any(isinstance(p, Value) and p.kind is not ValueKind.NUMBER for p in said)
                    weight = -(self._epoch.other_value if exact else self._epoch.other_end)
                found.append(Bearing(topic, weight, said, theirs[topic]))
        return found

    def _leaning(self, a: Profile, b: Profile, x: Testimony, y: Testimony) -> int:
        """What contradictions weigh, less what a telling name makes up for; what agreement weighs."""
        weight = self.weight(x, y)
        return weight if weight >= 0 else min(0, weight + self._telling(a, b))

    def _telling(self, a: Profile, b: Profile) -> int:
        """How unlikely two things are to share the name that these share, in micro-nats.

        A person's first two words tell nothing, nor does the first of anything else: many are so called. Each
        further one does, and each that the epoch knows to be rare.
        """
        common = 2 if all(map(self._scorer.may_be_person, (a.type, b.type))) else 1
        shared = set(a.names) & set(b.names)
        most = max((self._telling_words(name, common) for name in shared), default=0)
        return self._epoch.telling_word * most

    def _telling_words(self, name: str, common: int) -> int:
        words = [word for word in weighty_words(name) if len(word) > 1]
        return max(0, len(words) - common) + sum(map(self._epoch.rare_word, words))

    def _alike(self, p: Said, q: Said) -> bool | None:
        """Whether both are one; None where they may be."""
        if isinstance(p, Value) and isinstance(q, Value):
            return True if agree(p, q) else False if excludes(p, q) else None
        if isinstance(p, Value) or isinstance(q, Value):
            return None
        score = 0 if set(p.names).isdisjoint(q.names) else self._epoch.exact
        score = max(score, self._scorer.score(p, q))
        return True if score >= self._epoch.same else None if score >= self._epoch.ask else False


def _regions(said: Collection[Said]) -> list[Region]:
    return [region([name.text]) for name in said if isinstance(name, Value)]


def is_id(claim: Claim) -> bool:
    """Whether a document tells by it which of its things the head is."""
    stated = claim.phrase == HAS_ID and claim.relation is None and claim.polarity
    return stated and isinstance(claim.tail, Value)


class Witnesses:
    """Reads referents' testimonies off a view, and remembers them for as long as it lives."""

    def __init__(self, view: FusionView, reader: ClaimReader) -> None:
        self._view = view
        self._reader = reader
        self._known: dict[ReferentId, Testimony] = {}
        types = reader.ontology.relation_types
        self._single = {name for name, r in types.items() if r.identifies(True) or r.identifies(False)}
        self._locating = {name: senses for name in types if (senses := _locating(name, reader.ontology))}
        self._places = {  # types of what a thing may lie in
            kind for senses in self._locating.values() for s in senses for kind in types[s.relation].tails
        }

    def of(self, referents: Collection[ReferentId]) -> Mapping[ReferentId, Testimony]:
        """The testimonies of those that have one, among others. One read of the claims at unknown ones, and
        of those at wholes that are no listed region, where things lie in such."""
        unknown = {r for r in referents if r not in self._known}
        if unknown:
            self._known |= dict.fromkeys(unknown, NOTHING)
            self._read(self._view.claims_of(unknown).values(), unknown)
        return self._known

    def _telling(
        self, claims: Iterable[Claim], parts: Collection[ReferentId]
    ) -> tuple[list[Claim], list[Claim]]:
        """Those that identify by a value, and those that tell in what one of the parts lies. A whole is not
        read by what lies in it: one country of a table may hold all its towns."""
        single: list[Claim] = []
        locating: list[Claim] = []
        for claim in claims:
            if is_id(claim):
                single.append(claim)
            elif claim.polarity and (meant := self._reader.meant(claim)) is not None:
                if meant.name in self._single:
                    single.append(claim)
                if (senses := self._locating.get(meant.name)) and (
                    claim.head in parts or any(sense.turned for sense in senses)
                ):
                    locating.append(claim)
        return single, locating

    def _read(self, claims: Iterable[Claim], wanted: Collection[ReferentId]) -> None:
        single, locating = self._telling(claims, wanted)
        ends = {end for c in (*single, *locating) for end in (c.head, c.tail_referent) if end is not None}
        who = dict(self._view.referents(ends)) if ends else {}
        said: dict[ReferentId, dict[Topic, set[Said]]] = defaultdict(lambda: defaultdict(set))
        for claim in single:
            for end, topic, value in self._statements(claim, who):
                said[end][topic].add(value)
        for part, topic, name in self._lying(locating, wanted, who):
            said[part][topic].add(name)
        for end in said.keys() & set(wanted):
            topics = ((topic, _precise(values)) for topic, values in said[end].items())
            self._known[end] = Testimony(tuple(sorted(topics, key=lambda each: each[0])))

    def _lying(
        self, claims: Sequence[Claim], wanted: Collection[ReferentId], who: dict[ReferentId, Referent]
    ) -> Iterator[tuple[ReferentId, Topic, Value]]:
        """The listed regions in which things lie, under the topic of what says so of the thing itself. What
        often lies in several is left out. ``who`` is told of the wholes above."""
        open_: list[tuple[ReferentId, Topic, ReferentId]] = []  # a thing, and a whole in which it lies
        for part, whole, claim in self._wholes(claims, who):
            if part in wanted and self._is_told_apart(who[part]):
                under = (claim.qualifiers, claim.valid_from or "", claim.valid_to or "")
                open_.append((part, Topic(LIES_IN, True, *under), whole))
        for step in range(_STEPS):
            names = {whole: _listed(who[whole]) for _, _, whole in open_}
            for part, topic, whole in open_:
                if names[whole]:
                    yield part, topic, Value(ValueKind.TEXT, names[whole])
            above = (
                self._above([w for w, name in names.items() if not name], who) if step + 1 < _STEPS else {}
            )
            open_ = [(part, topic, w) for part, topic, whole in open_ for w in above.get(whole, ())]

    def _above(
        self, parts: Collection[ReferentId], who: dict[ReferentId, Referent]
    ) -> Mapping[ReferentId, Collection[ReferentId]]:
        """In what these lie for good, as their own documents have it."""
        if not parts:
            return {}
        _, locating = self._telling(self._view.claims_of(parts).values(), parts)
        found = [c for c in locating if not (c.qualifiers or c.valid_from or c.valid_to)]
        ends = {end for c in found for end in (c.head, c.tail_referent) if end is not None}
        who |= self._view.referents(ends - who.keys())
        above: dict[ReferentId, set[ReferentId]] = defaultdict(set)
        for part, whole, _ in self._wholes(found, who):
            above[part].add(whole)
        return above

    def _wholes(
        self, claims: Iterable[Claim], who: Mapping[ReferentId, Referent]
    ) -> Iterator[tuple[ReferentId, ReferentId, Claim]]:
        """(part, whole, claim) of those that tell in what a thing lies."""
        for claim in claims:
            statement = self._reader.read(claim, who)
            head, tail = statement.head, statement.tail
            if not isinstance(tail, Value) and head != tail:
                for sense in self._locating.get(statement.relation, ()):
                    for part, whole in sense.ends(head, tail):
                        yield part, whole, claim

    def _is_told_apart(self, part: Referent) -> bool:
        """Whether it is a place, and of those that lie in one region as a rule."""
        is_place = not self._places.isdisjoint(self._reader.ontology.ancestors(part.type))
        return is_place and not any(map(is_spanning, profile(part).names))

    def _statements(
        self, claim: Claim, who: Mapping[ReferentId, Referent]
    ) -> Iterator[tuple[ReferentId, Topic, Said]]:
        """What the claim says of either end, where that identifies it."""
        if is_id(claim) and isinstance(claim.tail, Value):
            within = (*claim.qualifiers, ("document", claim.content.hex()))
            yield claim.head, Topic(HAS_ID, True, within, "", ""), claim.tail
            return
        statement = self._reader.read(claim, who)
        relation = self._reader.ontology.relation_types.get(statement.relation)
        if relation is None or statement.head == statement.tail:
            return
        under = (claim.qualifiers, claim.valid_from or "", claim.valid_to or "")
        away, into = Topic(relation.name, True, *under), Topic(relation.name, False, *under)
        head, tail = statement.head, statement.tail
        if isinstance(tail, Value):
            if relation.functional:
                yield head, away, normalise_value(tail, self._reader.ontology.units)
            return
        if relation.functional:
            yield head, away, profile(who[tail])
            if relation.symmetric:
                yield tail, away, profile(who[head])
        if relation.inverse_functional:
            yield tail, into, profile(who[head])


def _locating(name: str, ontology: Ontology) -> list[Sense]:
    """How facts of a relation read in those that locate: itself or its inverse, and what it is a kind of."""
    return [
        sense if twin == sense.relation else Sense(twin, sense.turned, sense.straight)
        for sense in ontology.relations.above(name)
        for twin in ontology.relations.twins(sense.relation)
        if twin in ontology.relation_types and ontology.relation_types[twin].locates
    ]


def _listed(whole: Referent) -> str:
    """The first of its names that is a listed region's."""
    return next((name for name in profile(whole).names if region([name])), "")
