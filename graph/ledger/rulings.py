"""The JSON form of each ruling, as the ledger keeps it and the audit shows it: ids as hex."""

from collections.abc import Callable, Mapping
from typing import Any

from graph.errors import IntegrityError
from graph.types import (
    AdoptEpoch,
    ChangeOntology,
    ClaimId,
    EpochId,
    Link,
    Position,
    ReferentId,
    Resolve,
    Revert,
    Ruling,
    Same,
    Separate,
    SourceId,
    Split,
    TrustSource,
    Value,
    ValueKind,
)

_Json = dict[str, Any]


def to_json(ruling: Ruling) -> tuple[str, _Json]:
    """The ruling's kind and its content."""
    match ruling:
        case Same(a, b):
            return "same", {"a": a.hex(), "b": b.hex()}
        case Separate(a, b):
            return "separate", {"a": a.hex(), "b": b.hex()}
        case Split(referents, rest):
            return "split", {"referents": [r.hex() for r in referents], "rest": [r.hex() for r in rest]}
        case Resolve(subject, relation, value, qualifiers, polarity, as_of):
            return "resolve", {
                "subject": subject.hex(),
                "relation": relation,
                "value": _tail_to_json(value),
                "qualifiers": [list(pair) for pair in qualifiers],
                "polarity": polarity,
                "as_of": as_of,
            }
        case Link():
            return "link", {
                "head": ruling.head.hex(),
                "relation": ruling.relation,
                "tail": ruling.tail.hex(),
                "grounds": [claim.hex() for claim in ruling.grounds],
                "consistency": ruling.consistency,
                "plausibility": ruling.plausibility,
                "proposer": ruling.proposer,
            }
        case TrustSource(source, trust):
            return "trust", {"source": source.hex(), "trust": trust}
        case AdoptEpoch(epoch):
            return "adopt_epoch", {"epoch": epoch.hex()}
        case ChangeOntology(text):
            return "change_ontology", {"text": text}
        case Revert(position):
            return "revert", {"position": position}


def from_json(kind: str, data: Mapping[str, Any]) -> Ruling:
    """The inverse of ``to_json``; IntegrityError for what no version wrote."""
    try:
        return _READERS[kind](data)
    except (KeyError, TypeError, ValueError) as error:
        raise IntegrityError(f"a stored decision of kind {kind!r} cannot be read: {error}") from error


def _tail_to_json(tail: ReferentId | Value) -> _Json:
    if isinstance(tail, Value):
        return {"kind": tail.kind.value, "text": tail.text, "unit": tail.unit}
    return {"referent": tail.hex()}


def _tail(data: Mapping[str, Any]) -> ReferentId | Value:
    if "referent" in data:
        return _referent(data["referent"])
    return Value(ValueKind(data["kind"]), data["text"], data["unit"])


def _referent(text: str) -> ReferentId:
    return ReferentId(bytes.fromhex(text))


_READERS: dict[str, Callable[[Mapping[str, Any]], Ruling]] = {
    "same": lambda d: Same(_referent(d["a"]), _referent(d["b"])),
    "separate": lambda d: Separate(_referent(d["a"]), _referent(d["b"])),
    "split": lambda d: Split(tuple(map(_referent, d["referents"])), tuple(map(_referent, d["rest"]))),
    "resolve": lambda d: Resolve(
        _referent(d["subject"]),
        d["relation"],
        _tail(d["value"]),
        tuple((name, value) for name, value in d["qualifiers"]),
        d.get("polarity", True),  # one decided when none was for a denial does not say
        d.get("as_of"),  # nor one decided when all were of all times
    ),
    "link": lambda d: Link(
        _referent(d["head"]),
        d["relation"],
        _referent(d["tail"]),
        tuple(ClaimId(bytes.fromhex(claim)) for claim in d["grounds"]),
        d["consistency"],
        d["plausibility"],
        d["proposer"],
    ),
    "trust": lambda d: TrustSource(SourceId(bytes.fromhex(d["source"])), d["trust"]),
    "adopt_epoch": lambda d: AdoptEpoch(EpochId(bytes.fromhex(d["epoch"]))),
    "change_ontology": lambda d: ChangeOntology(d["text"]),
    "revert": lambda d: Revert(Position(d["position"])),
}
