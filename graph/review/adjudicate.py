"""What is grey, and conflicts that tie, put before a model: what is asked, and the verdict that is recorded.

A question is known by its content (``question_id``, ``tie_question``), so one that was answered is never
asked again, and a replay needs no model. Verdicts change the graph only through the next pass.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import chain, islice
from typing import Any, Protocol

from sqlalchemy import Connection

from graph.errors import NotFound
from graph.fusion.blocking import Pair
from graph.fusion.questions import question_id, render_question, statements_of
from graph.ledger import decisions, epochs, positions, verdicts
from graph.ledger.engine import Ledger
from graph.ledger.job_types import NewItem
from graph.ledger.judgement import judgement_at
from graph.ledger.pairs import FIRST, pairs_after
from graph.ledger.view import LedgerView
from graph.review import questions
from graph.review.disputes import dispute_at, open_disputes, quotes
from graph.review.sightings import named_again, sightings
from graph.types import (
    AdoptEpoch,
    Answer,
    ClaimId,
    Position,
    Referent,
    ReferentId,
    Verdict,
    VerdictId,
    WorkspaceId,
)

_WINDOW = 500  # grey pairs read at once
_LABEL_CHARS = 80


class Ask(StrEnum):
    MERGES = "merges"
    CONFLICTS = "conflicts"


class Judge(Protocol):
    """A chat model that can hold its reply to a JSON schema. ``model_id`` names it."""

    model_id: str

    def reach(self) -> None:
        """EngineUnavailable if the server does not answer now; asks the model nothing."""
        ...

    def ask(self, rules: str, evidence: str, *, schema: Mapping[str, Any], max_tokens: int) -> str:
        """The reply's text; EngineUnavailable if the server does not answer."""
        ...


@dataclass(frozen=True, slots=True)
class Plan:
    """``more``: further questions wait beyond the limit."""

    items: tuple[NewItem, ...]
    more: bool


class Adjudicator:
    """``plan`` and ``adopt`` read and write in a caller's transaction; ``verdict`` asks, outside of any."""

    def __init__(self, ledger: Ledger, judge: Judge) -> None:
        self._ledger = ledger
        self._judge = judge
        self.id = questions.adjudicator(judge.model_id)

    def reach(self) -> None:
        """EngineUnavailable where nobody would answer: ask it before a job is made."""
        self._judge.reach()

    def plan(self, conn: Connection, workspace: WorkspaceId, kinds: Collection[Ask], limit: int) -> Plan:
        """The first questions of these kinds, merges before conflicts, as items of a job.

        What somebody has ruled on, or this model has answered, is asked no more.
        """
        asked: list[Iterator[NewItem]] = []
        if Ask.MERGES in kinds:
            asked.append(self._merges(conn, workspace))
        if Ask.CONFLICTS in kinds:
            asked.append(self._conflicts(conn, workspace))
        found = tuple(islice(chain(*asked), limit + 1))
        return Plan(found[:limit], more=len(found) > limit)

    def adopt(self, conn: Connection, workspace: WorkspaceId, author: str) -> Position | None:
        """Let this model's verdicts count: the present epoch with its name, adopted by a decision.

        None where they do already. Reverting the decision takes all that they did back.
        """
        epoch = judgement_at(conn, workspace, positions.position(conn, workspace)).epoch
        if epoch.adjudicator == self.id:
            return None
        named = replace(epoch, adjudicator=self.id)
        recorded = epochs.record(conn, workspace, named.parameters())
        reason = f"verdicts of {self.id} count"
        return decisions.decide(conn, workspace, AdoptEpoch(recorded), author, reason).position

    def verdict(self, workspace: WorkspaceId, question: Mapping[str, Any]) -> Verdict:
        """What is recorded, else what the model says now, still to be recorded.

        NotFound where what it is about is gone; EngineUnavailable or DecodingError where there is no answer.
        """
        a, b = bytes.fromhex(question["a"]), bytes.fromhex(question["b"])
        if Ask(question["ask"]) is Ask.MERGES:
            return self._on_merge(workspace, ReferentId(a), ReferentId(b))
        return self._on_conflict(workspace, ClaimId(a), ClaimId(b))

    # ---------------------------------------------------------------- two referents

    def _merges(self, conn: Connection, workspace: WorkspaceId) -> Iterator[NewItem]:
        """Reads the grey pairs as far as it is followed, and what is said of both ends of each."""
        rulings = judgement_at(conn, workspace, positions.position(conn, workspace)).rulings
        view = LedgerView(conn, workspace)
        after = FIRST
        while rows := pairs_after(conn, workspace, after, limit=_WINDOW, asked=True):
            after = rows[-1].pair
            at = view.memberships({r for row in rows for r in row.pair})
            open_ = [
                row.pair
                for row in rows
                if row.pair not in rulings.same
                and row.pair not in rulings.separate
                and at.keys() >= {*row.pair}
                and at[row.a].entity != at[row.b].entity
            ]
            ids = self._ids(view, open_)
            known = verdicts.find(conn, workspace, list(ids.values()))
            who = view.referents({r for pair in ids for r in pair})
            for (a, b), id_ in ids.items():
                if id_ not in known:
                    yield _item(Ask.MERGES, (a, b), (_name(who[a]), _name(who[b])))

    def _on_merge(self, workspace: WorkspaceId, a: ReferentId, b: ReferentId) -> Verdict:
        with self._ledger.read() as conn:
            id_ = self._ids(LedgerView(conn, workspace), [(a, b)]).get((a, b))
            if id_ is None:
                raise NotFound("one of the two is gone from the documents; there is nothing to ask any more")
            if known := verdicts.find(conn, workspace, [id_]).get(id_):
                return known
            seen = sightings(conn, workspace, (a, b))
            again = named_again(conn, workspace, [seen[a].referent, seen[b].referent])
        evidence = questions.merge_evidence(seen[a], seen[b], again)
        answer, reason = self._asked(questions.MERGE_RULES, evidence, questions.MERGE_ANSWERS)
        return Verdict(id_, a, b, answer, reason, self.id)

    def _ids(self, view: LedgerView, pairs: Sequence[Pair]) -> dict[Pair, VerdictId]:
        """Each pair's question to this model; pairs with an end that is gone are left out."""
        who = view.referents({r for pair in pairs for r in pair})
        said = statements_of(view, who)
        return {
            (a, b): question_id(self.id, render_question(who[a], who[b], (said[a], said[b])))
            for a, b in pairs
            if a in who and b in who
        }

    # ---------------------------------------------------------------- two statements

    def _conflicts(self, conn: Connection, workspace: WorkspaceId) -> Iterator[NewItem]:
        for each in open_disputes(conn, workspace, self.id):
            if each.id not in verdicts.find(conn, workspace, [each.id]):
                ends = each.first.claims[0], each.second.claims[0]
                yield _item(Ask.CONFLICTS, ends, (each.first.label, each.second.label))

    def _on_conflict(self, workspace: WorkspaceId, a: ClaimId, b: ClaimId) -> Verdict:
        with self._ledger.read() as conn:
            dispute = dispute_at(conn, workspace, self.id, a, b)
            if dispute is None:
                raise NotFound("these statements tie no more; there is nothing to ask")
            if known := verdicts.find(conn, workspace, [dispute.id]).get(dispute.id):
                return known
            first, second = (
                (fact.label, quotes(conn, workspace, fact)) for fact in (dispute.first, dispute.second)
            )
        evidence = questions.dispute_evidence(first, second)
        answer, reason = self._asked(questions.DISPUTE_RULES, evidence, questions.DISPUTE_ANSWERS)
        return Verdict(dispute.id, a, b, answer, reason, self.id)

    def _asked(self, rules: str, evidence: str, answers: Mapping[str, Answer]) -> tuple[Answer, str]:
        reply = self._judge.ask(
            rules, evidence, schema=questions.schema(answers), max_tokens=questions.REPLY_TOKENS
        )
        return questions.read_answer(reply, answers)


def _item(ask: Ask, ends: tuple[bytes, bytes], labels: tuple[str, str]) -> NewItem:
    a, b = ends
    label = " / ".join(each[:_LABEL_CHARS] for each in labels)
    return NewItem(label, question={"ask": ask.value, "a": a.hex(), "b": b.hex()})


def _name(referent: Referent) -> str:
    return referent.names[0] if referent.names else referent.type
