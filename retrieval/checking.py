"""What a model wrote, sentence by sentence, held to the sources it names.

A sentence leaves only with the number of a source that exists and that bears it out as far as words can tell:
each number and each address in it stands in a source it names, and so does each name, unless it is written in
another language than English. That is strict on purpose: a model that computes, or repeats what the question
takes for granted, is not believed.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from retrieval.prompts import MEMORY_MARK, NO_ANSWER
from retrieval.refine import ends_sentence
from retrieval.sources import Source
from retrieval.wording import STOP_WORDS, Token, content_stems, tokens_of

_MARK = re.compile(r"\s*[\[【](?:sources?\s*)?(\d{1,3}(?:\s*[,;–-]\s*\d{1,3})*)[\]】]", re.IGNORECASE)
_MEMORY = re.compile(re.escape(MEMORY_MARK), re.IGNORECASE)
_END = re.compile(r"[.!?。！？]+[\"'”’)*_]*(?:\s*[\[【][^\]】\n]{1,20}[\]】])*(?=\s+[^\s\[【])|\n+")
_THINKING = re.compile(r"<think>.*?(?:</think>|\Z)", re.DOTALL)
_NUMBER = re.compile(r"\d(?:[\d.,\u00a0\u202f]*\d)?")
_GROUP = re.compile(r"[.,\u00a0\u202f](?=\d{3}(?!\d))")
_ADDRESS = re.compile(r"(?:https?://|www\.)[^\s)\]>\"”]+", re.IGNORECASE)
_MARKUP = re.compile(r"<[a-zA-Z/!][^>]*>|!\[")
_DAY = re.compile(r"(?:^|\s)\d{1,2}[.]\Z")  # "1." begins an item, "12." is the day of a date
_ORDINAL = re.compile(r"\A\s*(?:\d{1,2}[.)]|[-*•])\s+")
# Lower-case words of languages that write nouns in capitals or inflect names, none of them a word of English
_NOT_ENGLISH = frozenset(
    (
        "ist", "sind", "wurde", "wird", "nicht", "auch", "seit", "für", "mit", "est", "sont", "dans", "avec",
        "une", "était", "été", "qui", "fue", "una", "está", "según", "sono", "è", "nel", "stato", "che",
        "het", "een", "werd", "är", "som", "har", "blev", "foi", "uma", "não", "jest", "oraz",
    )
)  # fmt: skip
# Function words that English shares with them, and which so tell nothing
_SHARED = frozenset(
    (
        "a",
        "also",
        "am",
        "an",
        "as",
        "at",
        "do",
        "in",
        "is",
        "me",
        "no",
        "of",
        "on",
        "or",
        "so",
        "to",
        "was",
        "we",
    )
)
# Words that may begin a sentence without being a name
_OPENERS = frozenset(
    (
        "however", "additionally", "moreover", "furthermore", "therefore", "thus", "overall", "meanwhile",
        "later", "earlier", "since", "although", "though", "while", "both", "another", "other", "one", "two",
        "three", "several", "some", "most", "each", "today", "finally", "first", "second", "under", "until",
        "because", "despite", "unlike", "like", "only", "over", "within", "without", "instead", "here",
    )
)  # fmt: skip
_NO_NAMES = frozenset(
    (
        "january", "february", "march", "april", "may", "june", "july", "august", "september", "october",
        "november", "december", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday",
        "mr", "mrs", "ms", "dr", "prof", "professor", "ceo", "cfo", "cto", "inc", "ltd", "llc", "plc", "ag",
        "gmbh", "co", "yes", "no", "according",
    )
)  # fmt: skip
_SAME_BEGINNING = 5  # letters that make "Norwegian" of "Norway" count as named


@dataclass(frozen=True, slots=True)
class Checked:
    """A sentence without its marks, and the sources it may cite; or ``refused``, with the reason.

    ``lead`` is what parts it from the sentence before: a space, or line breaks and a list's mark.
    """

    text: str
    sources: tuple[Source, ...] = ()
    memory: bool = False
    refused: str = ""
    lead: str = " "


class ReplyReader:
    """Cuts a reply into sentences while it comes."""

    def __init__(self) -> None:
        self._text = ""

    def feed(self, piece: str) -> list[str]:
        """Sentences that are complete by now, with the space before them."""
        self._text = self._text + piece
        if "<think>" in self._text:
            if "</think>" not in self._text:
                return []
            self._text = without_thinking(self._text)
        sentences = []
        start = 0
        for match in _END.finditer(self._text):
            piece = self._text[start : match.end()]
            if piece.strip() and (match[0][0] == "\n" or _ends(piece)):
                sentences.append(piece)
                start = match.end()
        self._text = self._text[start:]
        return sentences

    def rest(self, *, cut: bool) -> list[str]:
        """What is left at the end; a reply that was cut leaves half a sentence, which is none."""
        left = without_thinking(self._text)
        self._text = ""
        return [left] if left.strip() and not cut else []


class SentenceChecker:
    def __init__(self, sources: Sequence[Source], *, from_memory: bool = False) -> None:
        self._sources = {source.number: source for source in sources}
        self._from_memory = from_memory

    def check(self, written: str) -> Checked:
        lead = _lead(written)
        bare = _MARK.sub("", written).strip()
        memory = _MEMORY.search(bare) is not None
        text = _ORDINAL.sub("", " ".join(_MEMORY.sub("", bare).split()).replace(" .", "."), count=1)
        named = [self._sources[n] for n in _numbers(written) if n in self._sources]
        sources = tuple(dict.fromkeys(named))
        refused = self._refusal(text, sources, memory)
        return Checked(text, sources if not memory else (), memory and not refused, refused, lead)

    def _refusal(self, text: str, sources: Sequence[Source], memory: bool) -> str:
        if not any(character.isalnum() for character in text):
            return "it says nothing"
        if _MARKUP.search(text):
            return "it holds markup"
        if memory:
            if not self._from_memory:
                return "it comes from the model's memory"
            return "it holds an address of no source" if _ADDRESS.search(text) else ""
        if not sources:
            return "it names no source"
        evidence = " ".join(f"{source.title} {source.text}" for source in sources)
        if any(address.rstrip(".,;") not in evidence for address in _ADDRESS.findall(text)):
            return "it holds an address of no source"
        if not set(_plain_numbers(text)) <= set(_plain_numbers(evidence)):
            return "it holds a number that its sources do not"
        if unnamed := _unnamed(text, evidence):
            return f"it speaks of {unnamed}, which its sources do not"
        return ""


def without_thinking(reply: str) -> str:
    """Without what a reasoning model says to itself where its server does not part the two."""
    return _THINKING.sub("", reply)


def declines(reply: str) -> bool:
    """Whether the model says that it cannot answer."""
    return NO_ANSWER in without_thinking(reply)[:200].replace("_", " ")


def _ends(piece: str) -> bool:
    return ends_sentence(piece) and _DAY.search(piece) is None


def _lead(written: str) -> str:
    space = written[: len(written) - len(written.lstrip())]
    bullet = _ORDINAL.match(written.lstrip())
    breaks = "\n" * min(space.count("\n"), 2)
    if bullet:
        return (breaks or "\n") + bullet[0].strip() + " "
    return breaks or " "


def _numbers(written: str) -> Iterator[int]:
    """Of "[1]", "[1, 3]" and "[2-4]"."""
    for match in _MARK.finditer(written):
        for part in re.split(r"[,;]", match[1]):
            ends = [int(end) for end in re.split(r"[–-]", part)]
            yield from range(ends[0], ends[-1] + 1)


def _plain_numbers(text: str) -> list[str]:
    """Groups of three are joined, a decimal mark is a point: 2,400 is 2.400, 01 is 1, and 2.4 is not 24."""
    return [_plain(match) for match in _NUMBER.findall(text)]


def _plain(number: str) -> str:
    joined = _GROUP.sub("", number).replace(",", ".").lstrip("0")
    return f"0{joined}" if joined[:1] in {"", "."} else joined


def _unnamed(text: str, evidence: str) -> str:
    """A name in the sentence that stands nowhere in ``evidence``; empty where there is none.

    A sentence in another language than English is not read for names.
    """
    tokens = tokens_of(text)
    words = {token.text for token in tokens}
    if not words.isdisjoint(_NOT_ENGLISH) and words.isdisjoint(STOP_WORDS - _SHARED):
        return ""
    stems = content_stems(evidence) | {token.stem for token in tokens_of(evidence)}
    beginnings = {stem[:_SAME_BEGINNING] for stem in stems if len(stem) >= _SAME_BEGINNING}
    for number, token in enumerate(tokens):
        told = token.stem in stems or token.stem[:_SAME_BEGINNING] in beginnings
        if not told and _may_be_name(tokens, number, token):
            return token.text
    return ""


def _may_be_name(tokens: Sequence[Token], number: int, token: Token) -> bool:
    word = token.text.lower()
    if not token.text[0].isupper() or token.stop or word in _NO_NAMES:
        return False
    return number > 0 or word not in _OPENERS
