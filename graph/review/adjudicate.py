"""Grey pairs put before a model: which are asked, what is asked, and the verdict that is recorded.

A question is known by its content (``graph.fusion.scoring.question_id``), so one that was answered is never
asked again, and a replay needs no model. Verdicts change the graph only through the next pass.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from sqlalchemy import Connection

from graph.errors import NotFound
from graph.fusion.blocking import Pair
from graph.fusion.entities import statements_of
from graph.fusion.scoring import question_id, render_question
from graph.fusion.view import PairRow
from graph.ledger import decisions, epochs, positions, verdicts
from graph.ledger.derived import LedgerView
from graph.ledger.engine import Ledger
from graph.ledger.job_types import NewItem
from graph.ledger.judgement import judgement_at
from graph.ledger.pairs import FIRST, pairs_after
from graph.review import questions
from graph.review.sightings import sightings
from graph.types import AdoptEpoch, Position, Referent, ReferentId, Verdict, VerdictId, WorkspaceId

_WINDOW = 500  # grey pairs read at once
_LABEL_CHARS = 80


class Judge(Protocol):
    """A chat model that can hold its reply to a JSON schema. ``model_id`` names it."""

    model_id: str

    def ask(self, rules: str, evidence: str, *, schema: Mapping[str, Any], max_tokens: int) -> str:
        """The reply's text; EngineUnavailable if the server does not answer."""
        ...


@dataclass(frozen=True, slots=True)
class Plan:
    """``more``: further grey pairs wait beyond the limit."""

    items: tuple[NewItem, ...]
    more: bool


class Adjudicator:
    """``plan`` and ``adopt`` read and write in a caller's transaction; ``verdict`` asks, outside of any."""

    def __init__(self, ledger: Ledger, judge: Judge) -> None:
        self._ledger = ledger
        self._judge = judge
        self.id = questions.adjudicator(judge.model_id)

    def plan(self, conn: Connection, workspace: WorkspaceId, limit: int) -> Plan:
        """The first grey pairs that nobody has ruled on and this model has not answered, as items of a job.

        Reads the grey pairs up to the last one that is chosen, and what is said of both ends of each.
        """
        rulings = judgement_at(conn, workspace, positions.position(conn, workspace)).rulings
        view = LedgerView(conn, workspace, {})
        found: list[NewItem] = []
        after = FIRST
        while rows := pairs_after(conn, workspace, after, limit=_WINDOW, asked=True):
            after = rows[-1].pair
            at = view.memberships({r for row in rows for r in row.pair})
            open_ = [
                row
                for row in rows
                if row.pair not in rulings.same
                and row.pair not in rulings.separate
                and row.a in at
                and row.b in at
                and at[row.a].entity != at[row.b].entity
            ]
            found += self._unanswered(conn, workspace, view, open_)
            if len(found) > limit:
                return Plan(tuple(found[:limit]), more=True)
        return Plan(tuple(found), more=False)

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

        NotFound where one of the two is gone; EngineUnavailable or DecodingError where there is no answer.
        """
        pair = ReferentId(bytes.fromhex(question["a"])), ReferentId(bytes.fromhex(question["b"]))
        with self._ledger.read() as conn:
            ids = self._ids(LedgerView(conn, workspace, {}), [pair])
            if pair not in ids:
                raise NotFound("one of the two is gone from the documents; there is nothing to ask any more")
            known = verdicts.find(conn, workspace, [ids[pair]]).get(ids[pair])
            if known is not None:
                return known
            seen = sightings(conn, workspace, pair)
        evidence = questions.evidence(seen[pair[0]], seen[pair[1]])
        reply = self._judge.ask(
            questions.RULES, evidence, schema=questions.SCHEMA, max_tokens=questions.REPLY_TOKENS
        )
        answer, reason = questions.read_answer(reply)
        return Verdict(ids[pair], *pair, answer, reason, self.id)

    def _unanswered(
        self, conn: Connection, workspace: WorkspaceId, view: LedgerView, rows: Sequence[PairRow]
    ) -> list[NewItem]:
        ids = self._ids(view, [row.pair for row in rows])
        known = verdicts.find(conn, workspace, list(ids.values()))
        who = view.referents({r for pair in ids for r in pair})
        return [
            NewItem(
                f"{_label(who[a])} / {_label(who[b])}", question={"ask": "merge", "a": a.hex(), "b": b.hex()}
            )
            for (a, b), id_ in ids.items()
            if id_ not in known
        ]

    def _ids(self, view: LedgerView, pairs: Sequence[Pair]) -> dict[Pair, VerdictId]:
        """Each pair's question to this model; pairs with an end that is gone are left out."""
        who = view.referents({r for pair in pairs for r in pair})
        said = statements_of(view, who)
        return {
            (a, b): question_id(self.id, render_question(who[a], who[b], (said[a], said[b])))
            for a, b in pairs
            if a in who and b in who
        }


def _label(referent: Referent) -> str:
    return (referent.names[0] if referent.names else referent.type)[:_LABEL_CHARS]
