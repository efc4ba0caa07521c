# ruff: noqa: E731
"""All of it: evidence and decisions to rows."""

from collections import Counter
from itertools import combinations, product
from types import SimpleNamespace as Row

from graph.fusion.scoring import Scorer
from graph.fusion.statements import ClaimReader
from graph.types import Value
from tests.property.brute_force.conflicts import (
    after,
    apart,
    begun,
    blow,
    both,
    day,
    groups,
    handed,
    joint,
    lies,
    meetings,
    over,
    overrules,
    said,
    tells_its_end,
)
from tests.property.brute_force.entities import entities, joined, rulings
from tests.property.brute_force.facts import facts
from tests.property.brute_force.inferences import circles, contested, denied, inferences, linked


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
