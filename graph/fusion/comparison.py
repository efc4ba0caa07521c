"""How two records compare, feature by feature, in whole thousandths.

A record is a thing described by attributes: a row of a table, or a referent with what is said of it. A
feature reads the two records and the epoch's rarity and nothing else, so that a pair's vector is the same in
any table, batch or order. What one side lacks is ``None``: no evidence either way.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from math import isqrt

from rapidfuzz.distance import OSA, Indel

from graph.fusion.amounts import plain_number
from graph.fusion.folding import latin_words
from graph.fusion.lexicon import IN_DIGITS
from graph.types import MICRO

MILLI = 1000
WHOLE = "*"  # the attribute that stands for all of a record's text
_CODE_LENGTH = 4  # letters and digits from which a mixed word is an identifier
_NUMBER_CODE = 5  # digits from which a number is one
MISTYPED = MILLI // 2  # of two codes that are one edit apart
_SHORT_TEXT = 80  # code points up to which spelling is compared as a whole
_GLUED = 3  # adjacent words that another writer may join
_DIGITS = re.compile(r"\d+")
# Digits with thousands parted by commas, a decimal, or as they stand: "1.2.2003" is no decimal.
_NUMBER = re.compile(r"\d{1,3}(?:,\d{3})+(?![\d,])|(?<![\d.])\d+\.\d+(?!\.?\d)|\d+")
_CUT = re.compile(rf"[^\W_]+(?:(?:[^\w\s]|_)+[^\W_]+){{{_GLUED},}}")  # without a space in it
_ALL_RARE = 10 * MILLI


class Kind(StrEnum):
    """How an attribute is compared."""

    TEXT = "text"
    NUMBER = "number"  # by closeness
    CODE = "code"  # digits that count nothing, as of a telephone: equal, mistyped, or others
    CLASS = "class"  # few numbers: by equality


@dataclass(frozen=True, slots=True)
class Rarity:
    """How telling words and letter triples are, in micro-units; what is not listed is as rare as can be.

    They are read in thousandths, of at least one: what every text has still shows that two are equal.
    """

    words: Mapping[str, int]
    grams: Mapping[str, int]

    def word(self, word: str) -> int:
        return max(self.words.get(word, MICRO) // MILLI, 1)

    def gram(self, gram: str) -> int:
        return max(self.grams.get(gram, MICRO) // MILLI, 1)


@dataclass(frozen=True, slots=True)
class Text:
    """One text, taken apart once for all its comparisons."""

    plain: str
    words: frozenset[str]
    glued: Mapping[str, tuple[str, ...]]  # joined neighbours to the words they join
    weight: Mapping[str, int]  # of each word
    mass: int
    square: int
    grams: Mapping[str, int]  # triple to squared weight
    gram_square: int
    numbers: frozenset[str]
    counted: Counter[str]  # its numbers as often as they are told, each in one form
    codes: frozenset[str]


@dataclass(frozen=True, slots=True)
class Look:
    """A record as it is compared: all its text, and each attribute that it has."""

    whole: Text
    texts: Mapping[str, Text]
    numbers: Mapping[str, int | None]  # in thousandths

    def has(self, attribute: str) -> bool:
        return attribute in self.texts or self.numbers.get(attribute) is not None


def grams(parts: Iterable[str]) -> set[str]:
    """Letter triples inside word bounds: " th", "the", "he "."""
    return {padded[i : i + 3] for w in parts for padded in (f" {w} ",) for i in range(len(padded) - 2)}


def glue(parts: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Runs of up to three neighbours, joined: "kx ts208 w" also reads "kxts208", "ts208w", "kxts208w"."""
    return {
        "".join(run): run
        for size in range(2, _GLUED + 1)
        for i in range(len(parts) - size + 1)
        for run in (tuple(parts[i : i + size]),)
    }


def _written_together(text: str) -> dict[str, tuple[str, ...]]:
    """Words that only punctuation parts, more of them than are glued anyway, joined: "MB13-BLU-SEE-V2"."""
    runs = (tuple(latin_words(found)) for found in _CUT.findall(text))
    return {"".join(run): run for run in runs}


def _codes(parts: Sequence[str]) -> frozenset[str]:
    found = {w for w in parts if _is_code(w, _CODE_LENGTH)}
    found |= {a + b for a, b in pairwise(parts) if _is_code(a + b, _NUMBER_CODE) and not (a + b).isdigit()}
    return frozenset(found)


def _is_code(word: str, length: int) -> bool:
    digits = sum(c.isdigit() for c in word)
    if not digits:
        return False
    return len(word) >= (_NUMBER_CODE if digits == len(word) else length)


def read(text: str, rarity: Rarity) -> Text:
    found = latin_words(text)
    weight = {w: rarity.word(w) for w in found}
    triples = {g: rarity.gram(g) ** 2 for g in grams(found)}
    return Text(
        plain=" ".join(found),
        words=frozenset(found),
        glued=glue(found) | _written_together(text),
        weight=weight,
        mass=sum(weight.values()),
        square=sum(w * w for w in weight.values()),
        grams=triples,
        gram_square=sum(triples.values()),
        numbers=frozenset(n.lstrip("0") for n in _DIGITS.findall(" ".join(found))),
        counted=numbers_in(text, found),
        codes=_codes(found),
    )


def numbers_in(text: str, words: Sequence[str]) -> Counter[str]:
    """The numbers of a text whose ``words`` are these, in one form each: of "Part II, 1,200 x 02.50" 2, 1200
    and 2.5. A first word is a name rather than a number ("Seven", "Vi")."""
    plain = text if text.isascii() else unicodedata.normalize("NFKC", text)
    found = (n.replace(",", "") for n in _NUMBER.findall(plain))
    told = Counter((n.rstrip("0").rstrip(".") if "." in n else n).lstrip("0") or "0" for n in found)
    told.update(IN_DIGITS[w].rstrip("dhnrst") for w in words[1:] if w in IN_DIGITS)
    return told


def look(fields: Mapping[str, str], kinds: Mapping[str, Kind], rarity: Rarity) -> Look:
    """``kinds``: the attributes that are compared; others count in the whole text only."""
    texts: dict[str, Text] = {}
    numbers: dict[str, int | None] = {}
    for name, kind in kinds.items():
        value = fields.get(name, "")
        if kind in (Kind.NUMBER, Kind.CLASS):
            numbers[name] = thousandths(value)
        elif (text := read(value, rarity)).words:
            texts[name] = text
    return Look(read(" ".join(fields.values()), rarity), texts, numbers)


def is_code(text: str) -> bool:
    """Whether a cell is nothing but the digits of an identifier; so are those of a day, 19610503."""
    return text.isdecimal() and len(text) >= _NUMBER_CODE


def thousandths(text: str) -> int | None:
    """A number's value in thousandths; None where the text is none."""
    plain = plain_number(text.strip(" .,;()"))
    if plain is None:
        return None
    whole, _, part = plain.partition(".")
    if len(whole) > 30:
        return None
    return int(whole or "0") * MILLI + (int((part + "000")[:3]) if not whole.startswith("-") else 0)


TEXT_FEATURES = ("gram", "word", "contain", "shared", "rare", "spelling", "number", "code", "clash")


def feature_names(kinds: Mapping[str, Kind]) -> tuple[str, ...]:
    """Names of the vector's places, attribute and measure, in the order of ``compare``."""
    names = [f"{WHOLE}:{measure}" for measure in TEXT_FEATURES]
    for name, kind in sorted(kinds.items()):
        names += [f"{name}:{m}" for m in TEXT_FEATURES] if kind is Kind.TEXT else [f"{name}:{kind.value}"]
    return tuple(names)


def compare(a: Look, b: Look, kinds: Mapping[str, Kind]) -> list[int | None]:
    """The comparison vector, 0 to 1000 a place (masses to 10 000). O(words + triples) of the two."""
    vector: list[int | None] = list(_texts(a.whole, b.whole))
    for name, kind in sorted(kinds.items()):
        if kind is Kind.CODE:
            vector.append(_identifiers(a.texts.get(name), b.texts.get(name)))
        elif kind is Kind.TEXT:
            x, y = a.texts.get(name), b.texts.get(name)
            vector += [None] * len(TEXT_FEATURES) if x is None or y is None else _texts(x, y)
        else:
            vector.append(_numbers(a.numbers.get(name), b.numbers.get(name), kind))
    return vector


def _texts(a: Text, b: Text) -> list[int | None]:
    common, mine, yours = shared(a, b)
    small, large = (a.grams, b.grams) if len(a.grams) < len(b.grams) else (b.grams, a.grams)
    triples = sum(w for g, w in small.items() if g in large)
    dot = sum(w * w for w in common.values())
    mass = sum(common.values())
    short = max(len(a.plain), len(b.plain)) <= _SHORT_TEXT
    return [
        MILLI * triples // max(isqrt(a.gram_square * b.gram_square), 1),
        min(MILLI, MILLI * dot // max(isqrt(a.square * b.square), 1)),
        min(MILLI, max(MILLI * mine // max(a.mass, 1), MILLI * yours // max(b.mass, 1))),
        min(isqrt(mass * MILLI), _ALL_RARE),
        max(common.values(), default=0),
        spelling(a, b) if short else None,
        _overlap(a.numbers, b.numbers),
        _compare_codes(a, b, common),
        min(isqrt(max(a.mass - mine, 0) * MILLI), isqrt(max(b.mass - yours, 0) * MILLI), _ALL_RARE),
    ]


def told(a: Text, b: Text) -> tuple[list[str], list[str], list[str]]:
    """(shared words, words of ``a`` alone, words of ``b`` alone), sorted; a word and the words that the other
    side writes it apart as are shared."""
    both = a.words & b.words
    joined_a = {w for w in a.words - both if w in b.glued}
    joined_b = {w for w in b.words - both if w in a.glued}
    parts_a = {p for w in joined_b for p in a.glued[w]}
    parts_b = {p for w in joined_a for p in b.glued[w]}
    return (
        sorted(both | joined_a | joined_b),
        sorted(a.words - both - joined_a - parts_a),
        sorted(b.words - both - joined_b - parts_b),
    )


def shared(a: Text, b: Text) -> tuple[dict[str, int], int, int]:
    """Shared words with their weights, and how much of each side's mass they cover.

    A word counts as shared where the other side writes it apart ("turn table", "IC-BLK-TS"); it then covers
    all the words that it joins.
    """
    both = a.words & b.words
    common = {w: a.weight[w] for w in both}
    mine = yours = sum(common.values())
    joined_a = {w for w in a.words - both if w in b.glued}
    joined_b = {w for w in b.words - both if w in a.glued}
    if joined_a:
        common |= {w: a.weight[w] for w in joined_a}
        mine += sum(a.weight[w] for w in joined_a)
        yours += sum(b.weight[p] for p in {p for w in joined_a for p in b.glued[w]} - both)
    if joined_b:
        common |= {w: b.weight[w] for w in joined_b}
        yours += sum(b.weight[w] for w in joined_b)
        mine += sum(a.weight[p] for p in {p for w in joined_b for p in a.glued[w]} - both)
    return common, mine, yours


def _compare_codes(a: Text, b: Text, common: Mapping[str, int]) -> int | None:
    """1000 where an identifier is shared, else how far the likest two agree from the left, by Dice: two of
    which one goes on (AB12, AB12-BLK) are nearer than two that part (AB12W, AB12B). None where a side has
    none. (Equality alone would teach the mixture that a match is what shares a code.)"""
    if not a.codes or not b.codes:
        return None
    if not a.codes.isdisjoint(b.codes) or any(_is_code(w, _CODE_LENGTH) for w in common):
        return MILLI
    return max(2 * MILLI * _prefix(x, y) // (len(x) + len(y)) for x in a.codes for y in b.codes)


def _prefix(a: str, b: str) -> int:
    for i, (x, y) in enumerate(zip(a, b, strict=False)):
        if x != y:
            return i
    return min(len(a), len(b))


def spelling(a: Text, b: Text) -> int:
    total = len(a.plain) + len(b.plain)
    return MILLI * (total - Indel.distance(a.plain, b.plain)) // max(total, 1)


def _overlap(a: frozenset[str], b: frozenset[str]) -> int | None:
    return MILLI * len(a & b) // min(len(a), len(b)) if a and b else None


def _identifiers(a: Text | None, b: Text | None) -> int | None:
    """How near two codes are says nothing; that they are one edit apart may be a slip, and one may have a
    prefix more, as of a country."""
    if a is None or b is None:
        return None
    short, long = sorted((text.plain.replace(" ", "") for text in (a, b)), key=len)
    if short == long or (len(short) >= _NUMBER_CODE and long.endswith(short)):
        return MILLI
    return MISTYPED if OSA.distance(short, long, score_cutoff=1) <= 1 else 0


def _numbers(a: int | None, b: int | None, kind: Kind) -> int | None:
    if a is None or b is None:
        return None
    if kind is Kind.CLASS or a == b:
        return MILLI if a == b else 0
    low, high = sorted((abs(a), abs(b)))
    if (a < 0) != (b < 0) or not high:
        return 0
    return MILLI * low**3 // high**3
