"""The in-memory state: evidence and derived rows in dictionaries, and the oracle of every other store.

It implements ``FusionView``, applies diffs, and is what ``verify`` and a full pass compute in.
"""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence, Set
from itertools import groupby
from operator import itemgetter
from typing import Generic, TypeVar

from graph.fusion import digest
from graph.fusion.blocking import Block, Key, Pair
from graph.fusion.epoch import Epoch
from graph.fusion.fuse import fuse_pass, needs_full
from graph.fusion.rulings import Rulings
from graph.fusion.support import Document
from graph.fusion.transitive import stands
from graph.fusion.view import (
    Changes,
    Ends,
    GraphDiff,
    Inputs,
    Membership,
    PairRow,
    Side,
    TableDiff,
)
from graph.ontology import Ontology
from graph.types import (
    Answer,
    Claim,
    ClaimId,
    Conflict,
    ConflictId,
    ContentId,
    Entity,
    EntityId,
    Fact,
    FactId,
    Referent,
    ReferentId,
    VerdictId,
)

K = TypeVar("K", bound=Hashable)
R = TypeVar("R")


class Table(Generic[K, R]):
    """Rows by key, and keys by whatever each index function reads off a row."""

    def __init__(self, **indexes: Callable[[K, R], Iterable[Hashable]]) -> None:
        self.rows: dict[K, R] = {}
        self._read = indexes
        self._keys: dict[str, dict[Hashable, set[K]]] = {name: defaultdict(set) for name in indexes}

    def put(self, key: K, row: R) -> None:
        self.drop(key)
        self.rows[key] = row
        for name, read in self._read.items():
            for entry in read(key, row):
                self._keys[name][entry].add(key)

    def drop(self, key: K) -> None:
        if key in self.rows:
            row = self.rows.pop(key)
            for name, read in self._read.items():
                for entry in read(key, row):
                    held = self._keys[name][entry]
                    held.discard(key)
                    if not held:
                        del self._keys[name][entry]

    def apply(self, diff: TableDiff[K, R]) -> None:
        for key in diff.old:
            self.drop(key)
        for key, row in diff.new.items():
            self.put(key, row)

    def get(self, keys: Collection[K]) -> dict[K, R]:
        if isinstance(keys, Set) and 2 * len(keys) > len(self.rows):
            # In the order in which they lie in memory: that of a set misses the processor's cache each time
            return {key: row for key, row in self.rows.items() if key in keys}
        return {key: self.rows[key] for key in keys if key in self.rows}

    def by(self, index: str, entries: Iterable[Hashable]) -> dict[K, R]:
        keys = self._keys[index]
        return {key: self.rows[key] for entry in entries for key in keys.get(entry, ())}

    def keys_by(self, index: str, entry: Hashable) -> Collection[K]:
        return self._keys[index].get(entry, ())


_text = itemgetter(1)  # of a member of a block


def _take_away(key: K, added: set[K], removed: set[K]) -> None:
    if key in added:
        added.discard(key)
    else:
        removed.add(key)


def _ends(fact: Fact) -> Iterator[Ends]:
    yield fact.head, fact.relation, fact.tail_entity


class MemoryState:
    """Evidence is put and dropped by whole document; ``fuse`` brings the derived rows after it."""

    def __init__(self) -> None:
        self._documents: dict[ContentId, Document] = {}
        self._referents = Table[ReferentId, Referent](content=lambda _, r: (r.content,))
        self._claims = Table[ClaimId, Claim](
            content=lambda _, c: (c.content,),
            end=lambda _, c: {c.head} if c.tail_referent is None else {c.head, c.tail_referent},
        )
        self._answers: dict[VerdictId, Answer] = {}
        self._blocks = Table[Block, None](key=lambda k, _: (k[0],), referent=lambda k, _: (k[2],))
        self._pairs = Table[Pair, PairRow](end=lambda p, _: p, question=lambda _, r: (r.question,))
        self._memberships = Table[ReferentId, Membership](component=lambda _, m: (m.component,))
        self._entities = Table[EntityId, Entity]()
        self._facts = Table[FactId, Fact](
            claim=lambda _, f: f.claims,
            ends=lambda _, f: _ends(f),
            head=lambda _, f: ((f.head, f.relation),),
            tail=lambda _, f: () if f.tail_entity is None else ((f.tail_entity, f.relation),),
        )
        self._conflicts = Table[ConflictId, Conflict]()
        self._removed_referents: set[ReferentId] = set()
        self._added_referents: set[ReferentId] = set()
        self._removed_claims: set[ClaimId] = set()
        self._added_claims: set[ClaimId] = set()
        self._answered: set[VerdictId] = set()
        self._judged: set[ClaimId] = set()
        self.rulings = Rulings()
        self.sums: dict[str, int] = {}

    # -------------------------------------------------------- evidence in

    def put(self, document: Document, referents: Iterable[Referent], claims: Iterable[Claim]) -> None:
        """Make a document live, in place of what its content held before."""
        self.put_all([document], referents, claims)

    def put_all(
        self, documents: Iterable[Document], referents: Iterable[Referent], claims: Iterable[Claim]
    ) -> None:
        """Make documents live, with all their referents and claims."""
        for document in documents:
            self.drop(document.content)
            self._documents[document.content] = document
        for referent in referents:
            self._referents.put(referent.id, referent)
            self._added_referents.add(referent.id)
        for claim in claims:
            self._claims.put(claim.id, claim)
            self._added_claims.add(claim.id)

    def drop(self, content: ContentId) -> None:
        """Take a document away; nothing happens where it is not live."""
        if self._documents.pop(content, None) is None:
            return
        for referent in list(self._referents.keys_by("content", content)):
            self._referents.drop(referent)
            _take_away(referent, self._added_referents, self._removed_referents)
        for claim in list(self._claims.keys_by("content", content)):
            self._claims.drop(claim)
            _take_away(claim, self._added_claims, self._removed_claims)

    def answer(self, verdict: VerdictId, answer: Answer, claims: Iterable[ClaimId] = ()) -> None:
        """Record a verdict, on two facts by a claim of each; the first one stays."""
        if self._answers.setdefault(verdict, answer) is answer:
            self._answered.add(verdict)
            self._judged.update(claims)

    # -------------------------------------------------------- fuse

    def fuse(self, epoch: Epoch, ontology: Ontology, rulings: Rulings) -> GraphDiff:
        """Bring the derived rows to what is live now; ``epoch`` and ``ontology`` are those of ``rulings``."""
        if needs_full(self.rulings, rulings):
            fresh = self.unfused()
            fresh.rulings = Rulings(epoch=rulings.epoch, ontology=rulings.ontology)
            fresh.fuse(epoch, ontology, rulings)
            diff = fresh.difference(self)
        else:
            changes = Changes(
                frozenset(self._removed_referents),
                frozenset(self._added_referents),
                frozenset(self._removed_claims),
                frozenset(self._added_claims),
                frozenset(self._answered),
                frozenset(self._judged),
            )
            diff = fuse_pass(self, changes, Inputs(epoch, ontology, self.rulings, rulings))
        self.apply(diff)
        for seen in (
            self._removed_referents,
            self._added_referents,
            self._removed_claims,
            self._added_claims,
        ):
            seen.clear()
        self._answered.clear()
        self._judged.clear()
        self.rulings = rulings
        return diff

    def unfused(self) -> "MemoryState":
        """The same evidence without a derived row."""
        other = MemoryState()
        other.put_all(self._documents.values(), self._referents.rows.values(), self._claims.rows.values())
        for verdict, answer in self._answers.items():
            other.answer(verdict, answer)
        return other

    def apply(self, diff: GraphDiff) -> None:
        self._blocks.apply(diff.blocks)
        self._pairs.apply(diff.pairs)
        self._memberships.apply(diff.memberships)
        self._entities.apply(diff.entities)
        self._facts.apply(diff.facts)
        self._conflicts.apply(diff.conflicts)
        self.sums = digest.moved(self.sums, diff)

    def difference(self, old: "MemoryState") -> GraphDiff:
        """The diff that turns ``old``'s derived rows into these."""
        return GraphDiff(
            TableDiff.between(old._blocks.rows, self._blocks.rows),
            TableDiff.between(old._pairs.rows, self._pairs.rows),
            TableDiff.between(old._memberships.rows, self._memberships.rows),
            TableDiff.between(old._entities.rows, self._entities.rows),
            TableDiff.between(old._facts.rows, self._facts.rows),
            TableDiff.between(old._conflicts.rows, self._conflicts.rows),
        )

    def recomputed_sums(self) -> dict[str, int]:
        """The digest's sums from the rows themselves."""
        return {
            "pair": digest.of_rows("pair", self._pairs.rows.values()),
            "membership": digest.of_rows("membership", self._memberships.rows.values()),
            "entity": digest.of_rows("entity", self._entities.rows.values()),
            "fact": digest.of_rows("fact", self._facts.rows.values()),
            "conflict": digest.of_rows("conflict", self._conflicts.rows.values()),
        }

    @property
    def digest(self) -> str:
        return digest.combined(self.sums)

    # -------------------------------------------------------- FusionView: evidence

    def referents(self, ids: Collection[ReferentId]) -> Mapping[ReferentId, Referent]:
        return self._referents.get(ids)

    def claims(self, ids: Collection[ClaimId]) -> Mapping[ClaimId, Claim]:
        return self._claims.get(ids)

    def claims_of(self, ends: Collection[ReferentId]) -> Mapping[ClaimId, Claim]:
        return self._claims.by("end", ends)

    def documents(self, ids: Collection[ContentId]) -> Mapping[ContentId, Document]:
        return {i: self._documents[i] for i in ids if i in self._documents}

    def answers(self, ids: Collection[VerdictId]) -> Mapping[VerdictId, Answer]:
        return {i: self._answers[i] for i in ids if i in self._answers}

    # -------------------------------------------------------- FusionView: derived rows

    def blocks_of(self, referents: Collection[ReferentId]) -> Collection[Block]:
        return self._blocks.by("referent", referents).keys()

    def block_sizes(self, keys: Collection[Key]) -> Mapping[Key, int]:
        found = ((key, len(self._blocks.keys_by("key", key))) for key in keys)
        return {key: size for key, size in found if size}

    def block_members(self, keys: Collection[Key]) -> Mapping[Key, Collection[Block]]:
        found = ((key, self._blocks.keys_by("key", key)) for key in keys)
        return {key: list(members) for key, members in found if members}

    def block_around(self, place: Block, reach: int, *, firsts: bool = False) -> Sequence[Block]:
        members = self._in_order(place[0], firsts)
        at = bisect_left(members, place[1], key=_text) if firsts else bisect_left(members, place)
        return members[max(0, at - reach) : at + reach + 1]

    def block_between(self, low: Block, high: Block, limit: int, *, firsts: bool = False) -> Sequence[Block]:
        members = self._in_order(low[0], firsts)
        if firsts:
            start, end = bisect_right(members, low[1], key=_text), bisect_left(members, high[1], key=_text)
        else:
            start, end = bisect_right(members, low), bisect_left(members, high)
        return members[start:end][:limit]

    def _in_order(self, key: Key, firsts: bool) -> list[Block]:
        members = sorted(self._blocks.keys_by("key", key))
        return [next(some) for _, some in groupby(members, key=_text)] if firsts else members

    def pairs(self, ids: Collection[Pair]) -> Mapping[Pair, PairRow]:
        return self._pairs.get(ids)

    def pairs_of(self, referents: Collection[ReferentId]) -> Mapping[Pair, PairRow]:
        return self._pairs.by("end", referents)

    def pairs_asking(self, questions: Collection[VerdictId]) -> Mapping[Pair, PairRow]:
        return self._pairs.by("question", questions)

    def memberships(self, referents: Collection[ReferentId]) -> Mapping[ReferentId, Membership]:
        return self._memberships.get(referents)

    def in_components(self, components: Collection[ReferentId]) -> Mapping[ReferentId, Membership]:
        return self._memberships.by("component", components)

    def entities(self, ids: Collection[EntityId]) -> Mapping[EntityId, Entity]:
        return self._entities.get(ids)

    def facts_of_claims(self, claims: Collection[ClaimId]) -> Mapping[FactId, Fact]:
        return self._facts.by("claim", claims)

    def facts_at(self, ends: Collection[Ends]) -> Mapping[FactId, Fact]:
        return self._facts.by("ends", ends)

    def facts_from(self, heads: Collection[Side]) -> Mapping[FactId, Fact]:
        return self._facts.by("head", heads)

    def facts_into(self, tails: Collection[Side]) -> Mapping[FactId, Fact]:
        return self._facts.by("tail", tails)

    def degrees(self, ends: Collection[Side], *, away: bool) -> Mapping[Side, int]:
        found = {end: self._facts.by("head" if away else "tail", [end]).values() for end in ends}
        return {end: sum(map(stands, facts)) for end, facts in found.items()}

    def conflicts(self, ids: Collection[ConflictId]) -> Mapping[ConflictId, Conflict]:
        return self._conflicts.get(ids)
