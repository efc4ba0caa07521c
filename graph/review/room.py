"""How much a model can still be told: evidence is cut to a count of tokens that holds for any text.

No tokenizer is at hand where evidence is put together, and servers differ. So tokens are counted as byte-pair
tokenizers make at most of usual text: one for two letters, for each digit and other sign, and for each byte
of a letter beyond ASCII. English prose has half as many.
"""

import json
import re
from collections.abc import Iterable

_LETTERS = re.compile(r"[A-Za-z]+")
_BETWEEN = re.compile(r"(?<!\s) ")  # a space that goes with the next word
_AROUND = 6  # tokens of the line that a string stands on: indent, quotes, comma


def tokens_at_most(text: str) -> int:
    """Of a piece of JSON, as it is sent."""
    words = sum((len(word) + 1) // 2 for word in _LETTERS.findall(text))
    return words + len(_LETTERS.sub("", _BETWEEN.sub("", text)).encode())


class Room:
    """Takes strings while there is room; the one that does not fit is cut, those after it are left out."""

    def __init__(self, tokens: int) -> None:
        self._left = tokens

    def take(self, text: str, chars: int, most: int | None = None) -> str:
        """As much of the first ``chars`` characters as fits into ``most`` tokens, perhaps nothing."""
        text, left = text[:chars], self._left if most is None else min(self._left, most)
        while text and (cost := _AROUND + tokens_at_most(_quoted(text))) > left:
            text = text[: min(len(text) - 1, len(text) * left // cost)]
        if text:
            self._left -= cost
        return text

    def take_all(self, texts: Iterable[str], chars: int) -> list[str]:
        """Those that fit, each cut to ``chars``."""
        return [taken for text in texts if (taken := self.take(text, chars))]


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
