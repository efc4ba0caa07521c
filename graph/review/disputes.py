"""Facts that exclude each other and whose weights tie: what a model may be asked, and what it said."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from graph.fusion.beliefs import ties_of
from graph.fusion.conflicts import tie_question
from graph.fusion.facts import RawFact
from graph.fusion.view import Inputs
from graph.ledger import browse, evidence, positions, verdicts
from graph.ledger.citations import cite
from graph.ledger.judgement import judgement_at
from graph.ledger.view import LedgerView
from graph.types import (
    Answer,
    ClaimId,
    Conflict,
    ConflictId,
    Fact,
    FactId,
    Position,
    Verdict,
    VerdictId,
    WorkspaceId,
)

QUOTES = 5  # of each of the two
_PAGE = 200  # conflicts read at once
_UNDECIDED = browse.ConflictsWanted(settled=False)


@dataclass(frozen=True, slots=True)
class Dispute:
    """Two rivals that tie, the one whose claims sort first first; ``id`` is the question about them."""

    id: VerdictId
    first: RawFact
    second: RawFact


@dataclass(frozen=True, slots=True)
class Quote:
    document: str
    stated: str | None
    text: str


@dataclass(frozen=True, slots=True)
class Judged:
    """A verdict that counts for a conflict; ``supports`` is None where the model was unsure."""

    verdict: Verdict
    supports: FactId | None


def open_disputes(conn: Connection, workspace: WorkspaceId, adjudicator: str) -> Iterator[Dispute]:
    """Ties of the conflicts without a winner, as ``adjudicator`` would be asked, by the conflicts' ids.

    Reads the conflicts page by page, and the claims of the groups of those that are undecided.
    """
    reader = _Reader(conn, workspace, adjudicator)
    cursor: str | None = None
    seen: set[VerdictId] = set()
    while True:
        page = browse.list_conflicts(conn, workspace, _UNDECIDED, limit=_PAGE, cursor=cursor)
        undecided = {fact for each in page.items for fact in each.facts}
        for dispute in reader.disputes(list(reader.view.facts(undecided).values())):
            if dispute.id not in seen:
                seen.add(dispute.id)
                yield dispute
        cursor = page.next_cursor
        if cursor is None:
            return


def dispute_at(
    conn: Connection, workspace: WorkspaceId, adjudicator: str, a: ClaimId, b: ClaimId
) -> Dispute | None:
    """The tie of the facts that these two claims stand first for; None where there is none any more."""
    reader = _Reader(conn, workspace, adjudicator)
    facts = list(reader.view.facts_of_claims([a, b]).values())
    for dispute in reader.disputes(facts):
        if (dispute.first.claims[0], dispute.second.claims[0]) == (a, b):
            return dispute
    return None


def quotes(conn: Connection, workspace: WorkspaceId, fact: RawFact) -> list[Quote]:
    """Of the fact's first claims, verbatim."""
    said = evidence.claims(conn, workspace, fact.claims[:QUOTES])
    cited = cite(conn, workspace, [(claim.content, claim.span) for claim in said])
    return [
        Quote(cited[claim.content, claim.span].document, claim.stated, cited[claim.content, claim.span].quote)
        for claim in said
        if (claim.content, claim.span) in cited
    ]


def verdicts_on(
    conn: Connection, workspace: WorkspaceId, conflicts: Sequence[Conflict], at: Position | None = None
) -> dict[ConflictId, list[Judged]]:
    """What the adjudicator in force had said of each conflict's ties, now or as of a record time; verdicts on
    former evidence are left out."""
    upto = positions.fused_position(conn, workspace) if at is None else at
    epoch = judgement_at(conn, workspace, upto).epoch
    facts = LedgerView(conn, workspace, at=at).facts({fact for each in conflicts for fact in each.facts})
    named: dict[bytes, Fact] = {fact.claims[0]: fact for fact in facts.values()}
    found: dict[ConflictId, list[Judged]] = {}
    for verdict in verdicts.touching(conn, workspace, sorted(named), upto):
        first, second = named.get(verdict.a), named.get(verdict.b)
        if first is None or second is None:
            continue
        if tie_question(epoch.adjudicator, first.claims, second.claims) != verdict.id:
            continue
        supports: Mapping[Answer, FactId] = {Answer.YES: first.id, Answer.NO: second.id}
        for each in conflicts:
            if first.id in each.facts and second.id in each.facts:
                judged = Judged(verdict, supports.get(verdict.answer))
                found.setdefault(each.id, []).append(judged)
    return found


class _Reader:
    def __init__(self, conn: Connection, workspace: WorkspaceId, adjudicator: str) -> None:
        told = judgement_at(conn, workspace, positions.position(conn, workspace))
        self.view = LedgerView(conn, workspace)
        rulings = told.rulings.among(self.view.memberships(told.rulings.referents()))
        self._inputs = Inputs(replace(told.epoch, adjudicator=adjudicator), told.ontology, rulings, rulings)

    def disputes(self, facts: Sequence[Fact]) -> list[Dispute]:
        tied = ties_of(self.view, facts, self._inputs) if facts else {}
        return [Dispute(id_, *tied[id_]) for id_ in sorted(tied)]
