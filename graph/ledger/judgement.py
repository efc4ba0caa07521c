"""What was in force at a position: decisions, and the epoch and ontology that they adopted."""

from dataclasses import dataclass

from sqlalchemy import Connection

from graph.fusion.epoch import EPOCH_0, Epoch
from graph.fusion.rulings import Rulings, in_force
from graph.ledger import decisions, epochs
from graph.ontology import Ontology, default_ontology, parse_ontology, with_traits
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
    return Judgement(rulings, epoch, ontology_under(rulings, epoch))


def ontology_under(rulings: Rulings, epoch: Epoch) -> Ontology:
    """A workspace's own ontology as it is; the one that ships with the traits that the epoch has learnt."""
    if rulings.ontology is not None:
        return parse_ontology(rulings.ontology)
    return with_traits(default_ontology(), epoch.traits)
