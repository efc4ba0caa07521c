"""Names in running text: what the NER found, corrected by cues, and the proper nouns that it missed."""

import re
from collections import Counter, defaultdict
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ingest.extraction import lexicon
from ingest.extraction.passages import Reading
from ingest.extraction.signs import LOWER_SUFFIXES, Signs, signs_of

if TYPE_CHECKING:
    from spacy.tokens import Doc, Token

CUE = 20  # votes: a cue outweighs what the model guessed at every mention
GUESS = 1
_LABELS = {
    "PERSON": "Person",
    "ORG": "Organization",
    "GPE": "Place",
    "LOC": "Place",
    "FAC": "Facility",
    "PRODUCT": "Product",
    "EVENT": "Event",
    "WORK_OF_ART": "Work",
    "LAW": "Work",
}
# A head noun before "of" that makes "University of Norhaven" one name.
_OF_HEADS = frozenset(
    """university bank port institute ministry department museum house bay isle gulf city council
board academy college school society bridge church order battle treaty court office bureau
republic kingdom harbour hospital town""".split()
)
# Parts of speech that a name does not begin with.
_LEADING = frozenset(
    {"DET", "ADP", "PUNCT", "SPACE", "VERB", "AUX", "PRON", "CCONJ", "SCONJ", "ADV", "NUM", "PART"}
)
_VERBAL = frozenset({"prep", "dative", "agent"})
_VESSELS = frozenset(["vessel", "ship", "ferry", "tug", "yacht", "trawler", "steamer", "schooner", "boat"])
_NOT_NAMES = frozenset(
    """i the a an this that these those it its he she they we you his her our my there here today
yesterday tomorrow monday tuesday wednesday thursday friday saturday sunday january february
march april may june july august september october november december spring summer autumn
winter english french german dutch british american internet ceo cfo coo cto eu vat q1 q2 q3
q4 eur usd gbp chf mw gw kw dear colleagues note source page table figure yes no mr mrs ms dr
measures findings chapter section appendix annex ltd inc plc ag gmbh question answer""".split()
)


@dataclass(slots=True)
class Name:
    """A name at code points [start, end) of the document, tokens [first, last) of its passage.

    A table's cell belongs to no passage (-1). ``votes`` are for types; ``title`` is the word before a person;
    ``former``: the text says that it was the name once; ``in_full``: what it was with the given names of its
    bearer, where it is a surname of birth.
    """

    start: int
    end: int
    text: str
    passage: int = -1
    first: int = 0
    last: int = 0
    votes: dict[str, int] = field(default_factory=dict)
    title: str = ""
    former: bool = False
    in_full: str = ""


def kind_of(names: Sequence[Name]) -> str | None:
    """What most of what tells it makes the bearer of these names; ``None`` where nothing does."""
    votes: dict[str, int] = defaultdict(int)
    for name in names:
        for kind, count in name.votes.items():
            votes[kind] += count
    return max(sorted(votes), key=lambda kind: votes[kind]) if votes else None


def find_names(readings: Sequence[Reading]) -> list[Name]:
    """Names of every passage in document order, without overlap.

    Headings set in capitals look like names all through, so there only what also stands in the body, or what
    the model took for a whole name, counts. A second pass finds each known name where the model missed it.
    """
    words = Counter(token.text for reading in readings for token in reading.doc)
    found: list[list[Name]] = []
    for index, reading in enumerate(readings):
        found.append(_names_of(index, reading, words))
    known = {
        name.text
        for index, reading in enumerate(readings)
        if not reading.passage.is_heading
        for name in found[index]
    }
    for index, reading in enumerate(readings):
        if reading.passage.is_heading:
            whole = reading.passage.text.strip()
            found[index] = [
                n
                for n in found[index]
                if n.text in known or "Person" in n.votes or n.text == whole or CUE in n.votes.values()
            ]
    by_first: dict[str, list[tuple[str, ...]]] = defaultdict(list)
    for text in sorted(known):
        tokens = tuple(text.split())
        if len(text) > 2 and any(c.isupper() for c in text):
            by_first[tokens[0]].append(tokens)
    surnames = {lexicon.surname_of(parts) for text in known if (parts := lexicon.parts_of(text))}
    for index, reading in enumerate(readings):
        found[index] = [_with_particles(index, reading, name, surnames) for name in found[index]]
        found[index] = _with_missed(index, reading, found[index], by_first)
    return [name for names in found for name in names]


def _names_of(index: int, reading: Reading, words: Mapping[str, int]) -> list[Name]:
    doc = reading.doc
    signs = signs_of(reading, words)
    spans: list[tuple[int, int, str | None]] = []
    for ent in doc.ents:
        if ent.label_ in _LABELS:
            spans.append((ent.start, ent.end, _LABELS[ent.label_]))
    spans = _over_particles(doc, [piece for span in spans for piece in _split(doc, span, signs)])
    for i in signs.firms:
        spans = [s for s in spans if s[1] <= i - 1 or i + 3 <= s[0]] + [(i - 1, i + 3, "Organization")]
    for start, end in _proper_runs(doc, signs):
        inside = [s for s in spans if s[0] < end and start < s[1]]
        if not inside:
            spans.extend(_split(doc, (start, end, None), signs))
        elif (
            len(inside) == 1
            and start <= inside[0][0]
            and inside[0][1] <= end
            and (start, end) != inside[0][:2]
        ):
            spans.remove(inside[0])
            spans.extend(_split(doc, (start, end, inside[0][2]), signs))
    names: list[Name] = []
    taken: set[int] = set()
    for start, end, guess in sorted(spans, key=lambda s: (s[0] - s[1], s[0], s[2] or "")):
        if taken.isdisjoint(range(start, end)) and (name := _name(index, reading, start, end, guess)):
            taken.update(range(start, end))
            names.append(name)
    return sorted(names, key=lambda n: n.start)


def _over_particles(
    doc: "Doc", spans: Sequence[tuple[int, int, str | None]]
) -> list[tuple[int, int, str | None]]:
    """Spans between which there are small words of a surname alone are one: "Ursula von der Leyen"."""
    found: list[tuple[int, int, str | None]] = []
    for start, end, guess in sorted(spans, key=lambda span: span[:2]):
        between = doc[found[-1][1] : start] if found and found[-1][1] < start else ()
        if between and all(token.text in lexicon.PARTICLES for token in between):
            before, _, first = found.pop()
            found.append((before, end, "Person" if "Person" in (first, guess) else first))
        else:
            found.append((start, end, guess))
    return found


def _proper_runs(doc: "Doc", signs: Signs) -> list[tuple[int, int]]:
    """Maximal runs of proper nouns, joined over "of" after an institution's head and over name particles."""
    runs: list[tuple[int, int]] = []
    i = 0
    while i < len(doc):
        if not _is_proper(doc[i], signs):
            i += 1
            continue
        j = i + 1
        while j < len(doc):
            if _is_proper(doc[j], signs) or (
                doc[j].text.isdigit() and len(doc[j]) < 3 and j not in signs.literals and j + 1 - i > 1
            ):
                j += 1
            elif between := _joins(doc, i, j, signs):
                j += between + 1
            else:
                break
        runs.append((i, j))
        i = j
    return runs


def _is_proper(token: "Token", signs: Signs) -> bool:
    if token.i in signs.literals or not token.text[0].isupper():
        return False
    if token.pos_ == "PROPN" or token.i in signs.opening:
        return True
    # Capitals inside a sentence are a name's, whatever the tagger says.
    return (
        not token.is_sent_start
        and token.pos_ in ("NOUN", "ADJ")
        and token.i > 0
        and token.nbor(-1).text not in '"“‘:-('
    )


def _joins(doc: "Doc", start: int, at: int, signs: Signs) -> int:
    """How many tokens from ``at`` on join what is before them to the name behind them."""
    if at + 1 >= len(doc):
        return 0
    word, after = doc[at].lower_, at + 1
    if word in lexicon.PARTICLES:
        while after + 1 < len(doc) and doc[after].lower_ in lexicon.PARTICLES:
            after += 1
    elif word in ("of", "for"):
        if doc[at - 1].lower_ not in _OF_HEADS:
            return 0
        if doc[after].lower_ == "the" and after + 1 < len(doc):
            after += 1
    elif not (word == "&" or (word == "-" and not doc[at].whitespace_ and doc[after].text[0].isupper())):
        return 0
    return after - at if _is_proper(doc[after], signs) else 0


def _split(doc: "Doc", span: tuple[int, int, str | None], signs: Signs) -> list[tuple[int, int, str | None]]:
    """Cut a span at posts ("Borealis CEO Anna Vance"), conjunctions, possessives, literals and a verb's
    prepositions ("sold Nova Works to Kelso Group"); trim it."""
    start, end, guess = span
    pieces: list[tuple[int, int, str | None]] = []
    begin = start
    for i in range(start, end + 1):
        cut = i == end
        if not cut:
            token = doc[i]
            cut = (
                i in signs.literals
                or token.tag_ == "POS"
                or token.text in ',;:()[]"“”|/?!–—'
                or token.text in ("née", "né", "nee")
                or (token.lower_ == "and" and begin < i)
                or (
                    token.lower_ == "of"
                    and begin + 1 < i
                    and not any(doc[k].lower_ in _OF_HEADS for k in range(begin, i))
                )
                or (token.lower_ in lexicon.POSTS and not _part_of_name(doc, begin, i, end))
                or (token.dep_ in _VERBAL and token.head.pos_ == "VERB" and not start <= token.head.i < end)
            )
        if cut:
            piece = None if _is_of_post(doc, start, begin, i, end) else _trim(doc, begin, i, signs)
            if piece is not None:
                pieces.append((*piece, guess))
            begin = i + 1
    return pieces


def _is_of_post(doc: "Doc", start: int, begin: int, i: int, end: int) -> bool:
    """Whether a piece is inside of a post: the "Financial" of "Chief Financial Officer"."""
    return start < begin and i < end and doc[begin - 1].lower_ == "chief" and doc[i].lower_ == "officer"


def _part_of_name(doc: "Doc", begin: int, i: int, end: int) -> bool:
    """Whether a post's word belongs to a longer name ("Executive Board", "The Office of the President")."""
    return (
        i + 1 < end
        and doc[i + 1].lower_ in lexicon.ORGANIZATION_HEADS
        and doc[i].lower_ in ("executive", "managing")
    )


def _trim(doc: "Doc", start: int, end: int, signs: Signs) -> tuple[int, int] | None:
    while (
        start < end
        and start not in signs.opening
        and (
            (
                doc[start].pos_ in _LEADING
                and not (
                    doc[start].text[0].isupper()
                    and doc[start].pos_ in ("VERB", "ADP", "ADV")
                    and start + 1 < end
                    and not doc[start].is_sent_start
                )
            )
            or doc[start].lower_ in ("the", "a", "an")
        )
    ):
        start += 1
    while start < end and (
        (doc[end - 1].is_punct and not doc[end - 1].text.isalnum())
        or doc[end - 1].is_space
        or doc[end - 1].tag_ == "POS"
        or doc[end - 1].lower_ in ("the", "of", "and", "in")
    ):
        end -= 1
    while start < end and (
        (doc[start].text[0].islower() and not any(c.isupper() for c in doc[start].text))
        or doc[start].text in "-–"
    ):
        start += 1
    while start < end and doc[end - 1].text[0].islower() and not any(c.isupper() for c in doc[end - 1].text):
        end -= 1
    return (start, end) if start < end else None


def _name(
    index: int, reading: Reading, start: int, end: int, guess: str | None, known: bool = False
) -> Name | None:
    doc = reading.doc
    title = ""
    while end - start > 1 and _is_title(doc[start]) and doc[start].lower_ not in ("major",):
        title = doc[start].lower_.rstrip(".")
        start += 1
    before = doc[start - 1].lower_.rstrip(".") if start > 0 else ""
    if not title and start > 0 and _is_title(doc[start - 1]) and doc[start - 1].text[0].isupper():
        title = before
    while end < len(doc) and doc[end].lower_ in LOWER_SUFFIXES and doc[end - 1].text[0].isupper():
        end += 1
    words = [doc[i].text for i in range(start, end)]
    text = doc[start:end].text
    if text.endswith(".") and (end == len(doc) or doc[end].is_sent_start):
        text = text[:-1]  # the full stop of the sentence, not of "Ltd."
    if len(text) < 2 or not any(c.isupper() for c in text) or text.isnumeric():
        return None
    if len(words) == 1 and text.lower().strip(".") in _NOT_NAMES:
        return None
    if len(words) == 1 and not known and doc[start].ent_type_ in ("NORP", "LANGUAGE"):
        return None
    if len(words) == 1 and guess is None and reading.passage.is_heading:
        return None
    if "@" in text or "://" in text or re.fullmatch(r"[A-Z]\.?", text):
        return None
    votes: dict[str, int] = {}
    if title:
        votes["Person"] = CUE
    elif lexicon.may_be_person(text):  # what is said of it decides, else the model's guess
        votes = dict.fromkeys(("Person", lexicon.cue_type(text) or "Facility"), CUE // 2)
        if guess:
            votes[guess] = votes.get(guess, 0) + GUESS
    elif cue := lexicon.cue_type(text):
        votes[cue] = CUE
    elif before in _VESSELS or (len(words) > 1 and words[-1].isdigit()):
        votes["Product"] = CUE // 2
    elif len(words) > 1 and lexicon.gender_of(words[0]):
        votes["Person"] = CUE // 2
    elif guess:
        votes[guess] = GUESS
    offset = reading.passage.start
    begin = offset + doc[start].idx
    return Name(begin, begin + len(text), text, index, start, end, votes, title)


def _with_particles(index: int, reading: Reading, name: Name, surnames: Container[tuple[str, ...]]) -> Name:
    """A surname with the small words before it that belong to it, "van Gogh": behind a title, or if the
    document has it as a name or the end of one."""
    doc, start = reading.doc, name.first
    own = lexicon.parts_of(name.text)
    before: list[str] = []
    while start > 0 and (doc[start - 1].lower_ in lexicon.PARTICLES or _hyphenated(doc, start)):
        start -= 1
        if doc[start].text != "-":
            before.insert(0, doc[start].lower_)
    titled = start > 0 and doc[start - 1].text[0].isupper() and _is_title(doc[start - 1])
    if not before or not (titled or (*before, *own) in surnames):
        return name
    whole = _name(index, reading, start, name.last, None, known=True)
    if whole is None:
        return name
    for kind, votes in name.votes.items():
        whole.votes[kind] = max(votes, whole.votes.get(kind, 0))
    return whole


def _hyphenated(doc: "Doc", start: int) -> bool:
    """Whether the token is joined to a particle by a hyphen: "al-Assad"."""
    if start < 2 or doc[start - 1].text != "-" or doc[start - 1].whitespace_ or doc[start - 2].whitespace_:
        return False
    return doc[start - 2].lower_ in lexicon.PARTICLES


def _is_title(token: "Token") -> bool:
    return token.lower_.rstrip(".") in lexicon.TITLES


def _with_missed(
    index: int, reading: Reading, names: list[Name], by_first: Mapping[str, list[tuple[str, ...]]]
) -> list[Name]:
    doc = reading.doc
    taken = {i for name in names for i in range(name.first, name.last)}
    extra: list[Name] = []
    for token in doc:
        for words in sorted(by_first.get(token.text, ()), key=lambda w: (-len(w), w)):
            end = token.i + len(words)
            if (
                end <= len(doc)
                and taken.isdisjoint(range(token.i, end))
                and doc[token.i : end].text == " ".join(words)
            ):
                if name := _name(index, reading, token.i, end, None, known=True):
                    taken.update(range(token.i, end))
                    extra.append(name)
                break
    return sorted([*names, *extra], key=lambda n: n.start)
