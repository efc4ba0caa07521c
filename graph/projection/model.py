"""What one outbox row looks like in the graph: its nodes, its relationships, their properties.

The writer, the verifier and the readers share this one translation.

- A document, element, chunk or entity is a node; it hangs on its document or parent by plain relationships.
- An accepted, asserted fact between entities is a relationship of its own type between them. So that a person
  who clicks it sees where it comes from, it carries its first claims as parallel lists: ``quotes``, and the
  ``documents`` (ids of Document nodes) that hold them.
- Every other fact (contested, superseded, inferred, negated, or with a literal tail) is a ``Fact`` node with
  SUBJECT and OBJECT, and a ``Claim`` node for each of its first claims. An inferred one has no claims, but
  ``grounds``: the ids of the facts it follows from.
- Accepted literals are also properties of their entity.

A fact's id fixes its head, relation and tail (it is hashed from them); only the rest of its row changes.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from graph.fusion.names import normalise_name
from graph.ontology import check_entity_type_name, check_relation_name
from graph.ports import FactRow
from graph.types import (
    EntityId,
    FactId,
    FactStatus,
    PartialDate,
    Qualifiers,
    Value,
    ValueKind,
    WorkspaceId,
)

Row = Mapping[str, Any]
Properties = dict[str, Any]

NAME_LIMIT = 1000  # code points; a range index refuses keys of 8 kB. A longer name is kept in ``full_name``
QUOTES_ON_RELATIONSHIP = 5
ENTITY_PROPERTIES = frozenset(
    {"workspace", "id", "scope", "type", "name", "full_name", "aliases", "members", "keys"}
)


def scope(workspace: WorkspaceId) -> str:
    """The workspace as one token that every full-text analyser leaves whole."""
    return "w" + _digest(workspace)


def name_key(workspace: WorkspaceId, name: str) -> str | None:
    """The token under which a name is looked up exactly, in one workspace; None where nothing is left of it.

    A digest, because a name may be longer than an index entry.
    """
    normal = normalise_name(name)
    return "k" + _digest(f"{workspace}\n{normal}") if normal else None


def document_properties(workspace: WorkspaceId, id_: str, row: Row) -> Properties:
    return _properties(
        workspace,
        id_,
        title=row["title"],
        media_type=row["media_type"],
        pages=row["pages"],
        stated=row["stated"],
        uris=list(row["uris"]),
    )


def element_properties(workspace: WorkspaceId, id_: str, row: Row) -> Properties:
    names = ("document", "ord", "kind", "level", "parent", "page", "start", "end", "text")
    return _properties(workspace, id_, **{name: row[name] for name in names})


def chunk_properties(workspace: WorkspaceId, id_: str, row: Row) -> Properties:
    names = ("document", "ord", "text", "page", "start", "end")
    return _properties(
        workspace,
        id_,
        **{name: row[name] for name in names},
        heading=list(row["heading"]),
        titles=list(dict.fromkeys((row["title"], *row["heading"]))),
        scope=scope(workspace),
    )


def entity_properties(workspace: WorkspaceId, id_: str, row: Row) -> Properties:
    name, aliases = row["name"], list(row["aliases"])
    keys = {key for each in (name, *aliases) if (key := name_key(workspace, each)) is not None}
    attributes = {
        check_relation_name(relation.upper()).lower(): value for relation, value in row["attributes"].items()
    }
    return {
        **{k + "_" if k in ENTITY_PROPERTIES else k: value for k, value in attributes.items()},
        **_properties(
            workspace,
            id_,
            type=row["type"],
            name=name if len(name) <= NAME_LIMIT else name[:NAME_LIMIT] + "…",
            full_name=None if len(name) <= NAME_LIMIT else name,
            aliases=aliases,
            members=row["members"],
            keys=sorted(keys),
            scope=scope(workspace),
        ),
    }


def entity_labels(row: Row) -> tuple[str, ...]:
    """The row's type labels, checked and sorted."""
    return tuple(sorted({check_entity_type_name(label) for label in row["labels"]}))


def mentions_properties(workspace: WorkspaceId, id_: str, row: Row) -> Properties:
    return _properties(workspace, id_, count=row["count"])


def is_relationship(row: Row) -> bool:
    """Whether a fact is shown as a relationship of its own type, or else as a Fact node."""
    return row["status"] == FactStatus.ACCEPTED and row["polarity"] and row["tail"] is not None


def relationship_properties(workspace: WorkspaceId, id_: str, row: Row) -> Properties:
    claims = row["claims"][:QUOTES_ON_RELATIONSHIP]
    return {
        **_fact_properties(row),
        "workspace": workspace,
        "fact_id": id_,
        "quotes": [claim["quote"] for claim in claims],
        "documents": [claim["document"] for claim in claims],
    }


def fact_properties(workspace: WorkspaceId, id_: str, row: Row) -> Properties:
    value = row["value"] or {}
    return {
        **_fact_properties(row),
        **_properties(
            workspace,
            id_,
            head=row["head"],
            relation=check_relation_name(row["relation"]),
            tail=row["tail"],
            value_kind=value.get("kind"),
            value=value.get("text"),
            unit=value.get("unit"),
            polarity=row["polarity"],
            grounds=list(row["grounds"]) or None,
            proposer=row["proposer"] or None,
        ),
    }


def claim_properties(workspace: WorkspaceId, id_: str, claim: Row) -> Properties:
    names = ("document", "start", "end", "page", "quote")
    return _properties(workspace, id_, **{name: claim[name] for name in names})


@dataclass(frozen=True, slots=True)
class End:
    """One end of a fact."""

    id: str
    name: str


def fact_row(properties: Row, relation: str, head: End, tail: End | None) -> FactRow:
    """A fact read back from the properties of its relationship or of its Fact node."""
    value = None
    if tail is None:
        value = Value(ValueKind(properties["value_kind"]), properties["value"], properties.get("unit"))
    return FactRow(
        id=FactId(bytes.fromhex(properties.get("fact_id") or properties["id"])),
        head=EntityId(bytes.fromhex(head.id)),
        head_name=head.name,
        relation=relation,
        phrase=properties["phrase"],
        tail=value if value is not None else EntityId(bytes.fromhex(tail.id if tail else "")),
        tail_name=tail.name if tail is not None else value_text(value),
        status=FactStatus(properties["status"]),
        polarity=properties.get("polarity", True),
        confidence=properties["confidence"],
        support=properties["support"],
        qualifiers=read_qualifiers(properties.get("qualifiers")),
        valid_from=_date(properties.get("valid_from")),
        valid_to=_date(properties.get("valid_to")),
        valid_from_implied=properties.get("valid_from_implied", False),
        valid_to_implied=properties.get("valid_to_implied", False),
        claim_count=properties["claim_count"],
        reason=properties.get("reason", ""),
        stated=_date(properties.get("stated")),
        grounds=tuple(FactId(bytes.fromhex(id_)) for id_ in properties.get("grounds", ())),
        proposer=properties.get("proposer", ""),
    )


def value_text(value: Value | None) -> str:
    """A literal as it is shown: its text, and its unit if it has one."""
    return value.shown if value else ""


def read_qualifiers(text: str | None) -> Qualifiers:
    return tuple(sorted(json.loads(text).items())) if text else ()


def _fact_properties(row: Row) -> Properties:
    qualifiers = row["qualifiers"]
    return _without_nulls(
        {
            "phrase": row["phrase"],
            "status": row["status"],
            "confidence": row["confidence"],
            "support": row["support"],
            "claim_count": row["claim_count"],
            "reason": row["reason"] or None,
            "qualifiers": json.dumps(qualifiers, ensure_ascii=False, sort_keys=True) if qualifiers else None,
            "valid_from": row["valid_from"],
            "valid_to": row["valid_to"],
            "valid_from_implied": row["valid_from_implied"] or None,
            "valid_to_implied": row["valid_to_implied"] or None,
            "stated": row["stated"],
        }
    )


def _properties(workspace: WorkspaceId, id_: str, **properties: Any) -> Properties:
    """The one place where a node or relationship gets its key."""
    return {**_without_nulls(properties), "workspace": workspace, "id": id_}


def _without_nulls(properties: Properties) -> Properties:
    return {name: value for name, value in properties.items() if value is not None}


def _date(text: str | None) -> PartialDate | None:
    return None if text is None else PartialDate(text)


def _digest(text: str) -> str:
    return blake2b(text.encode(), digest_size=16).hexdigest()
