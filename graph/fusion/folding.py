"""The words of a text or a name, folded: without case, marks and punctuation, Cyrillic and Greek in Latin."""

import re
import unicodedata

_LETTERS = {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i"}
# A second spelling of a letter, usual where its mark cannot be written, and of ё where it is heard.
SPELT_OUT = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "å": "aa", "ё": "yo"})
_UNDECOMPOSED = str.maketrans(_LETTERS)
# Letters and their Latin spelling, Cyrillic after BGN/PCGN and Greek after ELOT 743, as names are mostly
# spelt in English. Other scripts stay: several names share one reading, or vowels are not written.
_IN_LATIN = """а a б b в v г g д d е e ё e ж zh з z и i й y к k л l м m н n о o п p р r с s т t у u ф f х kh
ц ts ч ch ш sh щ shch ъ - ы y ь - э e ю yu я ya і i ї yi є ye ґ g ў u ђ dj ј j љ lj њ nj ћ c џ dz ѓ gj ќ kj
ѕ dz α a β v γ g δ d ε e ζ z η i θ th ι i κ k λ l μ m ν n ξ x ο o π p ρ r σ s ς s τ t υ y φ f χ ch ψ ps ω o
ά a έ e ή i ί i ϊ i ΐ i ό o ύ y ϋ y ΰ y ώ o"""
_PAIRS = _IN_LATIN.split()
_LATIN = str.maketrans({a: b.strip("-") for a, b in zip(_PAIRS[::2], _PAIRS[1::2], strict=True)})
_DIGRAPHS = re.compile("ο[υύ]|γ[γκξχ]|[αεη][υύ]|(?:ий|ый)\\b")
_POLYTONIC = re.compile("[\u1f00-\u1fff]")
_AS_ONE = {"ου": "ou", "ού": "ou", "γγ": "ng", "γκ": "gk", "γξ": "nx", "γχ": "nch", "ий": "y", "ый": "y"}
POSSESSIVE = re.compile(r"['’]s\b")
_APOSTROPHE = re.compile(r"['’]")
_ASCII_WORD = re.compile(r"[a-z0-9]+")
# Signs that may be part of a word, and where they are: some behind it, others before it or in a number.
_SIGN = re.compile(r"[-+#.\u2212\u266d\u266f]")
_MEANT = re.compile(
    r"""(?<=[^\W_]) (\+\+ | \+(?!\w) | [#\u266f\u266d](?!\w) | (?<![^\s(]{3})[-\u2212](?=[\s)"]*\Z))
    | (?<=\d)\.(?=\d) | (?:(?<=[\s(])|\A)\.(?=[^\W\d_]) | \A[-\u2212](?=\d)""",
    re.VERBOSE,
)
_MARKS = "\ufdd0\ufdd1\ufdd2\ufdd3\ufdd4"  # no characters: a text that has them has a space there
_NO_MARK = str.maketrans(_MARKS, " " * len(_MARKS))
_TO_MARK = str.maketrans("+#.-\u2212\u266f\u266d", _MARKS[:4] + _MARKS[3] + _MARKS[1] + _MARKS[4])
_FROM_MARK = str.maketrans(_MARKS, "+#.-\u266d")
# Marks on Latin, Greek and Cyrillic letters; Hebrew points; Arabic vowel and hamza marks, and the stroke that
# stretches a word. Those of Indic scripts are letters.
_COMBINING = re.compile(
    "[\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7"
    "\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed]"
)


def in_latin(name: str) -> str:
    """The name with its Cyrillic and Greek letters in Latin ones, in lower case."""
    folded = unicodedata.normalize("NFKC", name).casefold()
    folded = _POLYTONIC.sub(lambda letter: unicodedata.normalize("NFD", letter[0])[0], folded)
    spelt = _DIGRAPHS.sub(lambda two: _AS_ONE.get(two[0]) or two[0][0] + "v", folded)  # αυ is av
    return spelt.translate(_LATIN)


def latin_words(text: str) -> list[str]:
    """``words``, with Cyrillic and Greek in Latin letters."""
    return words(text if text.isascii() else in_latin(text))


def words(text: str) -> list[str]:
    """The text's words, folded: case, diacritics, punctuation and possessives are gone."""
    return _split(_fold(text))


def name_words(name: str) -> list[str]:
    """The words of a name, with the signs in it that tell it from another: "c++", "c#", "s20+", "rh-", "1.5",
    "-5", ".net". Those that part words, or only follow them, are gone as in any text."""
    folded = _fold(name)
    if not _SIGN.search(folded):
        return _split(folded)
    marked = _MEANT.sub(lambda sign: sign[0].translate(_TO_MARK) + (" " if sign[1] else ""), folded)
    return " ".join(_split(marked)).translate(_FROM_MARK).split()


def _fold(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).casefold()
    if "'" in folded or "’" in folded:
        folded = _APOSTROPHE.sub("", POSSESSIVE.sub("", folded))
    if not folded.isascii():
        folded = folded.translate(_NO_MARK)
    return folded.replace("&", " and ")


def _split(folded: str) -> list[str]:
    if folded.isascii():
        return _ASCII_WORD.findall(folded)
    plain = _COMBINING.sub("", unicodedata.normalize("NFD", folded)).translate(_UNDECOMPOSED)
    plain = unicodedata.normalize("NFKC", plain)
    shown = (c for c in plain if unicodedata.category(c) != "Cf")  # a soft hyphen parts no word
    return "".join(c if c in _MARKS or unicodedata.category(c)[0] in "LNM" else " " for c in shown).split()
