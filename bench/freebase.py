"""Paths of a graph in FB15k-237's files, drawn by a fixed seed: what the decoding benchmarks decode.

The folder holds ``train.txt`` (and, where they are there, ``valid.txt`` and ``test.txt``): head, relation and
tail by line, split by tabs; and ``entity2wikidata.json``: entity to {label}. An entity without a label is
called by its id.
"""

import json
from collections import defaultdict
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from random import Random

from bench.harness import NotMeasured
from graph.identity import make_id
from graph.ports import FactRow, GraphPath, PathStep
from graph.types import EntityId, FactId, FactStatus

SEED = 7
_FILES = ("train.txt", "valid.txt", "test.txt")


class FreebaseGraph:
    """All facts of the folder. Paths share facts and steps, as they do when a graph store gives them."""

    def __init__(self, folder: Path) -> None:
        names = _names(folder / "entity2wikidata.json")
        self._around: dict[EntityId, list[PathStep]] = defaultdict(list)
        self._name: dict[EntityId, str] = {}
        ids: dict[str, EntityId] = {}
        for line in dict.fromkeys(_lines(folder)):
            head, relation, tail = line
            for entity in (head, tail):
                if entity not in ids:
                    ids[entity] = EntityId(make_id("entity", entity))
                    self._name[ids[entity]] = names.get(entity, entity)
            fact = self._fact(FactId(make_id("fact", *line)), ids[head], relation, ids[tail])
            self._around[fact.head].append(PathStep(fact, True))
            if head != tail:
                self._around[ids[tail]].append(PathStep(fact, False))

    def paths(self, count: int) -> list[GraphPath]:
        """The first ``count`` two-hop paths around entities in an order drawn by ``SEED``; a longer list
        begins with the shorter one. NotMeasured when the graph has fewer."""
        starts = sorted(self._name)
        Random(SEED).shuffle(starts)
        found = list(islice((path for start in starts for path in self.paths_from(start)), count))
        if len(found) < count:
            raise NotMeasured(f"the graph has {len(found)} two-hop paths, fewer than {count}")
        return found

    def paths_from(self, start: EntityId) -> Iterator[GraphPath]:
        """Every path of two facts that revisits no entity, facts walked both ways."""
        for first in self._around[start]:
            middle = _reached(first)
            for second in self._around[middle]:
                if middle != start and _reached(second) not in (start, middle):
                    yield GraphPath(start, self._name[start], (first, second))

    def _fact(self, id_: FactId, head: EntityId, relation: str, tail: EntityId) -> FactRow:
        return FactRow(
            id=id_,
            head=head,
            head_name=self._name[head],
            relation=relation,
            phrase=relation,
            tail=tail,
            tail_name=self._name[tail],
            status=FactStatus.ACCEPTED,
            polarity=True,
            confidence=1_000_000,
            support=1,
            qualifiers=(),
            valid_from=None,
            valid_to=None,
            claim_count=1,
        )


def _reached(step: PathStep) -> EntityId:
    end = step.fact.tail if step.forward else step.fact.head
    assert isinstance(end, bytes)  # this graph holds no literal
    return EntityId(end)


def _lines(folder: Path) -> Iterator[tuple[str, str, str]]:
    present = [folder / name for name in _FILES if (folder / name).is_file()]
    if not present:
        raise NotMeasured(f"{folder} holds no train.txt")
    for path in present:
        for line in path.read_text(encoding="utf-8").splitlines():
            head, relation, tail = line.split("\t")
            yield head, relation, tail


def _names(path: Path) -> dict[str, str]:
    try:
        entities = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise NotMeasured(f"{path} cannot be read: {error}") from error
    return {entity: about["label"] for entity, about in entities.items() if about.get("label")}
