"""Steps 1 to 4 of a pass: changed referents to blocks, pairs, components and entities."""

from array import array
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from graph.fusion.blocking import (
    SAID,
    Block,
    Key,
    Pair,
    block_keys,
    block_pairs,
    is_of_name,
    pair_of,
    stretches,
)
from graph.fusion.clustering import Edge, Fate, cluster, components, describe
from graph.fusion.company import Companions
from graph.fusion.epoch import Epoch
from graph.fusion.facts import ClaimReader
from graph.fusion.rulings import Rulings
from graph.fusion.scoring import Profile, Scorer, profile, question_id, render_question
from graph.fusion.screening import Screen
from graph.fusion.testimony import Scales, Witnesses
from graph.fusion.view import Changes, FusionView, Inputs, Membership, PairRow, TableDiff
from graph.types import Answer, Entity, EntityId, Position, Referent, ReferentId, Value

Codes = NDArray[np.uint64]  # pairs of numbered referents, see _Matching


@dataclass(frozen=True, slots=True)
class _Near:
    """What comes to a wide block and what leaves it, seen from near by."""

    entering: Sequence[Block] = ()
    leaving: Sequence[Block] = ()

    def parts(
        self, view: FusionView, window: int, gone: Collection[ReferentId]
    ) -> Iterator[tuple[list[Block], list[Block]]]:
        """Around each change so many members that all pairs it touches are among them: those that stay, and
        those that come. Members ``gone`` are left out.

        Between two parts lie members whose pairs stay what they were.
        """
        reach, coming = window + len(self.leaving), set(self.entering)
        for part, places in stretches(
            {*self.entering, *self.leaving}, lambda place: view.block_around(place, reach)
        ):
            yield [each for each in part if each[2] not in gone], [p for p in places if p in coming]

    def between(self, view: FusionView, low: Block, high: Block, window: int) -> int:
        """How many members lie between two that stay, counted up to ``window`` at least."""
        found = view.block_between(low, high, window + len(self.leaving))
        left = set(self.leaving)
        return sum(each not in left for each in found) + sum(low < each < high for each in self.entering)


@dataclass(frozen=True, slots=True)
class EntityPass:
    """``before`` and ``after``: the rulings whose referents were and are live."""

    blocks: TableDiff[Block, None]
    pairs: TableDiff[Pair, PairRow]
    memberships: TableDiff[ReferentId, Membership]
    entities: TableDiff[EntityId, Entity]
    before: Rulings
    after: Rulings


def entity_pass(view: FusionView, changes: Changes, inputs: Inputs) -> EntityPass:
    """Cost: the members of the touched blocks, the pairs new in them, the touched components."""
    scorer = Scorer(inputs.epoch, inputs.ontology)
    reader = ClaimReader(inputs.ontology, inputs.epoch.phrases)
    witnesses, companions = Witnesses(view, reader), Companions(view, reader, inputs.epoch)
    before, after = _live_rulings(view, changes, inputs)
    blocks, pairs = _Matching(view, changes, scorer, witnesses, companions).run()
    memberships, entities = _recluster(view, changes, inputs, scorer, witnesses, pairs, before, after)
    return EntityPass(blocks, pairs, memberships, entities, before, after)


def _live_rulings(view: FusionView, changes: Changes, inputs: Inputs) -> tuple[Rulings, Rulings]:
    were = view.memberships(inputs.before.referents() | inputs.after.referents()).keys()
    are = (were - changes.removed_referents) | changes.added_referents
    return inputs.before.among(were), inputs.after.among(are)


class _Matching:
    """Which pairs are candidates, and what they score.

    The many candidates are held as whole numbers: referents are numbered in the order of their ids, and the
    pair of the a-th and the b-th is a * referents + b. Only the pairs that are kept become rows.
    """

    def __init__(
        self,
        view: FusionView,
        changes: Changes,
        scorer: Scorer,
        witnesses: Witnesses,
        companions: Companions,
    ) -> None:
        self._view = view
        self._witnesses = witnesses
        self._companions = companions
        self._gone = changes.removed_referents
        self._came = view.referents(changes.added_referents)
        self._scorer = scorer
        self._looks: dict[ReferentId, Profile] = {r: profile(x) for r, x in self._came.items()}
        self._keys: dict[Profile, dict[Key, str]] = {}
        self._near: dict[Key, _Near] = {}

    def run(self) -> tuple[TableDiff[Block, None], TableDiff[Pair, PairRow]]:
        left = dict.fromkeys(self._view.blocks_of(self._gone))
        entered = {
            (key, text, r): None
            for r, look in self._looks.items()
            for key, text in block_keys(look, self._scorer).items()
        }
        lost, compared, order = self._candidates(left, entered)
        scored = self._scored(compared, order)
        old = {**self._view.pairs_of(self._gone), **self._view.pairs(lost), **self._view.pairs(scored)}
        return TableDiff.between(left, entered), TableDiff.between(old, self._rows(scored))

    def _keys_of(self, referent: ReferentId) -> dict[Key, str]:
        look = self._looks[referent]
        found = self._keys.get(look)
        if found is None:
            found = self._keys[look] = block_keys(look, self._scorer)
        return found

    def _sorting(self, members: Collection[Block]) -> dict[ReferentId, str]:
        """The texts by which members of a wide block sort; of namesakes, with what is said of each."""
        texts = {r: text for _, text, r in members}
        if not all(is_of_name(key, text) for key, text in {member[:2] for member in members}):
            return texts
        said = self._witnesses.of(texts.keys())
        return {r: f"{text}{SAID}{said[r].in_order}" if said[r] else text for r, text in texts.items()}

    def _know(self, referents: Iterable[ReferentId]) -> None:
        unknown = {r for r in referents if r not in self._looks}
        self._looks.update((r, profile(x)) for r, x in self._view.referents(unknown).items())

    def _candidates(
        self, left: Collection[Block], entered: Iterable[Block]
    ) -> tuple[set[Pair], Codes, Sequence[ReferentId]]:
        """Pairs that are candidates no more, and those that may be new ones, with the referents by number."""
        one: dict[Key, Block] = {}  # most blocks have a single member
        several: dict[Key, list[Block]] = {}
        for block in entered:
            first = one.setdefault(block[0], block)
            if first is not block:
                several.setdefault(block[0], [first]).append(block)
        leaving: dict[Key, list[Block]] = defaultdict(list)
        for block in left:
            leaving[block[0]].append(block)
        touched: Collection[Key] = one.keys() | leaving.keys() if left else one.keys()
        sizes = self._view.block_sizes(touched)
        entering = {**{key: [one[key]] for key in sizes if key in one}, **several}
        self._near = {
            key: _Near(entering.get(key, []), leaving.get(key, []))
            for key, size in sizes.items()
            if self._is_wide(size, entering.get(key, ()), leaving.get(key, ()))
        }
        parts = [
            part
            for near in self._near.values()
            for part in near.parts(self._view, self._scorer.epoch.window, self._gone)
        ]
        were = self._view.block_members(sizes.keys() - self._near.keys())
        there = {
            r
            for members in (*were.values(), *(stayed for stayed, _ in parts))
            for _, _, r in members
            if r not in self._gone
        }
        self._know(there)
        order = sorted(there.union(r for blocks in entering.values() for _, _, r in blocks))
        number = {r: n for n, r in enumerate(order)}
        cap, count = self._scorer.epoch.block_cap, len(order)
        fresh = array("Q")  # what narrow blocks compare
        whole: dict[int, array[int]] = defaultdict(lambda: array("Q"))  # by size the new ones, end to end
        renewed: list[Codes] = []  # what wide blocks compare
        doubtful: list[Codes] = []
        kept: list[Codes] = []
        narrow: set[Key] = set()
        for key in {**were, **entering}:
            if key in self._near:
                continue
            members = were.get(key, ())
            staying = [block for block in members if block[2] not in self._gone]
            stayed = [number[r] for _, _, r in staying]
            arrived = sorted(number[r] for _, _, r in entering.get(key, ()))
            size = len(stayed) + len(arrived)
            if size <= cap:
                narrow.add(key)
            if not members and size <= cap:
                whole[size].extend(arrived)
                continue
            if len(members) <= cap and size <= cap:  # compares all its members
                for n, a in enumerate(arrived):
                    fresh.extend(a * count + b for b in arrived[n + 1 :])
                    fresh.extend(a * count + b if a < b else b * count + a for b in stayed)
                continue
            # A wide block compares neighbours only, so coming and going changes other members' pairs.
            texts = self._sorting([*staying, *entering.get(key, ())])
            now = {number[r]: text for r, text in texts.items()}
            pairs = self._compared(now, count)
            if not members:
                renewed.append(pairs)
                continue
            wide = len(members) > cap
            previous = self._compared({n: now[n] for n in stayed}, count, capped=wide)
            lost_some = wide and len(stayed) < len(members)
            renewed.append(pairs if lost_some else np.setdiff1d(pairs, previous))
            doubtful.append(np.setdiff1d(previous, pairs))
            kept.append(pairs)
        for staying, coming in parts:
            was = {number[r]: text for _, text, r in staying}
            pairs = self._compared(was | {number[r]: text for _, text, r in coming}, count, capped=True)
            renewed.append(pairs)
            doubtful.append(np.setdiff1d(self._compared(was, count, capped=True), pairs))
        renewed += [_all_pairs(members, size, count) for size, members in whole.items()]
        compared = np.unique(np.concatenate([np.frombuffer(fresh, np.uint64), *renewed]))
        gone = np.setdiff1d(np.setdiff1d(_joined(doubtful), _joined(kept)), compared)
        x, y = np.divmod(gone, np.uint64(max(1, count)))
        lost = {(order[i], order[j]) for i, j in zip(x.tolist(), y.tolist(), strict=True)}
        lost = set(self._view.pairs(lost))
        return lost - self._still_together(lost, touched, narrow), compared, order

    def _is_wide(self, size: int, entering: Sequence[Block], leaving: Sequence[Block]) -> bool:
        """Whether a block is and stays so wide that its changes are better seen from near by.

        Namesakes sort by what is said of each: theirs are read whole.
        """
        changes, epoch = len(entering) + len(leaving), self._scorer.epoch
        some = (*entering, *leaving)[0]
        return (
            min(size, size + len(entering) - len(leaving)) > epoch.block_cap
            and size > 2 * changes * (epoch.window + len(leaving) + 1)
            and not is_of_name(*some[:2])
        )

    def _compared(self, texts: Mapping[int, str], count: int, *, capped: bool | None = None) -> Codes:
        """The pairs of numbered members that a block of these compares; some of them twice."""
        members = sorted(texts, key=lambda n: (texts[n], n))
        first, second = block_pairs([texts[n] for n in members], self._scorer.epoch, capped=capped)
        number = np.array(members, np.uint64)
        a, b = number[first], number[second]
        codes: Codes = np.minimum(a, b) * np.uint64(count) + np.maximum(a, b)
        return codes

    def _scored(self, pairs: Codes, order: Sequence[ReferentId]) -> dict[Pair, int]:
        """Those of ``pairs`` whose names score ``ask`` or more, weighed with what is said of the two.

        Two names are compared once, whoever bears them.
        """
        faces: dict[Profile, int] = {}
        face = np.array([faces.setdefault(self._looks[r], len(faces)) for r in order], np.uint64)
        names, count = list(faces), np.uint64(max(1, len(faces)))
        a, b = np.divmod(pairs, np.uint64(max(1, len(order))))
        low, high = np.minimum(face[a], face[b]), np.maximum(face[a], face[b])
        passed = Screen(names, self._scorer).passes(low.astype(np.int64), high.astype(np.int64))
        a, b = a[passed], b[passed]
        distinct, which = np.unique(low[passed] * count + high[passed], return_inverse=True)
        x, y = np.divmod(distinct, count)
        ends = zip(x.tolist(), y.tolist(), strict=True)
        measured = (self._scorer.measure(names[i], names[j]) for i, j in ends)
        scores = np.fromiter(measured, np.int64, len(distinct))[which]
        kept = scores >= self._scorer.epoch.ask
        found = zip(a[kept].tolist(), b[kept].tolist(), scores[kept].tolist(), strict=True)
        return self._weighed({(order[i], order[j]): score for i, j, score in found})

    def _weighed(self, named: dict[Pair, int]) -> dict[Pair, int]:
        said, scales = self._witnesses.of({r for pair in named for r in pair}), Scales(self._scorer)
        told = dict(named)
        for (a, b), score in named.items():
            if said[a] and said[b]:
                told[a, b] = scales.score(score, self._looks[a], self._looks[b], said[a], said[b])
        return self._companions.weighed(named, told)

    def _still_together(
        self, pairs: Collection[Pair], touched: Collection[Key], narrow: Collection[Key]
    ) -> set[Pair]:
        """Those of ``pairs`` that another block still compares; a narrow one compares all its members."""
        shared = {
            p: [(key, text, mine[key]) for key, text in self._keys_of(p[1]).items() if key in mine]
            for p in pairs
            for mine in (self._keys_of(p[0]),)
        }
        others = {key for keys in shared.values() for key, _, _ in keys if key not in touched}
        sizes = self._view.block_sizes(others)
        wide = {key for key, size in sizes.items() if size > self._scorer.epoch.block_cap}
        names = {k for keys in shared.values() for k, text, _ in keys if k in wide and is_of_name(k, text)}
        compared = {key: self._pairs_in(members) for key, members in self._view.block_members(names).items()}

        window = self._scorer.epoch.window

        def together(pair: Pair, key: Key, text_a: str, text_b: str) -> bool:
            if key in names:
                return pair in compared[key]
            if key in self._near or key in wide:
                near = self._near.get(key, _Near())
                low, high = sorted(((key, text_a, pair[0]), (key, text_b, pair[1])))
                return near.between(self._view, low, high, window) < window
            return key in narrow or key not in touched

        return {p for p, keys in shared.items() if any(together(p, key, a, b) for key, b, a in keys)}

    def _pairs_in(self, members: Collection[Block]) -> set[Pair]:
        texts = self._sorting(members)
        order = sorted(texts, key=lambda r: (texts[r], r))
        first, second = block_pairs([texts[r] for r in order], self._scorer.epoch)
        return {pair_of(order[i], order[j]) for i, j in zip(first.tolist(), second.tolist(), strict=True)}

    def _rows(self, scored: Mapping[Pair, int]) -> dict[Pair, PairRow]:
        ask, same = self._scorer.epoch.ask, self._scorer.epoch.same
        asked = [pair for pair, score in scored.items() if ask <= score < same]
        ends = {r for pair in asked for r in pair}
        who = dict(self._view.referents(ends))
        said = statements_of(self._view, who)
        rows = {pair: PairRow(*pair, score) for pair, score in scored.items() if not ask <= score < same}
        for a, b in asked:
            question = render_question(who[a], who[b], (said[a], said[b]))
            rows[a, b] = PairRow(a, b, scored[a, b], question_id(self._scorer.epoch.adjudicator, question))
        return rows


def _all_pairs(members: "array[int]", size: int, count: int) -> Codes:
    """All pairs in each of many blocks of one size, whose members follow one another, each block's sorted."""
    blocks = np.frombuffer(members, np.uint64).reshape(-1, size)
    first, second = np.triu_indices(size, 1)
    codes: Codes = (blocks[:, first] * np.uint64(count) + blocks[:, second]).ravel()
    return codes


def _joined(some: Sequence[Codes]) -> Codes:
    return np.concatenate(some) if some else np.zeros(0, np.uint64)


def statements_of(view: FusionView, who: Mapping[ReferentId, Referent]) -> dict[ReferentId, list[str]]:
    """What the claims at each referent say of it, in its document's own names."""
    claims = view.claims_of(who.keys())
    ends = {end for c in claims.values() for end in (c.head, c.tail_referent) if end is not None}
    names = {r: x.names[0] if x.names else x.type for r, x in view.referents(ends).items()}
    said: dict[ReferentId, list[str]] = {r: [] for r in who}
    for claim in claims.values():
        tail = claim.tail.text if isinstance(claim.tail, Value) else names[claim.tail]
        line = f"{names[claim.head]} {'' if claim.polarity else 'not '}{claim.phrase} {tail}"
        for end in {claim.head, claim.tail_referent}:
            if end in said:
                said[end].append(line)
    return said


def _recluster(
    view: FusionView,
    changes: Changes,
    inputs: Inputs,
    scorer: Scorer,
    witnesses: Witnesses,
    pairs: TableDiff[Pair, PairRow],
    before: Rulings,
    after: Rulings,
) -> tuple[TableDiff[ReferentId, Membership], TableDiff[EntityId, Entity]]:
    """Every old and new component that a change touches, cut from nothing."""
    answered = view.pairs_asking(changes.answered)
    moved = [*pairs.old.values(), *pairs.new.values(), *answered.values()]
    ruled = (before.same.items() ^ after.same.items(), before.separate.keys() ^ after.separate.keys())
    touched = {
        *changes.removed_referents,
        *changes.added_referents,
        *(r for edge in _edges(view, moved, inputs.epoch) for r in edge.pair),
        *(r for pair, _ in ruled[0] for r in pair),
        *(r for pair in ruled[1] for r in pair),
    }
    old = dict(view.in_components({m.component for m in view.memberships(touched).values()}))
    inside = (old.keys() - changes.removed_referents) | changes.added_referents
    referents = view.referents(inside)
    rows = {**{p: row for p, row in view.pairs_of(inside).items() if p not in pairs.old}, **pairs.new}
    edges = _edges(view, rows.values(), inputs.epoch)
    spoken = [p for p in after.same if p[0] in referents and p[1] in referents]
    component = components(inside, [*(e.pair for e in edges), *spoken])
    entity_of = _cut(referents, component, edges, after, scorer, witnesses)

    members: dict[EntityId, list[Referent]] = defaultdict(list)
    for r, entity in entity_of.items():
        members[entity].append(referents[r])
    return (
        TableDiff.between(old, {r: Membership(r, entity_of[r], component[r]) for r in inside}),
        TableDiff.between(
            view.entities({m.entity for m in old.values()}),
            {e: describe(group, inputs.ontology) for e, group in members.items()},
        ),
    )


def trace(
    view: FusionView, component: ReferentId, rulings: Rulings, scorer: Scorer, witnesses: Witnesses
) -> dict[Pair, Fate]:
    """What became of each edge, and of each same-decision, of one component as it stands.

    Cuts it anew, so it costs what cutting it did. ``rulings``: those that are not dormant. Members that have
    gone since the last pass are left out.
    """
    referents = view.referents(view.in_components([component]).keys())
    fates: dict[Pair, Fate] = {}
    rows = [row for row in view.pairs_of(referents.keys()).values() if referents.keys() >= {row.a, row.b}]
    edges = _edges(view, rows, scorer.epoch)
    _cut(referents, dict.fromkeys(referents, component), edges, rulings, scorer, witnesses, fates)
    return fates


def _edges(view: FusionView, rows: Collection[PairRow], epoch: Epoch) -> list[Edge]:
    """Pairs at or above ``same``, and those between it and ``ask`` to which a verdict says yes."""
    answers = view.answers({row.question for row in rows if row.question is not None})
    return [
        Edge(row.a, row.b, row.score, row.question is not None)
        for row in rows
        if row.score >= epoch.same or (row.question and answers.get(row.question) is Answer.YES)
    ]


def _cut(
    referents: Mapping[ReferentId, Referent],
    component: Mapping[ReferentId, ReferentId],
    edges: Iterable[Edge],
    rulings: Rulings,
    scorer: Scorer,
    witnesses: Witnesses,
    fates: dict[Pair, Fate] | None = None,
) -> dict[ReferentId, EntityId]:
    """Each component by itself: what a person says of names in one holds in that one."""
    sizes = Counter(component.values())
    entity_of = {r: EntityId(r) for r, root in component.items() if sizes[root] == 1}
    inside: dict[ReferentId, dict[ReferentId, Referent]] = defaultdict(dict)
    for r, root in component.items():
        if r not in entity_of:
            inside[root][r] = referents[r]
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
    for root, group in inside.items():
        own = Rulings(same=same.get(root, {}), separate=separate.get(root, {}))
        entity_of |= cluster(group, joined[root], own, scorer, said, fates)
    return entity_of
