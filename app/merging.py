"""Merges as what goes over HTTP, each with the requests that would change it."""

from app import merge_schemas as s
from app import presentation
from graph.ledger import cursors
from graph.review.merge_types import By, Merge, MergePage, Status
from graph.types import MICRO, ReferentId


def page(found: MergePage, graph_position: int) -> s.MergePage:
    return s.MergePage(
        merges=[_merge(each) for each in found.merges.items],
        referents=[_referent(found, each) for each in sorted(found.seen) if each in found.entity_of],
        next_cursor=cursors.ended("merges", found.merges.next_cursor),
        graph_position=graph_position,
    )


def _referent(found: MergePage, id_: ReferentId) -> s.ReferentOut:
    seen, entity = found.seen[id_], found.entity_of[id_]
    return s.ReferentOut(
        id=id_.hex(),
        entity=entity.hex(),
        entity_name=found.headlines[entity].name,
        type=seen.referent.type,
        names=list(seen.referent.names),
        citation=presentation.citation(1, seen.citation) if seen.citation else None,
        context=seen.context,
        statements=list(seen.statements),
    )


def _merge(each: Merge) -> s.MergeOut:
    author = each.author
    return s.MergeOut(
        a=each.a.hex(),
        b=each.b.hex(),
        status=each.status.value,
        zone=each.zone.value,
        score=each.score / MICRO,
        author=s.AuthorOut(
            by=author.by.value, name=author.name, reason=author.reason, decision=author.decision, at=author.at
        ),
        outcome=each.fate.value if each.fate else None,
        because=each.because,
        contributions=[
            s.ContributionOut(feature=c.feature, amount=c.amount / MICRO, detail=c.detail)
            for c in each.contributions
        ],
        remedies=_remedies(each),
    )


def _remedies(each: Merge) -> list[s.RemedyOut]:
    """Undo what a person said, or say what counts against it; pin what only the matcher or a model says."""
    mine = each.author.decision if each.author.by is By.PERSON else None
    others = {each.forbidden_by} - {mine, None}
    found = [_revert(at) for at in ([] if mine is None else [mine])] + [_revert(at) for at in others if at]
    same = _rule(each, "same", "The two are one, whatever the matcher says.")
    separate = _rule(each, "separate", "The two are never one.")
    if each.status is Status.MERGED:
        found += [separate, *(_split(each, r) for r in each.pair)]
        return found if mine is not None else [*found, same]
    return [*found, same] if mine is not None and mine == each.forbidden_by else [*found, same, separate]


def _revert(decision: int) -> s.RemedyOut:
    return s.RemedyOut(
        does=f"Takes decision {decision} back: what it changed is as if it had not been made.",
        path=f"/decisions/{decision}/revert",
        body={},
    )


def _rule(each: Merge, kind: str, does: str) -> s.RemedyOut:
    body = {"ruling": {"kind": kind, "a": each.a.hex(), "b": each.b.hex()}}
    return s.RemedyOut(does=does, path="/decisions", body=body)


def _split(each: Merge, off: ReferentId) -> s.RemedyOut:
    return s.RemedyOut(
        does=f"Parts {off.hex()} from all others of its entity.",
        path="/decisions",
        body={"ruling": {"kind": "split", "referents": [off.hex()]}},
    )
