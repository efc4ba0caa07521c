"""Which posts are offices of a whole body: its director leads it; its deputy director, sales director or
director of research does not."""

from collections.abc import Sequence
from typing import NamedTuple

from ingest.extraction import lexicon

OFFICES = frozenset(
    """director head president chair chairman chairwoman chairperson leader manager executive officer
ceo chief partner governor""".split()
)
_CHAIRS = frozenset({"chair", "chairman", "chairwoman", "chairperson"})
_OF_SEVERAL = frozenset({"director", "manager", "leader", "partner"})  # one of a board, as "a director"
_JOINT = frozenset({"co", "joint", "managing"})
_LESSER = frozenset("deputy vice assistant associate sub under junior trainee".split())
_UNPAID = frozenset("honorary emeritus non nonexecutive non-executive".split())
_PARTIAL = frozenset(
    """technical artistic creative musical medical scientific financial commercial editorial sporting
clinical legal academic operational divisional departmental regional local""".split()
)
# Nouns that stand before an office of the whole all the same.
_WHOLE = (
    _JOINT
    | frozenset("chief executive general interim party club board time term year years day".split())
    | {noun for noun, kind in lexicon.NOMINALS.items() if kind == "Organization"}
)


class Modifier(NamedTuple):
    """A word before a post, in lower case."""

    word: str
    is_noun: bool


def wordings(modifiers: Sequence[Modifier], post: str) -> list[str]:
    """A post as it may be looked up, the most telling first: with the words before it, and without those
    that leave it the same post."""
    found: list[str] = []
    for k in range(len(modifiers) + 1):
        found.append(" ".join([*(m.word for m in modifiers[k:]), post]))
        if k < len(modifiers) and _narrows(modifiers[k], post):
            break
    return found


def _narrows(modifier: Modifier, post: str) -> bool:
    word, is_noun = modifier
    if word in _UNPAID:
        return word == "honorary" or post not in _CHAIRS
    if word in _LESSER:
        return True
    return post in OFFICES and (word in _PARTIAL or (is_noun and word not in _WHOLE))


def is_employed(modifiers: Sequence[Modifier]) -> bool:
    """Whether who holds the post works for the body."""
    return not any(m.word in _UNPAID for m in modifiers)


def is_one_of_several(modifiers: Sequence[Modifier], post: str, article: str, *, plural: bool) -> bool:
    """Whether there are others beside who holds it: "a director of X", "directors of X"."""
    if post not in _OF_SEVERAL or any(m.word in _JOINT for m in modifiers):
        return False
    return article in ("a", "an") or (plural and not article)
