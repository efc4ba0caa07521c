# ruff: noqa: E731
"""Claims to facts: what says one thing, and in which stretches of time."""

from dataclasses import replace
from itertools import combinations
from types import SimpleNamespace as Row

from graph.fusion.normalize import normalise_phrase, normalise_value, refines, settled
from graph.fusion.statements import ClaimReader
from graph.types import MICRO, Value
from tests.property.brute_force.conflicts import apart, both, day, groups, is_state, like, meet, named
from tests.property.brute_force.entities import joined


def vouched(c):
    """The days for which a claim vouches; none where it has no date."""
    starts = [c.valid_from] if c.valid_from else [d for d in (c.stated, c.valid_to) if d]
    ends = [c.valid_to] if c.valid_to else [d for d in (c.stated, c.valid_from) if d]
    return starts and (min(day(d, "-01-01") for d in starts), max(day(d, "-12-31") for d in ends))


def stretches(f, told, ruled, docs, epoch, ontology):
    """The claims of a fact without times, parted where a rival was told between two of them, and where they
    are news to a decision for one."""
    sure = lambda x, claims: 2 * fact(x.family, x.value, claims, docs, epoch).confidence >= MICRO
    own, rivals = word(f, ruled, ontology), []
    for g in told if is_state(f, ontology) else ():
        for group in groups(f, ontology) & groups(g, ontology) if is_state(g, ontology) else ():
            forms_, its = both(f.forms, g.forms), word(g, ruled, ontology)
            if apart(f, g, group, ontology, forms_):
                wins = own.at > its.at and apart(named(f, own), g, group, ontology, forms_)
                loses = its.at > own.at and apart(named(g, its), f, group, ontology, forms_)
                rivals.append((g, its, group, wins, loses))
    dated = {c: vouched(c) for c in f.claims if vouched(c)}
    late = lambda days, w: w.as_of and day(w.as_of, "-12-31") < days[0]
    cuts, begins = [], []
    since = min(dated.values(), default=("",))[0]
    vouching = {c: days for c, days in dated.items() if not c.past or days[0] == since}
    for start in sorted({start for start, _ in vouching.values()}):
        before = [c for c in vouching if dated[c][0] < start]
        if not before or any(dated[c][1] >= start for c in before):
            continue
        end = max(dated[c][1] for c in before)
        begins.append(start)
        inside = []
        for g, _, group, wins, loses in rivals:
            days = [(c, vouched(c)) for c in g.claims if vouched(c)]
            days = [
                (c, d) for c, d in days if end < d[0] and d[1] < start and not (wins and not late(d, own))
            ]
            if days and group[0] in ("value", "polarity"):
                inside.append(loses or sure(g, [c for c, _ in days]))
        sides = [c for c in dated if dated[c][1] <= end], [c for c in dated if dated[c][0] >= start]
        firm = all(sure(f, side) for side in sides)
        cuts += [start] if inside and (not firm or any(inside)) else []
    for _, its, _, _, loses in rivals:
        if loses and its.as_of and dated and not late(min(dated.values()), its):
            cuts += [start for start in begins if late((start,), its)][:1]
    place = lambda c: sum(cut <= dated[c][0] for cut in {*cuts}) if c in dated else len({*cuts})
    return [[c for c in f.claims if place(c) == n] for n in range(len({*cuts}) + 1)]


def word(f, ruled, ontology):
    """The latest decision for what a fact says, as precisely or less; of a state until when it holds."""
    found = Row(at=-1, value=None, as_of=None)
    for at, (head, relation, tail, *rest), as_of in sorted(ruled, key=lambda r: r[0]):
        reaches = tail == (f.tail or f.value) or (f.value and tail in vague(f.value, ruled))
        if (head, relation, *rest) == (f.head, f.relation, f.qualifiers, f.polarity) and reaches:
            literal = tail if isinstance(tail, Value) else None
            found = Row(at=at, value=literal, as_of=as_of if is_state(f, ontology) else None)
    return found


def vague(value, ruled):
    """What decisions say of which a value says more."""
    return {tail for _, (_, _, tail, *_), _ in ruled if isinstance(tail, Value) and refines(value, tail)}


def facts(refs, claims, docs, entity, ruled, epoch, ontology):
    reader, families, found, told = ClaimReader(ontology, epoch.phrases), {}, [], []
    for c in claims:
        s = reader.read(c, refs)
        ends = [entity[s.head], None if isinstance(s.tail, Value) else entity[s.tail]]
        if ends[0] != ends[1]:
            ends = sorted(ends) if ends[1] and reader.symmetric(s.relation) else ends
            families.setdefault((*ends, s.relation, s.phrase, c.qualifiers, c.polarity), []).append(s)
    norm = lambda tail: normalise_value(tail, ontology.units) if isinstance(tail, Value) else None
    value = {s.claim: norm(s.tail) for said in families.values() for s in said}
    raw = {s.claim: normalise_value(s.tail) for said in families.values() for s in said if value[s.claim]}
    misfit = {s.claim.id: s.misfit for said in families.values() for s in said}
    for family, said in families.items():
        for v, some in merged([s.claim for s in said], value, raw).items():
            told.append(fact(family, v, some, docs, epoch))
            told[-1].claims, told[-1].family, told[-1].forms = some, family, forms(v, some, raw)
    for whole in told:
        began = {}
        parted = list(stretches(whole, told, ruled, docs, epoch, ontology))
        for some in parted:
            for v, same in merged(some, value, raw).items() if parted[1:] else [(whole.value, some)]:
                parts = terms(same) if is_state(whole, ontology) else intervals(same)
                for part, again in parts:
                    each = fact(whole.family, v, part, docs, epoch)
                    each.again = each.first if again else None
                    each.family, each.said = whole.family, part
                    each.misfit, each.forms = misfit[each.claims[0]], forms(v, part, raw)
                    each.word = word(each, ruled, ontology)
                    each.vouched = min((vouched(c)[0] for c in part if vouched(c)), default=None)
                    each.over = all(c.past or vouched(c) for c in part) and ended_by(each.valid_to, part)
                    if not each.told_from and v in began:
                        each.told_from = min((vouched(c)[0] for c in part if vouched(c)), default="")
                    elif not each.told_from:
                        began[v] = None
                    found.append(each)
    for f, others in [(f, [g for g in found if same_but_for_value(f, g)]) for f in found]:
        f.backing = [c for g in others if g.value != f.value and speaks_for(g, f, others) for c in g.said]
    for f in found:
        f.voices = fact(f.family, f.value, f.said + f.backing, docs, epoch).voices
    return found


def intervals(claims):
    """Those whose times meet; one without with the last."""
    dated = [c for c in claims if c.valid_from or c.valid_to]
    parts = joined(dated, [p for p in combinations(dated, 2) if meet(*p)])
    parts = sorted(map(list, parts), key=lambda p: min(day(c.valid_from, "-01-01") for c in p)) or [[]]
    parts[-1] += [c for c in claims if c not in dated]
    return [(part, False) for part in parts]


def terms(claims):
    """Those of a state by its terms; whether a report told after the end of one opens another."""
    begin = lambda c: day(c.valid_from, "-01-01")
    closes = lambda term: max((day(c.valid_to, "-12-31") for c in term if c.valid_to), default="~")
    found = []
    for start in sorted({begin(c) for c in claims if c.valid_from or c.valid_to}):
        here = [c for c in claims if (c.valid_from or c.valid_to) and begin(c) == start]
        found = [*found[:-1], found[-1] + here] if found and start <= closes(found[-1]) else [*found, here]
    if not found:
        return [(claims, False)]
    reports, opened = {n: [] for n in range(len(found))}, {n: [] for n in range(len(found))}
    for c in claims:
        if c.stated and not c.valid_from and not c.valid_to:
            begun_by = [n for n, term in enumerate(found) if min(map(begin, term)) <= day(c.stated, "-12-31")]
            n = max(begun_by, default=0)
            opens = closes(found[n]) < day(c.stated, "-01-01") and not c.past
            (opened if opens else reports)[n].append(c)
    parts = [each for n, t in enumerate(found) for each in ((t + reports[n], False), (opened[n], True))]
    parts = [(part, again) for part, again in parts if part]
    last, again = parts[-1]
    undated = [c for c in claims if not (c.stated or c.valid_from or c.valid_to)]
    return [*parts[:-1], (last + undated, again)]


def same_but_for_value(f, g):
    return f.family == g.family


def speaks_for(g, f, others):
    """Whether who says one thing, at no time of its own, says another one, too, or leaves open whether."""
    alone = lambda h: (
        [h.value] == [x.value for x in others if x.value == h.value]
        and not any(c.valid_from or c.valid_to for c in h.said)
    )
    told = f.value and g.value and f.value.kind != "number" and f.polarity
    return told and alone(f) and alone(g) and (refines(f.value, g.value) or refines(g.value, f.value))


def ended_by(end, claims):
    """Whether a claim tells of this end that is not from before it."""
    told = [c.stated for c in claims if c.valid_to and end.startswith(c.valid_to)]
    return any(not date or date >= end or like(date, end) for date in told)


def forms(v, claims, raw):
    """How a number is written before it is turned into another unit."""
    if not v or v.kind != "number" or not v.unit:
        return {}
    return {v: {raw[c] for c in claims if raw[c].unit not in (None, v.unit)}}


def merged(claims, value, raw):
    """By value, what is less precise with the one that says more; denials stay apart."""
    told = {value[c] for c in claims if value[c] and c.polarity}
    value = value | {c: settled(told).get(value[c], value[c]) for c in claims if value[c] in told}
    written = {
        v: forms(v, [c for c in claims if value[c] == v], raw).get(v, ()) for v in map(value.get, claims)
    }
    units = {value[c].unit for c in claims if value[c] and value[c].kind == "number"}
    if None in units and len(units) == 2 and not any(written.values()):  # 5 beside 6 EUR is 5 EUR
        (unit,) = units - {None}
        bare = {c for c in claims if value[c] and value[c].kind == "number" and not value[c].unit}
        value = value | {c: replace(value[c], unit=unit) for c in bare}
    finer = {
        value[c]: {
            value[d] for d in claims if value[c] and c.polarity and refines(value[d], value[c], written)
        }
        for c in claims
    }

    def finest(v):
        best = [w for w in finer[v] if not finer[w] & finer[v]]
        return finest(best[0]) if len(best) == 1 else v

    return {v: [c for c in claims if finest(value[c]) == v] for v in map(finest, finer)}


def outermost(dates, pick):
    finer = [d for d in dates if d != pick(dates) and d.startswith(pick(dates))]
    return (outermost(finer, pick) if finer else pick(dates)) if dates else None


def fact(family, value, claims, docs, epoch):
    of = {c.content for c in claims}
    same = lambda x, y: (
        x and len(x) == len(y) and sum(map(int.__eq__, x, y)) * MICRO >= epoch.duplicate * len(x)
    )
    near = joined(of, [(a, b) for a, b in combinations(of, 2) if same(docs[a].signature, docs[b].signature)])
    voice = lambda c: (docs[c.content].trust * c.confidence // MICRO, docs[c.content].trust, c.confidence)
    voices = [max(voice(c) for c in claims if c.content in g) for g in near]
    doubt = MICRO
    for believed, _, _ in sorted(voices):
        doubt = doubt * (MICRO - believed) // MICRO
    latest = lambda dates: max(dates, key=lambda d: day(d, "-12-31"))
    first = min((c.stated for c in claims if c.stated), key=lambda d: (day(d, "-12-31"), d), default=None)
    return Row(
        head=family[0], tail=family[1], relation=family[2], key=family[3], qualifiers=family[4],
        polarity=family[5], value=value, claims=tuple(sorted(c.id for c in claims)), voices=voices,
        tellings={telling(c) for c in claims}, support=len(near), confidence=MICRO - doubt,
        stated=max((c.stated for c in claims if c.stated and not c.past), default=first), first=first,
        valid_from=outermost([c.valid_from for c in claims if c.valid_from], min),
        told_from=outermost([c.valid_from for c in claims if c.valid_from], min),
        valid_to=outermost([c.valid_to for c in claims if c.valid_to], latest),
    )  # fmt: skip


def telling(c):
    """What one sentence says, whatever it says it of."""
    return c.content, c.span, normalise_phrase(c.phrase), c.valid_from, c.valid_to, c.stated
