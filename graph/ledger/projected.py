"""The outbox rows of a pass: everything that a projection shows of what changed, as absolute states.

docs/ARCHITECTURE.md, "Outbox rows", lists each kind's keys.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Column, Connection, Row, Table, select

from graph.fusion.view import GraphDiff
from graph.identity import make_id
from graph.ledger import evidence
from graph.ledger import tables as t
from graph.ledger.bulk import slices
from graph.ledger.citations import passages
from graph.ledger.documents import documents
from graph.ledger.view import LedgerView
from graph.ontology import RELATED_TO, THING, Ontology
from graph.types import (
    ChangeKind,
    Claim,
    ContentId,
    ElementKind,
    Entity,
    EntityId,
    Fact,
    FactId,
    FactStatus,
    ReferentId,
    Value,
    WorkspaceId,
)

CLAIMS_SHOWN = 20
_FACTS = 10_000  # whose claims and quotes are in memory at a time
_SPOKEN = frozenset({ElementKind.TITLE, ElementKind.HEADING, ElementKind.CAPTION})

Change = tuple[ChangeKind, bytes, Mapping[str, Any] | None]


@dataclass(frozen=True, slots=True)
class DocumentChanges:
    """Runs that ended and that became live, by content; ``renamed`` are contents whose sources changed."""

    ended: Mapping[ContentId, bytes] = field(default_factory=dict)
    began: Mapping[ContentId, bytes] = field(default_factory=dict)
    renamed: Collection[ContentId] = ()


def outbox_changes(
    conn: Connection,
    workspace: WorkspaceId,
    ontology: Ontology,
    changed: DocumentChanges,
    diff: GraphDiff,
    view: LedgerView | None = None,
) -> list[Change]:
    """What goes, facts first, then what came or changed, documents first.

    Reads the old derived rows, so it runs before they are written. Cost: the chunks and mentions of the
    documents that changed, the mentions of the entities that referents moved between, and the first claims of
    the facts that changed. ``view``: one of this snapshot, which may know some of that.
    """
    states = _States(conn, workspace, ontology, diff, view or LedgerView(conn, workspace))
    changes = [
        *states.documents(changed),
        *states.entities(),
        *states.mentions(changed),
        *states.facts(),
    ]
    order = {kind: n for n, kind in enumerate(ChangeKind)}
    gone = sorted((c for c in changes if c[2] is None), key=lambda c: (-order[c[0]], c[1]))
    came = sorted((c for c in changes if c[2] is not None), key=lambda c: (order[c[0]], c[1]))
    return gone + came


class _States:
    def __init__(
        self,
        conn: Connection,
        workspace: WorkspaceId,
        ontology: Ontology,
        diff: GraphDiff,
        view: LedgerView,
    ) -> None:
        self._conn = conn
        self._workspace = workspace
        self._ontology = ontology
        self._diff = diff
        self._view = view

    # -------------------------------------------------------- documents, elements, chunks

    def documents(self, changed: DocumentChanges) -> Iterator[Change]:
        came: dict[tuple[ChangeKind, bytes], Mapping[str, Any]] = dict(self._layouts(sorted(changed.began)))
        shown = sorted({*changed.began, *changed.renamed})
        came |= {(ChangeKind.DOCUMENT, c): row for c, row in self._heads(shown).items()}
        for key in self._ended(changed.ended):
            if key not in came and (key[0] is not ChangeKind.DOCUMENT or key[1] not in changed.began):
                yield *key, None
        for key, row in came.items():
            yield *key, row

    def _heads(self, contents: Sequence[ContentId]) -> dict[ContentId, dict[str, Any]]:
        return {
            d.content: {
                "title": d.title or d.filename,
                "media_type": d.media_type,
                "pages": d.pages,
                "stated": d.stated,
                "uris": sorted(source.uri for source in d.sources),
            }
            for d in documents(self._conn, self._workspace, sorted(contents)).values()
            if d.live
        }

    def _layouts(
        self, contents: Sequence[ContentId]
    ) -> Iterator[tuple[tuple[ChangeKind, bytes], dict[str, Any]]]:
        layouts = evidence.layouts(self._conn, self._workspace, contents)
        texts = evidence.texts_at(
            self._conn,
            self._workspace,
            {
                c: [
                    *(e.span for e in each.elements if e.kind in _SPOKEN and e.span.start < e.span.end),
                    *(chunk.span for chunk in each.chunks),
                ]
                for c, each in layouts.items()
            },
        )
        for content, each in layouts.items():
            document = content.hex()
            ids = {e.ord: self._element(content, each.pipeline, e.ord) for e in each.elements}
            for e in each.elements:
                yield (
                    (ChangeKind.ELEMENT, ids[e.ord]),
                    {
                        "document": document,
                        "ord": e.ord,
                        "kind": e.kind.value,
                        "level": e.level,
                        "parent": None if e.parent is None else ids[e.parent].hex(),
                        "page": e.page,
                        "start": e.span.start,
                        "end": e.span.end,
                        "text": texts.get((content, e.span)) if e.kind in _SPOKEN else None,
                    },
                )
            for chunk in each.chunks:
                id_ = make_id("chunk", self._workspace, content, each.pipeline, chunk.ord)
                yield (
                    (ChangeKind.CHUNK, id_),
                    {
                        "document": document,
                        "ord": chunk.ord,
                        "text": texts[content, chunk.span],
                        "page": chunk.page,
                        "start": chunk.span.start,
                        "end": chunk.span.end,
                        "title": each.title,
                        "heading": list(chunk.heading),
                    },
                )

    def _element(self, content: bytes, pipeline: bytes, ord_: int) -> bytes:
        return make_id("element", self._workspace, content, pipeline, ord_)

    def _ended(self, ended: Mapping[ContentId, bytes]) -> Iterator[tuple[ChangeKind, bytes]]:
        runs = {row.id: row for row in self._of(t.run, t.run.c.id, ended.values())}
        for content in ended:
            yield ChangeKind.DOCUMENT, content
        for row in self._of(t.element, t.element.c.run, ended.values()):
            of = runs[row.run]
            yield ChangeKind.ELEMENT, self._element(of.content, of.pipeline, row.ord)
        for row in self._of(t.chunk, t.chunk.c.run, ended.values()):
            yield ChangeKind.CHUNK, row.id

    # -------------------------------------------------------- entities

    def entities(self) -> Iterator[Change]:
        facts, diff = self._diff.facts, self._diff.entities
        literal = {f.head for f in (*facts.old.values(), *facts.new.values()) if isinstance(f.tail, Value)}
        gone = diff.old.keys() - diff.new.keys()
        now = {**self._view.entities(literal - gone - diff.new.keys()), **diff.new}
        said = {i: f for i, f in self._view.literals_of(now.keys()).items() if i not in facts.old}
        attributes: dict[EntityId, dict[str, str]] = {}
        for fact in (*said.values(), *(f for f in facts.new.values() if f.head in now)):
            if _is_attribute(fact) and isinstance(fact.tail, Value):
                held = attributes.setdefault(fact.head, {})
                name = fact.relation.lower()
                held[name] = min(fact.tail.text, held.get(name, fact.tail.text))
        for id_ in gone:
            yield ChangeKind.ENTITY, id_, None
        for id_, entity in now.items():
            yield ChangeKind.ENTITY, id_, self._entity(entity, attributes.get(id_, {}))

    def _entity(self, entity: Entity, attributes: Mapping[str, str]) -> dict[str, Any]:
        return {
            "type": entity.type,
            "labels": [name for name in self._ontology.ancestors(entity.type) if name != THING],
            "name": entity.name,
            "aliases": [name for name in entity.names if name != entity.name],
            "members": len(entity.members),
            "attributes": dict(sorted(attributes.items())),
        }

    # -------------------------------------------------------- mentions

    def mentions(self, changed: DocumentChanges) -> Iterator[Change]:
        """One row a (chunk, entity): all those of documents that came or went, and in documents that stayed
        those of the entities that a referent moved between."""
        diff = self._diff
        both = diff.memberships.old.keys() & diff.memberships.new.keys()
        moved = {r for r in both if diff.memberships.old[r].entity != diff.memberships.new[r].entity}
        stayed = [
            r
            for r in self._view.referents(moved).values()
            if r.content not in changed.began and r.content not in changed.ended
        ]
        touched = {side[r.id].entity for r in stayed for side in (diff.memberships.old, diff.memberships.new)}
        members = {
            m
            for side in (diff.entities.old, diff.entities.new)
            for e in touched & side.keys()
            for m in side[e].members
        }
        of = sorted({r.content for r in stayed})
        live = evidence.live_runs(self._conn, self._workspace, of, self._view.taken)
        runs = {run.id for run in live.values()}
        around = [row for row in self._mentioned(t.mention.c.referent, members) if row.run in runs]
        before = self._counted([*self._mentioned(t.mention.c.run, changed.ended.values()), *around], old=True)
        after = self._counted([*self._mentioned(t.mention.c.run, changed.began.values()), *around], old=False)
        for chunk, entity in sorted(before.keys() | after.keys()):
            count = after.get((chunk, entity))
            if count != before.get((chunk, entity)):
                row = {"chunk": chunk.hex(), "entity": entity.hex(), "count": count}
                yield ChangeKind.MENTIONS, make_id("mentions", chunk, entity), row if count else None

    def _mentioned(self, column: Column[bytes], ids: Iterable[bytes]) -> Iterator[Row[Any]]:
        m = t.mention.c
        return self._columns((m.run, m.referent, m.start), column, ids)

    def _counted(self, mentions: Sequence[Row[Any]], *, old: bool) -> Counter[tuple[bytes, EntityId]]:
        chunks: dict[bytes, list[tuple[int, int, bytes]]] = {}
        c = t.chunk.c
        for row in self._columns((c.run, c.start, c.end, c.id), c.run, {row.run for row in mentions}):
            chunks.setdefault(row.run, []).append((row.start, row.end, row.id))
        for each in chunks.values():
            each.sort()
        entity_of = self._entity_of({ReferentId(row.referent) for row in mentions}, old=old)
        counts: Counter[tuple[bytes, EntityId]] = Counter()
        for row in mentions:
            inside = chunks.get(row.run, [])
            at = bisect_right(inside, row.start, key=lambda c: c[0]) - 1
            if at >= 0 and row.start < inside[at][1]:
                counts[inside[at][2], entity_of[row.referent]] += 1
        return counts

    def _entity_of(self, referents: Collection[ReferentId], *, old: bool) -> dict[bytes, EntityId]:
        found: dict[bytes, EntityId] = {r: m.entity for r, m in self._view.memberships(referents).items()}
        if not old:
            found |= {r: m.entity for r, m in self._diff.memberships.new.items() if r in referents}
        return found

    # -------------------------------------------------------- facts

    def facts(self) -> Iterator[Change]:
        facts = self._diff.facts
        for id_ in facts.old.keys() - facts.new.keys():
            yield ChangeKind.FACT, id_, None
        for some in slices(self._by_document(facts.new), _FACTS):
            shown = [c for i in some for c in facts.new[i].claims[:CLAIMS_SHOWN]]
            claims = self._view.claims(shown)
            places = [(c.content, c.span) for c in claims.values()]
            quotes = passages(self._conn, self._workspace, places, self._view.taken)
            for id_ in some:
                fact = facts.new[id_]
                said = [claims[c] for c in fact.claims[:CLAIMS_SHOWN]]
                pages = [(c, quotes[c.content, c.span].page, quotes[c.content, c.span].quote) for c in said]
                yield ChangeKind.FACT, id_, _fact(fact, pages)

    def _by_document(self, facts: Mapping[FactId, Fact]) -> list[FactId]:
        """Facts that cite one document together: ids are hashes, and each slice would read every document."""
        if len(facts) <= _FACTS:
            return sorted(facts)
        first = {i: f.claims[0] for i, f in facts.items() if f.claims}
        c = t.claim.c
        run = {row.id: row.run for row in self._columns((c.id, c.run), c.id, first.values())}
        return sorted(facts, key=lambda i: (run.get(first[i], b"") if i in first else b"", i))

    def _of(self, table: Table, column: Any, ids: Iterable[bytes]) -> Iterator[Row[Any]]:
        return self._columns(tuple(table.c), column, ids)

    def _columns(
        self, wanted: Sequence[Column[Any]], column: Any, ids: Iterable[bytes]
    ) -> Iterator[Row[Any]]:
        """These columns of the rows whose ``column`` is one of ``ids``."""
        for some in slices(sorted(set(ids))):
            mine = column.table.c.workspace == self._workspace
            yield from self._conn.execute(select(*wanted).where(mine, column.in_(some))).all()


def _is_attribute(fact: Fact) -> bool:
    accepted = fact.status is FactStatus.ACCEPTED and fact.polarity and not fact.qualifiers
    return accepted and fact.relation != RELATED_TO


def _fact(fact: Fact, said: Sequence[tuple[Claim, int | None, str]]) -> dict[str, Any]:
    literal = fact.tail if isinstance(fact.tail, Value) else None
    return {
        "head": fact.head.hex(),
        "relation": fact.relation,
        "tail": fact.tail.hex() if not isinstance(fact.tail, Value) else None,
        "value": literal and {"kind": literal.kind.value, "text": literal.text, "unit": literal.unit},
        "phrase": fact.phrase,
        "qualifiers": dict(fact.qualifiers),
        "polarity": fact.polarity,
        "valid_from": fact.valid_from,
        "valid_to": fact.valid_to,
        "valid_from_implied": fact.valid_from_implied,
        "valid_to_implied": fact.valid_to_implied,
        "stated": fact.stated,
        "status": fact.status.value,
        "confidence": fact.confidence,
        "support": fact.support,
        "reason": fact.reason,
        "grounds": [ground.hex() for ground in fact.grounds],
        "proposer": fact.proposer,
        "claim_count": len(fact.claims),
        "claims": [
            {
                "id": claim.id.hex(),
                "document": claim.content.hex(),
                "start": claim.span.start,
                "end": claim.span.end,
                "page": page,
                "quote": quote,
            }
            for claim, page, quote in said
        ],
    }
