"""Which walk over facts a question describes.

A question such as "Where is the company that acquired X headquartered?" spells out a walk: it starts at the
name, and each of its steps is a relation whose words stand in the question, the nearest to the name first.
A candidate's score is the share of the question's words that its steps explain, times factors for what does
not fit: the kind of its end, a direction, the order of the steps, the time. Linear in candidates.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from graph.ontology import Ontology
from graph.ports import FactRow, GraphPath, PathStep
from graph.relations import RelationType, Temporal
from graph.types import OVER, EntityId, FactStatus, PartialDate, Value, ValueKind
from retrieval.phrasing import end_text, has_sentence, start_text, value_text
from retrieval.question import Cue, Question, Wanted, expects_forward, find_cue
from retrieval.wording import content_stems

ACCEPTABLE = 0.6  # below it a walk explains too little of the question to answer it
_PROFILE = 4  # facts told of a thing when nothing more is asked
_NEAR_BEST = 0.9  # ends that score within this share of the best stand beside it in the answer

# What people ask with and documents seldom write; the ontology's own phrases come first.
_ASKED_AS: Mapping[str, tuple[str, ...]] = {
    "LEADS": ("boss of", "ceo of", "chief of", "leader of", "in charge of", "manager of"),
    "CHAIRS": ("chairperson of", "chairman of", "president of"),
    "ACQUIRED": ("buy", "acquisition of", "takeover of"),
    "SUBSIDIARY_OF": ("parent company of", "parent of", "belong to"),
    "HEADQUARTERED_IN": ("head office in", "seat of", "hq of", "headquarters of"),
    "BORN_IN": ("birthplace of", "come from"),
    "BORN_ON": ("birthday of", "birth of", "old"),
    "FOUNDED_ON": ("old",),
    "STUDIED_AT": ("go to", "student of", "alumnus of"),
    "DIED_ON": ("death of",),
    "CHILD_OF": ("father of", "mother of", "parent of"),
    "PARENT_OF": ("son of", "daughter of", "child of", "children of"),
    "MARRIED_TO": ("husband of", "wife of", "spouse of"),
    "EMPLOYEE_COUNT": ("staff of", "workforce of", "employees of", "people work for", "headcount of"),
    "REVENUE": ("turnover of", "sales of"),
    "COST": ("price of", "budget of", "expensive"),
    "POPULATION": ("inhabitants of", "people live in"),
    "REPORTS_TO": ("superior of", "boss of"),
    "WORKS_FOR": ("employer of", "work for", "employ by"),
    "LIVES_IN": ("home of", "residence of"),
}


@dataclass(frozen=True, slots=True)
class Heard:
    """The words of a question that mean a fact: by the name of which relation, its own or of one that it is a
    kind of, and whether that one is told from the other end (an inverse)."""

    cue: Cue
    relation: str
    turned: bool


@dataclass(frozen=True, slots=True)
class Reading:
    """A candidate path and how well the question describes it. ``answer`` is what its end says."""

    path: GraphPath
    score: float
    answer: str
    covered: frozenset[int]
    pattern: tuple[tuple[str, bool], ...]
    misread: bool = False  # holds all that was asked, yet answers something else


class PathReader:
    """Reads one question against candidate paths."""

    def __init__(self, question: Question, ontology: Ontology, types: Mapping[EntityId, str]) -> None:
        """``types``: entity types of the paths' ends."""
        self._question = question
        self._ontology = ontology
        self._types = types
        self._heard: dict[tuple[str, str, bool], Heard | None] = {}
        self._ids = {
            (some[0][0], some[-1][1]): frozenset(
                t.entity.id for t in question.topics if (t.start, t.end) in some
            )
            for some in question.asked_of
        }

    def read(self, paths: Iterable[GraphPath], as_of: PartialDate | None) -> list[Reading]:
        """Paths that answer to some degree, best first, in a stable order."""
        readings = [reading for path in paths if (reading := self._reading(path, as_of))]
        return sorted(readings, key=_order)

    def explained_by(self, reading: Reading, texts: Sequence[str]) -> Reading:
        """The reading, raised where its facts' own quotes hold words that its relations left open."""
        stems = frozenset().union(*map(content_stems, texts)) if texts else frozenset()
        content = set(self._question.content)
        left = {n for n in content - reading.covered if self._question.tokens[n].stem in stems}
        before, total = self._weight(reading.covered), self._total()
        if not left or not before:
            return reading
        after = before + 0.9 * len(left)
        return replace(
            reading, score=reading.score * min(after / before, total / before), covered=reading.covered | left
        )

    # ---------------------------------------------------------------- scoring

    def _reading(self, path: GraphPath, as_of: PartialDate | None) -> Reading | None:
        cues = [self._cue(step.fact) for step in path.steps]
        if not self._explained(path, cues):
            return None
        covered = frozenset(n for cue in cues if cue for n in cue.positions)
        visited = {path.start, *(e for step in path.steps for e in (step.fact.head, step.fact.tail))}
        for (start, end), ids in self._ids.items():
            if ids & visited:
                covered |= frozenset(range(start, end))
        answer, fit = self._end(path)
        mention = next(m for m, ids in self._ids.items() if path.start in ids)
        score = self._weight(covered) / self._total() * fit
        score *= self._direction(path, cues, mention) * self._sequence(cues, mention)
        if self._question.wide and cues[-1] is not None:
            score *= 0.5  # the place itself was found, not what it lies in
        for step in path.steps:
            score *= self._time(step.fact, as_of)
        if score <= 0 or not answer:
            return None
        pattern = tuple(map(self._asked, path.steps))
        misread = score < ACCEPTABLE and covered.issuperset(self._question.content)
        return Reading(path, score, answer, covered, pattern, misread)

    def _explained(self, path: GraphPath, cues: Sequence[Cue | None]) -> bool:
        """Every step has words of its own. One up a containment (in which country) may go unspoken, and so
        may one between two things that are named (John Park of Nord Analytics)."""
        spoken: set[int] = set()
        for step, cue in zip(path.steps, cues, strict=True):
            if cue is None and self._joins_named(step):
                continue
            if cue is None:
                if not spoken or not self._contained(step):
                    return False
                if self._question.wanted not in {Wanted.PLACE, Wanted.TYPED}:
                    return False
            elif cue.positions & spoken:
                return False
            else:
                spoken |= cue.positions
        return bool(spoken)

    def _contained(self, step: PathStep) -> bool:
        """Whether the step follows a relation that goes on and on, as lying in does, or a kind of one."""
        relations = self._ontology.relations
        return any(
            relations.traits(sense.relation).transitive and (sense.straight if step.forward else sense.turned)
            for sense in relations.above(step.fact.relation)
        )

    def _joins_named(self, step: PathStep) -> bool:
        ends = {step.fact.head, step.fact.tail}
        return sum(not ids.isdisjoint(ends) for ids in self._ids.values()) > 1

    def _asked(self, step: PathStep) -> tuple[str, bool]:
        """The relation that the question asks this step by, and whether the step follows it: a question for
        what is in a land finds its capital too."""
        heard = self._hear(step.fact)
        return (step.fact.relation, step.forward) if heard is None else (
            heard.relation, step.forward != heard.turned
        )  # fmt: skip

    def _hear(self, fact: FactRow) -> Heard | None:
        key = fact.relation, fact.phrase, isinstance(fact.tail, Value)
        if key not in self._heard:
            found = (
                Heard(cue, name, turned)
                for name, turned, phrases in wordings_of(fact, self._ontology)
                if (cue := find_cue(self._question, phrases)) and not self._narrower(cue, name, fact.phrase)
            )
            self._heard[key] = next(found, None)
        return self._heard[key]

    def _cue(self, fact: FactRow) -> Cue | None:
        heard = self._hear(fact)
        cue = None if heard is None else heard.cue
        roles = [text for _, text in fact.qualifiers if text]
        qualified = find_cue(self._question, roles) if roles else None
        if qualified and (cue is None or len(qualified.positions) > len(cue.positions)):
            return qualified
        return cue

    def _narrower(self, cue: Cue, name: str, phrase: str) -> bool:
        """Whether the question names a post ("chief financial officer of") where the fact says less.

        Where one thing at a time can hold, as with who leads, the phrases of a relation are synonyms.
        """
        relation = self._ontology.relation_types.get(name)
        if relation is None or relation.functional or relation.inverse_functional:
            return False
        stems = {self._question.tokens[number].stem for number in cue.positions}
        return cue.noun and len(stems) > 1 and not stems <= content_stems(phrase)

    def _weight(self, covered: frozenset[int]) -> float:
        """Content words count 1 each, a name 1.5; the name that the walk starts from is among them."""
        names = sum(1.5 for start, end in self._ids if set(range(start, end)) <= covered)
        return len(covered.intersection(self._question.content)) + names - 1.5

    def _total(self) -> float:
        return max(len(self._question.content) + 1.5 * (len(self._ids) - 1), 1.0)

    def _end(self, path: GraphPath) -> tuple[str, float]:
        """What the end says, and how well its kind suits the question."""
        last = path.steps[-1]
        end = last.fact.tail if last.forward else last.fact.head
        wanted = self._question.wanted
        if wanted is Wanted.REASON:
            return "", 0.0
        if isinstance(end, Value):
            return value_text(end), _VALUE_FIT[end.kind].get(wanted, 0.1)
        name = last.fact.tail_name if last.forward else last.fact.head_name
        if wanted is Wanted.DATE:
            date = end_text(last.fact) if self._question.ending else start_text(last.fact)
            return (date, 0.95) if date else (name, 0.0)
        if wanted is Wanted.NUMBER:
            return name, 0.1
        named = any(end in ids for ids in self._ids.values())  # "is X a subsidiary of Y"
        if named or self._question.boolean:
            return name, 0.9 if named and wanted is Wanted.ANYTHING else 0.2
        return name, self._entity_fit(self._types.get(end, ""), last)

    def _entity_fit(self, kind: str, last: PathStep) -> float:
        wanted = self._question.wanted
        if wanted is Wanted.ANYTHING:
            return 1.0
        if wanted is Wanted.AGENT:
            return max(self._compatible(kind, "Person"), 0.85 * self._compatible(kind, "Organization"))
        if wanted is Wanted.PLACE:
            cue = self._cue(last.fact)
            somewhere = 0.85 if cue and (cue.prepositional or kind == "Facility") else 0.1
            return max(self._compatible(kind, "Place"), somewhere if kind != "Person" else 0.1)
        return self._compatible(kind, self._question.noun_type or kind)

    def _compatible(self, kind: str, wanted: str) -> float:
        if wanted not in self._ontology.entity_types:
            return 0.8  # another ontology: nothing is known against it
        if wanted in self._ontology.ancestors(kind):
            return 1.0
        return 0.7 if self._ontology.compatible(kind, wanted) else 0.1

    def _direction(self, path: GraphPath, cues: Sequence[Cue | None], mention: tuple[int, int]) -> float:
        """A step against the wording's direction counts a third."""
        factor, span = 1.0, mention
        for step, cue in zip(path.steps, cues, strict=True):
            if cue is None:
                continue
            if not isinstance(step.fact.tail, Value):
                name, forward = self._asked(step)
                symmetric = self._ontology.relations.traits(name).symmetric
                expected = expects_forward(self._question, cue, span, name, symmetric)
                if expected is not None and expected != forward:
                    factor *= 0.3
            span = (min(span[0], cue.first), max(span[1], cue.last + 1))
        return factor

    def _sequence(self, cues: Sequence[Cue | None], mention: tuple[int, int]) -> float:
        """Steps in the order in which their words lie around the name."""
        start, end = mention
        before = self._question.tokens[start - 1] if start else None
        relative = before is not None and (
            before.text.lower() in {"that", "which", "who"}
            or (not before.stop and start - 1 not in self._question.content)
        )
        after_first = relative or self._question.tokens[end - 1].possessive
        keys = [
            ((cue.last < start) == after_first, min(abs(start - cue.last), abs(cue.first - end)))
            for cue in cues
            if cue
        ]
        return 1.0 if keys == sorted(keys) else 0.6

    def _time(self, fact: FactRow, as_of: PartialDate | None) -> float:
        """Facts known to hold at the time asked for before those that only may."""
        if as_of is None:
            return 1.0 if has_ended(fact, self._ontology) == self._question.past else 0.8
        if OVER in fact.qualifiers:
            return 0.5  # it has ended, and nobody said when
        if fact.valid_from or fact.valid_to:
            return 1.0
        if fact.stated is None:
            return 0.85
        return 0.95 if fact.stated[: len(as_of)] <= as_of else 0.75


def has_ended(fact: FactRow, ontology: Ontology) -> bool:
    """Whether a fact is said to hold no more: superseded, over, or a state with an end."""
    relation = ontology.relation_types.get(fact.relation)
    lasting = relation is not None and relation.temporal is Temporal.STATE
    superseded = fact.status is FactStatus.SUPERSEDED
    return superseded or OVER in fact.qualifiers or (lasting and fact.valid_to is not None)


def wordings_of(fact: FactRow, ontology: Ontology) -> Iterator[tuple[str, bool, list[str]]]:
    """The phrases by which a question may mean this fact, by relation: its own first, then its inverse, then
    those that it is a kind of; and whether these are told from its other end."""
    relations, types = ontology.relations, ontology.relation_types
    if fact.relation not in types:
        yield fact.relation, False, [fact.phrase] if fact.phrase else []
        return
    literal = isinstance(fact.tail, Value)
    for sense in relations.above(fact.relation, literal=literal):
        for name in (sense.relation,) if literal else relations.twins(sense.relation):
            phrases = [*types[name].phrases, *_ASKED_AS.get(name, ()), name.lower().replace("_", " ")]
            if name == fact.relation:
                phrases.insert(-1, fact.phrase)
            yield name, (name != sense.relation) == sense.straight, phrases


def best_group(readings: Sequence[Reading], ontology: Ontology) -> list[Reading]:
    """The readings that answer together: the best one's pattern, near its score, one for each answer of each
    thing that the question may start from, which several have where they share a name.

    A relation that gives one answer at a time keeps the latest of each such thing only.
    """
    if not readings:
        return []
    best = readings[0]
    group = [r for r in readings if r.pattern == best.pattern and r.score >= best.score * _NEAR_BEST]
    group = [r for r in group if not _contested(r)] or group  # the disputed are told where nothing is settled
    group = [r for r in group if not _inferred(r)] or group  # what follows, where nothing is stated
    distinct: dict[tuple[EntityId, str, bool], Reading] = {}
    for reading in group:
        asserted = all(step.fact.polarity for step in reading.path.steps)
        distinct.setdefault((reading.path.start, reading.answer, asserted), reading)
    answers = list(distinct.values())
    if (
        best.pattern
        and not any(map(_contested, answers))
        and all(_single(ontology.relation_types.get(name), forward) for name, forward in best.pattern)
    ):
        starts = dict.fromkeys(reading.path.start for reading in answers)
        return [
            max(
                (r for r in answers if r.path.start == start),
                key=lambda r: (_recency(r.path.steps[-1].fact), r.score),
            )
            for start in starts
        ]
    return answers


def profile(question: Question, paths: Sequence[GraphPath]) -> list[Reading]:
    """What there is to say of the one thing that "who is X" names and asks nothing else of, or of each of
    those that bear the name.

    Its best supported facts, one of each relation, those that it is the subject of first.
    """
    open_ended = question.wanted in {Wanted.ANYTHING, Wanted.AGENT} and not question.boolean
    if question.content or not open_ended or len(question.mentions) != 1:
        return []
    telling = [path for path in paths if len(path.steps) == 1 and has_sentence(path.steps[0].fact)]
    telling.sort(key=lambda p: (not p.steps[0].forward, -p.steps[0].fact.support, p.steps[0].fact.id))
    of_each: dict[EntityId, dict[tuple[str, bool], GraphPath]] = {}
    for path in telling:
        step = path.steps[0]
        of_each.setdefault(path.start, {}).setdefault((step.fact.relation, step.forward), path)
    some = max(_PROFILE // max(len(of_each), 1), _PROFILE // 2)
    return [
        Reading(path, ACCEPTABLE, _other_end(path.steps[0]), frozenset(), ())
        for distinct in of_each.values()
        for path in list(distinct.values())[:some]
    ]


def _other_end(step: PathStep) -> str:
    if not step.forward:
        return step.fact.head_name
    return value_text(step.fact.tail) if isinstance(step.fact.tail, Value) else step.fact.tail_name


def _contested(reading: Reading) -> bool:
    return any(step.fact.status is FactStatus.CONTESTED for step in reading.path.steps)


def _inferred(reading: Reading) -> bool:
    return any(step.fact.status is FactStatus.INFERRED for step in reading.path.steps)


def _single(relation: RelationType | None, forward: bool) -> bool:
    if relation is None:
        return False
    return relation.functional if forward else relation.inverse_functional


def _recency(fact: FactRow) -> str:
    return fact.valid_from or fact.stated or ""


def _order(reading: Reading) -> tuple[float, int, int, list[bytes]]:
    confidence = min(step.fact.confidence for step in reading.path.steps)
    return (
        -round(reading.score, 6),
        len(reading.path.steps),
        -confidence,
        [step.fact.id for step in reading.path.steps],
    )


_VALUE_FIT: Mapping[ValueKind, Mapping[Wanted, float]] = {
    ValueKind.DATE: {Wanted.DATE: 1.0, Wanted.ANYTHING: 0.9},
    ValueKind.NUMBER: {Wanted.NUMBER: 1.0, Wanted.ANYTHING: 0.95},
    ValueKind.TEXT: {Wanted.ANYTHING: 0.95, Wanted.TYPED: 0.5, Wanted.AGENT: 0.5, Wanted.PLACE: 0.5},
}
