"""All duels at once settle what duels pair by pair do."""

import random
from collections import defaultdict
from dataclasses import replace
from itertools import combinations, product
from unittest.mock import patch

from hypothesis import given, settings
from hypothesis import strategies as st

from graph.fusion import judging, seating
from graph.fusion.decided import Word
from graph.fusion.epoch import EPOCH_0
from graph.fusion.facts import RawFact, Telling
from graph.fusion.grouping import Grouping
from graph.fusion.normalize import agree, agreeing, normalise_value
from graph.fusion.statements import Family
from graph.identity import make_id
from graph.types import OVER, Answer, Span, Value, ValueKind
from tests.property import pairwise
from tests.property.worlds import EPOCHS, KINDS_ONTOLOGY, ONTOLOGY, PARTS_ONTOLOGY

DATES = (None, "2010", "2012", "2012-06", "2012-06-03", "2013", "2013-01", "2016-12-31", "2017")
SAID = (
    (ONTOLOGY, ("LEADS", "CHAIRS", "MARRIED_TO", "SUBSIDIARY_OF", "ACQUIRED", "COMPETES_WITH")),
    (ONTOLOGY, ("EMPLOYEE_COUNT", "FOUNDED_ON", "HEADQUARTERED_IN")),
    (PARTS_ONTOLOGY, ("PART_OF", "JOINED_TO", "SEVERED_FROM", "BEFORE", "UNDER")),
    (
        KINDS_ONTOLOGY,
        ("SEAT_OF", "CAPITAL_OF", "LIES_IN", "PROTECTS", "ENEMY_OF", "OWNED_BY", "EXTENT", "WIDTH"),
    ),
)
NUMBERS = ("1200", "1234", "1250", "1300", "5.2", "5.3", "5", "1200±60", "1200..1300", "1250..", "many")
TEXTS = ("2019", "2019-05", "2019-05-03", "2019-07", "1961")
TOLD = (
    "7:48",
    "19:48",
    "7:48 pm",
    "7:48:30 pm",
    "7:48 am",
    "7:48 pm, 1 Dec",
    "12/1/2011 7:48 pm",
    "2011-12-01",
    "A. Ek; Bo Li",
    "Bo Li and Ann Ek",
    "Ann Ek et al.",
)


def value(rng):
    kind = rng.choice((ValueKind.NUMBER, ValueKind.NUMBER, ValueKind.DATE, ValueKind.TEXT))
    text = rng.choice(NUMBERS if kind is ValueKind.NUMBER else TEXTS if kind is ValueKind.DATE else TOLD)
    return normalise_value(Value(kind, text, rng.choice((None, None, "m", "people"))))


def as_written(rng, said):
    """A form of a number in its base unit before it was turned into it; of others none."""
    if said is None or said.kind is not ValueKind.NUMBER or said.unit != "m" or said.text == "many":
        return ()
    return (normalise_value(Value(ValueKind.NUMBER, rng.choice(NUMBERS[:-1]), "km")),)


def facts(rng, relations, ontology, count, kinds=None):
    """So many facts: with ``kinds`` copies of so many that differ in what they say alone."""
    told = list(each_alone(rng, relations, ontology, count if kinds is None else kinds))
    yield from told
    for n in range(len(told), count):
        like = rng.choice(told)
        family, said = like.family, like.value
        if said is None:
            family = family._replace(tail=rng.choice([make_id("end", n) for n in range(3, 12)]))
        else:
            said = rng.choice(
                (value(rng), normalise_value(Value(ValueKind.NUMBER, str(rng.randrange(1190, 1260)))))
            )
        yield replace(
            like,
            id=make_id("fact", n),
            family=family,
            tail=said or family.tail,
            value=said,
            written=as_written(rng, said) if rng.random() < 0.5 else (),
            label=rng.choice("abc"),
            claims=(make_id("claim", n),),
        )


def each_alone(rng, relations, ontology, count):
    relations = rng.sample(relations, rng.choice((1, 2)))  # so that they meet
    ends = [make_id("end", n) for n in range(3)]
    for n in range(count):
        relation = rng.choice(relations)
        literal = bool(ontology.relation_types[relation].values)
        head, tail = rng.sample(ends, 2)
        qualifiers = (OVER,) if rng.random() < 0.2 else ()
        family = Family(head, relation, "", None if literal else tail, qualifiers, rng.random() < 0.85)
        said = value(rng) if literal else None
        since, until = sorted((rng.choice(DATES), rng.choice(DATES)), key=lambda date: date or "")
        first, stated = sorted((rng.choice(DATES), rng.choice(DATES)), key=lambda date: date or "")
        first, stated = rng.choice(((first, stated), (first, stated), (None, None)))
        times = rng.choice(((None, None), (None, None), (since, None), (None, until), (since, until)))
        confidence = rng.choice((0, 300_000, 700_000, 1_000_000))
        days = ("2010-01-01", "2012-06-01", "2013-01-01", "2016-12-31", "2017-01-01")
        told = any(times) or stated
        yield RawFact(
            id=make_id("fact", n),
            family=family,
            tail=said or tail,
            phrase="",
            valid_from=times[0],
            valid_to=times[1],
            stated=stated,
            first_stated=first if stated and first else stated,
            vouched=rng.choice(days) if told else None,
            confidence=confidence,
            support=1,
            votes=rng.choice((700_000, 1_000_000)),
            odds=rng.choice((-400_000, 0, 100_000, 900_000)),
            claims=(make_id("claim", n),),
            label=rng.choice("abc"),
            value=said,
            written=as_written(rng, said) if rng.random() < 0.5 else (),
            misfit=rng.choice(("", "", "an end is of another kind")),
            over=bool(times[1]) and rng.random() < 0.6,
            tellings=frozenset() if literal else tellings(rng),
        )


def tellings(rng):
    """Of few sentences those that say it."""
    span = Span(0, rng.randrange(1, 5))
    return frozenset([Telling(make_id("content"), span, "", ())] if rng.random() < 0.5 else ())


@settings(max_examples=250)
@given(
    seed=st.integers(0, 2**32),
    count=st.integers(1, 30),
    said=st.sampled_from(SAID),
    epoch=st.sampled_from((EPOCH_0, *EPOCHS)),
    at_once=st.sampled_from((1, 7, 1 << 16)),
)
def test_all_duels_at_once_settle_what_pairs_do(seed, count, said, epoch, at_once):
    rng, (ontology, relations) = random.Random(seed), said
    told = list(facts(rng, relations, ontology, count))
    with patch.object(seating, "_AT_ONCE", at_once):
        _all_at_once_as_pair_by_pair(rng, told, ontology, epoch)


@settings(max_examples=250)
@given(
    seed=st.integers(0, 2**32),
    count=st.integers(12, 50),
    kinds=st.integers(1, 4),
    said=st.sampled_from(SAID),
    epoch=st.sampled_from((EPOCH_0, *EPOCHS)),
)
def test_some_stand_for_all_that_differ_in_what_they_say_alone(seed, count, kinds, said, epoch):
    rng, (ontology, relations) = random.Random(seed), said
    told = list(facts(rng, relations, ontology, count, kinds))
    with patch.object(seating, "_LARGE", 0):
        _all_at_once_as_pair_by_pair(rng, told, ontology, epoch)


def _all_at_once_as_pair_by_pair(rng, told, ontology, epoch):
    grouping, members = Grouping(ontology), defaultdict(list)
    for fact in told:
        for key in grouping.keys(fact.family):
            members[key].append(fact)
    ruled = defaultdict(dict)
    often = rng.choice((0, 0.05, 0.2))
    for f in told:
        if rng.random() < often:
            named = rng.choice((f.value, value(rng))) if f.value else None
            ruled[f.family][named] = Word(rng.randrange(3), named, rng.choice(DATES))
    agreeing = {
        key: {frozenset(pair) for pair in combinations(sorted(ends), 2) if rng.random() < 0.4}
        for key, group in members.items()
        if key[0] in "FI" and (ends := {grouping.said(key, f.family)[1] for f in group} - {None})
    }
    enders = defaultdict(list)
    for f in told:
        if grouping.is_over(f.family):
            enders[grouping.ended(f.family)].append(f)
    first = pairwise.Judge(epoch, ontology, ruled, agreeing=agreeing, enders=enders)
    for key, group in members.items():
        first.group(key, group)
    answers = {question: rng.choice(list(Answer)) for question in sorted(first.tied) if rng.random() < 0.5}
    slow = pairwise.Judge(epoch, ontology, ruled, answers, agreeing, enders)
    expected = {f.id: pairwise.Standing() for f in told}
    groups = {}
    for key, group in members.items():
        standings, groups[key] = slow.group(key, group)
        for id_, standing in standings.items():
            expected[id_].join(standing)

    judge = judging.Judge(epoch, ontology, ruled, answers, agreeing, enders)
    settled = judge.settle(members, {f.id for f in told})
    assert {f.id: shown(settled.standing(f.id)) for f in told} == {i: shown(s) for i, s in expected.items()}
    assert judge.tied == slow.tied
    for key, group in members.items():
        found = settled.group(key, group)
        assert list(found.dealt) == groups[key].dealt
        assert found.conflicts() == groups[key].conflicts()
    some = rng.choice(told).id  # alone it stands as among all
    alone = judging.Judge(epoch, ontology, ruled, answers, agreeing, enders).settle(members, {some})
    assert shown(alone.standing(some)) == shown(expected[some])


def shown(standing):
    beaten = (standing.rival.id, standing.began) if standing.worst else ()
    return standing.worst, beaten, standing.since, standing.until


@given(seed=st.integers(0, 2**32))
def test_agreeing_finds_what_agrees(seed):
    rng = random.Random(seed)
    values = {value(rng) for _ in range(12)}
    forms = {v: as_written(rng, v) for v in values}
    found = [frozenset(pair) for pair in agreeing(values, forms)]
    assert len(found) == len(set(found))
    pairs = product(values, values)
    assert set(found) == {frozenset((x, y)) for x, y in pairs if x != y and agree(x, y, forms)}
