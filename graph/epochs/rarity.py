"""Token rarity: how much a shared word or letter triple tells, from how many texts hold it."""

from collections import Counter
from collections.abc import Iterable
from math import log

from graph.fusion.comparison import Rarity, grams
from graph.fusion.folding import latin_words
from graph.types import MICRO

_LISTED = 2  # texts that must hold a token for it to be listed; rarer ones are as rare as can be


def learn(texts: Iterable[str]) -> Rarity:
    """log(texts / holders) over log(texts), in micro-units. The order of ``texts`` plays no part."""
    held_words: Counter[str] = Counter()
    held_grams: Counter[str] = Counter()
    total = 0
    for text in texts:
        parts = latin_words(text)
        held_words.update(set(parts))
        held_grams.update(grams(parts))
        total += 1
    return Rarity(_micro(held_words, total), _micro(held_grams, total))


def _micro(held: Counter[str], total: int) -> dict[str, int]:
    whole = log(max(total, 2))
    return {
        token: round(MICRO * log(total / count) / whole)
        for token, count in sorted(held.items())
        if count >= _LISTED
    }
