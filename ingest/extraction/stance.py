"""Whether a clause states something, denies it, or only plans, asks or supposes it; and when it holds."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from graph.fusion.dates import DateSpan
from graph.types import PartialDate
from ingest.extraction.factuality import STANDS, by_noun, by_verb, is_content, is_unreal
from ingest.extraction.passages import Reading

if TYPE_CHECKING:
    from spacy.tokens import Token

PERMILLE = 1000
_PLANS = frozenset(
    """plan intend expect hope want aim seek consider propose offer try attempt agree decide threaten
promise wish prepare discuss negotiate explore vow pledge bid wait need ask urge invite allow
enable let require schedule ready likely able set due call recommend suggest would like fear""".split()
)
_FAILED = frozenset({"fail", "refuse", "decline", "neglect"})
_SCARCELY = frozenset("almost nearly hardly barely scarcely".split())
_DOUBTS = frozenset(
    """reportedly allegedly supposedly possibly perhaps maybe probably apparently rumouredly likely""".split()
)
_UNREAL_MARKS = frozenset({"if", "unless", "whether", "though were", "lest"})
_CERTAIN_LINKS = frozenset({"begin", "start", "continue", "go", "help", "manage", "come", "proceed"})
_CEASE = frozenset({"cease", "stop"})
_FORMERLY = frozenset({"formerly", "previously", "once"})  # beside a verb of the past
_INFINITIVE_NOUNS_DEP = ("acl", "relcl")


@dataclass(frozen=True, slots=True)
class Stance:
    """``permille`` scales the claim's confidence. ``ended``: it was so and is no longer. ``past``: it was so,
    and may be."""

    polarity: bool = True
    permille: int = PERMILLE
    ended: bool = False
    future: bool = False
    past: bool = False


def stance(verb: "Token") -> Stance | None:
    """``None`` where nothing is stated: questions, conditions, plans, possibilities."""
    sentence = verb.sent
    if sentence.text.rstrip(" \"'”’)").endswith("?"):
        return None
    polarity, permille, ended, future = True, PERMILLE, _was_formerly(verb), False
    current = verb
    inherits = True  # auxiliaries of the first of two joined verbs hold for the second
    while True:
        for child in current.children:
            word = child.lower_
            if child.dep_ == "neg" or word in ("never", "nor", "neither"):
                if _is_longer(child) or _not_any_more(current):
                    ended = True
                elif word != "neither" or child.dep_ == "preconj":
                    polarity = not polarity if current is verb or word != "nor" else polarity
            elif word == "longer" and any(g.lower_ == "no" for g in child.children):
                ended = True
            elif child.tag_ == "MD" and child.dep_ == "aux":
                if word not in ("will", "'ll", "shall"):
                    return None
                future = True
            elif child.dep_ == "advmod" and word in _DOUBTS:
                permille = permille * 500 // PERMILLE
            elif word in _SCARCELY and child.dep_ == "advmod" and current is verb and child.i == verb.i - 1:
                return None  # "almost bought it"; not "employs nearly 500"
            elif child.dep_ == "mark" and word in _UNREAL_MARKS:
                return None
        if is_unreal(current):
            return None
        head, link = current.head, current.dep_
        if head.i == current.i:
            break
        if link == "conj" and head.pos_ in ("VERB", "AUX"):
            own = any(c.dep_ in ("aux", "auxpass", "nsubj", "nsubjpass") for c in current.children)
            if own or not inherits:
                current = _above_conjuncts(current)
                if current.head.i == current.i:
                    break
                head, link = current.head, current.dep_
            else:
                if any(c.tag_ == "MD" and c.lower_ not in ("will", "'ll", "shall") for c in head.children):
                    return None
                if any(c.dep_ == "neg" for c in head.children) and current.nbor(-1).lower_ in ("or", "nor"):
                    polarity = False
                current = _above_conjuncts(current)
                if current.head.i == current.i:
                    break
                head, link = current.head, current.dep_
        if link in ("ccomp", "xcomp", "pcomp", "csubj", "dep") and head.pos_ in ("VERB", "AUX", "ADJ", "ADP"):
            governor = head.head if head.pos_ == "ADP" else head
            lemma = governor.lemma_.lower()
            if lemma in _PLANS:
                return None
            if lemma in _FAILED:
                polarity = not polarity
            told = by_verb(governor, current)
            if told is None:
                return None
            polarity, permille = polarity != told.denied, min(permille, told.permille)
            if has_ceased(current) or _used_to(current):
                if any(c.dep_ == "neg" for c in governor.children):
                    return None  # "never stopped leading it": when, is not said
                ended = True
            elif (
                link == "xcomp"
                and _is_infinitive(current)
                and lemma not in _CERTAIN_LINKS
                and head.pos_ != "ADJ"
                and told is STANDS
                and lemma not in _FAILED
            ):
                return None
            current = governor
            continue
        if link == "advcl":
            if _is_infinitive(current):
                return None
            break
        if is_content(current):
            told = by_noun(head)
            if told is None:
                return None
            polarity, permille = polarity != told.denied, min(permille, told.permille)
            break
        if link in _INFINITIVE_NOUNS_DEP:
            if _is_infinitive(current):
                return None
            break
        if link == "pcomp" or link == "prep":
            current = head
            continue
        break
    return Stance(polarity, permille, ended, future, _is_past(verb))


def _is_longer(negation: "Token") -> bool:
    after = negation.i + 1
    return negation.lower_ == "longer" or (after < len(negation.doc) and negation.nbor(1).lower_ == "longer")


def _not_any_more(verb: "Token") -> bool:
    """ "Does not lead it any more", "any longer", "anymore"."""
    return any(
        child.dep_ == "advmod"
        and (
            child.lower_ == "anymore"
            or (child.lower_ in ("more", "longer") and any(c.lower_ == "any" for c in child.children))
        )
        for child in verb.children
    )


def _is_past(verb: "Token") -> bool:
    """ "Led", "was led by", "was leading", "had led"; not "has led", which may go on."""
    finite = next((c for c in verb.children if c.dep_ in ("aux", "auxpass")), verb)
    return finite.tag_ == "VBD"


def _was_formerly(verb: "Token") -> bool:
    past = verb.tag_ in ("VBD", "VBN") and verb.dep_ != "advcl"  # "once she led it, it grew"
    return past and any(c.dep_ == "advmod" and c.lower_ in _FORMERLY for c in verb.children)


def has_ceased(verb: "Token") -> bool:
    """ "Ceased to lead", "stopped leading": dates of either verb are when it ended."""
    return verb.dep_ == "xcomp" and verb.head.lemma_.lower() in _CEASE


def _used_to(verb: "Token") -> bool:
    governor = verb.head
    used = governor.lower_ == "used" and governor.tag_ == "VBD"
    return used and verb.dep_ == "xcomp" and _is_infinitive(verb)


def _above_conjuncts(verb: "Token") -> "Token":
    while verb.dep_ == "conj" and verb.head.pos_ in ("VERB", "AUX"):
        verb = verb.head
    return verb


def _is_infinitive(verb: "Token") -> bool:
    return verb.tag_ == "VB" and any(c.lower_ == "to" and c.dep_ == "aux" for c in verb.children)


@dataclass(frozen=True, slots=True)
class When:
    """Dates that bound a statement. ``at`` is the date it tells of, ``as_of`` the one it speaks from."""

    since: PartialDate | None = None
    until: PartialDate | None = None
    at: PartialDate | None = None
    as_of: PartialDate | None = None

    def merged(self, other: "When") -> "When":
        return When(
            self.since or other.since,
            self.until or other.until,
            self.at or other.at,
            self.as_of or other.as_of,
        )

    def __bool__(self) -> bool:
        return any((self.since, self.until, self.at, self.as_of))


UNDATED = When()
_SKIPPED = frozenset(
    """early late mid the year month of end beginning start summer spring autumn winter about around
circa - effective effect half first second its 1 january""".split()
)


def date_roles(reading: Reading) -> dict[int, tuple[str, PartialDate]]:
    """Each date's role (since, until, at, as_of; none for "before" and "after") by its first token."""
    spans = _distinct(reading.dates)
    roles: dict[int, tuple[str, PartialDate]] = {}
    previous: tuple[str, DateSpan] | None = None
    text = reading.passage.text
    for first, span in spans:
        role = _role(reading, first)
        if previous is not None:
            gap = text[previous[1].end : span.start].strip().lower()
            if gap in ("–", "—", "-"):
                role = "until"
                roles[spans[spans.index((first, span)) - 1][0]] = ("since", previous[1].date)
            elif (gap in ("to", "until", "till", "through") and previous[0] == "since") or (
                gap == "and" and previous[0] == "between"
            ):
                role = "until"
        previous = (role, span)
        if role == "between":
            role = "since"
        if role:
            roles[first] = (role, span.date)
    return roles


def _distinct(dates: Mapping[int, DateSpan]) -> list[tuple[int, DateSpan]]:
    firsts: dict[DateSpan, int] = {}
    for token in sorted(dates):
        firsts.setdefault(dates[token], token)
    return [(token, span) for span, token in firsts.items()]


def _role(reading: Reading, first: int) -> str:
    doc = reading.doc
    i = first - 1
    words: list[str] = []
    while i >= 0 and doc[i].lower_ in _SKIPPED and len(words) < 5:
        words.append(doc[i].lower_)
        i -= 1
    before = doc[i].lower_ if i >= 0 else ""
    earlier = doc[i - 1].lower_ if i > 0 else ""
    if before in ("since", "from", "beginning", "starting"):
        return "since"
    if before == "with" and "effect" in words:
        return "since"
    if "effective" in words:
        return "since"
    if before in ("until", "till", "through"):
        return "until"
    if before == "to" or before in ("before", "after", "than"):
        return ""
    if before == "between":
        return "between"
    if before == "as" and "of" in words:
        return "as_of"
    if before == "at" and earlier == "as":
        return "as_of"
    return "at"


_UNTIL = frozenset({"until", "till"})
_TEMPORAL = frozenset(
    "end beginning start year month spring summer autumn winter half quarter middle as".split()
)


def attachments(reading: Reading) -> dict[int, When]:
    """What each verb or noun is dated by: a date belongs to all it hangs from, up to the nearest verb."""
    found: dict[int, When] = {}
    for first, (role, date) in date_roles(reading).items():
        dated, ended = When(**{role: date}), When(until=date)
        span = reading.dates[first]
        token = reading.doc[first]
        aside = _aside_on_name(reading, first)
        while token.head.i != token.i and reading.dates.get(token.head.i) is span:
            token = token.head
        while True:
            if role == "at" and token.dep_ == "prep" and token.lower_ in _UNTIL:
                dated = ended  # "until his death in 2015"
            found[token.i] = found[token.i].merged(dated) if token.i in found else dated
            if (
                token.dep_ == "prep"
                and token.lower_ == "of"
                and not _TEMPORAL & {token.head.lower_, token.head.lemma_}
            ):
                break  # "the extension of 2021" dates the extension
            if (
                token.i == reading.doc[first].i
                and token.dep_ in ("nummod", "compound")
                and token.head.pos_ == "NOUN"
            ):
                break  # so does "the 2021 extension"
            if aside and token.head.i not in aside:
                break
            if role == "at" and token.dep_ == "advcl" and any(c.lower_ in _UNTIL for c in token.children):
                dated, token = ended, token.head  # "until he died in 2015"
                found[token.i] = found.get(token.i, UNDATED).merged(dated)
            if (
                token.head.i == token.i
                or token.pos_ in ("VERB", "AUX")
                or token.dep_ in ("appos", "relcl", "acl")
            ):
                break
            token = token.head
    return found


def _aside_on_name(reading: Reading, first: int) -> range | None:
    """The tokens in brackets around a date, if a name is there too: "Acme Corp (until 2019: Bolt Ltd)" dates
    that name, not the clause."""
    doc, start, end = reading.doc, first, first
    while start > 0 and doc[start].text not in "()":
        start -= 1
    while end < len(doc) - 1 and doc[end].text not in "()":
        end += 1
    inside = range(start + 1, end)
    if doc[start].text != "(" or doc[end].text != ")":
        return None
    return inside if any(doc[i].pos_ == "PROPN" and i not in reading.dates for i in inside) else None
