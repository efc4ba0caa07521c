"""What was in force at a position: decisions, and the epoch and ontology that they adopted."""

from dataclasses import dataclass

from sqlalchemy import Connection

from graph.fusion.epoch import EPOCH_0, Epoch
from graph.fusion.rulings import Rulings, in_force
from graph.ledger import decisions, epochs
from graph.ontology import Ontology, default_ontology, parse_ontology
from graph.types import Position, WorkspaceId


@dataclass(frozen=True, slots=True)
class Judgement:
    rulings: Rulings
    epoch: Epoch
    ontology: Ontology


def rulings_at(conn: Connection, workspace: WorkspaceId, position: Position) -> Rulings:
    return in_force(decisions.decided_in(conn, workspace, Position(0), position))


def judgement_at(conn: Connection, workspace: WorkspaceId, position: Position) -> Judgement:
    rulings = rulings_at(conn, workspace, position)
    epoch = EPOCH_0
    if rulings.epoch is not None and rulings.epoch != EPOCH_0.id:
        epoch = Epoch.from_parameters(epochs.read(conn, workspace, rulings.epoch))
    ontology = default_ontology() if rulings.ontology is None else parse_ontology(rulings.ontology)
    return Judgement(rulings, epoch, ontology)
