"""Documents in a line or two, for tests of what fuse makes of them."""

from collections.abc import Iterable
from hashlib import sha256
from typing import Any

from graph.fusion.epoch import EPOCH_0, Epoch
from graph.fusion.memory import MemoryState
from graph.fusion.rulings import in_force
from graph.fusion.support import Document
from graph.identity import make_id
from graph.ontology import Ontology, default_ontology
from graph.types import (
    Claim,
    ClaimId,
    Conflict,
    ContentId,
    Decision,
    Entity,
    Fact,
    Position,
    Referent,
    ReferentId,
    Ruling,
    Span,
    StandIns,
    Value,
    ValueKind,
)

NOBODY: StandIns = {}
Line = tuple[Any, ...]  # head, phrase, tail, and claim fields by name in a dict


class Workspace:
    """Tell documents, rule, and look at the graph; every look is a pass."""

    def __init__(self, epoch: Epoch = EPOCH_0, ontology: Ontology | None = None) -> None:
        self.epoch = epoch
        self.ontology = ontology or default_ontology()
        self.state = MemoryState()
        self.decisions: list[Decision] = []

    def tell(
        self,
        name: str,
        *lines: Line,
        trust: int = 700_000,
        signature: Iterable[int] = (),
        context: bytes = b"",
    ) -> None:
        """A document of claims; an end is "Name|alias:Type", or a Value. All have one ``context``."""
        content = ContentId(sha256(name.encode()).digest())
        referents: dict[str, Referent] = {}

        def end(said: str | Value) -> ReferentId | Value:
            if isinstance(said, Value):
                return said
            names, _, kind = said.partition(":")
            id_ = ReferentId(make_id("referent", "w", content, said))
            named = tuple(names.split("|"))
            referents[said] = Referent(id_, content, kind or "Thing", named, Span(0, 1), context)
            return id_

        claims = []
        for n, (head, *rest) in enumerate(lines):
            subject = end(head)
            assert not isinstance(subject, Value)
            if rest:
                more = rest[2] if len(rest) > 2 else {}
                id_ = ClaimId(make_id("claim", content, n))
                more = {"span": Span(n, n + 1), **more}
                claims.append(Claim(id_, content, subject, rest[0], None, end(rest[1]), **more))
        self.state.put(Document(content, tuple(signature), trust), referents.values(), claims)

    def forget(self, name: str) -> None:
        self.state.drop(ContentId(sha256(name.encode()).digest()))

    def rule(self, ruling: Ruling, stand_ins: StandIns = NOBODY) -> Position:
        position = Position(len(self.decisions) + 1)
        self.decisions.append(Decision(position, ruling, "curator", stand_ins=stand_ins))
        return self.decisions[-1].position

    def referent(self, document: str, said: str) -> ReferentId:
        return ReferentId(make_id("referent", "w", sha256(document.encode()).digest(), said))

    def fuse(self) -> MemoryState:
        self.state.fuse(self.epoch, self.ontology, in_force(self.decisions))
        return self.state

    def entities(self) -> list[Entity]:
        return sorted(self.fuse()._entities.rows.values(), key=lambda e: (e.name, e.type))

    def names(self) -> list[str]:
        return [entity.name for entity in self.entities()]

    def facts(self) -> dict[str, Fact]:
        """By "head RELATION tail", with "not" for a denial."""
        rows = self.fuse()._facts.rows.values()
        entities = self.state._entities.rows
        said = {}
        for f in rows:
            tail = f.tail.text if isinstance(f.tail, Value) else entities[f.tail].name
            text = f"{entities[f.head].name} {'' if f.polarity else 'not '}{f.relation} {tail}"
            said[text if text not in said else f"{text} from {f.valid_from}"] = f
        return said

    def conflicts(self) -> list[Conflict]:
        return list(self.fuse()._conflicts.rows.values())


def number(text: str, unit: str | None = None) -> Value:
    return Value(ValueKind.NUMBER, text, unit)


def date(text: str) -> Value:
    return Value(ValueKind.DATE, text)
