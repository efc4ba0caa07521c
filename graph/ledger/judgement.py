"""What was in force at a position: decisions, and the epoch and ontology that they adopted."""

import logging
from dataclasses import dataclass
from functools import lru_cache
from threading import Lock

from sqlalchemy import Connection

from graph.fusion.epoch import EPOCH_0, Epoch
from graph.fusion.rulings import Rulings, in_force, settings
from graph.ledger import decisions, epochs
from graph.ontology import Ontology, default_ontology, stored_ontology, with_traits
from graph.types import EpochId, Position, WorkspaceId

log = logging.getLogger(__name__)

_KEPT = 4  # epochs in memory: a learnt one is as large as sources are many, and every pass needs it
_read: dict[tuple[WorkspaceId, EpochId], Epoch] = {}  # what an id stands for never changes
_reading = Lock()


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
    """NotFound for an epoch that is not the workspace's."""
    if epoch is None or epoch == EPOCH_0.id:
        return EPOCH_0
    key = workspace, epoch
    found = _read.get(key)
    if found is None:
        found = Epoch.from_parameters(epochs.read(conn, workspace, epoch))
        with _reading:
            while len(_read) >= _KEPT:
                del _read[next(iter(_read))]
            _read[key] = found
    return found


def ontology_under(own: str | None, epoch: Epoch) -> Ontology:
    """A workspace's own ontology as it is; the one that ships with the traits that the epoch has learnt."""
    return with_traits(_shipped(), epoch.traits) if own is None else _stored(own)


@lru_cache(maxsize=64)
def _stored(text: str) -> Ontology:
    """One that a decision has set, by whichever version: what is refused now is left out, and the workspace
    opens."""
    ontology, faults = stored_ontology(text)
    for fault in faults:
        log.warning("an ontology that was set when less was refused is read without this: %s", fault)
    return ontology


_shipped = lru_cache(maxsize=1)(default_ontology)
