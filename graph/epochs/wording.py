"""A relation phrase in its bare form: what is left when inflection, auxiliaries and articles are taken away.

"was originally founded by", "founded by" and "found by" are one form, and it is "found" said of the tail. It
is English, as the phrases of the default ontology are; other languages keep their words as they are.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from graph.fusion.normalize import normalise_phrase

_FUNCTION = frozenset(
    """a an the this that its his her their our my am is are was were be been being has have had
having do does did will would shall should may might can could get gets got also currently now
then still yet later originally initially formerly first recently jointly already both since
long once again today just officially directly wholly fully together""".split()
)  # fmt: skip
_IRREGULAR = {
    word: lemma
    for lemma, forms in {
        "bear": "born bore borne",
        "beat": "beaten",
        "become": "became",
        "begin": "began begun",
        "bring": "brought",
        "build": "built",
        "buy": "bought",
        "catch": "caught",
        "choose": "chose chosen",
        "come": "came",
        "die": "dying",
        "draw": "drew drawn",
        "drive": "drove driven",
        "fall": "fell fallen",
        "feed": "fed",
        "fight": "fought",
        "find": "found",
        "fly": "flew flown",
        "give": "gave given",
        "grow": "grew grown",
        "hear": "heard",
        "hide": "hid hidden",
        "hold": "held",
        "keep": "kept",
        "know": "knew known",
        "lay": "laid",
        "lead": "led",
        "leave": "left",
        "lend": "lent",
        "lie": "lay lain lying",
        "lose": "lost",
        "make": "made",
        "meet": "met",
        "oversee": "oversaw overseen",
        "pay": "paid",
        "rebuild": "rebuilt",
        "ride": "rode ridden",
        "rise": "rose risen",
        "run": "ran running",
        "say": "said",
        "see": "saw seen",
        "seek": "sought",
        "sell": "sold",
        "send": "sent",
        "serve": "served",
        "shoot": "shot",
        "sing": "sang sung",
        "sit": "sat",
        "speak": "spoke spoken",
        "spend": "spent",
        "stand": "stood",
        "steal": "stole stolen",
        "strike": "struck",
        "swear": "swore sworn",
        "take": "took taken",
        "teach": "taught",
        "tell": "told",
        "think": "thought",
        "throw": "threw thrown",
        "understand": "understood",
        "undertake": "undertook undertaken",
        "wear": "wore worn",
        "weave": "wove woven",
        "wed": "wedded",
        "win": "won",
        "withdraw": "withdrew withdrawn",
        "write": "wrote written",
    }.items()
    for word in forms.split()
}
_NOT_PASSIVE = frozenset({"stand", "go", "pass", "come", "live", "drop", "near", "close", "side"})  # + by


@dataclass(frozen=True, slots=True)
class Form:
    """``turned``: the phrase says it of its tail to its head, as a passive does."""

    words: tuple[str, ...]
    turned: bool = False

    @property
    def text(self) -> str:
        return " ".join(self.words)


def forms(phrase: str, lemmas: Collection[str]) -> list[Form]:
    """The readings of a phrase, the literal one first: "employ by" itself, then "employ" turned.

    ``lemmas`` are words known to be bare, the ontology's: they decide what "founded" is a form of.
    """
    bare = tuple(_lemma(word, lemmas) for word in _content(phrase))
    if len(bare) > 1 and bare[-1] == "by" and bare[-2] not in _NOT_PASSIVE:
        return [Form(bare), Form(bare[:-1], turned=True)]
    return [Form(bare)]


def spoken(phrase: str) -> Form:
    """What an embedding reads: the phrase's own inflected words, without function words, passives turned."""
    kept = tuple(_content(phrase))
    if len(kept) > 1 and kept[-1] == "by" and kept[-2] not in _NOT_PASSIVE:
        return Form(kept[:-1], turned=True)
    return Form(kept)


def _content(phrase: str) -> list[str]:
    said = normalise_phrase(phrase).split()
    return [word for word in said if word not in _FUNCTION] or said


def _lemma(word: str, lemmas: Collection[str]) -> str:
    """The word itself where it is known, else the first known stem of it, else the likeliest."""
    if word in lemmas:
        return word
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    stems = list(_stems(word))
    return next((stem for stem in stems if stem in lemmas), stems[0] if stems else word)


def _stems(word: str) -> Iterator[str]:
    """What an inflected word may be a form of, the likeliest first."""
    if len(word) < 4:
        return
    if word.endswith(("ies", "ied")):
        yield word[:-3] + "y"
        yield word[:-1]
        return
    for ending in ("ing", "ed"):
        stem = word.removesuffix(ending)
        if stem != word and len(stem) > 2:
            if stem[-1] == stem[-2] and stem[-1] not in "lsz":
                yield stem[:-1]
            yield stem
            yield stem + "e"
            if stem[-1] == stem[-2]:
                yield stem[:-1]
            return
    if word.endswith("s") and not word.endswith(("ss", "us", "is")):
        yield word[:-1]
        if word.endswith("es"):
            yield word[:-2]
