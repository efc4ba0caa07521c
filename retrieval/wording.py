"""The words of a question: tokens, stems, and which of them carry content."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

_TOKEN = re.compile(  # the signs of C++, C#, Disney+ and .NET are part of the name; that of "100+" is none
    r"\d+(?![-.&\w])|(?:(?<![^\s(])\.(?=[^\W\d_]))?\w+(?:[-.&]\w+)*(?:(?:\+\+|[+#])(?!\w))?"
)
_WORD = re.compile(r"[^\W_]+")
_POSSESSIVE = re.compile(r"['’]s?(?!\w)")

_FUNCTION_WORDS = """
    a an the of in on at to for from by with and or as that this these those it its his her their he she they
    who whom whose which what when where why how many much do does did done is are was were be been being am
    has have had not no than then so such into about after before during between also there any all some
    current currently now today presently please tell me us give name list can could would will shall may
    become became get got called named known i we you your our my if
"""
STOP_WORDS = frozenset(_FUNCTION_WORDS.split())

_IRREGULAR = {
    "led": "lead", "built": "build", "ran": "run", "wrote": "write", "written": "write", "born": "bear",
    "made": "make", "sold": "sell", "bought": "buy", "held": "hold", "won": "win", "took": "take",
    "taken": "take", "left": "leave", "met": "meet", "sat": "sit", "stood": "stand", "lay": "lie",
    "paid": "pay", "spent": "spend", "sent": "send", "grew": "grow", "began": "begin", "chose": "choose",
    "gave": "give",
    "dying": "die", "died": "die", "lives": "live", "wives": "wife", "men": "man", "women": "woman",
    "children": "child", "cities": "city", "people": "person", "headquarters": "headquarter",
}  # fmt: skip
_VOWEL = re.compile(r"[aeiouy]")


@dataclass(frozen=True, slots=True)
class Token:
    """``possessive``: followed by 's. ``capital``: begins with a capital letter or a digit."""

    text: str
    stem: str
    capital: bool
    possessive: bool

    @property
    def stop(self) -> bool:
        return self.text.lower() in STOP_WORDS


def tokens_of(text: str) -> tuple[Token, ...]:
    return tuple(
        Token(
            match[0],
            stem(match[0]),
            not match[0][0].islower(),
            _POSSESSIVE.match(text, match.end()) is not None,
        )
        for match in _TOKEN.finditer(text)
        if match[0] not in {"s", "S"}  # the remains of a possessive
    )


def name_in(question: Sequence[Token]) -> Sequence[Token]:
    """The name that a question writes: from its first capital, that which opens it aside, to its last."""
    capital = [n for n, word in enumerate(question) if n and word.capital]
    return question[capital[0] : capital[-1] + 1] if capital else ()


def as_written(name: Sequence[Token]) -> str:
    """A pattern of these words one after the other, whatever signs are between them."""
    return r"\W{1,3}".join(re.escape(word.text) for word in name)


def words_in(text: str) -> list[tuple[int, str]]:
    """Runs of letters and digits with where each begins, in code points."""
    return [(match.start(), match[0]) for match in _WORD.finditer(text)]


def content_stems(text: str) -> frozenset[str]:
    """Stems of the words that carry content."""
    return frozenset(token.stem for token in tokens_of(text) if not token.stop)


@lru_cache(maxsize=1 << 16)
def stem(word: str) -> str:
    """A crude English stem, equal for a verb's forms and its agent noun: found, founded, founder, founding.

    It only has to treat both sides of a comparison alike; it is not a lemma.
    """
    word = word.lower()
    word = _IRREGULAR.get(word, word)
    if len(word) > 3 and not word.isdigit():
        word = _without_plural(word)
        word = _without_suffix(word, ("ing", "ed"))
        word = _without_suffix(word, ("ee", "er", "or"))
        if len(word) > 3:
            word = word.removesuffix("e")
        if len(word) > 3 and word.endswith("i"):
            word = word[:-1] + "y"
    return word


def _without_suffix(word: str, suffixes: tuple[str, ...]) -> str:
    for suffix in suffixes:
        root = word.removesuffix(suffix)
        if root != word and len(root) >= 3 and _VOWEL.search(root):
            doubled = root[-1] == root[-2] and root[-1] not in "lsz"
            return root[:-1] if doubled else root
    return word


def _without_plural(word: str) -> str:
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("sses", "xes", "zes", "ches", "shes")):
        return word[:-2]
    if word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word
