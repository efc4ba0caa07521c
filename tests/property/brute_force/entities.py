# ruff: noqa: E731
"""Which referents are one, from all pairs, and what people's words make of it."""

from functools import reduce
from itertools import combinations, product
from operator import or_
from types import SimpleNamespace as Row

from graph.fusion.blocking import SAID, block_keys, is_of_name
from graph.fusion.company import Companions
from graph.fusion.doubt import settles
from graph.fusion.odds import log_odds, probability
from graph.fusion.profiles import profile
from graph.fusion.questions import question_id, render_question
from graph.fusion.scoring import Scorer
from graph.fusion.statements import ClaimReader
from graph.fusion.testimony import NOTHING, Scales, Witnesses
from graph.types import MICRO, Answer, Link, Resolve, Revert, Same, Separate, Split, Value


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
