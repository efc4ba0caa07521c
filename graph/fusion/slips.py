"""One edit between two long names: a slip of the pen, or perhaps another name.

Slips seldom hit the first letter of a word, and often double one (Yannakoudakis and Fawthrop, 1983; Pollock
and Zamora, 1983). Names of two things that are one edit apart differ in words of up to eight letters, or at
an end of a word: Iceland and Ireland, Gambia and Zambia, Merced and Mercer (ADR 28).
"""

import re
from collections.abc import Container
from enum import StrEnum

from rapidfuzz.distance import OSA

from graph.fusion.lexicon import NUMERALS

TYPO_LENGTH = 12  # letters of a name from which one edit may be a slip
_WORD = 6  # letters of the edited word below which two spellings are hardly one: Iran is not Iraq
_LONG = 9  # and from which one edit within makes no other word
_HALF = TYPO_LENGTH // 2
_TELLING = re.compile(r"\d|[-+#.♭]")
_COUNTING = {"jr", "sr", "i", "v", "x", *NUMERALS}
_SOUNDS = str.maketrans("jykzw", "iicsv")
_SPELT = re.compile(r"(.)\1+|(?<=o)u(?=r)")  # doubled letters, and the u of harbour
_CENTRE = re.compile(r"tre$")


class Edit(StrEnum):
    """``DOUBTFUL``: it may as well make another name."""

    NONE = "none"
    DOUBTFUL = "doubtful"
    SLIP = "slip"


def one_edit(a: str, b: str, own: Container[str] = ()) -> Edit:
    """What the edit between two normalised names is, if they are one apart: a letter more or other, or two
    turned round. A digit, sign, lone letter or Roman numeral that differs is none: these count or name.
    ``own``: words that are known to stand in several names; none of these is a slip of another."""
    if min(len(a), len(b)) < TYPO_LENGTH or abs(len(a) - len(b)) > 1:
        return Edit.NONE
    if a[:_HALF] != b[:_HALF] and a[-_HALF:] != b[-_HALF:]:
        return Edit.NONE
    if OSA.distance(a, b, score_cutoff=1) != 1 or _TELLING.findall(a) != _TELLING.findall(b):
        return Edit.NONE
    x, y = a.split(), b.split()
    if len(x) != len(y):  # it is a space that differs
        return Edit.NONE if _counts({*x} ^ {*y}) else Edit.SLIP
    edited = [(p, q) for p, q in zip(x, y, strict=True) if p != q]
    p, q = edited[0]
    if len(edited) > 1 or _counts({p, q}) or min(len(p), len(q)) <= 1:
        return Edit.NONE
    return Edit.SLIP if _is_slip(p, q, own, last=p == x[-1]) else Edit.DOUBTFUL


def _counts(words: set[str]) -> bool:
    return not words.isdisjoint(_COUNTING)


def _is_slip(p: str, q: str, own: Container[str], *, last: bool) -> bool:
    """``last``: the words are the last of their names, whose number may differ: American, Americans."""
    letters = min(len(p), len(q))
    if letters < _WORD or p[0] != q[0]:
        return False
    if (last and {p + "s", q + "s"} & {p, q}) or _sound(p) == _sound(q):
        return True
    inside = p[-1] == q[-1] and (letters >= _LONG or sorted(p) == sorted(q))
    return inside and not (p in own and q in own)


def _sound(word: str) -> str:
    """The word with letters that are written for each other taken as one: centre, center."""
    return _SPELT.sub(lambda found: found[1] or "", _CENTRE.sub("ter", word).translate(_SOUNDS))


def typo_halves(name: str) -> tuple[str, str] | None:
    """First and last letters of a long name: an edit leaves at least one of the two as it was, save two
    letters that are turned round in the very middle."""
    return (name[:_HALF], name[-_HALF:]) if len(name) >= TYPO_LENGTH else None
