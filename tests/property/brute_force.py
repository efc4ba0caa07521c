# ruff: noqa: E731
"""An independent fuse: all pairs, no increments, naive sets.

Read it as the specification of ``graph.fusion``. It shares normalisation, scoring and the reading of claims
with it; clustering, grouping and resolving are its own, and so is what wide blocks compare, where an epoch
has any: their keys it shares.
"""

from collections import Counter
from dataclasses import replace
from functools import reduce
from itertools import combinations, product
from math import prod
from operator import or_
from types import SimpleNamespace as Row

from graph.fusion import walks as walking
from graph.fusion.blocking import SAID, block_keys, is_of_name
from graph.fusion.company import Companions
from graph.fusion.conflicts import tie_question
from graph.fusion.doubt import settles
from graph.fusion.facts import fact_id
from graph.fusion.normalize import agree, normalise_phrase, normalise_value, refines, settled
from graph.fusion.odds import log_count, log_odds, probability
from graph.fusion.profiles import profile
from graph.fusion.questions import question_id, render_question
from graph.fusion.scoring import Scorer
from graph.fusion.statements import ClaimReader, Family
from graph.fusion.testimony import NOTHING, Scales, Witnesses
from graph.relations import RelationType
from graph.types import MICRO, OVER, Answer, Link, Resolve, Revert, Same, Separate, Split, Value


def joined(items, links):
    group = {i: frozenset([i]) for i in items}
    for a, b in links:
        group |= dict.fromkeys(group[a] | group[b], group[a] | group[b])
    return set(group.values())


def last_words(decisions):
    dead, said = set(), {}
    for d in sorted(decisions, key=lambda d: -d.position):
        match d.ruling:
            case _ if d.position in dead:
                pass
            case Revert(position):
                dead.add(position)
            case Same(a, b) | Separate(a, b):
                said.setdefault(frozenset((a, b)), isinstance(d.ruling, Same))
            case Split(some, rest):
                said = dict.fromkeys(map(frozenset, product(some, rest)), False) | said
    return said


def rulings(decisions, live):
    dead, spoken, pairs, resolved, links = set(), set(), {}, {}, {}
    apart = {pair for pair, is_same in last_words(decisions).items() if not is_same}
    for d in sorted(decisions, key=lambda d: -d.position):
        near = lambda r, d=d: {x for x in d.stand_ins.get(r, ()) if frozenset((r, x)) not in apart}
        by = lambda r, near=near: min(live & {r} or live & near(r), default=None)
        match d.ruling:
            case _ if d.position in dead:
                pass
            case Revert(position):
                dead.add(position)
            case Same(a, b) | Separate(a, b) if a != b and frozenset((a, b)) not in spoken:
                spoken.add(frozenset((a, b)))
                if by(a) and by(b) and by(a) != by(b):
                    pairs.setdefault(frozenset((by(a), by(b))), (d.position, isinstance(d.ruling, Same)))
            case Split(some, rest):
                for pair in map(frozenset, product(some, rest)):
                    if pair <= live and pair not in spoken:
                        pairs.setdefault(pair, (d.position, None))
                    spoken.add(pair)
            case Resolve(a, relation, b, said, sign) if by(a) and (isinstance(b, Value) or by(b)):
                tail = b if isinstance(b, Value) else by(b)
                resolved[d.position] = Resolve(by(a), relation, tail, said, sign, d.ruling.as_of)
            case Link(head, _, tail) if {head, tail} <= live:
                links[d.position] = d.ruling
    return pairs, resolved, [link for _, link in sorted(links.items())]


def alike(score, x, y, epoch):
    """Of two in doubt of different documents, raised by the likeness of their contexts."""
    apart = sum(bin(p ^ q).count("1") for p, q in zip(x, y, strict=False))
    levels = epoch.contexts.get(x[:8].hex(), ()) if x[:8] == y[:8] else ()
    weight = max((w for widest, w in levels if apart <= widest), default=0)
    if not weight or not epoch.ask <= score < epoch.same:
        return score
    return max(score, min(epoch.sure - 1, probability(log_odds(score) + weight)))


def compared(told, look, scorer):
    """What blocks compare: up to the cap all; else who sort near each other, and so of the first bearers of
    each text, or of namesakes the first with each first of whom something else is said."""
    met, blocks, epoch = set(), {}, scorer.epoch
    for r in look:
        for key, text in block_keys(look[r], scorer).items():
            blocks.setdefault(key, []).append((text, r))
    for key, members in blocks.items():
        named, wide = is_of_name(key, members[0][0]), len(members) > epoch.block_cap
        says = lambda r, named=named: f"{SAID}{told[r].in_order}" if named and told[r] else ""
        order = sorted((text + says(r), r) for text, r in members)
        firsts = sorted(dict(reversed(order)).items())
        near = lambda row, n: {(min(x, y), max(x, y)) for i, x in enumerate(row) for y in row[i + 1 :][:n]}
        met |= near([r for _, r in order], epoch.window if wide else len(order))
        if wide:
            row = [r for _, r in firsts]
            met |= {p for p in near(row, len(row)) if row[0] in p} if named else near(row, epoch.window)
    return met


def entities(refs, claims, answers, pairs, epoch, ontology):
    scorer, cut, edges = Scorer(epoch, ontology), {r: frozenset([r]) for r in refs}, []
    look, scales = {i: profile(r) for i, r in refs.items()}, Scales(scorer)
    at = lambda ends: {c.id: c for c in claims if {c.head, c.tail} & {*ends}}
    view = Row(claims_of=at, referents=lambda ids: {i: refs[i] for i in ids})
    reader = ClaimReader(ontology, epoch.phrases)
    told, companions = Witnesses(view, reader).of(refs), Companions(view, reader, epoch)
    company = companions.of(refs)
    group_told = lambda r: reduce(or_, (told[m] for m in sorted(cut[r])), NOTHING)
    name = lambda x: x.text if isinstance(x, Value) else refs[x].names[0]
    says = lambda c: f"{name(c.head)} {'' if c.polarity else 'not '}{c.phrase} {name(c.tail)}"
    said = {i: [says(c) for c in claims if i in (c.head, c.tail)] for i in refs}
    met = compared(told, look, scorer) if len(refs) > epoch.block_cap else combinations(sorted(refs), 2)
    for a, b in sorted(met):
        named = scorer.score(look[a], look[b])
        score = scales.score(named, look[a], look[b], told[a], told[b])
        if named <= score and refs[a].content != refs[b].content:
            score = companions.raised(score, company[a], company[b])
            score = alike(score, refs[a].context, refs[b].context, epoch)
        asked = question_id(epoch.adjudicator, render_question(refs[a], refs[b], (said[a], said[b])))
        if score >= epoch.same or (score >= epoch.ask and answers.get(asked) is Answer.YES):
            edges.append((score >= epoch.same, -score, a, b))  # what a verdict says comes first
    far = lambda e, x: look[e[3] if e[2] == x else e[2]]
    spoken = sorted(((at, *sorted(p)) for p, (at, same) in pairs.items() if same), reverse=True)
    apart = [p for p, (_, same) in pairs.items() if not same]
    splits = [p for p, (_, same) in pairs.items() if same is None]
    held = lambda g, h, by: any(p & g and p & h and p <= g | h for p in by)
    parts = joined(refs, [e[-2:] for e in edges + spoken])
    like = lambda p, x, y: (scorer.person if scorer.is_person(p.type) else scorer.thing)(x, y)

    def linked(part, p, q):
        """Whether names that a document of this part gives to one thing lead from the one to the other, but
        for those that belong to things that nothing else makes one."""
        told = {
            (x.own[0], n, x.type) for x in map(look.get, part) for n in x.full if not like(x, x.own[0], n)
        }
        owns = {n: {own for own, m, _ in told if m == n} for _, n, _ in told}
        kind = {n: Row(type=max((t for *_, m, t in told if m == n), key=scorer.is_person)) for n in owns}
        links = [(o, n) for n in owns for o in owns[n] if len(owns[n]) == 1]
        links += [xy for n in owns for xy in combinations(owns[n], 2) if like(kind[n], *xy)]
        names = {n for own, m, _ in told for n in (own, m)}
        links += [(o, n) for n in owns for o in owns[n] if any(owns[n] <= g for g in joined(names, links))]
        met = any({*p.own[:1]} & g and {*q.own[:1]} & g for g in joined(names, links))
        return met and scorer.compatible(p.type, q.type)

    def opposed(part, p, q):
        return scorer.opposed(p, q) and not linked(part, p, q)

    def rivals(part, end, p, q):
        kinds = {bool(look.full) for look in (p, q)} | ({bool(end.full)} if not p.full else set())
        nearly = p != q and len(kinds) == 1 and scorer.score(p, q) < epoch.same
        own = any({look[a], look[b]} == {p, q} for _, _, a, b in edges)
        return opposed(part, p, q) or (nearly and not own and not linked(part, p, q))

    def doubtful(part, a, b):
        """Whether an end's testimony agrees with two that contradict each other, of whom the other is one."""
        said = lambda r: told.get(r, NOTHING)
        meet = {frozenset((said(x), said(y))) for *_, x, y in edges if x in part}
        fits = lambda x: {y for p in meet if x in p for y in p - {x} if scales.weight(x, y) > 0}
        torn = lambda x, y: y in fits(x) and any(scales.weight(y, z) < 0 for z in fits(x))
        return torn(said(a), said(b)) or torn(said(b), said(a))

    def leaning(part):
        """Edges of which an end fits several at odds, and whose ends share far more company than that end and
        any of the others."""
        some = [e for e in edges if e[0] and {*e[2:]} <= part] if not any(p <= part for p in splits) else []
        told_ = lambda x: told.get(x, NOTHING)
        odd = lambda x, y: scales.at_odds(look[x], look[y], told_(x), told_(y))
        clear = lambda weight: settles(epoch, weight)
        found = set()
        for _, score, a, b in some:
            rivals = [
                (x, z)
                for x, y in ((a, b), (b, a))
                for _, other, *p in some
                for z in {*p} - {x}
                if x in p and told_(z) and other <= score and odd(y, z) and not odd(x, z)
            ]
            far_more = lambda z, ab=(a, b): clear(companions.tying(*ab) - companions.tying(*z))
            both = clear(companions.tying(a, b)) and scales.weight(told_(a), told_(b)) >= 0
            found |= {(a, b)} if rivals and both and all(map(far_more, rivals)) else set()
        return found

    def by_alias(part, p, q):
        met = [1 for x in p.own for y in q.own if like(p if scorer.is_person(p.type) else q, x, y)]
        return p.full and q.full and not met and not linked(part, p, q)

    weak = lambda part: [
        e for e in edges
        if {*e[2:]} <= part and e[0] and (-e[1] < epoch.sure or by_alias(part, look[e[2]], look[e[3]]))
    ]  # fmt: skip
    formed = lambda part: [
        e for e in edges
        if weak(part) and e[0] and {*e[2:]} <= part and e not in weak(part)
        and sum(bool(look[r].formal) for r in e[2:]) == 1
    ]  # fmt: skip

    def fitting_by_name(part, p, some, weak):
        """What a look fits by these edges; if they are weak, also others of the names of that, as weakly, and
        what those fit that have only its names or own names and may be one with it."""
        looks = {look[r] for r in part}
        direct = lambda p: {far(e, y) for e in some for y in e[2:] if look[y] == p}
        if not weak:
            return direct(p)
        weakly = lambda p, q: p != q and epoch.same <= scorer.score(p, q) < epoch.sure
        called = lambda q: (q.full, q.short, {*q.formal})
        named = lambda q, some: any(called(q) == called(x) for x in some)
        fits = lambda p: direct(p) | {q for q in looks if weakly(p, q) and named(q, direct(p))}
        may_be = lambda q: p != q and scorer.compatible(p.type, q.type) and not p.is_other_gender(q)
        kin = {
            q for q in looks if called(q) in (called(p), (p.own, (), {*p.formal} & {*p.own})) and may_be(q)
        }
        return fits(p) | {x for q in kin for x in fits(q) if may_be(x)}

    def falls(part, edge, some, are_rivals, sure=()):
        """Whether too many of what an end fits by such edges are rivals of the far end; of a sure edge,
        nearly all."""
        for x in {*edge[2:]} & part:
            fits = fitting_by_name(part, look[x], (*some, *sure), are_rivals is rivals)
            beside = {p: {q for q in fits if are_rivals(part, look[x], p, q)} for p in fits}
            against, sides = beside[far(edge, x)], {p for p in fits if beside[p]}
            of = lambda looks: sum(look[r] in looks for r in part)
            everyone, mine = of(sides), of(sides - against)
            if edge in sure:
                fell = (everyone - mine) * MICRO >= epoch.same * everyone
            else:
                fell = mine * MICRO < epoch.same * everyone
            if against and fell:
                return True
        return False

    homonyms = lambda part, end, p, q: scorer.homonyms(p, q)
    fallen = [
        e
        for part in parts
        for some, sure, are_rivals in (
            (weak(part), formed(part), rivals),
            ([e for e in edges if e[0] and e[2] in part], [], homonyms),
        )
        for e in (*some, *sure)
        if falls(part, e, some, are_rivals, sure)
    ]
    for part in parts:
        bridges, waiting, leans = [], [], leaning(part)

        def join(a, b, certain=None):
            """``certain``: what a model or (None) a person says."""
            both = cut[a] | cut[b]
            if any(p <= both and not (p <= cut[a] or p <= cut[b]) for p in apart):
                return
            names = joined({look[r] for r in part}, bridges)  # noqa: B023
            mine, yours = ({g for g in names if g & {look[r] for r in cut[x]}} for x in (a, b))
            apart_ = lambda g, h: all(opposed(part, p, q) for p in g for q in h)  # noqa: B023
            clash = [1 for g in mine for h in yours - {g} if apart_(g, h)]
            odds = scales.at_odds(look[a], look[b], group_told(a), group_told(b))
            odds = odds and not (certain and scales.at_odds(look[a], look[b], told[a], told[b]))
            called = lambda p: p.own[0] if p.own else min(p.short, default="")
            crowd = len({min(map(called, g)) for g in mine | yours}) > epoch.max_names
            despite = certain and scorer.opposed(look[a], look[b])
            if certain is not None and cut[a] != cut[b] and ((clash and not despite) or crowd or odds):
                return
            bridge = certain is None or (despite and cut[a] != cut[b])
            bridges.extend([(look[a], look[b])] if bridge else [])  # noqa: B023
            cut.update(dict.fromkeys(both, both))

        def backed(a, b):
            x, y = group_told(a), group_told(b)
            open_ = any(p <= part for p in splits) or any({a, b} & {*p} for p in leans)  # noqa: B023
            return cut[a] == cut[b] or not (x or y or open_) or bool(x and y and scales.weight(x, y) > 0)

        def fitting(score, end):
            return {cut[r] for s, *p in waiting if s <= score and cut[end] & {*p} for r in p} - {cut[end]}  # noqa: B023

        def between(score, end, far):
            """Whether sides of a person's split fit alike one whom nothing keeps from either."""
            sides = {g for g in fitting(score, end) if any(p & g and p <= part for p in splits)}  # noqa: B023
            sides = {g for g in sides if not held(cut[end], g, apart)}
            rivals = sum(len(g) for g in sides if held(cut[far], g, splits))
            everyone = sum(map(len, sides))
            free = not held(cut[end], cut[far], apart)
            return free and rivals and (everyone - rivals) * MICRO < epoch.same * everyone

        def torn(score, end, far):
            if not backed(end, far) and between(score, end, far):
                return True
            fits = fitting(score, end)
            tells = {g: sum(map(bool, map(told.get, g))) for g in fits if group_told(min(g))}
            at = lambda r: (look[min(cut[r])], group_told(r))
            face, x = at(end)
            odd = lambda g, face=face, x=x: scales.at_odds(face, at(min(g))[0], x, at(min(g))[1])
            tells = {g: n for g, n in tells.items() if not odd(g)}
            (mine, said), others = at(far), {g: at(min(g)) for g in tells if g != cut[far]}
            rivals = sum(tells[g] for g, (face, x) in others.items() if scales.at_odds(mine, face, said, x))
            everyone = sum(tells.values())
            return said and rivals and (everyone - rivals) * MICRO < epoch.same * everyone

        for _, a, b in (s for s in spoken if s[1] in part):
            join(a, b)
        for flag, score, a, b in sorted(e for e in edges if e[2] in part and e not in fallen):
            if not flag or (a, b) in leans or (backed(a, b) and not doubtful(part, a, b)):
                join(a, b, certain=not flag)
            else:
                waiting.append((score, a, b))
        for score, a, b in waiting:
            if cut[a] == cut[b] or not (torn(score, a, b) or torn(score, b, a)):
                join(a, b, certain=False)
    return {r: min(group) for r, group in cut.items()}


def day(date, end):
    return date + end[len(date) - 4 :] if date else {"-01-01": "", "-12-31": "~"}[end]


def meet(a, b):
    (x, y), (u, v) = ((day(c.valid_from, "-01-01"), day(c.valid_to, "-12-31")) for c in (a, b))
    return x <= v and u <= y


def vouched(c):
    """The days for which a claim vouches; none where it has no date."""
    starts = [c.valid_from] if c.valid_from else [d for d in (c.stated, c.valid_to) if d]
    ends = [c.valid_to] if c.valid_to else [d for d in (c.stated, c.valid_from) if d]
    return starts and (min(day(d, "-01-01") for d in starts), max(day(d, "-12-31") for d in ends))


def is_state(f, ontology):
    return ontology.relation_types.get(f.relation, RelationType("", ())).temporal == "state"


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


def named(f, its):
    """What a fact says, as it is named in a decision."""
    return Row(**{**vars(f), "value": its.value})


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


def both(f, g):
    return {v: f.get(v, set()) | g.get(v, set()) for v in {*f, *g}}


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


def says(name, head, tail, ontology):
    """All that a statement says, in the words of every relation: of its parents, of inverses, both ways."""
    known = ontology.__dict__.setdefault("said", {})
    if (name, head, tail) in known:
        return known[name, head, tail]
    kinds, found, new = ontology.relation_types, set(), {(name, head, tail)}
    while new - found:
        found |= new
        told = [(kinds[r], x, y) for r, x, y in found if r in kinds]
        new = {(k.parent, x, y) for k, x, y in told if k.parent}
        told = [(k, x, y) for k, x, y in told if y is not None]
        new |= {(k.inverse_of, y, x) for k, x, y in told if k.inverse_of}
        new |= {
            (other.name, y, x) for k, x, y in told for other in kinds.values() if other.inverse_of == k.name
        }
        new |= {(k.name, y, x) for k, x, y in told if k.symmetric}
    return known.setdefault((name, head, tail), found)


def kin(name, ontology):
    """The relation, what it is a kind of, and all inverses."""
    return {r for r, _, _ in says(name, 0, 1, ontology)}


def told(f, ontology):
    kinds = ontology.relation_types
    return [(kinds[r], x, y) for r, x, y in says(f.relation, f.head, f.tail, ontology) if r in kinds]


def over(f, ontology):
    """Whether a fact tells that a state is over."""
    return f.polarity and OVER in f.qualifiers and is_state(f, ontology)


def ends(g, f, ontology, ahead, epoch):
    """Whether g tells that the state f is over, which is not clearly better supported."""
    return over(g, ontology) and is_state(f, ontology) and ahead > -epoch.clear_margin


def tells_its_end(g, f, epoch, ontology):
    """Whether g says of f that it is over, and f is neither newer nor clearly better supported."""
    unended = tuple(q for q in g.qualifiers if q != OVER)
    statement_ = (f.head, f.tail, f.relation, f.key, f.qualifiers, f.polarity)
    if not over(g, ontology) or statement_ != (g.head, g.tail, g.relation, g.key, unended, True):
        return False
    if not denies(g, f, both(f.forms, g.forms), ontology) or (not g.confidence and g.word.at < 0):
        return False
    if succeeds(g, f, ontology) or succeeds(f, g, ontology):
        return succeeds(g, f, ontology)
    return ends(g, f, ontology, weight(g, 2) - weight(f, 2), epoch)


def groups(f, ontology):
    """Where a fact may meet rivals; what tells that a state is over, where it denies the state itself."""
    if over(f, ontology):
        unended = tuple(q for q in f.qualifiers if q != OVER)
        return {("polarity", f.head, f.tail, f.relation, f.key, unended)}
    return {*_groups(f, ontology)}


def _groups(f, ontology):
    yield "polarity", f.head, f.tail, f.relation, f.key, f.qualifiers
    if not f.polarity:
        return
    said, over = told(f, ontology), lambda r: kin(r, ontology)
    higher = lambda a, b: a in over(b) and b not in over(a)
    names = {ClaimReader(ontology, {}).canonical(k.name) for k, _, _ in said} if f.tail else None
    for k, x, y in said:
        if names is None or k.name in names:
            yield "polarity", x, y, k.name, f.key, f.qualifiers
    single = {(x, k.name, True) for k, x, y in said if k.functional}
    single |= {(y, k.name, k.symmetric) for k, x, y in said if f.tail and k.inverse_functional}
    for end, name, away in single:
        if not any(end == other and higher(upper, name) for other, upper, _ in single):
            yield "value", end, name, away, f.qualifiers
    if f.tail:
        pair = frozenset((f.head, f.tail))
        yield from (("relation", pair, k.exclusive, f.qualifiers) for k, _, _ in said if k.exclusive)
        for k, _, _ in one_way(f, ontology):
            if not any(other.exclusive for other in twins(k, ontology)):
                yield "direction", pair, k.name, f.qualifiers


def twins(kind, ontology):
    """A relation and its inverse."""
    kinds = ontology.relation_types.values()
    return [k for k in kinds if k is kind or k.inverse_of == kind.name or kind.inverse_of == k.name]


def one_way(f, ontology):
    """What a fact says that is asymmetric and of which nothing above is, by the names that facts bear."""
    reader = ClaimReader(ontology, {})
    borne = [s for s in told(f, ontology) if f.tail and reader.canonical(s[0].name) == s[0].name]
    found = [s for s in borne if any(k.asymmetric for k in twins(s[0], ontology))]
    return [s for s in found if not any(t is not s and t[0].name in kin(s[0].name, ontology) for t in found)]


def meetings(f, g, ontology, written, lying):
    """The groups in which two facts are rivals; in each ``written`` are the forms of its numbers. ``lying``:
    by relation, what lies in what."""
    kind, other = (ontology.relation_types.get(x.relation, RelationType("", ())) for x in (f, g))
    events = kind.temporal == other.temporal == "event" and f.valid_from and g.valid_from
    if not meet(f, g) or (events and not like(f.valid_from, g.valid_from)):
        return
    if kind.temporal == other.temporal == "state" and (past(f, g, ontology) or past(g, f, ontology)):
        return
    if after(f, g, ontology) or after(g, f, ontology):
        return
    for group in groups(f, ontology) & groups(g, ontology):
        if apart(f, g, group, ontology, written[group], lying):
            yield group


def past(f, g, ontology):
    """Whether f had ended by when it is told, and g is told without any date; and no decision dates them."""
    end = f.valid_to
    later = g.word.at < 0 or (g.word.as_of and end and end < g.word.as_of and not like(end, g.word.as_of))
    has_ended = f.over or (f.ended and not over(g, ontology))
    return bool(has_ended and g.vouched is None and f.word.at < 0 and later)


def after(g, f, ontology):
    """Whether f had ended by when it is told, and g is told of days on which it may have, and of none before;
    and no decision says that they meet."""
    if not (f.over and is_state(f, ontology) and is_state(g, ontology)) or g.valid_from or not g.vouched:
        return False
    at_once = f.valid_from and like(f.valid_from, f.valid_to)
    if g.vouched <= day(f.valid_to, "-12-31") if at_once else g.vouched < day(f.valid_to, "-01-01"):
        return False
    news = f.word.at < 0 or (f.word.as_of and day(f.word.as_of, "-12-31") < g.vouched)
    later = g.word.at < 0 or (g.word.as_of and day(f.valid_to, "-12-31") < day(g.word.as_of, "-01-01"))
    return bool(news and later)


def apart(f, g, group, ontology, written, lying=None):
    """Whether two facts of a group cannot both be."""
    alike = f.value and g.value and agree(f.value, g.value, written)
    if lying and group[0] == "value" and f.tail and g.tail:
        _, end, name, away, *_ = group
        a, b = (next(y for k, x, y in told(x_, ontology) if (k.name, x) == (name, end)) for x_ in (f, g))
        pairs = lying.get(ontology.relation_types[name].within, ()) if away else ()
        alike = ((a, b) in pairs) != ((b, a) in pairs)
    joined_ = (group, frozenset((far(f, group), far(g, group)))) in getattr(f, "joint", ())
    mine, yours = ({(k.name, x, y) for k, x, y in one_way(fact, ontology)} for fact in (f, g))
    turned = {r for r, x, y in mine if (r, y, x) in yours}
    return (
        (group[0] == "polarity" and (denies(f, g, written, ontology) or denies(g, f, written, ontology)))
        or (group[0] == "relation" and member(f, group[2], ontology) != member(g, group[2], ontology))
        or (group[0] == "relation" and turned & member(f, group[2], ontology))
        or (group[0] == "direction" and group[2] in turned)
        or (group[0] == "value" and differ(f, g) and not alike and not joined_)
    )


def far(f, group):
    """The end of a fact that is not the group's."""
    return f.tail if f.head == group[1] else f.head


def joint(found, ontology):
    """Of each group the pairs of ends that one phrase of one sentence names."""
    told = {}
    for f in found:
        for group in groups(f, ontology):
            for telling in f.tellings if group[0] == "value" and f.tail else ():
                told.setdefault((group, telling), set()).add(far(f, group))
    return {(group, frozenset(p)) for (group, _), ends in told.items() for p in combinations(ends, 2)}


def denies(f, g, written, ontology):
    """Whether f denies what g says, as precisely or less."""
    finer = f.value == g.value or (g.value and refines(g.value, f.value, written))
    denied, other = (not x.polarity or over(x, ontology) for x in (f, g))
    return denied and not other and finer


def member(f, group, ontology):
    """Which relation of those that exclude each other a fact tells."""
    reader = ClaimReader(ontology, {})
    return {reader.canonical(k.name) for k, _, _ in told(f, ontology) if k.exclusive == group}


def handed(f, g, ontology):
    """The dates at which one of two states ended and the other began, if these may be one."""
    kinds = (ontology.relation_types.get(x.relation, RelationType("", ())).temporal for x in (f, g))
    at_once = any(x.valid_from and x.valid_to and like(x.valid_from, x.valid_to) for x in (f, g))
    if {*kinds} == {"state"} and not at_once and f.valid_to and g.valid_from:
        return (f.valid_to, g.valid_from) if like(f.valid_to, g.valid_from) else None
    return None


def differ(f, g):
    return ({f.head, f.tail}, f.value) != ({g.head, g.tail}, g.value)


def like(a, b):
    return a.startswith(b) or b.startswith(a)


def weight(f, named):
    return sum(c * log_odds(t) // MICRO for _, t, c in f.voices) + (
        sum(c for *_, c in f.voices) * log_count(named) // MICRO
    )


def said(f, ontology):
    """The latest and the earliest date a fact speaks from, as far as they lie in the times of a state."""
    state = ontology.relation_types.get(f.relation, RelationType("", ())).temporal == "state"
    if not state:
        return f.stated, f.stated
    announced = lambda d: d and f.valid_from and d < f.valid_from and not like(d, f.valid_from)
    dates = lambda d: [x for x in (f.valid_from if announced(d) else d, f.valid_to) if x]
    of = lambda d: min(dates(d), key=lambda x: (day(x, "-12-31"), x), default=None)
    return of(f.stated), of(f.first)


def begun(g, f, ontology):
    """By when g had begun, which follows f: its first statement, unless f was told after that."""
    (latest, first), last = said(g, ontology), said(f, ontology)[0] or f.valid_from
    return g.valid_from or (latest if first and last and first < last and not like(first, last) else first)


def succeeds(g, f, ontology):
    """Whether g is newer than the state f, which does not say that it began later or went on longer."""
    if ontology.relation_types.get(f.relation, RelationType("", ())).temporal != "state":
        return False
    both = f.valid_from and g.valid_from
    mine, yours = (x.valid_from if both else said(x, ontology)[0] or x.valid_from for x in (f, g))
    mine = mine or f.word.as_of
    if not any(mine < date and not like(mine, date) for date in (yours, g.valid_from) if mine and date):
        return False
    began = begun(g, f, ontology)
    sooner = day(f.valid_from, "-01-01") <= day(began, "-12-31")
    return sooner and (
        not f.valid_to or like(f.valid_to, began) or day(f.valid_to, "-12-31") <= day(began, "-12-31")
    )


def enclosed(f, g, ontology):
    """Whether the state g was told before and after the state f."""
    kinds = (ontology.relation_types.get(x.relation, RelationType("", ())).temporal for x in (f, g))
    (mine, start), (yours, began) = said(f, ontology), said(g, ontology)
    if {*kinds} != {"state"} or (f.valid_from and g.valid_from) or not (mine and yours):
        return False
    return began < start and mine < yours and not like(began, start) and not like(mine, yours)


def statement(f):
    """What a person may decide for."""
    return f.head, f.relation, f.tail or f.value, f.qualifiers, f.polarity


def lies(facts, along, ontology):
    """What lies in what along a relation, by accepted facts, four at most."""
    good = [f for f in facts if f.status == "accepted" and f.polarity and f.tail and not f.qualifiers]
    edges = {(x, y) for f in good for k, x, y in told(f, ontology) if k.name == along}
    found = edges
    for _ in range(3):
        found = found | {(x, z) for x, y in found for y_, z in edges if y == y_}
    return found


def overrules(g, f, ontology, group, written, lying):
    """Whether a person decided for g and so against f: not if that was just before it, or is news to it."""
    if g.word.at <= f.word.at or not apart(named(g, g.word), f, group, ontology, written[group], lying):
        return False
    news = g.word.as_of and is_state(f, ontology) and f.vouched and day(g.word.as_of, "-12-31") < f.vouched
    return not news and (enclosed(f, g, ontology) or not succeeds(g, f, ontology))


def blow(f, g, answers, epoch, ontology, named, group):
    """What g does to f: nothing, ties, outweighs, is judged over, ends, supersedes or encloses it."""
    learnt = 0
    if group[0] == "value":
        borne = group[2] if f.tail is None else ClaimReader(ontology, {}).canonical(group[2])
        learnt = epoch.false_values.get(borne, 0)
    ahead = weight(g, max(named, learnt)) - weight(f, max(named, learnt))
    if succeeds(f, g, ontology) or succeeds(g, f, ontology):
        single = group[0] in ("value", "polarity")
        drowned = single and enclosed(f, g, ontology) and ahead >= epoch.clear_margin
        return (5 + drowned) * succeeds(g, f, ontology)
    if ends(g, f, ontology, ahead, epoch) or ends(f, g, ontology, -ahead, epoch):
        return 4 * ends(g, f, ontology, ahead, epoch)
    if abs(ahead) >= epoch.clear_margin:
        return 2 * (ahead > 0)
    asked = tie_question(epoch.adjudicator, f.claims, g.claims) if named <= 8 else None
    right = {Answer.YES: min, Answer.NO: max}.get(answers.get(asked))
    return (1 if right is None else 3 * (right((f.claims, g.claims)) == g.claims)) if asked else 1


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


def brute_fuse(refs, claims, docs, answers, decisions, epoch, ontology, lying=None):
    """Each referent's entity; facts and conflicts as tuples, told apart by their claims or grounds.

    ``lying``: what lies in what, which is known after all else was judged without it."""
    everything, refs = (refs, claims, docs, answers, decisions, epoch, ontology), {r.id: r for r in refs}
    pairs, resolved, links = rulings(decisions, set(refs))
    entity = entities(refs, claims, answers, pairs, epoch, ontology)
    ruled = []
    for at, r in resolved.items():
        tail = r.value if isinstance(r.value, Value) else entity[r.value]
        ends = ClaimReader(ontology, {}).canonical_ends(entity[r.subject], r.relation, tail)
        ruled.append((at, (*ends, tuple(sorted(r.qualifiers)), r.polarity), r.as_of))
    found = {f.claims: f for f in facts(refs, claims, docs, entity, ruled, epoch, ontology)}
    together = joint(found.values(), ontology)
    for f in found.values():
        f.joint = together
    for f in found.values():
        f.ended = any(tells_its_end(g, f, epoch, ontology) for g in found.values())
    met, blows = {}, {c: [] for c in found}
    since, ended = {c: [] for c in found}, {c: [] for c in found}
    named = Counter(group for f in found.values() for group in groups(f, ontology))
    written = {}
    for f in found.values():
        written |= {group: both(written.get(group, {}), f.forms) for group in groups(f, ontology)}
    touching = lambda f, g: [(x, y, *d) for x, y in ((f, g), (g, f)) if (d := handed(x, y, ontology))]
    meets = [
        (*p, group)
        for p in combinations(found.values(), 2)
        for group in meetings(*p, ontology, written, lying)
    ]
    wrong = {
        (f.claims, group)
        for x, y, group in meets
        for f, g in ((x, y), (y, x))
        if not touching(x, y) and overrules(g, f, ontology, group, written, lying)
    }
    worthless = lambda f: not f.confidence and f.word.at < 0
    for f, g, group in meets:
        out = {(f.claims, group), (g.claims, group)} & wrong or worthless(f) or worthless(g)
        touch = touching(f, g)
        for x, y, end, start in touch if not out else []:
            ended[x.claims].append(start)
            since[y.claims].append(end)
        if touch:
            continue
        for x, y in ((f, g), (g, f)):
            dealt = 7 * overrules(y, x, ontology, group, written, lying)
            dealt = dealt or (2 - worthless(y)) * worthless(x)
            dealt = dealt if out else blow(x, y, answers, epoch, ontology, named[group], group)
            blows[x.claims].append((dealt, group, y))
            met.setdefault(group, set()).add((x.claims, y.claims))
    for g, f in product(found.values(), repeat=2):
        for group in groups(f, ontology) & groups(g, ontology) if after(g, f, ontology) else ():
            out = {(f.claims, group), (g.claims, group)} & wrong or worthless(f) or worthless(g)
            if f is not g and not out and apart(f, g, group, ontology, written[group], lying):
                since[g.claims].append(begun(g, f, ontology))
    state = {
        f.claims
        for f in found.values()
        if ontology.relation_types.get(f.relation, Row(temporal=0)).temporal == "state"
    }
    for f in found.values():
        over_by = (said(g, ontology)[1] for dealt, _, g in blows[f.claims] if dealt == 4)
        ended[f.claims] += filter(None, over_by)
        for _, _, g in (each for each in blows[f.claims] if each[0] == 5):
            ended[f.claims].append(begun(g, f, ontology))
            since[g.claims] += [begun(g, f, ontology)] if g.claims in state else []
    rows, conflicts = set(), set()
    for f in found.values():
        worst = max((b for b, _, _ in blows[f.claims]), default=0)
        order = lambda d: (day(d, "-12-31"), d)
        since[f.claims] += [f.again] if f.again else []
        closing, opening = (
            x[f.claims] and pick(x[f.claims], key=order) for x, pick in ((ended, min), (since, max))
        )
        until = closing if closing and closing.startswith(f.valid_to or "") else f.valid_to
        start = opening if opening and opening.startswith(f.valid_from or "") else f.valid_from
        if over(f, ontology):
            announced = day(f.first, "-12-31") < day(f.valid_from, "-01-01")
            start, until = f.valid_from, f.valid_to or (None if announced else f.first)
        implied = start != f.valid_from, until != f.valid_to
        f.status = ["accepted", *["contested"] * 3, *["superseded"] * 2, "contested", "contested"][worst]
        f.status = "contested" if worthless(f) else f.status
        f.valid_from, f.valid_to = start, until
        f.valid_from_implied, f.valid_to_implied = implied
    lost = {}
    for circle in circles(found.values(), ontology):
        if worst := contested(circle, ruled, epoch):
            key = circle[0].claims
            lost[key] = min(lost.get(key, (worst, circle)), (worst, circle), key=lambda each: each[0])
    for stands, members, winner in denied(list(found.values()), ruled, epoch, ontology):
        found[members[0].claims].status = "accepted" if stands else "contested"
        conflicts.add(("polarity", frozenset(f.claims for f in members), winner))
    for claims, (worst, circle) in lost.items():
        found[claims].status = "contested"
        members = frozenset(f.claims for f in circle)
        conflicts.add(("direction", members, None if worst[0] == -1 else worst[-1]))
    if lying is None:
        wholes = {k.within for k in ontology.relation_types.values() if k.within}
        lying = {along: lies(found.values(), along, ontology) for along in wholes}
        if any(lying.values()):
            return brute_fuse(*everything, lying)
    for f in found.values():
        believed = (f.head, f.relation, f.tail or f.value, f.qualifiers, f.polarity, f.valid_from, f.valid_to)
        implied = f.valid_from_implied, f.valid_to_implied
        rows.add((*believed, f.stated, f.status, f.confidence, f.support, f.claims, (), *implied))
    rows |= inferences(found.values(), ontology)
    for link in links:
        rows |= linked(link, refs, found.values(), rows, entity, ontology)
    for group, links in met.items():
        for part in joined({c for link in links for c in link}, links):
            dealt = {c: {b for b, where, _ in blows[c] if where == group} for c in part}
            unbeaten = [c for c, b in dealt.items() if b == {0}]
            kind = "direction" if len({found[c].relation for c in part}) == 1 else "relation"
            kind = kind if group[0] == "relation" else group[0]
            kind = "recency" if {0} < set.union(*dealt.values()) <= {0, 4, 5} else kind
            conflicts.add((kind, part, unbeaten[0] if len(unbeaten) == 1 else None))
    conflicts |= {("type", frozenset([f.claims]), None) for f in found.values() if f.misfit}
    kinds = {e: {refs[r].type for r in refs if entity[r] == e} for e in entity.values()}
    types = Scorer(epoch, ontology)
    if any(not types.compatible(a, b) for told in kinds.values() for a, b in combinations(told, 2)):
        conflicts.add(("type", frozenset(), None))
    return entity, rows, conflicts
