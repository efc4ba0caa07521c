"""For servers that can neither score tokens nor hold an output to a trie: a numbered list, and numbers back.

The numbers are checked like everything else. The list is bounded, since the model must read all of it.
"""

import json
from collections.abc import Sequence
from typing import Any

from graph.errors import OutsideTrie
from graph.ports import GraphPath
from retrieval.decoding.verbalize import verbalise
from retrieval.ports import ChatMessage

LONGEST_LIST = 50


def list_prompt(question: str, paths: Sequence[GraphPath], k: int) -> list[ChatMessage]:
    what = "paths through a knowledge graph help to answer" if any(p.steps for p in paths) else "names answer"
    lines = [f"{number}. {text}" for number, text in enumerate(verbalise(paths).texts(), start=1)]
    return [
        ChatMessage(
            "system",
            f"You choose which of the listed {what} a question. "
            f'Reply as JSON: {{"chosen": [at most {k} of their numbers, most helpful first]}}.',
        ),
        ChatMessage("user", f"Question: {question}\n\n" + "\n".join(lines)),
    ]


def list_schema(count: int, k: int) -> dict[str, Any]:
    number = {"type": "integer", "minimum": 1, "maximum": count}
    return {
        "type": "object",
        "properties": {"chosen": {"type": "array", "items": number, "minItems": 1, "maxItems": k}},
        "required": ["chosen"],
        "additionalProperties": False,
    }


def read_choice(reply: str, count: int, k: int) -> list[int]:
    """Indexes from 0, distinct, at most ``k``. OutsideTrie for anything but numbers of the list."""
    try:
        numbers = json.loads(reply)["chosen"]
        chosen = list(dict.fromkeys(numbers))
    except (ValueError, KeyError, TypeError, RecursionError):
        raise OutsideTrie("the model's reply was no list of path numbers; it was discarded") from None
    for number in chosen:
        if type(number) is not int or not 1 <= number <= count:
            raise OutsideTrie("the model named a path that is not in the list; its reply was discarded")
    return [number - 1 for number in chosen[:k]]
