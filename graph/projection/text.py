"""Plain words to a Lucene query: nothing of a user's text reaches Lucene but words."""

import re
from collections.abc import Sequence

from graph.projection.model import scope
from graph.types import WorkspaceId

WORDS = 128  # of one query; Lucene allows 1,024 clauses, and each word is one a field
_WORD = re.compile(r"\w+")
_WORD_LENGTH = 100


def words(text: str) -> list[str]:
    """Distinct words in lower case, so that AND, OR and NOT are words as well."""
    found = dict.fromkeys(word.lower()[:_WORD_LENGTH] for word in _WORD.findall(text))
    return list(found)[:WORDS]


def full_text_query(workspace: WorkspaceId, text: str, fields: Sequence[str]) -> str | None:
    """Any of the words in any of the fields, in one workspace; None where there is no word.

    The workspace is a clause that must match and scores nothing, so that the top k are its own.
    """
    found = words(text)
    if not found:
        return None
    either = " ".join(f"{field}:({' '.join(found)})" for field in fields)
    return f"+scope:{scope(workspace)}^0 +({either})"
