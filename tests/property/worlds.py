"""Small worlds whose names collide: documents, sources, decisions and verdicts for the laws of fuse."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from random import Random
from typing import Any

from hypothesis import strategies as st

from graph.fusion.beliefs import ties_of
from graph.fusion.contexts import BITS, tag_of
from graph.fusion.epoch import EPOCH_0, Epoch, PhraseType
from graph.fusion.memory import MemoryState
from graph.fusion.rulings import Rulings, in_force
from graph.fusion.support import Document
from graph.fusion.testimony import HAS_ID
from graph.fusion.transitive import is_ground
from graph.fusion.view import Inputs
from graph.identity import make_id
from graph.ontology import Ontology, default_ontology, parse_ontology, with_traits
from graph.types import (
    OVER,
    Answer,
    Chunk,
    Claim,
    ClaimId,
    ContentId,
    Decision,
    Element,
    ElementKind,
    Evidence,
    Link,
    Mention,
    MentionKind,
    PartialDate,
    PipelineId,
    Position,
    Referent,
    ReferentId,
    Resolve,
    Revert,
    Ruling,
    Same,
    Separate,
    SourceId,
    Span,
    Split,
    StandIns,
    TrustSource,
    Value,
    ValueKind,
    VerdictId,
)

ONTOLOGY = default_ontology()
NOBODY: StandIns = {}
MAKERS = tuple(map(tag_of, ("model 1", "model 2", "model that no epoch knows")))
SMALL = Epoch(block_cap=3, window=1, max_names=3, adjudicator="judge 1")
WIDE = Epoch(block_cap=1000, max_names=4, adjudicator="judge 1")
LEARNT = replace(
    WIDE,
    rarity={"borealis": 900_000, "tidal": 720_000},
    default_trust=650_000,
    false_values={"BORN_IN": 9, "REVENUE": 40, "CAPITAL_OF": 9, "EXTENT": 30},
    shared=1_300_000,  # one neighbour is enough
    common={"haverfield": 500_000},
    contexts={MAKERS[0].hex(): ((8, 1_300_000), (200, 400_000)), MAKERS[1].hex(): ((8, 500_000),)},
)
TYPED = replace(
    LEARNT,
    mononyms={"vance": 3},
    phrases={
        "greets": PhraseType("WORKS_FOR", True, 800_000),
        "moves": PhraseType("HEADQUARTERED_IN", False, 700_000),
        "nicknamed": PhraseType("REVENUE", False, 700_000),  # of a person, and a text: never fits
    },
    traits={"WORKS_FOR": ("functional",), "ACQUIRED": ("symmetric", "transitive"), "GONE": ("functional",)},
)
EPOCHS = (SMALL, WIDE, LEARNT, TYPED)

PEOPLE = (
    "Anna Vance",
    "A. Vance",
    "Albert Vance",
    "Vance",
    "Dr. Anna Vance",
    "Anna M. Vance",
    "Maria Hernandez",
    "Marta Hernandez",
    "Al Vance",
)
THINGS = (
    "Borealis Energy",
    "Borealis",
    "BOREALIS ENERGY AG",
    "Borealis Foundation",
    "Tidal Energy Council",
    "TEC",
    "Tidal Energy Councils",
    "Tyne Estuary Company",
    "The Tidal Energy Council",
    "Vance",
    "Mercury",
    "Haverfield",
)
DATES = tuple(map(PartialDate, ("2016", "2019", "2019-05", "2019-05-03", "2020", "2022-01")))
PHRASES = (
    ("Person", "works for", "WORKS_FOR", "Organization"),
    ("Person", "heads", "LEADS", "Organization"),
    ("Person", "marry", None, "Person"),
    ("Person", "father of", None, "Person"),
    ("Person", "child of", "CHILD_OF", "Person"),
    ("Person", "native of", None, "Place"),
    ("Person", "bear in", "BORN_IN", "Place"),
    ("Organization", "acquire", "ACQUIRED", "Organization"),
    ("Organization", "rival of", None, "Organization"),
    ("Organization", "unit of", None, "Organization"),
    ("Organization", "greets", None, "Person"),
    ("Organization", "was led by", None, "Person"),
    ("Organization", "moves", "NO_SUCH", "Place"),
    ("Organization", "base in", "HEADQUARTERED_IN", "Place"),
)
TERMS = (
    ("Person", "heads", "LEADS", "Organization"),
    ("Person", "marry", None, "Person"),
    ("Organization", "unit of", None, "Organization"),
    ("Organization", "base in", "HEADQUARTERED_IN", "Place"),
)
TOLD = tuple(
    map(PartialDate, ("2010", "2011-03", "2012", "2012-06", "2013-05-03", "2014", "2016", "2018-02"))
)
VALUES = (
    ("Organization", "FOUNDED_ON", Value(ValueKind.DATE, "2019")),
    ("Organization", "FOUNDED_ON", Value(ValueKind.DATE, "2019-5")),
    ("Organization", "FOUNDED_ON", Value(ValueKind.DATE, "2019-07")),
    ("Organization", "EMPLOYEE_COUNT", Value(ValueKind.NUMBER, "1.2 thousand")),
    ("Organization", "EMPLOYEE_COUNT", Value(ValueKind.NUMBER, "1,200", "people")),
    ("Organization", "EMPLOYEE_COUNT", Value(ValueKind.TEXT, "1450")),
    ("Organization", "EMPLOYEE_COUNT", Value(ValueKind.NUMBER, "1,234")),
    ("Organization", "EMPLOYEE_COUNT", Value(ValueKind.NUMBER, "1.2", "km")),
    ("Organization", "EMPLOYEE_COUNT", Value(ValueKind.NUMBER, "1200", "m")),
    ("Organization", "EMPLOYEE_COUNT", Value(ValueKind.NUMBER, "1.2")),
    ("Person", "NICKNAMED", Value(ValueKind.TEXT, "Ace")),
    ("Person", "NICKNAMED", Value(ValueKind.TEXT, "ACE.")),
    ("Person", "NICKNAMED", Value(ValueKind.TEXT, "Ace and King")),
    ("Person", "NICKNAMED", Value(ValueKind.TEXT, "King; Ace")),
    ("Person", "NICKNAMED", Value(ValueKind.TEXT, "King et al.")),
    ("Person", "NICKNAMED", Value(ValueKind.TEXT, "7:48 p.m.")),
    ("Person", "NICKNAMED", Value(ValueKind.TEXT, "7:48")),
    ("Person", "NICKNAMED", Value(ValueKind.TEXT, "Ace Anna King Paul")),
    ("Person", "NICKNAMED", Value(ValueKind.TEXT, "Ace Tod; King Bo")),
    ("Person", "NICKNAMED", Value(ValueKind.TEXT, "Ace Tod King Bo")),
    ("Organization", "EMPLOYEE_COUNT", Value(ValueKind.TEXT, "1,234 EUR")),
)
BIRTHS = (
    ("Person", "BORN_ON", Value(ValueKind.DATE, "1961-05-03")),
    ("Person", "BORN_ON", Value(ValueKind.DATE, "1961")),
    ("Person", "BORN_ON", Value(ValueKind.DATE, "1985-11")),
    ("Person", "BORN_ON", Value(ValueKind.DATE, "1962")),
    ("Person", "BORN_ON", Value(ValueKind.TEXT, "in the war")),
    ("Person", "DIED_ON", Value(ValueKind.DATE, "1999")),
)
IDS = tuple(("Person", HAS_ID, Value(ValueKind.TEXT, id_)) for id_ in ("17", "18"))
REGIONS = ("Illinois", "Texas", "Georgia", "United States", "Bavaria", "Germany", "Eastern Europe")
PLACES = ("Haverfield", "Mercury", "Borealis", "Selwyn", "Norland", "Tidal Bay", "Ostmark")
_PART_OF = """
[entity.Place]
[relation.PART_OF]
heads = ["Thing"]
tails = ["Thing"]
transitive = true
asymmetric = true
temporal = "state"
phrases = ["part of"]
[relation.HAS_PART]
heads = ["Thing"]
tails = ["Thing"]
inverse_of = "PART_OF"
phrases = ["have"]
"""
# A transitive relation and its inverse, a symmetric one and what excludes it, one of events, a functional one
PARTS = (
    _PART_OF
    + """\
[relation.JOINED_TO]
heads = ["Thing"]
tails = ["Thing"]
transitive = true
symmetric = true
exclusive = "bond"
[relation.SEVERED_FROM]
heads = ["Thing"]
tails = ["Thing"]
exclusive = "bond"
[relation.BEFORE]
heads = ["Thing"]
tails = ["Thing"]
transitive = true
temporal = "event"
[relation.UNDER]
heads = ["Thing"]
tails = ["Thing"]
transitive = true
functional = true
"""
)
# Kinds of relations: under a transitive one and its inverse (told from either end), under a symmetric one,
# under one that is functional, one of a group, and one of literals; ones of several parents
KINDS = """
[entity.Place]
[relation.TIED_TO]
heads = ["Thing"]
tails = ["Thing"]
symmetric = true
transitive = true
[relation.LIES_IN]
heads = ["Thing"]
tails = ["Thing"]
transitive = true
asymmetric = true
temporal = "state"
parent = "TIED_TO"
[relation.HOLDS]
heads = ["Thing"]
tails = ["Thing"]
inverse_of = "LIES_IN"
parent = "TIED_TO"
[relation.CAPITAL_OF]
heads = ["Place"]
tails = ["Thing"]
parent = "LIES_IN"
functional = true
[relation.HAS_CAPITAL]
heads = ["Thing"]
tails = ["Thing"]
inverse_of = "CAPITAL_OF"
functional = true
[relation.SEAT_OF]
heads = ["Place"]
tails = ["Thing"]
parent = "CAPITAL_OF"
temporal = "state"
[relation.TWIN_OF]
heads = ["Thing"]
tails = ["Thing"]
symmetric = true
parent = "LINKED"
[relation.LINKED]
heads = ["Thing"]
tails = ["Thing"]
transitive = true
[relation.FRIEND_OF]
heads = ["Thing"]
tails = ["Thing"]
exclusive = "bond"
parent = "LINKED"
[relation.ENEMY_OF]
heads = ["Thing"]
tails = ["Thing"]
symmetric = true
exclusive = "bond"
[relation.PROTECTS]
heads = ["Thing"]
tails = ["Thing"]
asymmetric = true
parent = "FRIEND_OF"
[relation.RULED_BY]
heads = ["Thing"]
tails = ["Thing"]
inverse_functional = true
[relation.OWNED_BY]
heads = ["Thing"]
tails = ["Thing"]
parent = "RULED_BY"
[relation.SIZE]
heads = ["Thing"]
values = ["number", "text"]
[relation.EXTENT]
heads = ["Thing"]
values = ["number"]
functional = true
parent = "SIZE"
[relation.WIDTH]
heads = ["Thing"]
values = ["number"]
parent = "EXTENT"
[relation.OPENS]
heads = ["Thing"]
values = ["text"]
functional = true
[unit.km]
of = "m"
times = 1000
[unit.m]
of = "m"
times = 1
"""
# What is told more or less precisely: at the tails of one relation, at the heads of another, and by its kind
PRECISE = (
    _PART_OF
    + """\
[relation.REGION_OF]
heads = ["Thing"]
tails = ["Thing"]
parent = "PART_OF"
[relation.NATIVE_OF]
heads = ["Thing"]
tails = ["Thing"]
functional = true
within = "PART_OF"
[relation.RESIDES_IN]
heads = ["Thing"]
tails = ["Thing"]
functional = true
temporal = "state"
within = "PART_OF"
[relation.HOUSES]
heads = ["Thing"]
tails = ["Thing"]
inverse_of = "RESIDES_IN"
temporal = "state"
[relation.BASED_IN]
heads = ["Thing"]
tails = ["Thing"]
parent = "RESIDES_IN"
temporal = "state"
"""
)
ONTOLOGIES = {
    None: ONTOLOGY,
    **{text: parse_ontology(text) for text in (PARTS, KINDS, PRECISE)},
}
PARTS_ONTOLOGY, KINDS_ONTOLOGY = ONTOLOGIES[PARTS], ONTOLOGIES[KINDS]
KIND_PHRASES = tuple(
    ("Place", name.lower(), name, "Place")
    for name, relation in KINDS_ONTOLOGY.relation_types.items()
    if relation.tails
)
SIZES = (
    ("Place", "SIZE", Value(ValueKind.NUMBER, "5", "km")),
    ("Place", "SIZE", Value(ValueKind.TEXT, "Ace")),
    ("Place", "EXTENT", Value(ValueKind.NUMBER, "5000", "m")),
    ("Place", "EXTENT", Value(ValueKind.NUMBER, "7", "km")),
    ("Place", "EXTENT", Value(ValueKind.NUMBER, "5")),
    ("Place", "EXTENT", Value(ValueKind.NUMBER, "5", "m")),
    ("Place", "WIDTH", Value(ValueKind.NUMBER, "5", "km")),
    ("Place", "WIDTH", Value(ValueKind.NUMBER, "5")),
    ("Place", "WIDTH", Value(ValueKind.NUMBER, "4,980", "m")),
    ("Place", "WIDTH", Value(ValueKind.NUMBER, "6", "km")),
    ("Place", "WIDTH", Value(ValueKind.TEXT, "$6")),
    ("Place", "OPENS", Value(ValueKind.TEXT, "7:48 PM")),
    ("Place", "OPENS", Value(ValueKind.TEXT, "opens 19:48 Uhr")),
    ("Place", "OPENS", Value(ValueKind.TEXT, "7:48")),
    ("Place", "OPENS", Value(ValueKind.TEXT, "7:48 am")),
    ("Place", "OPENS", Value(ValueKind.TEXT, "12/1/2011 7:48 pm")),
    ("Place", "OPENS", Value(ValueKind.TEXT, "2011-12-01")),
    ("Place", "OPENS", Value(ValueKind.TEXT, "Dec 1, 7:48p")),
)
PRECISE_PHRASES = (
    ("Place", "part of", None, "Place"),
    ("Place", "part of", None, "Place"),
    ("Place", "have", None, "Place"),
    ("Place", "region", "REGION_OF", "Place"),
)
TOLD_WITHIN = (
    ("Person", "native", "NATIVE_OF", "Place"),
    ("Person", "reside", "RESIDES_IN", "Place"),
    ("Person", "based", "BASED_IN", "Place"),
    ("Place", "house", "HOUSES", "Person"),
)
PART_PHRASES = (
    ("Place", "part of", None, "Place"),
    ("Place", "part of", None, "Place"),
    ("Place", "have", None, "Place"),
    ("Place", "join", "JOINED_TO", "Place"),
    ("Place", "join", "JOINED_TO", "Place"),
    ("Place", "sever", "SEVERED_FROM", "Place"),
    ("Place", "precede", "BEFORE", "Place"),
    ("Place", "under", "UNDER", "Place"),
)
TYPES = {
    "Person": ("Person", "Person", "Agent"),
    "Organization": ("Organization", "Organization", "Thing"),
    "Place": ("Place", "Unheard"),
}


@dataclass(frozen=True)
class Cast:
    """The few names that the documents of one world choose from, so that they collide."""

    people: tuple[str, ...]
    things: tuple[str, ...]
    phrases: tuple[tuple[str, str, str | None, str], ...]
    values: tuple[tuple[str, str, Value], ...]
    types: tuple[str, ...] = ("Person", "Organization")  # of a document's first referents
    ontology: str | None = None  # None: the default one
    asserted: float = 0.8  # of what is told; the rest is denied
    told: tuple[PartialDate | None, ...] = ()  # when things are said; few of them say since or until when
    over: float = 0.1  # of what is told; that it is over
    bounded: float = 0.2  # of what is ``told``: by its own times instead

    @classmethod
    def choose(cls, rng: Random) -> "Cast":
        return cls(
            tuple(rng.sample(PEOPLE, 4)),
            tuple(rng.sample(THINGS, 4)),
            tuple(rng.sample(PHRASES, 3)),
            tuple(rng.sample(VALUES + BIRTHS, 5)),
        )

    @classmethod
    def of_homonyms(cls, rng: Random) -> "Cast":
        """People of few names who were born at different times and places, or bear ids of a document."""
        return cls(
            ("Anna Vance", "Anna Vance", rng.choice(PEOPLE)),
            tuple(rng.sample(PLACES, 3)),
            (("Person", "bear in", "BORN_IN", "Place"),),
            BIRTHS + IDS,
            ("Person", "Person", "Place"),
        )

    @classmethod
    def of_namesakes(cls, rng: Random) -> "Cast":
        """People of one name, born at different times or told of without a date, beside few others."""
        return cls(
            ("Anna Vance", rng.choice(("Anna Vance", "A. Vance"))),
            ("Borealis", "Haverfield", "Mercury"),
            (
                ("Person", "heads", "LEADS", "Organization"),
                ("Organization", "was led by", None, "Person"),
                ("Person", "works for", "WORKS_FOR", "Organization"),
                ("Person", "meets", None, "Organization"),
            ),
            BIRTHS[:3],
            told=TOLD,
        )

    @classmethod
    def of_towns(cls, rng: Random) -> "Cast":
        """Towns of one name in regions that lie in each other or not, and in what is no listed region."""
        towns = ("Springfield", "Ulm")[: rng.choice((1, 2))]
        return cls(
            tuple(rng.sample(PEOPLE, 2)),
            (*towns, *rng.sample(REGIONS, 4), "Selwyn"),
            (("Place", "locate in", "LOCATED_IN", "Place"),),
            (("Place", "POPULATION", Value(ValueKind.NUMBER, "114,000")), VALUES[0]),
            ("Place",) * 4,
        )

    @classmethod
    def of_terms(cls, rng: Random) -> "Cast":
        """Things of which one is so at a time, each told at several dates, so that they return."""
        return cls(
            ("Anna Vance", "Maria Hernandez", "Albert Dahl")[: rng.choice((2, 3))],
            ("Borealis", "Haverfield"),
            tuple(rng.sample(TERMS, rng.choice((1, 2)))),
            (
                ("Organization", "EMPLOYEE_COUNT", Value(ValueKind.NUMBER, "1,300")),
                *VALUES[3:5],
                *VALUES[6:10],
            ),
            told=TOLD,
        )

    @classmethod
    def of_ends(cls, rng: Random) -> "Cast":
        """Things of which one is so at a time, told to be over or not, and often at no time in particular."""
        return replace(cls.of_terms(rng), told=(None, None, *rng.sample(TOLD, 3)), over=0.4)

    @classmethod
    def of_periods(cls, rng: Random) -> "Cast":
        """Things of which one is so at a time, from when to when or at a date, so that they begin again."""
        told = (None, *(PartialDate(f"20{year}") for year in rng.sample(range(15, 26), 4)))
        return replace(cls.of_terms(rng), told=told, bounded=0.6)

    @classmethod
    def of_company(cls, rng: Random) -> "Cast":
        """People and firms of half-alike names, told of beside few others."""
        return cls(
            ("Anna Vance", "Vance", "Dr. Anna Vance", "Albert Vance"),
            ("Borealis", "Borealis Foundation", "Mercury"),
            (
                ("Person", "works for", "WORKS_FOR", "Organization"),
                ("Person", "meets", None, "Person"),
                ("Organization", "rival of", None, "Organization"),
            ),
            (*VALUES[:5], ("Person", "NICKNAMED", Value(ValueKind.TEXT, "Ace")), *BIRTHS[:3]),
        )

    @classmethod
    def of_firms(cls, rng: Random) -> "Cast":
        """Firms whose names bear a legal form or not, and are short for one another's."""
        names = ("Borealis AG", "Borealis", "Borealis Energy AG", "Borealis Energy", "TEC AG", "TEC")
        return cls(
            tuple(rng.sample(PEOPLE, 2)),
            (*names[: rng.choice((3, 4, 6))], *rng.sample(THINGS, 1)),
            (("Organization", "rival of", None, "Organization"),),
            VALUES[:2],
            ("Organization",) * 3,
        )

    @classmethod
    def of_parts(cls, rng: Random) -> "Cast":
        """Places that are parts of each other: chains and circles."""
        return cls(
            tuple(rng.sample(PEOPLE, 4)),
            tuple(rng.sample(PLACES, 6)),
            tuple(rng.sample(PART_PHRASES, 3)),
            (("Place", "SAID", Value(ValueKind.TEXT, "Ace")),),
            ("Place",) * 4,
            PARTS,
        )

    @classmethod
    def of_rings(cls, rng: Random) -> "Cast":
        """Places that are parts of each other, and of which not all can be."""
        return cls(
            tuple(rng.sample(PEOPLE, 4)),
            PLACES,
            (PART_PHRASES[0], PART_PHRASES[2]),
            (("Place", "SAID", Value(ValueKind.TEXT, "Ace")),),
            ("Place",) * 4,
            PARTS,
        )

    @classmethod
    def of_denials(cls, rng: Random) -> "Cast":
        """Places that are parts of each other, or of which that is denied."""
        return cls(
            tuple(rng.sample(PEOPLE, 4)),
            tuple(rng.sample(PLACES, 5)),
            (PART_PHRASES[0], PART_PHRASES[rng.choice((0, 3))]),
            (("Place", "SAID", Value(ValueKind.TEXT, "Ace")),),
            ("Place",) * 5,
            PARTS,
            asserted=0.7,
            told=TOLD[:1],
        )

    @classmethod
    def of_places(cls, rng: Random) -> "Cast":
        """Places that are parts of each other, and who is told to be in them."""
        return cls(
            ("Anna Vance", "Maria Hernandez"),
            tuple(rng.sample(PLACES, 4)),
            (*rng.sample(PRECISE_PHRASES, 2), *rng.sample(TOLD_WITHIN, rng.choice((1, 2)))),
            (("Place", "SAID", Value(ValueKind.TEXT, "Ace")),),
            ("Person", "Place", "Place", "Place"),
            PRECISE,
        )

    @classmethod
    def of_kinds(cls, rng: Random) -> "Cast":
        """Places in relations of which some are kinds of others."""
        return cls(
            tuple(rng.sample(PEOPLE, 4)),
            tuple(rng.sample(PLACES, 5)),
            tuple(rng.sample(KIND_PHRASES, 4)),
            SIZES,
            ("Place",) * 4,
            KINDS,
        )


def document(rng: Random, cast: Cast, number: int, reading: int = 0) -> Evidence:
    """Three to five referents, up to eight claims, a signature that may equal another's."""
    content = ContentId(sha256(b"doc %d" % number).digest())
    pipeline = PipelineId(make_id("pipeline", reading))
    referents: list[Referent] = []
    text = ""
    for kind in (
        *cast.types,
        *rng.choices(("Person", "Organization", "Place"), k=rng.randrange(1, 4)),
    ):
        pool = cast.people if kind == "Person" else cast.things
        names = tuple(rng.sample(pool, 1 if cast.told else rng.choice((1, 1, 1, 2))))
        span = Span(len(text), len(text) + len(names[0]))
        text += f"{names[0]}. "
        typed = rng.choice(TYPES[kind])
        made = make_id("referent", "w", content, span.start, span.end, typed)
        referents.append(Referent(ReferentId(made), content, typed, names, span, _context(made)))
    return Evidence(
        content=content,
        pipeline=pipeline,
        text=text,
        title=f"Document {number}",
        media_type="text/plain",
        pages=None,
        stated=None,
        signature=rng.choice(((), (1, 2, 3, 4, 5, 6), (1, 2, 3, 4, 5, 7), (9, 2, 3, 4, 8, 7))),
        elements=(
            Element(0, ElementKind.TITLE, Span(0, 4)),
            Element(1, ElementKind.PARAGRAPH, Span(4, len(text))),
        ),
        chunks=(Chunk(0, Span(0, len(text) // 2)), Chunk(1, Span(len(text) // 2, len(text)))),
        referents=tuple(referents),
        mentions=tuple(Mention(r.id, r.first, MentionKind.NAME) for r in referents),
        claims=tuple(_claim(rng, cast, content, pipeline, referents, n) for n in range(rng.randrange(12))),
    )


def _context(seed: bytes) -> bytes:
    """Of one of few topics, a few bits off; or none. Drawn apart, so that nothing else of a world moves."""
    rng = Random(seed)
    topic = int.from_bytes(sha256(b"topic %d" % rng.randrange(3)).digest() * 2)
    for bit in rng.sample(range(BITS), rng.randrange(6)):
        topic ^= 1 << bit
    tag = rng.choice((*MAKERS[:1], *MAKERS[:1], *MAKERS))
    return rng.choice((tag, tag, b"")) and tag + topic.to_bytes(64)[-BITS // 8 :]


def _claim(
    rng: Random,
    cast: Cast,
    content: ContentId,
    pipeline: PipelineId,
    referents: Sequence[Referent],
    number: int,
) -> Claim:
    tail: ReferentId | Value
    if rng.random() < 0.3:
        kind, phrase, tail = rng.choice(cast.values)
        relation: str | None = None if phrase == HAS_ID else phrase
    else:
        kind, phrase, relation, ends_in = rng.choice(cast.phrases)
        tail = _of_type(rng, referents, ends_in).id
    dates = sorted(rng.choices(DATES, k=2))
    start, end = rng.choice(
        ((None, None), (None, None), (dates[0], None), (None, dates[1]), (dates[0], dates[1]))
    )
    head = _of_type(rng, referents, kind)
    claim = Claim(
        id=ClaimId(make_id("claim", content, pipeline, number)),
        content=content,
        head=head.id,
        phrase=phrase,
        relation=relation,
        tail=tail,
        span=head.first,
        qualifiers=(("unit", "north"),)
        if (drawn := rng.random()) < 0.1
        else (OVER,) * (drawn > 1 - cast.over),
        polarity=rng.random() < cast.asserted,
        valid_from=start,
        valid_to=end,
        stated=rng.choice((None, *DATES)),
        confidence=rng.choice((1_000_000, 1_000_000, 500_000)),
    )
    if cast.told and rng.random() >= cast.bounded:
        claim = replace(claim, valid_from=None, valid_to=None, stated=rng.choice(cast.told))
    past = Random(claim.id).random() < 0.25  # drawn apart, so that nothing else of a world moves
    return replace(claim, past=past and not (claim.valid_from or claim.valid_to))


def _of_type(rng: Random, referents: Sequence[Referent], kind: str) -> Referent:
    """Mostly one that fits the relation, sometimes any."""
    fitting = [r for r in referents if r.type in TYPES.get(kind, ())]
    return rng.choice(fitting if fitting and rng.random() < 0.9 else referents)


@dataclass
class World:
    """What a workspace's ledger holds, in dictionaries, and the state that fuse keeps of it."""

    epoch: Epoch = EPOCH_0
    ontology: Ontology = ONTOLOGY
    sources: dict[SourceId, ContentId] = field(default_factory=dict)
    published: dict[ContentId, Evidence] = field(default_factory=dict)
    decisions: list[Decision] = field(default_factory=list)
    answers: dict[VerdictId, Answer] = field(default_factory=dict)
    about: dict[VerdictId, tuple[ClaimId, ClaimId]] = field(default_factory=dict)  # of verdicts on facts
    state: MemoryState = field(default_factory=MemoryState)
    fused: dict[ContentId, tuple[Evidence, int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.ontology is ONTOLOGY:  # an ontology of its own is taken as it is
            self.ontology = with_traits(ONTOLOGY, self.epoch.traits)

    def point(self, source: SourceId, evidence: Evidence | None) -> None:
        """Let a source hold this evidence's content, or nothing."""
        if evidence is None:
            self.sources.pop(source, None)
        else:
            self.sources[source] = evidence.content
            self.published[evidence.content] = evidence

    def decide(self, ruling: Ruling, stand_ins: StandIns = NOBODY) -> Position:
        position = Position(len(self.decisions) + 1)
        self.decisions.append(Decision(position, ruling, "curator", stand_ins=stand_ins))
        return position

    def rulings(self) -> Rulings:
        return in_force(self.decisions)

    def live(self) -> dict[ContentId, tuple[Evidence, int]]:
        trust = self.rulings().trust
        found: dict[ContentId, tuple[Evidence, int]] = {}
        for source, content in self.sources.items():
            mine = trust.get(source, self.epoch.trust_of(source))
            found[content] = (self.published[content], max(mine, found.get(content, (None, 0))[1]))
        return found

    def fuse(self) -> str:
        live = self.live()
        for content in self.fused.keys() - live.keys():
            self.state.drop(content)
        for content, (evidence, trust) in live.items():
            if self.fused.get(content) != (evidence, trust):
                document = Document(content, evidence.signature, trust)
                self.state.put(document, evidence.referents, evidence.claims)
        for verdict, answer in self.answers.items():
            self.state.answer(verdict, answer, self.about.get(verdict, ()))
        self.fused = live
        self.state.fuse(self.epoch, self.ontology, self.rulings())
        return self.state.digest

    def rebuilt(self) -> "World":
        """The same inputs fused at once from nothing."""
        fresh = World(
            self.epoch,
            self.ontology,
            dict(self.sources),
            dict(self.published),
            list(self.decisions),
            dict(self.answers),
            dict(self.about),
        )
        fresh.fuse()
        return fresh

    def ties(self) -> dict[VerdictId, tuple[ClaimId, ClaimId]]:
        """What a model may be asked about facts, as the last pass left them."""
        rulings = self.rulings().among(self.state._memberships.rows)
        open_ = {f for c in self.state._conflicts.rows.values() if c.winner is None for f in c.facts}
        facts = self.state._facts.get(open_).values()
        tied = ties_of(self.state, facts, Inputs(self.epoch, self.ontology, rulings, rulings))
        return {i: (f.claims[0], g.claims[0]) for i, (f, g) in sorted(tied.items()) if i not in self.answers}

    def thinkable(self, rng: Random) -> Link | None:
        """A link between two that facts lead to from one another, as a model may propose it; as the last pass
        left them."""
        facts = [f for _, f in sorted(self.state._facts.rows.items()) if is_ground(f)]
        if not facts:
            return None
        first = rng.choice(facts)
        near = [f for f in facts if {f.head, f.tail} & {first.head, first.tail}]
        grounds = {first.id: first} | {f.id: f for f in rng.sample(near, min(len(near), rng.randrange(3)))}
        members = [
            self.state._referents.rows[rng.choice(self.state._entities.rows[end].members)]
            for end in sorted({end for f in grounds.values() for end in (f.head, f.tail)})
        ]
        head, tail = rng.sample(members, 2)
        types = sorted(self.ontology.relation_types)
        fitting = [r for r in types if self.ontology.allows(head.type, r, tail.type)]
        relation = rng.choice(fitting if fitting and rng.random() < 0.9 else types)
        claims = sorted({rng.choice(f.claims) for f in grounds.values()})
        return Link(head.id, relation, tail.id, tuple(claims), 750_000, 900_000, "judge / words 1")

    def resolvable(self, rng: Random) -> Resolve | None:
        """That a fact is right, as of a date from which some claim speaks, or of all times; as the last pass
        left them."""
        facts = [f for _, f in sorted(self.state._facts.rows.items()) if f.claims]
        if not facts:
            return None
        fact = rng.choice(facts)
        claims = self.state._claims.rows
        said = claims[rng.choice(fact.claims)]
        told = sorted({date for c in claims.values() for date in (c.stated, c.valid_from) if date})
        as_of = rng.choice((None, *rng.choices(told, k=5))) if told else None
        return Resolve(said.head, fact.relation, said.tail, said.qualifiers, fact.polarity, as_of)

    def pending(self) -> list[VerdictId]:
        return sorted(
            {r.question for r in self.state._pairs.rows.values() if r.question} - self.answers.keys()
        )


URIS = {SourceId(make_id("source", uri)): uri for uri in (f"test:{n}" for n in range(8))}
SOURCES = list(URIS)


Step = tuple[str, Any]


def step(rng: Random, pool: Sequence[Evidence]) -> Step:
    """One thing that may happen to a workspace."""
    what = rng.choice(
        ("put",) * 4
        + ("drop", "decide", "decide", "resolve", "resolve", "revert", "answer", "judge", "link", "link")
        + ("fuse", "fuse")
    )
    if what == "put":
        return what, (rng.choice(SOURCES), rng.choice(pool))
    if what == "drop":
        return what, rng.choice(SOURCES)
    if what == "decide":
        made = ruling(rng, pool)
        return what, (made, stand_ins(rng, pool, made))
    if what in ("link", "resolve"):
        return what, rng.randrange(10**9)
    return what, (rng.randrange(99), rng.choice((Answer.YES, Answer.YES, Answer.NO)))


def ruling(rng: Random, pool: Sequence[Evidence]) -> Ruling:
    referents = [r for evidence in pool for r in evidence.referents]
    a, b = rng.choice(referents).id, rng.choice(referents).id
    kind = rng.choice(("same", "separate", "separate", "split", "resolve", "resolve", "trust"))
    if kind == "same":
        return Same(a, b)
    names = {n for r in referents if r.id == a for n in r.names}
    alike = sorted({r.id for r in referents if r.id != a and names & set(r.names)})
    if kind == "separate":  # mostly of two that look alike
        return Separate(a, rng.choice(alike) if alike else b)
    if kind == "split" and alike and rng.random() < 0.7:
        return Split((a,), tuple(rng.sample(alike, rng.randrange(1, min(4, len(alike)) + 1))))
    if kind == "split":
        others = sorted({r.id for r in referents} - {a, b})
        return Split((a, b), tuple(rng.sample(others, rng.randrange(1, 5))))
    claims = [c for evidence in pool for c in evidence.claims]
    if kind == "trust" or not claims:
        return TrustSource(rng.choice(SOURCES), rng.choice((0, 100_000, 990_000)))
    claim = rng.choice(claims)
    relation = ONTOLOGY.phrase_index.get(claim.phrase, claim.relation or "RELATED_TO")
    polarity = claim.polarity if rng.random() < 0.9 else not claim.polarity
    told = [date for c in claims for date in (c.stated, c.valid_from) if date]
    as_of = rng.choice((None, *rng.choices(told, k=4))) if told else None
    return Resolve(claim.head, relation, claim.tail, claim.qualifiers, polarity, as_of)


def stand_ins(rng: Random, pool: Sequence[Evidence], made: Ruling) -> StandIns:
    """Some of those who bear a name of one that the ruling names, as if they had been one with it."""
    match made:
        case Same(a, b) | Separate(a, b):
            named = {a, b}
        case Resolve(subject, _, tail):
            named = {subject} if isinstance(tail, Value) else {subject, tail}
        case _:
            return NOBODY
    everyone = {r.id: r for evidence in pool for r in evidence.referents}
    found: dict[ReferentId, tuple[ReferentId, ...]] = {}
    for one in sorted(named):
        alike = {r for r, x in everyone.items() if r not in named and {*x.names} & {*everyone[one].names}}
        if alike and rng.random() < 0.7:
            found[one] = tuple(sorted(rng.sample(sorted(alike), rng.randrange(1, len(alike) + 1))))
    return found


def play(world: World, story: Sequence[Step]) -> None:
    for what, arg in story:
        match what, arg:
            case "put", (source, evidence):
                world.point(source, evidence)
            case "drop", source:
                world.point(source, None)
            case "decide", (made, others):
                world.decide(made, others)
            case "revert", (n, _) if world.decisions:
                world.decide(Revert(Position(n % len(world.decisions) + 1)))
            case "link", seed:
                world.fuse()
                if link := world.thinkable(Random(seed)):
                    world.decide(link)
            case "resolve", seed:
                world.fuse()
                if right := world.resolvable(Random(seed)):
                    world.decide(right)
            case "answer", (n, answer):
                world.fuse()
                if pending := world.pending():
                    world.answers[pending[n % len(pending)]] = answer
            case "judge", (n, answer):
                world.fuse()
                if ties := list(world.ties().items()):
                    question, about = ties[n % len(ties)]
                    world.answers[question], world.about[question] = answer, about
            case "fuse", _:
                world.fuse()


@dataclass(frozen=True)
class Story:
    """``pool`` are the documents it speaks of, two readings of the first among them; ``words`` is the text of
    their ontology, None for the default one."""

    seed: int
    length: int
    pool: tuple[Evidence, ...] = field(repr=False)
    steps: tuple[Step, ...] = field(repr=False)
    extra: Evidence = field(repr=False)
    words: str | None = field(repr=False)
    rng: Random = field(repr=False, compare=False)

    @property
    def ontology(self) -> Ontology:
        return ONTOLOGIES[self.words]


def tell(seed: int, length: int, choose: Callable[[Random], Cast] = Cast.choose) -> Story:
    """The story of a seed, cut to a length: dense by construction, so that names and statements meet."""
    rng = Random(seed)
    cast = choose(rng)
    pool = (*(document(rng, cast, n) for n in range(6)), document(rng, cast, 0, reading=1))
    steps: list[Step] = [("put", pair) for pair in zip(SOURCES, pool, strict=False)]
    steps += [step(rng, pool) for _ in range(24)]
    return Story(seed, length, pool, tuple(steps[: length + 3]), document(rng, cast, 77), cast.ontology, rng)


def stories() -> st.SearchStrategy[Story]:
    """Hypothesis chooses the seed and shrinks the length."""
    seeds, lengths = st.integers(0, 2**32), st.integers(0, 24)
    homonyms = st.builds(tell, seeds, lengths, st.sampled_from((Cast.of_homonyms, Cast.of_namesakes)))
    others = st.builds(tell, seeds, lengths, st.sampled_from((Cast.of_company, Cast.of_towns, Cast.of_firms)))
    return st.one_of(
        st.builds(tell, seeds, lengths), homonyms, others, stories_of_terms(), stories_of_inference()
    )


def stories_of_terms() -> st.SearchStrategy[Story]:
    """Those of states that return, begin again, or are told to be over."""
    casts = st.sampled_from((Cast.of_terms, Cast.of_ends, Cast.of_periods))
    return st.builds(tell, st.integers(0, 2**32), st.integers(0, 24), casts)


def stories_of_inference() -> st.SearchStrategy[Story]:
    """Those of which something follows, of parts by walks, of kinds by single facts too; and rings, of which
    something does not."""
    casts = st.sampled_from((Cast.of_parts, Cast.of_kinds, Cast.of_rings, Cast.of_places, Cast.of_denials))
    return st.builds(tell, st.integers(0, 2**32), st.integers(0, 24), casts)
