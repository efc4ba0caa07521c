"""Names that a text says to be one thing's: in brackets, by "also known as", and those of before.

A wrong alias is worse than none: what is said of something else ("formerly Nord Ltd's chief") names nobody.
"""

import re
from collections.abc import Sequence

from ingest.extraction import lexicon
from ingest.extraction.names import Name, kind_of

_ADVERBS = r"""(?:also|better|more\s+commonly|commonly|often|locally|widely|formerly|previously|originally|
    (?:until|since)\s+\d{4}|now|today|then|once|later|subsequently)"""
_CHANGED = r"chang(?:ed|ing)\s+(?:its|their|his|her)\s+(?:[a-z]+\s+)?name"
_ALIAS = re.compile(
    rf"""^(?P<open>\s*[,;(\[]?\s*)(?:(?:which|who)\s+)?(?:{_ADVERBS}\s+)*
    (?P<be>(?:is|was|are|were|had\s+been|has\s+been|used\s+to\s+be|became)\s+)?(?:{_ADVERBS}\s+)*
    (?P<verb>known\s+(?:simply\s+)?as|called|trading\s+as|doing\s+business\s+as|d/b/a|dba|a\.?k\.?a\.?|nicknamed|
       renamed(?:\s+itself)?(?:\s+as|\s+to)?|abbreviated(?:\s+as|\s+to)?|branded\s+as|
       (?:(?:has|have|had)\s+)?(?:{_CHANGED}\s+(?:to|from)|rebranded(?:\s+itself)?\s+(?:as|to)|
          (?:took|taken|adopted)\s+the\s+name(?:\s+of)?)|
       f/k/a|f\.?k\.?a\.?|formerly\s+named|previously\s+named|originally\s+named|
       formerly|previously|originally|now|the\s+former|until\s+\d{{4}}:?|née|né|nee|born)\s+
    (?:as\s+)?(?:the\s+|simply\s+|just\s+)*["“”'‘]*$""",
    re.IGNORECASE | re.VERBOSE,
)
# What is before the first of two names: "Formerly known as Bolt Ltd, Acme Corp", "from Bolt Ltd to Acme".
_OPENING = re.compile(
    r"""(?:^|[.!?]["”’)]*\s+|\n\s*)(?:(?:formerly|previously|originally|once|until\s+\d{4})\s+
    (?:known\s+as|called|named)|(?P<born>born|née))\s+(?:the\s+)?["“”'‘]*$""",
    re.IGNORECASE | re.VERBOSE,
)
_FROM = re.compile(
    rf"""\b(?:{_CHANGED}\s+from|(?:renamed|rebranded)\s+from|chang(?:ed|ing)\s+the\s+name\s+of)\s+
    (?:the\s+)?["“”'‘]*$""",
    re.IGNORECASE | re.VERBOSE,
)
_TO = re.compile(r"""["”'’]?\s+to\s+(?:the\s+)?["“”'‘]*""")
_COMMA = re.compile(r"""["”'’]?,["”'’]?\s+(?:the\s+)?""")
_BEFORE_THAT = re.compile(
    r"""["”'’]?[,;]\s+(?:and\s+)?(?:then|later|earlier|previously|formerly|originally|before\s+that)\s+
    (?:known\s+as\s+|called\s+)?(?:the\s+)?["“”'‘]*""",
    re.IGNORECASE | re.VERBOSE,
)
_FORMER = re.compile(
    r"\b(?:formerly|previously|originally|until|then|once|née|né|nee|born|from|former|used|f/?\.?k/?\.?a)\b",
    re.IGNORECASE,
)
_RENAMED = re.compile(
    r"\b(?:renamed|changed|changing|rebranded|took|taken|adopted|became|now|today|later|subsequently|since)\b",
    re.IGNORECASE,
)
_BIRTH = re.compile(r"\b(?:née|né|nee)\b", re.IGNORECASE)
_NEEDS_END = re.compile(r"formerly|previously|originally|now|the|until|born", re.IGNORECASE)
_UNTIL = re.compile(r"""["”'’]?\s+until\s+\d{4}""", re.IGNORECASE)
_END = re.compile(r"""["”'’]?(?:[,;.)\]]|$)""")
_BESIDE = 80  # code points before and behind two names that may tell of them
_SHORT_FORM = re.compile(r"""^\s*\((?:the\s+|hereinafter\s+|“?in\s+short\s+)*["“”'‘]*$""", re.IGNORECASE)


def stated_aliases(names: Sequence[Name], text: str) -> list[tuple[int, int]]:
    """Pairs of neighbouring names that the text itself says are one; marks the former ones."""
    pairs: list[tuple[int, int]] = []
    for left, right in zip(range(len(names)), range(1, len(names)), strict=False):
        a, b = names[left], names[right]
        if a.passage != b.passage or not 0 < b.start - a.end < 60:
            continue
        follows = bool(pairs) and pairs[-1][1] == left and a.former
        former = _introduced(a, b, text, follows=follows)
        if former is not None:
            pairs.append((left, right))
            for name in former:
                name.former = True
            if b in former and _BIRTH.search(text[a.end : b.start]):
                b.in_full = _born(a, b)
            continue
        between, after = text[a.end : b.start], text[b.end : b.end + 3]
        if _SHORT_FORM.match(between) and re.match(r"""["”'’]?,?["”'’]?\)""", after):
            quoted = between[-1] in "\"“”'‘"
            if quoted or _is_acronym(b.text, a.text) or _is_acronym(a.text, b.text):
                pairs.append((left, right))
    return pairs


def _introduced(a: Name, b: Name, text: str, *, follows: bool) -> list[Name] | None:
    """Which of two names that the text says to be one are former ones; ``None`` where it does not say so.

    ``follows``: the first of them is a former name of what is before it: "Acme, formerly Bolt, then Nut".
    """
    before, between = text[max(0, a.start - _BESIDE) : a.start], text[a.end : b.start]
    after = text[b.end : b.end + _BESIDE]
    ends = bool(_END.match(after[:3]))
    if _TO.fullmatch(between) and _FROM.search(before):
        return [a]
    opening = _OPENING.search(before) if _COMMA.fullmatch(between) else None
    if opening and (not opening["born"] or _may_be_whole_person(a)):
        return [a]
    if follows and ends and _BEFORE_THAT.fullmatch(between):
        return [b]
    match = _ALIAS.match(between)
    if match is None or a.text == b.text:
        return None
    verb, told = match["verb"].lower(), bool(match["be"] or match["open"].strip())
    if verb in ("called", "renamed") and not told:
        return None  # "Anna Vance called Tom Reed"
    if verb == "born" and not _may_be_whole_person(b):
        return None  # "born Oslo, 1961"
    needs_end = _NEEDS_END.fullmatch(verb.split()[0]) and not (verb == "born" and match["be"])
    if needs_end and not ends:
        return None
    if verb == "now" and "Place" in (kind_of([a]), kind_of([b])):
        return None  # "Lemberg, now Ukraine"
    if _RENAMED.search(between) and not verb.endswith("from"):
        return [a]
    gone = _FORMER.search(between) or _UNTIL.match(after)
    return [b] if gone else []


def _born(a: Name, b: Name) -> str:
    """The full name of birth of ``a``, whose surname then was ``b``: "Anna Lund" of "Anna Vance, née Lund";
    nothing where ``b`` is one itself, or no given name is told."""
    surname = lexicon.words_of(b.text)
    given = a.text.split()[: -len(lexicon.surname_of(lexicon.words_of(a.text)))]
    return " ".join((*given, b.text)) if given and lexicon.surname_of(surname) == tuple(surname) else ""


def _may_be_whole_person(name: Name) -> bool:
    """Whether a name of several words may be somebody's."""
    return " " in name.text and kind_of([name]) in (None, "Person")


def _is_acronym(short: str, full: str) -> bool:
    letters = re.sub(r"[^a-z]", "", short.lower())
    words = lexicon.words_of(full)
    return len(letters) > 1 and letters in (
        lexicon.initials(tuple(words)),
        "".join(word[0] for word in words),
        lexicon.initials(lexicon.key_of(full)),
    )
