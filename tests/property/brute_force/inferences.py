# ruff: noqa: E731
"""What follows from accepted facts, what circles there are among them, and what a model proposed."""

from collections import Counter
from math import prod
from types import SimpleNamespace as Row

from graph.fusion import walks as walking
from graph.fusion.facts import fact_id
from graph.fusion.odds import log_count
from graph.fusion.statements import ClaimReader, Family
from graph.types import MICRO
from tests.property.brute_force.conflicts import day, kin, meet, says, statement, told, twins
from tests.property.brute_force.entities import joined


def times(walk):
    """When all of a walk's facts hold: both dates, or None for never."""
    starts = [f.valid_from for *_, f in walk if f.valid_from]
    ends = [f.valid_to for *_, f in walk if f.valid_to]
    start = max(starts, key=lambda d: (day(d, "-01-01"), len(d)), default=None)
    end = min(ends, key=lambda d: (day(d, "-12-31"), -len(d)), default=None)
    return (start, end) if day(start, "-01-01") <= day(end, "-12-31") else None


def guessed(when, grounds):
    """Whether the two dates are nobody's own."""
    told = {f.valid_from for f in grounds if not f.valid_from_implied} | {None}
    over = {f.valid_to for f in grounds if not f.valid_to_implied} | {None}
    return when[0] not in told, when[1] not in over


def inferences(facts, ontology):
    """The rows that follow from accepted ones: what is said of ancestors, and all walks of a transitive
    relation, but for what forbids them."""
    reader, kinds, rows = ClaimReader(ontology, {}), ontology.relation_types, set()
    upright = [f for f in facts if f.status == "accepted" and f.polarity]
    entailed = {}
    for f in upright:
        for r, x, y in says(f.relation, f.head, f.tail, ontology):
            borne = r in kinds and r != f.relation and (not f.tail or reader.canonical(r) == r)
            if borne and not (reader.symmetric(r) and f.tail and y < x):
                entailed.setdefault((x, r, y, f.value, f.qualifiers), []).append((1, (f,)))
    stated = {(f.head, f.relation, f.tail, f.value) for f in facts}
    for said, ways in entailed.items():
        if said[:4] not in stated:
            rows |= least(said, ways)
    for name, above in inferring(ontology):
        both, asymmetric = reader.symmetric(name), any(k.asymmetric for k in above)
        edges, walks = walks_of(name, facts, ontology)
        pairs = {(w[0][0], w[-1][1]) for w in walks if len(w) > 1}
        no = {
            p
            for f in facts
            if f.relation == name
            for p in ((f.head, f.tail), (f.tail, f.head)[:: 2 * both - 1])
        }
        no |= {e[:2] for e in edges}
        no |= {(w[-1][1], w[0][0]) for w in walks if asymmetric}
        for f in (f for f in facts if f.tail and f.status in ("accepted", "contested")):
            for x, y in ((f.head, f.tail), (f.tail, f.head)):
                saying = says(name, x, y, ontology)
                turned = {(k.name, b, a) for k, a, b in told(f, ontology) if k.asymmetric and f.polarity}
                denied = not f.polarity and (f.relation, f.head, f.tail) in saying
                rival = f.polarity and excludes(f, above, ontology)
                no |= {(x, y)} if denied or rival or saying & turned else set()
        for head, tail in {p for p in pairs - no if not both or p[0] < p[1]}:
            ways = [w for w in walks if (w[0][0], w[-1][1]) == (head, tail) and len(w) > 1]
            derived = [(len(w), tuple(f for *_, f in w)) for w in ways]
            rows |= least((head, name, tail, None, ()), derived)
    return rows


def excludes(f, above, ontology):
    """Whether a fact says a relation that excludes one of these."""
    exclusive = {k.exclusive for k in above if k.exclusive}
    return any(k.exclusive in exclusive and k not in above for k, _, _ in told(f, ontology))


def widths(facts, name, ontology):
    """How wide a step of this relation from one to the other is, by all that stand but for their rivals."""
    power = lambda n: next(2**i for i in range(99) if 2**i >= n)
    up = [
        f
        for f in facts
        if f.tail and f.status in ("accepted", "contested") and f.polarity and not f.qualifiers
    ]
    pairs = [(x, y) for f in up for k, x, y in told(f, ontology) if k.name == name]
    leaving, entering = (Counter(pair[n] for pair in pairs) for n in (0, 1))
    return {(x, y): power(leaving[x]) * power(entering[y]) for x, y in pairs}


def circles(facts, ontology):
    """Circles of three facts and more in what orders, each once for each of its facts, that one first."""
    reader, kinds = ClaimReader(ontology, {}), ontology.relation_types
    order = {
        name
        for name in map(reader.canonical, kinds)
        if any(k.transitive for k in twins(kinds[name], ontology))
        and any(kinds[n].asymmetric for n in kin(name, ontology))
    }
    for name in {n for n in order if not (kin(n, ontology) & order) - {n}}:
        width = widths(facts, name, ontology)
        good = [f for f in facts if f.tail and f.status == "accepted" and f.polarity and not f.qualifiers]
        edges = [(x, y, f) for f in good for k, x, y in told(f, ontology) if k.name == name]
        walks = [(e,) for e in edges]
        for _ in range(4):
            longer = [(*w, e) for w in walks for e in edges if e[0] == w[-1][1]]
            longer = [w for w in longer if w[-1][1] not in [y for _, y, _ in w[:-1]]]
            closed = [w for w in longer if w[-1][1] == w[0][0] and len(w) > 2 and times(w)]
            walks = [w for w in longer if w[-1][1] != w[0][0]]
            for w in closed:
                if prod(width[e[:2]] for e in w) <= walking.WIDEST:
                    yield [f for *_, f in w]


def walks_of(name, facts, ontology):
    """Walks of up to four facts of a transitive relation, none too wide, that hold at one time."""
    good = [f for f in facts if f.status == "accepted" and f.polarity and f.tail and not f.qualifiers]
    edges = [(x, y, f) for f in good for r, x, y in says(f.relation, f.head, f.tail, ontology) if r == name]
    width = widths(facts, name, ontology)
    walks = grown = [(e,) for e in edges if width[e[:2]] <= walking.WIDEST and times((e,))]
    for _ in range(3):
        longer = [(*w, e) for w in grown for e in edges if e[0] == w[-1][1]]
        fresh = [w for w in longer if w[-1][1] not in {x for x, *_ in w}]
        wide = [prod(width[e[:2]] for e in w) for w in fresh]
        grown = [w for w, n in zip(fresh, wide, strict=True) if n <= walking.WIDEST and times(w)]
        walks = walks + grown
    return edges, walks


def inferring(ontology):
    """Transitive relations of which something follows by walks."""
    kinds = ontology.relation_types
    for name in {ClaimReader(ontology, {}).canonical(k) for k in kinds}:
        above = [kinds[n] for n in kin(name, ontology)]
        single = any(k.functional or k.inverse_functional for k in above)
        if any(k.transitive for k in twins(kinds[name], ontology)) and not single:
            yield name, above


def denials(facts, ontology):
    """Denials of what follows, each before the facts from which it does, for each walk."""
    for name, above in inferring(ontology):
        _, walks = walks_of(name, facts, ontology)
        back = {(w[-1][1], w[0][0]) for w in walks if any(k.asymmetric for k in above)}
        for f in facts:
            if f.relation == name and f.tail and f.status == "accepted" and not (f.polarity or f.qualifiers):
                for w in walks:
                    ends = w[0][0], w[-1][1]
                    same = times([*w, (0, 0, f)])
                    if len(w) > 1 and ends == (f.head, f.tail) and ends not in back and same:
                        yield [f, *(each for *_, each in w)]


def denied(facts, ruled, epoch, ontology):
    """Of each denial of what follows whether it stands, it and the facts of the walk that does the worst to
    it, and what stands first of all."""
    ways = {}
    for circle in denials(facts, ontology):
        worst = contested(circle, ruled, epoch) or (0, len(circle) - 1, [row_id(f) for f in circle[1:]])
        ways.setdefault(circle[0].claims, []).append((worst, circle))
    found = [min(each, key=lambda way: way[0][:3]) for each in ways.values()]
    return [
        (worst[0] == 0, circle, {0: circle[0].claims, -1: None}.get(worst[0], worst[-1]))
        for worst, circle in found
    ]


def contested(circle, ruled, epoch):
    """What a circle does to its first fact, and what stands first of the others."""
    ruling = lambda f: max((at for at, s, _ in ruled if s == statement(f)), default=-1)
    sure = lambda f: -log_count(max(MICRO - f.confidence, 1))
    first, *rest = circle
    if any(ruling(f) < ruling(first) for f in rest):
        return 0
    alike = [sure(f) for f in rest if ruling(f) == ruling(first)]
    ahead = sure(first) - min(alike) if alike else None
    worst = 4 if not alike else 0 if ahead >= epoch.clear_margin else 1 + (ahead <= -epoch.clear_margin)
    best = min(rest, key=lambda f: (-ruling(f), -sure(f), row_id(f)))
    return worst and (-worst, len(rest), [row_id(f) for f in rest], best.claims)


def least(said, ways):
    """The rows of the least derivations, one for each time."""
    (head, name, tail, value, qualifiers), derived, kept, rows = said, [], [], set()
    for length, grounds in ways:
        sure = MICRO
        for f in grounds:
            sure = sure * f.confidence // MICRO
        derived.append((length, -sure, tuple(map(row_id, grounds)), grounds))
    for _, sure, ids, grounds in sorted(derived, key=lambda d: d[:3]):
        when = times([(f,) for f in grounds])
        if all(not meet(Row(valid_from=when[0], valid_to=when[1]), k) for k in kept):
            kept.append(Row(valid_from=when[0], valid_to=when[1]))
            support = min(f.support for f in grounds)
            row = (head, name, tail or value, qualifiers, True, *when, None, "inferred")
            rows.add((*row, -sure, support, (), ids, *guessed(when, grounds)))
    return rows


def linked(link, refs, facts, rows, entity, ontology):
    """The row of a model's link, if it holds beside these rows."""
    reader, kinds = ClaimReader(ontology, {}), ontology.relation_types
    grounds = [f for f in facts if {*f.claims} & {*link.grounds}]
    good = [f for f in grounds if f.status == "accepted" and f.polarity and f.tail and not f.qualifiers]
    when = times([(f,) for f in good])
    if (
        not ontology.allows(refs[link.head].type, link.relation, refs[link.tail].type)
        or not {*link.grounds} <= {c for f in grounds for c in f.claims}
        or good != grounds
        or when is None
    ):
        return set()
    head, name, tail = reader.canonical_ends(entity[link.head], link.relation, entity[link.tail])
    ends = {x for f in good for x in (f.head, f.tail)} | {head, tail}
    above = [kinds[n] for n in kin(name, ontology)]
    saying = says(name, head, tail, ontology)
    for h, relation, t, _, polarity, _, _, _, status, *_ in rows:
        if (h, relation, t) == (head, name, tail):
            return set()
        if status == "superseded" or not isinstance(t, bytes):
            continue
        if not polarity:
            if (relation, h, t) in saying:
                return set()
            continue
        row = Row(relation=relation, head=h, tail=t)
        if {h, t} == {head, tail} and excludes(row, above, ontology):
            return set()
        for k, a, b in told(row, ontology):
            if k in twins(kinds.get(relation, k), ontology) and relation in kinds:
                for _, x, y in (s for s in saying if s[0] == k.name):
                    if (
                        (k.asymmetric and (a, b) == (y, x))
                        or (k.functional and a == x and b != y)
                        or (k.inverse_functional and b == y and a != x)
                    ):
                        return set()
    if head == tail or not any({head, tail} <= p for p in joined(ends, [(f.head, f.tail) for f in good])):
        return set()
    sure = link.consistency * link.plausibility // MICRO
    stands_on = tuple(sorted({row_id(f) for f in good}))
    row = (head, name, tail, (), True, *when, None, "inferred", sure, 0, (), stands_on)
    return {(*row, *guessed(when, good))}


def row_id(f):
    return fact_id(Family(f.head, f.relation, f.key, f.tail, f.qualifiers, f.polarity), f.value, f.told_from)
