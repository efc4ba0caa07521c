"""Steps 1 to 4 of a pass: changed referents to blocks, pairs, components and entities."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from graph.fusion.blocking import Block, Pair
from graph.fusion.candidates import candidates
from graph.fusion.clustering import Fate, cluster, describe
from graph.fusion.company import Companions
from graph.fusion.components import Edge, components
from graph.fusion.contexts import Contexts
from graph.fusion.epoch import Epoch
from graph.fusion.leanings import leaning
from graph.fusion.matching import matched
from graph.fusion.profiles import Profile, profile
from graph.fusion.rulings import Rulings
from graph.fusion.scoring import Scorer
from graph.fusion.statements import ClaimReader
from graph.fusion.testimony import Witnesses
from graph.fusion.view import Changes, FusionView, Inputs, Membership, PairRow, TableDiff
from graph.types import Answer, Entity, EntityId, Position, Referent, ReferentId


@dataclass(frozen=True, slots=True)
class EntityPass:
    """``before`` and ``after``: the rulings whose referents were and are live."""

    blocks: TableDiff[Block, None]
    pairs: TableDiff[Pair, PairRow]
    memberships: TableDiff[ReferentId, Membership]
    entities: TableDiff[EntityId, Entity]
    before: Rulings
    after: Rulings
    candidates: int = 0  # pairs that were compared


def entity_pass(view: FusionView, changes: Changes, inputs: Inputs) -> EntityPass:
    """Cost: the members of the touched blocks, the pairs new in them, the touched components."""
    scorer = Scorer(inputs.epoch, inputs.ontology)
    reader = ClaimReader(inputs.ontology, inputs.epoch.phrases)
    witnesses, companions = Witnesses(view, reader), Companions(view, reader, inputs.epoch)
    before, after = _live_rulings(view, changes, inputs)
    found = candidates(view, changes, scorer, witnesses)
    contexts = Contexts(view, inputs.epoch)
    pairs = matched(view, changes, found, scorer, witnesses, companions, contexts)
    memberships, entities = _recluster(
        view, changes, inputs, scorer, witnesses, companions, found.looks, pairs, before, after
    )
    return EntityPass(found.blocks, pairs, memberships, entities, before, after, len(found.compared))


def _live_rulings(view: FusionView, changes: Changes, inputs: Inputs) -> tuple[Rulings, Rulings]:
    were = view.memberships(inputs.before.referents() | inputs.after.referents()).keys()
    are = (were - changes.removed_referents) | changes.added_referents
    return inputs.before.among(were), inputs.after.among(are)


def _recluster(
    view: FusionView,
    changes: Changes,
    inputs: Inputs,
    scorer: Scorer,
    witnesses: Witnesses,
    companions: Companions,
    known: Mapping[ReferentId, Profile],
    pairs: TableDiff[Pair, PairRow],
    before: Rulings,
    after: Rulings,
) -> tuple[TableDiff[ReferentId, Membership], TableDiff[EntityId, Entity]]:
    """Every old and new component that a change touches, cut from nothing."""
    answered = view.pairs_asking(changes.answered)
    moved = [*pairs.old.values(), *pairs.new.values(), *answered.values()]
    ruled = (before.same.items() ^ after.same.items(), before.separate.items() ^ after.separate.items())
    touched = {
        *changes.removed_referents,
        *changes.added_referents,
        *(r for row in _joining(view, moved, inputs.epoch) for r in row.pair),
        *(r for pair, _ in ruled[0] for r in pair),
        *(r for pair, _ in ruled[1] for r in pair),
    }
    old = dict(view.in_components({m.component for m in view.memberships(touched).values()}))
    inside = (old.keys() - changes.removed_referents) | changes.added_referents
    referents = view.referents(inside)
    rows = {**{p: row for p, row in view.pairs_of(inside).items() if p not in pairs.old}, **pairs.new}
    edges = _edges(view, rows.values(), inputs.epoch)
    joined = [*(e.pair for e in edges), *(p for p in after.same if p[0] in referents and p[1] in referents)]
    component = components({r for pair in joined for r in pair}, joined)
    looks = {r: known.get(r) or profile(referents[r]) for r in component}
    entity_of = _cut(looks, component, edges, after, scorer, witnesses, companions)

    # Most of many referents are joined to none: each of those is its own component and entity.
    alone = [r for r in referents if r not in component]
    members: dict[EntityId, list[Referent]] = defaultdict(list)
    for r, entity in entity_of.items():
        members[entity].append(referents[r])
    memberships = {r: Membership(r, EntityId(r), r) for r in alone}
    memberships |= {r: Membership(r, entity, component[r]) for r, entity in entity_of.items()}
    entities = {EntityId(r): describe([referents[r]], inputs.ontology) for r in alone}
    entities |= {e: describe(group, inputs.ontology) for e, group in members.items()}
    return (
        TableDiff.between(old, memberships),
        TableDiff.between(view.entities({m.entity for m in old.values()}), entities),
    )


def trace(
    view: FusionView,
    roots: Collection[ReferentId],
    rulings: Rulings,
    scorer: Scorer,
    witnesses: Witnesses,
    companions: Companions,
) -> dict[Pair, Fate]:
    """What became of each edge, and of each same-decision, of these components as they stand.

    Cuts them anew, so it costs what cutting them did. ``rulings``: those that are not dormant. Members that
    have gone since the last pass are left out.
    """
    members = view.in_components(roots)
    referents = view.referents(members.keys())
    fates: dict[Pair, Fate] = {}
    rows = [row for row in view.pairs_of(referents.keys()).values() if referents.keys() >= {row.a, row.b}]
    edges = [e for e in _edges(view, rows, scorer.epoch) if members[e.a].component == members[e.b].component]
    looks = {r: profile(x) for r, x in referents.items()}
    component = {r: members[r].component for r in referents}
    _cut(looks, component, edges, rulings, scorer, witnesses, companions, fates)
    return fates


def _edges(view: FusionView, rows: Collection[PairRow], epoch: Epoch) -> list[Edge]:
    joining = _joining(view, rows, epoch)
    return [Edge(row.a, row.b, row.score, row.question is not None) for row in joining]


def _joining(view: FusionView, rows: Collection[PairRow], epoch: Epoch) -> list[PairRow]:
    """Pairs at or above ``same``, and those between it and ``ask`` to which a verdict says yes."""
    answers = view.answers({row.question for row in rows if row.question is not None})
    return [
        row
        for row in rows
        if row.score >= epoch.same or (row.question and answers.get(row.question) is Answer.YES)
    ]


def _cut(
    looks: Mapping[ReferentId, Profile],
    component: Mapping[ReferentId, ReferentId],
    edges: Sequence[Edge],
    rulings: Rulings,
    scorer: Scorer,
    witnesses: Witnesses,
    companions: Companions,
    fates: dict[Pair, Fate] | None = None,
) -> dict[ReferentId, EntityId]:
    """Each component by itself: what a person says of names in one holds in that one."""
    entity_of: dict[ReferentId, EntityId] = {}
    inside: dict[ReferentId, dict[ReferentId, Profile]] = defaultdict(dict)
    for r, root in component.items():
        inside[root][r] = looks[r]
    joined: dict[ReferentId, list[Edge]] = defaultdict(list)
    for edge in edges:
        joined[component[edge.a]].append(edge)
    same: dict[ReferentId, dict[Pair, Position]] = defaultdict(dict)
    for pair, at in rulings.same.items():
        if pair[0] in component:
            same[component[pair[0]]][pair] = at
    separate: dict[ReferentId, dict[Pair, Position]] = defaultdict(dict)
    for pair, at in rulings.separate.items():
        if pair[0] in component and component[pair[0]] == component.get(pair[1]):
            separate[component[pair[0]]][pair] = at
    said = witnesses.of([r for group in inside.values() if len(group) > 2 for r in group])
    leans: dict[ReferentId, set[Pair]] = defaultdict(set)
    for pair in leaning(edges, looks, said, scorer, companions):
        leans[component[pair[0]]].add(pair)
    for root, group in inside.items():
        own = Rulings(same=same.get(root, {}), separate=separate.get(root, {}), splits=rulings.splits)
        entity_of |= cluster(group, joined[root], own, scorer, said, leans.get(root, ()), fates)
    return entity_of
