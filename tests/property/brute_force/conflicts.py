# ruff: noqa: E731
"""Which facts cannot hold together, and which of them gives way."""

from itertools import combinations
from types import SimpleNamespace as Row

from graph.fusion.conflicts import tie_question
from graph.fusion.normalize import agree, refines
from graph.fusion.odds import log_count, log_odds
from graph.fusion.statements import ClaimReader
from graph.relations import RelationType
from graph.types import MICRO, OVER, Answer


def day(date, end):
    return date + end[len(date) - 4 :] if date else {"-01-01": "", "-12-31": "~"}[end]


def meet(a, b):
    (x, y), (u, v) = ((day(c.valid_from, "-01-01"), day(c.valid_to, "-12-31")) for c in (a, b))
    return x <= v and u <= y


def is_state(f, ontology):
    return ontology.relation_types.get(f.relation, RelationType("", ())).temporal == "state"


def named(f, its):
    """What a fact says, as it is named in a decision."""
    return Row(**{**vars(f), "value": its.value})


def both(f, g):
    return {v: f.get(v, set()) | g.get(v, set()) for v in {*f, *g}}


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
