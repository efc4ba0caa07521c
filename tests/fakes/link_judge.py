"""What a model that is asked for missing links replies, written by names."""

import json
from collections.abc import Iterable, Mapping
from typing import Any


def links(told: Mapping[str, Any], *wanted: tuple[str, str, str]) -> str:
    """A reply with those of the wanted (head name, relation, tail name) that may be given at all."""
    number = {entity["name"]: entity["id"] for entity in told["entities"]}
    offered = {relation["name"] for relation in told["relations"]}
    return reply(
        (number[head], relation, number[tail])
        for head, relation, tail in wanted
        if head in number and tail in number and relation in offered
    )


def reply(triples: Iterable[tuple[str, str, str]]) -> str:
    return json.dumps({"links": [{"head": h, "relation": r, "tail": t} for h, r, t in triples]})


def is_reversed(told: Mapping[str, Any]) -> bool:
    """Whether the entities are listed from the last: the question is put from the end."""
    return bool(told["entities"][0]["id"] != "e1")
