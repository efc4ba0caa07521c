"""What was in force at a position: decisions, and the epoch and ontology that they adopted."""

from dataclasses import dataclass
from functools import lru_cache

from sqlalchemy import Connection

from graph.fusion.epoch import EPOCH_0, Epoch
from graph.fusion.rulings import Rulings, in_force, settings
from graph.ledger import decisions, epochs
from graph.ontology import Ontology, default_ontology, parse_ontology, with_traits
from graph.types import EpochId, Position, WorkspaceId


@dataclass(frozen=True, slots=True)
class Judgement:
    rulings: Rulings
    epoch: Epoch
    ontology: Ontology


def rulings_at(conn: Connection, workspace: WorkspaceId, position: Position) -> Rulings:
    return in_force(decisions.decided_in(conn, workspace, Position(0), position))


def judgement_at(conn: Connection, workspace: WorkspaceId, position: Position) -> Judgement:
    rulings = rulings_at(conn, workspace, position)
    epoch = adopted(conn, workspace, rulings.epoch)
    return Judgement(rulings, epoch, ontology_under(rulings.ontology, epoch))


def settings_now(conn: Connection, workspace: WorkspaceId) -> tuple[EpochId | None, str | None]:
    """The epoch and the ontology of the workspace's own that decisions have set; None where none did."""
    return settings(decisions.active(conn, workspace))


def adopted(conn: Connection, workspace: WorkspaceId, epoch: EpochId | None) -> Epoch:
    if epoch is None or epoch == EPOCH_0.id:
        return EPOCH_0
    return Epoch.from_parameters(epochs.read(conn, workspace, epoch))


def ontology_under(own: str | None, epoch: Epoch) -> Ontology:
    """A workspace's own ontology as it is; the one that ships with the traits that the epoch has learnt."""
    return with_traits(_shipped(), epoch.traits) if own is None else _parsed(own)


_parsed = lru_cache(maxsize=64)(parse_ontology)
_shipped = lru_cache(maxsize=1)(default_ontology)
