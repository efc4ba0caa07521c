"""Small random worlds as outbox rows: referentially closed, and different enough to reach every form."""

import random
from collections.abc import Mapping
from typing import Any

from graph.identity import make_id
from graph.types import ChangeKind, GraphChange, Position, WorkspaceId

World = dict[tuple[ChangeKind, bytes], Mapping[str, Any]]

WORDS = ("harbour", "turbine", "ledger", "copper", "violin", "quartz", "meadow", "zebra")
NAMES = (
    "Anna Vance",
    "Dr. Anna Vance",
    "Borealis Energy, Inc.",
    "BOREALIS ENERGY",
    "Port Selwyn",
    "Møller & Søn",
    "O'Brien `x`",
    'say "hi" AND (NOT) [x TO y] \\ * ? ~ ^ :',
    "東京 電力",
    "😀 smile",
    "zebra " * 400,
)
TYPES = {"Person": ["Agent", "Person"], "Organization": ["Agent", "Organization"], "Place": ["Place"]}
RELATIONS = ("WORKS_FOR", "LEADS", "RELATED_TO", "MATCH")
STATUSES = ("accepted", "accepted", "accepted", "contested", "superseded", "inferred")
DATES = (None, None, "2017", "2018-05", "2019-05-03", "2021")


def document(title: str = "A paper") -> dict[str, Any]:
    return {"title": title, "media_type": "text/plain", "pages": None, "stated": "2020", "uris": ["file:a"]}


def element(document: str, ord_: int, parent: str | None = None) -> dict[str, Any]:
    return {
        "document": document,
        "ord": ord_,
        "kind": "heading" if parent is None else "paragraph",
        "level": 1 if parent is None else 0,
        "parent": parent,
        "page": 1,
        "start": ord_ * 10,
        "end": ord_ * 10 + 9,
        "text": "Head" if parent is None else None,
    }


def chunk(document: str, ord_: int, text: str) -> dict[str, Any]:
    span = {"start": 0, "end": len(text)}
    titles = {"title": "Yearbook of Selwyn", "heading": ["Yearbook of Selwyn", "Shipping"]}
    return {"document": document, "ord": ord_, "text": text, "page": 1, **titles, **span}


def entity(name: str, type_: str = "Person", **more: Any) -> dict[str, Any]:
    row = {"type": type_, "labels": TYPES[type_], "name": name, "aliases": [], "members": 1, "attributes": {}}
    return {**row, **more}


def claim(fact: bytes, n: int, document: str) -> dict[str, Any]:
    id_ = make_id("claim", fact, n).hex()
    return {"id": id_, "document": document, "start": n, "end": n + 5, "page": None, "quote": f"quote {n}"}


def fact(head: str, tail: str | None, relation: str = "WORKS_FOR", **more: Any) -> dict[str, Any]:
    row = {
        "head": head,
        "relation": relation,
        "tail": tail,
        "value": None if tail is not None else {"kind": "text", "text": "42", "unit": None},
        "phrase": "works for",
        "qualifiers": {},
        "polarity": True,
        "valid_from": None,
        "valid_to": None,
        "valid_from_implied": False,
        "valid_to_implied": False,
        "stated": None,
        "status": "accepted",
        "confidence": 900_000,
        "support": 1,
        "reason": "",
        "grounds": [],
        "proposer": "",
        "claim_count": 0,
        "claims": [],
    }
    return {**row, **more}


def random_world(seed: int) -> World:
    """Ids come from a small pool, so that worlds of other seeds share things with this one."""
    rng = random.Random(seed)
    world: World = {}
    documents = [make_id("content", n) * 2 for n in rng.sample(range(4), rng.randint(1, 3))]
    chunks, entities = [], []
    for content in documents:
        world[ChangeKind.DOCUMENT, content] = document(rng.choice(NAMES))
        first = make_id("element", content, 0).hex()
        for n in range(rng.randint(0, 4)):
            id_ = make_id("element", content, n)
            world[ChangeKind.ELEMENT, id_] = element(content.hex(), n, first if n else None)
        for n in range(rng.randint(0, 3)):
            chunks.append(make_id("chunk", content, n))
            text = " ".join(rng.choices(WORDS, k=6)) if rng.random() < 0.9 else rng.choice(NAMES)
            world[ChangeKind.CHUNK, chunks[-1]] = chunk(content.hex(), n, text)
    for n in rng.sample(range(7), rng.randint(2, 7)):
        entities.append(make_id("entity", n))
        aliases = rng.sample(NAMES, rng.randint(0, 2))
        attributes = {"name": "clash", "founded_on": "2019"} if rng.random() < 0.3 else {}
        row = entity(
            rng.choice(NAMES), rng.choice(list(TYPES)), aliases=aliases, attributes=attributes, members=n + 1
        )
        world[ChangeKind.ENTITY, entities[-1]] = row
    for c in chunks:
        for e in rng.sample(entities, rng.randint(0, min(3, len(entities)))):
            row = {"chunk": c.hex(), "entity": e.hex(), "count": rng.randint(1, 3)}
            world[ChangeKind.MENTIONS, make_id("mentions", c, e)] = row
    for _ in range(rng.randint(0, 12)):
        head, relation = rng.choice(entities), rng.choice(RELATIONS)
        tail = rng.choice(entities) if rng.random() < 0.8 else None
        id_ = make_id("fact", head, relation, tail)
        claims = sorted(
            (claim(id_, n, documents[0].hex()) for n in range(rng.randint(1, 7))), key=lambda c: c["id"]
        )
        row = fact(
            head.hex(),
            None if tail is None else tail.hex(),
            relation,
            value=None if tail else {"kind": "number", "text": "7", "unit": rng.choice((None, "MW"))},
            status=rng.choice(STATUSES),
            polarity=rng.random() < 0.9,
            support=rng.randint(1, 3),
            confidence=rng.choice((500_000, 900_000)),
            valid_from=rng.choice(DATES),
            valid_to=rng.choice(DATES),
            stated=rng.choice(DATES),
            qualifiers={"role": 'it\'s "x"'} if rng.random() < 0.3 else {},
            reason="a newer one" if rng.random() < 0.3 else "",
            claims=claims,
            claim_count=len(claims) + rng.randint(0, 2),
        )
        if row["valid_from"] and row["status"] == "accepted":
            row["valid_from_implied"] = row["support"] == 2
        if row["status"] == "superseded":
            row |= {"valid_to": "2021-06", "valid_to_implied": True}
        if row["status"] == "inferred":
            grounds = [make_id("fact", id_, n).hex() for n in range(2)]
            proposer = rng.choice(("", "judge / words 1"))
            row |= {"grounds": grounds, "proposer": proposer, "claims": [], "claim_count": 0}
        world[ChangeKind.FACT, id_] = row
    return world


def changes(before: World, after: World, position: int) -> list[GraphChange]:
    """What an outbox says when ``before`` becomes ``after``."""
    order = list(ChangeKind)
    keys = sorted(before.keys() | after.keys(), key=lambda key: (order.index(key[0]), key[1]))
    return [
        GraphChange(Position(position), seq, kind, id_, after.get((kind, id_)))
        for seq, (kind, id_) in enumerate(keys)
        if before.get((kind, id_)) != after.get((kind, id_))
    ]


def workspace(*parts: Any) -> WorkspaceId:
    """A workspace of its own for one example, so that nothing has to be cleared between them."""
    return WorkspaceId("test-" + make_id("workspace", *parts).hex())
