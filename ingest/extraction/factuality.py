"""What a text makes of what somebody is told to say: it lets it stand, doubts it, denies it, takes it back.

"Reports that Acme bought Bolt are false" states the contrary, "the paper has retracted its report that ..."
nothing at all. The term is that of Sauri and Pustejovsky (2009), who tell certain, probable and possible from
uncommitted, each with its polarity.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from spacy.tokens import Token

_SURE = 1000
_DOUBTFUL = 600
_DENIED_BY_SOMEBODY = 850
DOUBTED = frozenset(
    """claim write allege suggest believe think argue speculate rumour rumor suspect assume guess
imagine insist hear""".split()
)
_SOME = frozenset({"some", "others", "many"})  # "some say": nobody says who
_NOBODY = frozenset({"nobody", "none", "few"})
_DENY = frozenset("deny dispute reject dismiss refute rebut disprove debunk contradict pretend feign".split())
_TAKE_BACK = frozenset("retract withdraw correct recant revoke doubt question".split())
_WRONGLY = frozenset("wrongly falsely mistakenly erroneously incorrectly inaccurately".split())
_FALSE = frozenset(
    "false untrue wrong incorrect inaccurate mistaken unfounded baseless groundless fabricated".split()
)
_TRUE = frozenset("true correct accurate right".split())
_OPEN = frozenset(
    """unclear uncertain unsure doubtful questionable unlikely likely possible conceivable
unconfirmed disputed""".split()
)
_UNTRUTHS = frozenset("myth hoax lie falsehood fabrication misconception fallacy".split())
_RUMOURS = frozenset(
    """claim rumour rumor allegation suggestion speculation belief suspicion assumption gossip theory
argument impression""".split()
)
_PROSPECTS = frozenset(
    """hope plan possibility chance risk fear expectation proposal prospect likelihood wish danger
doubt question condition demand request""".split()
)
_REPORTS = frozenset("report story statement announcement news notion idea word evidence sign proof".split())
_FORMER = frozenset({"earlier", "previous", "original", "prior", "first"})  # "an earlier version said"


@dataclass(frozen=True, slots=True)
class Told:
    """``denied``: the contrary is stated. ``permille`` is how sure it is at most."""

    denied: bool = False
    permille: int = _SURE


STANDS = Told()


def is_content(clause: "Token") -> bool:
    """Whether a clause is what a noun says: "reports that it bought Bolt", not "the firm that it bought"."""
    noun = clause.head
    if noun.pos_ != "NOUN" or clause.dep_ not in ("acl", "ccomp", "relcl"):
        return False
    that = next((c for c in clause.children if c.lower_ == "that" and c.i < clause.i), None)
    if that is None or not any(c.dep_ in ("nsubj", "nsubjpass") and c is not that for c in clause.children):
        return False
    if clause.dep_ != "relcl":
        return that.dep_ == "mark"
    own = that.dep_ == "mark" or any(c.dep_ in ("dobj", "attr") and c.i > clause.i for c in clause.children)
    return own and noun.lemma_.lower() in _UNTRUTHS | _RUMOURS | _REPORTS


def by_noun(noun: "Token") -> Told | None:
    """What becomes of what a noun says (``is_content``); ``None`` where the text does not say it."""
    lemma = noun.lemma_.lower()
    if lemma in _PROSPECTS or _has_no(noun):
        return None
    governor = noun.head.head if noun.head.dep_ == "auxpass" else noun.head
    if noun.dep_ == "pobj" and _has_no(governor.head):  # "no truth in reports that"
        return Told(True, _DENIED_BY_SOMEBODY) if governor.head.lemma_.lower() == "truth" else None
    denied = lemma in _UNTRUTHS
    permille = _DOUBTFUL if lemma in _RUMOURS else _SURE
    if governor.pos_ not in ("VERB", "AUX", "ADJ"):
        return Told(denied, permille)
    verb, negated = governor.lemma_.lower(), any(c.dep_ == "neg" for c in governor.children)
    if noun.dep_ in ("dobj", "nsubjpass") and governor.pos_ != "ADJ":
        if verb in _TAKE_BACK or (verb in _DENY and negated):
            return None
        if verb in _DENY:
            return Told(True, _DENIED_BY_SOMEBODY)
        if negated or _is_open(governor):  # "could not confirm", "declined to confirm"
            permille = min(permille, _DOUBTFUL)
    elif noun.dep_ in ("nsubj", "nsubjpass") and (judged := _judged(governor)) is not None:
        if judged in _OPEN:
            return None
        if judged in _FALSE | _UNTRUTHS | _TRUE:
            return Told(True) if (judged in _TRUE) == negated else STANDS
    return Told(denied, permille)


def by_verb(governor: "Token", clause: "Token") -> Told | None:
    """What becomes of a clause under a verb or an adjective, which may be negated besides; ``None`` where
    nobody says it."""
    lemma = governor.lemma_.lower()
    if clause.dep_ not in ("ccomp", "csubj"):  # "denied buying it", "claims to lead it"
        if lemma in _DENY:
            return Told(True, _DENIED_BY_SOMEBODY)
        if lemma in _FALSE:  # "it would be wrong to say that it bought Bolt"
            return None
        return Told(False, _DOUBTFUL) if lemma in DOUBTED else STANDS
    subject = next((c for c in governor.children if c.dep_ in ("nsubj", "nsubjpass")), None)
    if lemma in _TAKE_BACK or (subject is not None and _is_nobody(subject)):
        return None
    judged = _judged(governor)
    if judged in _OPEN:
        return None
    if judged in _FALSE or any(c.dep_ == "advmod" and c.lower_ in _WRONGLY for c in governor.children):
        return Told(True)
    if lemma in _DENY:
        return Told(True, _DENIED_BY_SOMEBODY)
    if lemma in DOUBTED or (subject is not None and subject.lower_ in _SOME):
        return Told(False, _DOUBTFUL)
    return STANDS


def is_unreal(clause: "Token") -> bool:
    """ "Had it bought Bolt, ..."; "rather than buy it"; "instead of buying it", "without buying it"."""
    if clause.dep_ == "pcomp":
        before = clause.head
        return before.lower_ == "without" or "instead" in [c.lower_ for c in (before.head, *before.children)]
    if clause.dep_ != "advcl":
        return False
    children = list(clause.children)
    if any(c.dep_ == "mark" and c.lower_ == "than" for c in children):
        return True
    subject = next((c.i for c in children if c.dep_ in ("nsubj", "nsubjpass")), None)
    inverted = (c for c in children if c.dep_ in ("aux", "auxpass") and c.lower_ in ("had", "were", "should"))
    return subject is not None and any(c.i < subject for c in inverted)


def _has_no(noun: "Token") -> bool:
    return any(c.lower_ in ("no", "little") and c.dep_ in ("det", "amod") for c in noun.children)


def _judged(verb: "Token") -> str | None:
    """What a copula, or a verb like it, makes of its subject: "is false", "proved wrong", "is a hoax"."""
    if verb.pos_ == "ADJ":  # as the parser sees "is unconfirmed"
        return verb.lemma_.lower()
    return next((c.lemma_.lower() for c in verb.children if c.dep_ in ("acomp", "attr", "oprd")), None)


def _is_open(verb: "Token") -> bool:
    """Whether it may not be so: "may confirm", "declined to confirm"."""
    return any(c.dep_ == "aux" and (c.tag_ == "MD" or c.lower_ == "to") for c in verb.children)


def _is_nobody(subject: "Token") -> bool:
    if subject.lower_ in _NOBODY or (subject.lower_ == "one" and _has_no(subject)):
        return True
    former = any(c.lower_ in _FORMER and c.dep_ == "amod" for c in subject.children)
    return former and subject.lemma_.lower() == "version"
