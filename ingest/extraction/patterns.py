"""Typed patterns over dependencies: clauses, posts, appositions, possessives and measures to statements."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from graph.types import MentionKind, Span, Value, ValueKind
from ingest.extraction import lexicon
from ingest.extraction.clusters import Cluster
from ingest.extraction.coreference import Links
from ingest.extraction.names import CUE, Reading
from ingest.extraction.stance import PERMILLE, Stance, When, attachments, stance
from ingest.extraction.statements import END, START, STATE, Statement
from ingest.extraction.values import Quantity

if TYPE_CHECKING:
    from spacy.tokens import Token

SURE, LINKED, LOOSE = 950, 850, 600  # permille: a name, a pronoun or nominal, a less telling pattern
_APPOINT = frozenset(["appoint", "name", "elect", "hire", "promote", "make", "install", "nominate", "recruit"])
_STARTS = _APPOINT | frozenset(
    ["join", "become", "succeed", "move", "relocate", "marry", "take", "acquire", "buy", "found", "enter", "open", "begin", "get"]
)
_RESIGN = frozenset(["step", "resign", "retire", "stand", "depart", "leave", "quit"])
_ENDS = frozenset({"leave", "quit", "depart"})
_BE = frozenset({"be", "remain", "become", "stay"})
_RISE = frozenset(
    ["rise", "grow", "increase", "fall", "drop", "decline", "climb", "jump", "stand", "amount", "total", "reach", "come", "be", "hit", "exceed", "shrink"]
)
_REPORT = frozenset(["have", "report", "post", "record", "generate", "achieve", "reach", "book", "see", "make", "earn"])
_STATES = {
    "married": "marry",
    "based": "base",
    "headquartered": "headquarter",
    "located": "locate",
    "situated": "situate",
    "born": "bear",
}
_METRICS = frozenset(
    ["capacity", "revenue", "turnover", "cost", "price", "budget", "population", "headcount", "workforce", "output", "length", "height", "staff"]
)
_PEOPLE = frozenset(["people", "employee", "worker", "staff", "person", "engineer", "inhabitant", "resident"])
_ROLE_PREPS = ("of", "at", "for", "with", "in", "to", "on")
_TOGETHER = frozenset(
    {"found", "establish", "set up", "design", "develop", "build", "write", "invent", "start"}
)
_LIGHT = frozenset(
    ["be", "have", "do", "say", "tell", "ask", "get", "make", "take", "give", "go", "come", "see", "know", "think", "want", "call", "include", "show", "put", "let", "keep", "become", "seem", "mean", "need", "try", "use", "look", "find", "add", "note", "write", "describe", "read", "quote", "follow", "thank", "wish", "insist"]
)
_PLACE_NOUNS = frozenset(
    ["city", "town", "village", "port", "island", "region", "province", "state", "district", "municipality", "county"]
)
_BY_UNIT = {"MW": ("capacity of",), "m": ("length of",), "t": ("capacity of",)}
_FORMER = frozenset({"former", "ex", "then", "late", "previous", "outgoing", "ex-", "onetime", "retired"})
_UNREAL = frozenset(
    {"next", "future", "potential", "possible", "acting", "proposed", "prospective", "would", "planned"}
)


@dataclass(frozen=True, slots=True)
class Arg:
    cluster: int
    token: int
    permille: int
    named: bool


@dataclass(frozen=True, slots=True)
class Post:
    """A noun that relates its holder to ``of``: phrases to look up, and how it is dated."""

    lookups: tuple[str, ...]
    of: Arg
    token: int
    former: bool


class PassageReader:
    """The statements of one passage. Built anew for each: it holds nothing but its inputs."""

    def __init__(
        self, index: int, reading: Reading, links: Links, clusters: Sequence[Cluster], topic: int | None
    ) -> None:
        self._topic = topic
        self._index = index
        self._reading = reading
        self._links = links
        self._clusters = clusters
        self._doc = reading.doc
        self._when = attachments(reading)
        self._found: list[Statement] = []

    def statements(self) -> list[Statement]:
        """In the order of sentences; the same statement may be found by two patterns."""
        for sentence in self._doc.sents:
            start = self._reading.passage.start
            self._span = Span(
                *_trimmed(self._reading.passage.text, start, sentence.start_char, sentence.end_char)
            )
            self._question = sentence.text.rstrip(" \"'”’)").endswith("?")
            if self._question:
                continue
            for token in sentence:
                if token.pos_ in ("VERB", "AUX") and token.dep_ not in ("aux", "auxpass"):
                    self._clause(token)
                if token.pos_ in ("NOUN", "PROPN", "ADJ"):
                    self._apposition(token)
                    self._measure(token)
                if token.lower_ == "partners" and token.pos_ == "NOUN":
                    self._partners(token)
                if token.lower_ in ("based", "headquartered") and token.i >= 2 and token.nbor(-1).text == "-":
                    self._based(token)
            for token in sentence:
                if (self._index, token.i) in self._links:
                    self._titled(token)
        return self._found

    # ------------------------------------------------------------ arguments

    def _args(self, token: "Token", depth: int = 0) -> list[Arg]:
        """What the noun phrase headed by ``token`` stands for, with what is joined to it by "and"."""
        found: list[Arg] = []
        one = self._arg(token)
        if one is not None:
            found.append(one)
        if depth < 8:
            for child in token.children:
                if child.dep_ == "conj" and not any(
                    c.lower_ in ("or", "not", "but") and c.dep_ in ("cc", "neg") for c in token.children
                ):
                    found.extend(
                        a for a in self._args(child, depth + 1) if a.cluster not in [f.cluster for f in found]
                    )
        return found

    def _arg(self, token: "Token") -> Arg | None:
        link = self._links.get((self._index, token.i))
        if link is not None:
            named = link.kind is MentionKind.NAME
            return Arg(link.cluster, token.i, SURE if named else LINKED, named)
        if token.tag_ in ("WP", "WDT") or (
            token.lower_ == "that" and token.dep_ in ("nsubj", "nsubjpass", "dobj")
        ):
            verb = next((a for a in token.ancestors if a.dep_ == "relcl"), None)
            one = self._arg(verb.head) if verb is not None and verb.head.tag_ not in ("WP", "WDT") else None
            if (
                one is not None
                and token.lower_ == "who"
                and self._clusters[one.cluster].type in ("Place", "Facility")
            ):
                return None  # the clause hangs from the wrong noun
            return one
        if token.pos_ in ("NOUN", "PROPN"):
            for child in token.children:
                if child.dep_ == "appos" and (self._index, child.i) in self._links:
                    return self._arg(child)
                if child.dep_ == "prep" and child.lower_ in ("of", "at"):
                    for inner in child.children:  # "the chief executive of X, A, lives": parsed as "X, A"
                        for beside in inner.children:
                            one = self._arg_here(beside) if beside.dep_ == "appos" else None
                            if (
                                one is not None
                                and self._is_person(one)
                                and not self._is_person(self._arg_here(inner))
                            ):
                                return one
                if token.lemma_.lower() in _PLACE_NOUNS and child.dep_ == "prep" and child.lower_ == "of":
                    for inner in child.children:
                        if inner.dep_ == "pobj" and (self._index, inner.i) in self._links:
                            return self._arg(inner)
        return None

    def _subjects(self, verb: "Token", depth: int = 0) -> tuple[list["Token"], bool]:
        """Subject tokens and whether the verb is passive, over joined verbs, participles and relative clauses."""
        children = list(verb.children)
        passive = any(c.dep_ in ("auxpass", "nsubjpass") for c in children)
        subjects = [c for c in children if c.dep_ in ("nsubj", "nsubjpass")]
        if subjects or depth > 6:
            return subjects, passive
        participle = verb.tag_ == "VBN" or (verb.tag_ == "VBD" and any(c.dep_ == "agent" for c in children))
        if verb.dep_ == "conj" and verb.head.pos_ in ("VERB", "AUX"):
            subjects, above = self._subjects(verb.head, depth + 1)
            aux = any(c.dep_ == "aux" for c in children)
            by = any(c.dep_ == "agent" or (c.dep_ == "prep" and c.lower_ == "by") for c in children)
            objects = any(c.dep_ == "dobj" for c in children)
            return subjects, passive or by or (
                above and verb.tag_ in ("VBN", "VBD") and not aux and not objects and verb.tag_ == "VBN"
            )
        if verb.dep_ in ("acl", "relcl", "amod") and verb.head.pos_ in ("NOUN", "PROPN", "PRON", "X"):
            return [verb.head], passive or participle
        if verb.dep_ in ("advcl", "xcomp", "pcomp", "ccomp", "dep"):
            governor = verb.head.head if verb.dep_ == "pcomp" else verb.head
            if governor.pos_ in ("VERB", "AUX", "ADJ") and not _is_marked(verb):
                if verb.dep_ == "xcomp" and any(c.dep_ == "dobj" for c in governor.children):
                    return [], False
                subjects, _ = self._subjects(governor, depth + 1)
                return subjects, passive or (participle and verb.dep_ != "ccomp")
            if verb.dep_ == "pcomp" and governor.pos_ in ("NOUN", "PROPN"):
                return [governor], False
        return [], passive

    def _when_of(self, *tokens: "Token") -> When:
        when = When()
        for token in tokens:
            when = when.merged(self._when.get(token.i, When()))
        return when

    def _number(self, token: "Token") -> Quantity | None:
        """The quantity that ``token`` heads or is counted by."""
        own = self._reading.quantities.get(token.i)
        if own is not None and token.i not in self._reading.dates:
            return own
        for child in token.children:
            if (
                child.dep_ in ("nummod", "quantmod", "compound", "nmod")
                and child.i in self._reading.quantities
            ):
                if child.i not in self._reading.dates:
                    return self._reading.quantities[child.i]
        return None

    # ------------------------------------------------------------ emitting

    def _emit(
        self,
        head: Arg,
        lookups: Sequence[str],
        tail: Arg | Value,
        view: Stance,
        when: When,
        *,
        aspect: str = STATE,
        nominal: bool = False,
        mapped_only: bool = False,
        former: bool = False,
        permille: int = PERMILLE,
    ) -> None:
        if isinstance(tail, Arg) and tail.cluster == head.cluster:
            return
        if view.future and not when:
            return
        worst = min(head.permille, tail.permille if isinstance(tail, Arg) else SURE)
        scale = worst * view.permille * permille // PERMILLE**2
        self._found.append(
            Statement(
                head=head.cluster,
                lookups=tuple(dict.fromkeys(lookups)),
                tail=tail.cluster if isinstance(tail, Arg) else tail,
                span=self._span,
                permille=scale * 650 // PERMILLE if view.future else scale,
                when=when,
                polarity=view.polarity,
                aspect=aspect,
                ended=view.ended or former,
                nominal=nominal,
                mapped_only=mapped_only,
                named=head.named and (isinstance(tail, Value) or tail.named),
            )
        )

    # ------------------------------------------------------------ clauses

    def _clause(self, verb: "Token") -> None:
        view = stance(verb)
        if view is None:
            return
        subject_tokens, passive = self._subjects(verb)
        subjects = [a for s in subject_tokens for a in self._args(s) or self._described(verb, s)]
        lemma = _lemma(verb)
        when = self._when_of(verb)
        if lemma == "manage" and verb.lower_ == "managing" and any(c.lemma_ == "be" for c in verb.children):
            director = next(
                (c for c in verb.children if c.dep_ in ("dobj", "attr") and c.lemma_ == "director"), None
            )
            if director is not None:
                self._holds(subjects, director, view, when, STATE, prefix="managing ")
                return
        if lemma in _BE and not passive:
            self._copula(verb, lemma, subject_tokens, subjects, view, when)
            return
        if self._appointment(verb, lemma, subjects, passive, view, when):
            return
        if lemma == "succeed" and not passive:
            self._succession(verb, subjects, view, when)
        self._leaving(verb, lemma, subjects, view, when)
        particle = next((c.lower_ for c in verb.children if c.dep_ == "prt"), "")
        phrase = f"{lemma} {particle}".strip()
        aspect = START if lemma in _STARTS else STATE
        objects = [
            c
            for c in verb.children
            if c.dep_ in ("dobj", "dative", "attr", "oprd") and c.tag_ not in ("WP", "WDT")
        ]
        relative = [c for c in verb.children if c.dep_ == "dobj" and c.tag_ in ("WP", "WDT")]
        if verb.dep_ == "relcl" and not passive and not objects and (relative or _object_gap(verb)):
            objects = [verb.head]
        denied_object = [o for o in objects if any(c.dep_ == "det" and c.lower_ == "no" for c in o.children)]
        objects = [o for o in objects if o not in denied_object]
        if lemma == "found" or lemma == "co-found":
            phrase = "found"
        if phrase in _TOGETHER and not passive:
            subjects = [*subjects, *self._companions(verb, objects, subjects)]
        if passive:
            for agent in self._agents(verb):
                for subject in subjects:
                    self._emit(agent, (phrase,), subject, view, when, aspect=aspect)
            self._dated(subjects, phrase, verb, view)
        else:
            for subject in subjects:
                for noun in objects:
                    for tail in self._args(noun):
                        if lemma not in _ENDS and lemma != "succeed":
                            self._emit(subject, (phrase,), tail, view, when, aspect=aspect)
            for noun in objects:
                self._dated(self._args(noun), phrase, verb, view)
            if not objects:
                self._dated(subjects, phrase, verb, view)
            self._quantified(subjects, lemma, objects, view, when)
        self._moved(subjects, lemma, objects, verb, view, when)
        self._prepositions(verb, phrase, subjects, objects, view, when, aspect, passive)
        if lemma == "sell" and not passive:
            self._sale(verb, objects, view, when)
        for noun, post_view, post_aspect in self._as_posts(verb, lemma, view):
            self._holds(
                subjects,
                noun,
                post_view,
                self._when_of(verb, noun),
                post_aspect,
                fallback=self._object_args(objects),
            )

    def _described(self, verb: "Token", noun: "Token") -> list[Arg]:
        """ "Is a company based in X": what is said of the description holds for what it describes."""
        return self._standing_for(noun) if verb.dep_ in ("acl", "relcl") and noun.pos_ == "NOUN" else []

    def _object_args(self, objects: Sequence["Token"]) -> list[Arg]:
        return [a for o in objects for a in self._args(o)]

    def _agents(self, verb: "Token") -> list[Arg]:
        return [
            arg
            for child in verb.children
            if child.dep_ == "agent" or (child.dep_ == "prep" and child.lower_ == "by")
            for noun in child.children
            if noun.dep_ == "pobj" and noun.i not in self._reading.dates
            for arg in self._args(noun)
        ]

    def _companions(self, verb: "Token", objects: Sequence["Token"], subjects: Sequence[Arg]) -> list[Arg]:
        """ "Founded X together with B": B founded it too."""
        kinds = {self._clusters[s.cluster].type for s in subjects}
        preps = _preps(verb, through=("together", "along"))
        preps += [p for o in objects for p in _preps(o, through=("together",))]
        return [
            arg
            for prep in preps
            if prep.lower_ == "with"
            for arg in self._tails(prep)
            if self._clusters[arg.cluster].type in kinds and arg.cluster not in [s.cluster for s in subjects]
        ]

    def _dated(self, things: Sequence[Arg], phrase: str, verb: "Token", view: Stance) -> None:
        """ "Founded in 1998": the date itself is what is said of the thing, if the ontology has it so."""
        when = self._when_of(verb)
        date = when.at or (when.since if phrase in ("open", "operate") else None)
        if date is None:
            return
        for thing in things:
            lookups = (f"{phrase} on", f"{phrase} in") if len(date) > 7 else (f"{phrase} in", f"{phrase} on")
            self._emit(thing, lookups, Value(ValueKind.DATE, date), view, When(), mapped_only=True)

    def _quantified(
        self, subjects: Sequence[Arg], lemma: str, objects: Sequence["Token"], view: Stance, when: When
    ) -> None:
        for noun in objects:
            quantity = self._number(noun)
            if quantity is None:
                continue
            counted = quantity.counted or noun.lemma_.lower()
            people = (
                quantity.counted in ("people", "employees", "staff", "workers", "persons")
                or noun.lemma_ in _PEOPLE
            )
            value = quantity.value
            if lemma == "employ":
                lookups: tuple[str, ...] = ("employ",)
            elif lemma == "have":
                lookups = (
                    (f"have {counted}", f"have {counted}s")
                    if not people or "inhab" in counted or "resid" in counted
                    else ("have employees", "have inhabitants")
                )
            elif value.unit or lemma in ("cost",):
                lookups = (lemma,)
            else:
                continue
            for subject in subjects:
                self._emit(subject, lookups, value, view, when, mapped_only=True)

    def _prepositions(
        self, verb: "Token", phrase: str, subjects: Sequence[Arg], objects: Sequence["Token"],
        view: Stance, when: When, aspect: str, passive: bool,
    ) -> None:  # fmt: skip
        for prep in _preps(verb):
            word = prep.lower_
            if word in ("as", "by", "like", "than", "including"):
                continue
            tails = self._tails(prep)
            for tail in tails:
                if not objects or passive:
                    for subject in subjects:
                        self._emit(
                            subject,
                            (f"{phrase} {word}",),
                            tail,
                            view,
                            when,
                            aspect=aspect,
                            mapped_only=word in ("in", "on", "at") or phrase in _LIGHT,
                        )
                elif tail.named:
                    for subject in subjects:
                        for noun in objects:
                            if self._arg(noun) is None and not self._number(noun):
                                self._emit(
                                    subject,
                                    (
                                        f"{phrase} {noun.lemma_.lower()} {word}",
                                        f"{phrase} {noun.lower_} {word}",
                                    ),
                                    tail,
                                    view,
                                    when,
                                    aspect=aspect,
                                    mapped_only=True,
                                )
                    # "founded Tidewater in Carrick Bay", "studied physics at": only what the ontology knows.
                    for subject in subjects:
                        self._emit(
                            subject,
                            (f"{phrase} {word}",),
                            tail,
                            view,
                            when,
                            aspect=aspect,
                            mapped_only=True,
                            permille=900,
                        )
        for noun in objects:
            if self._arg(noun) is None:
                for prep in _preps(noun):
                    for tail in self._tails(prep):
                        for subject in subjects:
                            lookups = (
                                f"{phrase} {noun.lemma_.lower()} {prep.lower_}",
                                f"{phrase} {noun.lower_} {prep.lower_}",
                            )
                            self._emit(subject, lookups, tail, view, when, aspect=aspect, mapped_only=True)
        if phrase == "work" and not passive and not subjects:
            for child in verb.children:
                quantity = self._number(child) if child.dep_ == "nsubj" else None
                if quantity is not None and (quantity.counted or child.lemma_ in _PEOPLE):
                    for prep in _preps(verb):
                        if prep.lower_ in ("at", "for"):
                            for tail in self._tails(prep):
                                self._emit(tail, ("employ",), quantity.value, view, when, mapped_only=True)

    def _tails(self, prep: "Token") -> list[Arg]:
        return [
            arg
            for noun in prep.children
            if noun.dep_ in ("pobj", "pcomp") and noun.i not in self._reading.dates
            for arg in self._args(noun)
        ]

    def _partners(self, noun: "Token") -> None:
        """ "X partners with Y": a verb that the tagger takes for a noun."""
        if noun.i > 0 and (one := self._arg_here(noun.nbor(-1))) is not None:
            for prep in _preps(noun):
                if prep.lower_ == "with":
                    for tail in self._tails(prep):
                        self._emit(
                            one, ("partner with",), tail, Stance(), self._when_of(noun), mapped_only=True
                        )

    def _moved(
        self, subjects: Sequence[Arg], lemma: str, objects: Sequence["Token"], verb: "Token", view: Stance, when: When
    ) -> None:  # fmt: skip
        """ "Moved its headquarters from X to Y": Y from then on, X until then."""
        if lemma not in ("move", "relocate", "transfer", "shift"):
            return
        seat = [
            o
            for o in objects
            if o.lemma_.lower() in ("headquarter", "headquarters", "office", "seat", "base")
        ]
        if seat:
            subjects = [
                a for o in seat for c in o.children if c.dep_ == "poss" for a in self._args(c)
            ] or list(subjects)
        elif objects:
            return
        preps = [*_preps(verb), *(p for o in seat for p in _preps(o))]
        preps += [inner for p in preps for inner in _preps(p)]
        for prep in preps:
            for tail in self._tails(prep):
                for subject in subjects:
                    if self._clusters[subject.cluster].type == "Person" and not seat:
                        continue
                    if prep.lower_ == "to":
                        self._emit(
                            subject,
                            ("move headquarters to",),
                            tail,
                            view,
                            when,
                            aspect=START,
                            mapped_only=True,
                        )
                    elif prep.lower_ == "from" and view.polarity:
                        ended = Stance(True, view.permille, True, view.future)
                        self._emit(
                            subject, ("headquarter in",), tail, ended, when, aspect=END, mapped_only=True
                        )

    def _sale(self, verb: "Token", objects: Sequence["Token"], view: Stance, when: When) -> None:
        for prep in _preps(verb):
            if prep.lower_ == "to":
                for buyer in self._tails(prep):
                    for thing in self._object_args(objects):
                        self._emit(
                            buyer, ("buy",), thing, view, when, aspect=START, mapped_only=True, permille=900
                        )

    # ------------------------------------------------------------ posts

    def _appointment(
        self, verb: "Token", lemma: str, subjects: Sequence[Arg], passive: bool, view: Stance, when: When
    ) -> bool:  # fmt: skip
        """ "X appointed A chief executive", "A was named director of X", "X hired A as its chairwoman"."""
        if lemma not in _APPOINT:
            return False
        posts = [
            c
            for c in verb.children
            if c.dep_ in ("oprd", "attr", "dobj", "xcomp", "ccomp") and self._arg(c) is None and _is_noun(c)
        ]
        posts += [
            n
            for c in verb.children
            if c.dep_ == "prep" and c.lower_ in ("as", "to")
            for n in c.children
            if n.dep_ == "pobj" and self._arg(n) is None
        ]
        employers = self._agents(verb) if passive else list(subjects)
        holders = (
            list(subjects)
            if passive
            else [
                a
                for c in verb.children
                if c.dep_ in ("dobj", "dative", "nsubj") and c.dep_ != "nsubj"
                for a in self._args(c)
            ]
        )
        if not passive and not holders:
            for (
                post
            ) in posts:  # "appointed Tomas Reyes chief executive": the name is parsed as the post's modifier
                holders += [
                    a
                    for c in post.children
                    if c.dep_ in ("nmod", "compound", "nsubj", "amod")
                    and (a := self._arg(c))
                    and self._clusters[a.cluster].type == "Person"
                ]
                if not holders:
                    holders += [
                        a
                        for c in post.subtree
                        if c.i < post.i and (a := self._arg(c)) and self._clusters[a.cluster].type == "Person"
                    ][:1]
        done = False
        for post in posts:
            done |= self._holds(
                holders, post, view, self._when_of(verb, post).merged(when), START, fallback=employers
            )
        if lemma in ("hire", "recruit"):
            for employer in employers:
                for holder in holders:
                    self._emit(holder, ("hire by",), employer, view, when, aspect=START)
                    done = True
        return done

    def _succession(self, verb: "Token", subjects: Sequence[Arg], view: Stance, when: When) -> None:
        """ "A succeeded B as chief executive of X in 2015": A from 2015, B until then."""
        before = [a for c in verb.children if c.dep_ == "dobj" for a in self._args(c)]
        for subject in subjects:
            for old in before:
                self._emit(subject, ("succeed",), old, view, when, aspect=START)
        ended = Stance(True, view.permille, True, view.future)
        for noun, _, _ in self._as_posts(verb, "succeed", view):
            if view.polarity:
                self._holds(before, noun, ended, When(until=when.at or when.since), END)

    def _leaving(self, verb: "Token", lemma: str, subjects: Sequence[Arg], view: Stance, when: When) -> None:
        if lemma not in _RESIGN or not view.polarity:
            return
        ended = Stance(True, view.permille, True, view.future)
        if lemma in ("step", "resign", "retire") and not any(True for _ in self._as_posts(verb, lemma, view)):
            self._last_post_ends(subjects, ended, when)
        until = When(until=when.at or when.until or when.since, as_of=when.as_of)
        for subject in subjects:
            if lemma in _ENDS and self._clusters[subject.cluster].type == "Person":
                for noun in (c for c in verb.children if c.dep_ == "dobj"):
                    for tail in self._args(noun):
                        self._emit(
                            subject,
                            ("work for",),
                            tail,
                            ended,
                            until,
                            aspect=END,
                            mapped_only=True,
                            permille=900,
                        )
            elif lemma in ("resign", "retire", "depart"):
                for prep in _preps(verb):
                    if prep.lower_ == "from":
                        for tail in self._tails(prep):
                            self._emit(
                                subject,
                                ("work for",),
                                tail,
                                ended,
                                until,
                                aspect=END,
                                mapped_only=True,
                                permille=900,
                            )

    def _last_post_ends(self, subjects: Sequence[Arg], ended: Stance, when: When) -> None:
        """ "He stepped down in 2016": from the post that this paragraph last gave him."""
        for subject in subjects:
            held = [
                s
                for s in self._found
                if s.head == subject.cluster and s.nominal and s.polarity and not s.ended
            ]
            if held and when.at:
                last = held[-1]
                if isinstance(last.tail, Value):
                    continue
                self._emit(
                    subject, last.lookups, Arg(last.tail, subject.token, LINKED, last.named), ended,
                    When(until=when.at), aspect=END, nominal=True, mapped_only=True,
                )  # fmt: skip

    def _as_posts(self, verb: "Token", lemma: str, view: Stance) -> Iterator[tuple["Token", Stance, str]]:
        """Posts named with "as": serve as, join X as, succeed B as, step down as."""
        ends = lemma in _RESIGN or lemma in ("fire", "dismiss", "remove", "replace")
        starts = lemma in _STARTS
        for prep in _preps(verb, through=("down", "on")):
            if prep.lower_ != "as":
                continue
            for noun in prep.children:
                if noun.dep_ == "pobj" and self._arg(noun) is None:
                    if ends:
                        yield noun, Stance(view.polarity, view.permille, True, view.future), END
                    else:
                        yield noun, view, START if starts else STATE

    def _posts(self, noun: "Token", prefix: str = "", depth: int = 0) -> list[Post]:
        """What the noun relates its holder to: "chief executive of X", "X's chair", "X subsidiary"."""
        left = sorted(
            (
                c
                for c in noun.children
                if c.i < noun.i
                and c.dep_ in ("amod", "compound", "nmod")
                and (self._index, c.i) not in self._links
            ),
            key=lambda c: c.i,
        )
        modifiers = {c.lower_ for c in left}
        if modifiers & _UNREAL or any(c.dep_ == "det" and c.lower_ == "no" for c in noun.children):
            return []
        former = bool(modifiers & _FORMER)
        words = [w for c in left for w in _inner_words(c) if w not in _FORMER]
        bases = [prefix + " ".join([*words[k:], noun.lemma_.lower()]) for k in range(len(words) + 1)]
        found: list[Post] = []

        def add(prep: str, of: Arg) -> None:
            lookups = [f"{base} {prep}" for base in bases]
            if prep != "of":
                lookups += [f"{base} of" for base in bases]
            found.append(Post(tuple(lookups), of, noun.i, former))

        for prep in _preps(noun):
            if prep.lower_ in _ROLE_PREPS:
                for of in self._tails(prep):
                    add(prep.lower_, of)
        for child in noun.children:
            if child.dep_ == "poss":
                for of in self._args(child):
                    add("of", of)
            elif (
                child.dep_ in ("compound", "nmod", "amod")
                and child.i < noun.i
                and (of_one := self._arg(child)) is not None
            ):
                if self._clusters[of_one.cluster].type in ("Organization", "Project", "Facility", "Thing"):
                    add("of", of_one)
        if depth == 0:
            for child in noun.children:
                if child.dep_ == "conj" and self._arg(child) is None and _is_noun(child):
                    for post in self._posts(child, depth=1):
                        found.append(post)
                        if not any(p.token == noun.i for p in found):
                            add(post.lookups[0].rsplit(" ", 1)[1], post.of)
        return found

    def _holds(
        self, holders: Sequence[Arg], noun: "Token", view: Stance, when: When, aspect: str,
        fallback: Sequence[Arg] = (), prefix: str = "", permille: int = PERMILLE,
    ) -> bool:  # fmt: skip
        """State each post that ``noun`` names of each holder; a post with no body takes ``fallback``'s."""
        posts = self._posts(noun, prefix)
        understood = (
            not posts and not fallback and noun.dep_ != "appos" and noun.head.pos_ in ("VERB", "AUX", "ADP")
        )
        if (
            understood
            and _names_a_job(noun)
            and not any(c.dep_ == "det" and c.lower_ in ("a", "an") for c in noun.children)
        ):
            fallback = self._understood(holders, noun)
            permille = permille * 850 // PERMILLE
        if not posts and fallback:
            left = [
                c.lower_
                for c in noun.children
                if c.dep_ in ("amod", "compound")
                and c.i < noun.i
                and (self._index, c.i) not in self._links
                and c.lower_ not in _FORMER
            ]
            base = prefix + noun.lemma_.lower()
            lookups = tuple(f"{' '.join([*left[k:], base])} of" for k in range(len(left) + 1))
            posts = [Post(lookups, of, noun.i, False) for of in fallback if not self._surely_person(of)]
        done = False
        for post in posts:
            for holder in holders:
                lookups = post.lookups
                prep = lookups[0].rsplit(" ", 1)[1]
                kind = self._clusters[holder.cluster].type
                if kind == "Person" and prep in ("at", "for", "with", "of") and _names_a_job(noun):
                    lookups = (*lookups, "work at")
                elif prep in ("in", "on") and kind != "Person":
                    lookups = (*lookups, "locate in")
                plural = noun.tag_ in ("NNS", "NNPS")
                post_when = when.merged(self._when_of(self._doc[post.token]))
                self._emit(
                    holder,
                    lookups,
                    post.of,
                    view,
                    post_when,
                    aspect=aspect,
                    nominal=True,
                    former=post.former,
                    permille=permille,
                    mapped_only=plural and len(holders) < 2,
                )
                done = True
        return done

    def _is_person(self, arg: Arg | None) -> bool:
        return arg is not None and self._clusters[arg.cluster].type == "Person"

    def _surely_person(self, arg: Arg) -> bool:
        return self._clusters[arg.cluster].votes.get("Person", 0) >= CUE // 2

    def _understood(self, holders: Sequence[Arg], noun: "Token") -> list[Arg]:
        """Whose chief executive, where the clause does not say: of the body just joined, else of the topic."""
        verb = next((a for a in noun.ancestors if a.pos_ in ("VERB", "AUX")), None)
        if verb is not None and verb.dep_ == "conj":
            bodies = [a for c in verb.head.children if c.dep_ == "dobj" for a in self._args(c)]
            bodies = [a for a in bodies if self._clusters[a.cluster].type == "Organization"]
            if len(bodies) == 1:
                return bodies
        if self._topic is None or self._clusters[self._topic].type != "Organization":
            return []
        return [Arg(self._topic, noun.i, LINKED, False)]

    # ------------------------------------------------------------ copulas and appositions

    def _copula(
        self, verb: "Token", lemma: str, subject_tokens: Sequence["Token"], subjects: Sequence[Arg], view: Stance, when: When
    ) -> None:  # fmt: skip
        aspect = START if lemma == "become" else STATE
        for child in verb.children:
            if child.dep_ in ("attr", "oprd") or (child.dep_ == "nsubj" and child.i > verb.i):
                named = self._args(child)
                if named:  # "The chief executive of X is A"
                    for token in subject_tokens:
                        if self._arg(token) is None and _is_noun(token):
                            self._holds(named, token, view, self._when_of(verb, token), aspect)
                elif _is_noun(child) and self._number(child) is None:
                    for noun in [child, *(c for c in child.children if c.dep_ == "conj")]:
                        self._holds(subjects, noun, view, self._when_of(verb, noun), aspect)
            elif child.dep_ == "acomp" and child.lower_ in _STATES:
                for prep in _preps(child) or _preps(verb):
                    for tail in self._tails(prep):
                        for subject in subjects:
                            self._emit(
                                subject,
                                (f"{_STATES[child.lower_]} {prep.lower_}",),
                                tail,
                                view,
                                self._when_of(verb, child),
                                mapped_only=True,
                            )
        for prep in _preps(verb):
            if prep.lower_ in ("in", "on", "at", "near"):
                for tail in self._tails(prep):
                    for subject in subjects:
                        self._emit(subject, (f"be {prep.lower_}",), tail, view, when, mapped_only=True)
                    for token in subject_tokens:
                        if (
                            token.lemma_.lower() in ("headquarter", "headquarters", "seat", "office")
                            and prep.lower_ == "in"
                        ):
                            for owner in self._owners(token):
                                self._emit(
                                    owner, ("have headquarters in",), tail, view, when, mapped_only=True
                                )

    def _apposition(self, noun: "Token") -> None:
        """ "A, chief executive of X," and "X's chief executive, A,"."""
        if (
            self._arg_here(noun)
            and noun.dep_ == "appos"
            and self._arg_here(noun.head) is None
            and _is_noun(noun.head)
        ):
            holders = self._args(noun)
            self._holds(holders, noun.head, Stance(), self._when_of(noun.head), STATE)
        elif (
            self._arg_here(noun) is None
            and noun.dep_ in ("nsubj", "nsubjpass", "dobj", "pobj", "attr")
            and noun.pos_ == "NOUN"
        ):
            named = self._arg(noun)
            if (
                named is not None
                and named.token > noun.i
                and not any(c.i == named.token for c in noun.children)
            ):
                self._holds([named], noun, Stance(), self._when_of(noun), STATE)
        elif noun.dep_ == "appos" and self._arg_here(noun) is None and _is_noun(noun):
            head = noun.head
            holder = self._arg(head)
            if holder is None and head.head.dep_ != head.dep_ and _is_noun(head):
                return
            if holder is not None:
                for post in [
                    noun,
                    *(c for c in noun.children if c.dep_ == "conj" and self._arg_here(c) is None),
                ]:
                    self._holds([holder], post, Stance(), self._when_of(post), STATE)
                for prep in _preps(noun):
                    if prep.lower_ in ("in", "on"):
                        for tail in self._tails(prep):
                            self._emit(
                                holder,
                                (f"{noun.lemma_.lower()} {prep.lower_}", "locate in"),
                                tail,
                                Stance(),
                                When(),
                                mapped_only=True,
                            )

    def _arg_here(self, token: "Token") -> Arg | None:
        link = self._links.get((self._index, token.i))
        return None if link is None else Arg(link.cluster, token.i, SURE, link.kind is MentionKind.NAME)

    def _titled(self, token: "Token") -> None:
        """Words before a name: "Borealis chief executive Anna Vance", "its subsidiary Noordwind"."""
        link = self._links[(self._index, token.i)]
        if link.kind is not MentionKind.NAME or (token.i > 0 and self._same_name(token.i - 1, token.i)):
            return
        words: list[str] = []
        i = token.i - 1
        if i >= 0 and self._doc[i].text == ",":
            i -= 1
        comma = i != token.i - 1
        while (
            i >= 0
            and len(words) < 4
            and (self._index, i) not in self._links
            and self._doc[i].is_alpha
            and self._doc[i].pos_ in ("NOUN", "ADJ", "PROPN", "VERB")
        ):
            words.insert(0, self._doc[i].lower_)
            i -= 1
        if not words or i < 0:
            return
        if self._doc[i].tag_ == "POS":
            i -= 1
        elif comma or self._doc[i].is_sent_start is None:
            if self._doc[i].tag_ != "PRP$":
                return
        owner = self._arg_here(self._doc[i])
        if owner is None or (owner.named is False and self._doc[i].tag_ != "PRP$"):
            return
        former = words[0] in _FORMER
        if set(words) & _UNREAL:
            return
        words = [w for w in words if w not in _FORMER]
        if not words:
            return
        lookups = tuple(f"{' '.join(words[k:])} of" for k in range(len(words)))
        holder = self._arg_here(token)
        if holder is not None:
            last = self._doc[token.i - (2 if comma else 1)]
            if self._clusters[holder.cluster].type == "Person" and _names_a_job(last):
                lookups = (*lookups, "work at")
            self._emit(
                holder,
                lookups,
                owner,
                Stance(),
                self._when_of(last),
                nominal=True,
                former=former,
                mapped_only=True,
            )

    def _same_name(self, a: int, b: int) -> bool:
        return any(
            name.passage == self._index and name.first <= a and b < name.last
            for name in self._clusters[self._links[(self._index, b)].cluster].names
        )

    def _based(self, token: "Token") -> None:
        """ "The Rotterdam-based company": of the thing that the noun phrase stands for."""
        place = self._arg_here(self._doc[token.i - 2])
        if place is None:
            return
        noun = token
        while noun.dep_ in ("amod", "compound", "nmod", "punct", "npadvmod") and noun.head.i != noun.i:
            noun = noun.head
        for owner in self._standing_for(noun):
            self._emit(owner, ("base in",), place, Stance(), When(), mapped_only=True)

    def _standing_for(self, noun: "Token") -> list[Arg]:
        """The thing a descriptive noun phrase is said of: itself, the subject of "is a", the name beside it."""
        own = self._arg(noun)
        if own is not None:
            return [own]
        if noun.dep_ == "appos":
            head = self._arg(noun.head)
            return [head] if head is not None else []
        if noun.dep_ in ("attr", "oprd"):
            view = stance(noun.head)
            if view is not None and view.polarity:
                subjects, _ = self._subjects(noun.head)
                return [a for s in subjects for a in self._args(s)]
        return []

    # ------------------------------------------------------------ measures

    def _owners(self, noun: "Token") -> list[Arg]:
        """Whose the measured noun is, best first: its possessor, "of X", who has or reports it."""
        for child in noun.children:
            if child.dep_ == "poss" and (args := self._args(child)):
                return args
        for prep in _preps(noun):
            if prep.lower_ in ("of", "at") and (args := self._tails(prep)):
                return args
        for child in noun.children:
            if child.dep_ in ("compound", "nmod") and (one := self._arg_here(child)) is not None:
                return [one]
        if noun.dep_ in ("dobj", "attr") and (noun.head.lemma_ in _REPORT):
            subjects, passive = self._subjects(noun.head)
            return [] if passive else [a for s in subjects for a in self._args(s)]
        if noun.dep_ == "conj":
            return self._owners(noun.head)
        if noun.dep_ == "pobj" and noun.head.lower_ in ("with", "at", "for", "on"):
            above = noun.head.head
            if above.pos_ in ("VERB", "AUX"):
                objects = [a for c in above.children if c.dep_ == "dobj" for a in self._args(c)]
                subjects, _ = self._subjects(above)
                return objects or [a for s in subjects for a in self._args(s)]
            return self._standing_for(above)
        return []

    def _measure(self, noun: "Token") -> None:
        lemma = noun.lemma_.lower()
        if lemma in _METRICS:
            for quantity, governor in self._measured(noun):
                view = stance(governor) if governor.pos_ in ("VERB", "AUX") else Stance()
                if view is None or not view.polarity:
                    continue
                when = self._when_of(governor, noun)
                for owner in self._owners(noun):
                    self._emit(owner, (f"{lemma} of",), quantity.value, view, when, mapped_only=True)
        elif (quantity := self._number(noun)) is not None and quantity.counted in (
            "people",
            "employees",
            "staff",
            "workers",
            "inhabitants",
            "residents",
        ):
            owned = any(c.dep_ == "poss" for c in noun.children)
            if owned or (noun.dep_ == "pobj" and noun.head.lower_ == "with"):
                for owner in self._owners(noun):
                    place = quantity.counted in ("inhabitants", "residents")
                    lookups = ("have inhabitants",) if place else ("have employees", "have inhabitants")
                    self._emit(
                        owner, lookups, quantity.value, Stance(), self._when_of(noun), mapped_only=True
                    )
        elif (own := self._reading.quantities.get(noun.i)) is not None and noun.dep_ in (
            "compound",
            "nmod",
            "amod",
            "nummod",
        ):
            target = noun.head
            if (
                own.value.unit
                and target.lemma_.lower() not in _METRICS
                and self._reading.quantities.get(target.i) is not own
            ):
                lookups = _BY_UNIT.get(own.value.unit, ())
                if lookups:
                    for owner in self._standing_for(target):
                        self._emit(owner, lookups, own.value, Stance(), When(), mapped_only=True)

    def _measured(self, noun: "Token") -> Iterator[tuple[Quantity, "Token"]]:
        """Numbers said of the noun, each with the token whose dates and stance hold for it."""
        governor = noun
        while (
            governor.head.i != governor.i
            and governor.pos_ not in ("VERB", "AUX")
            and governor.dep_ not in ("appos", "acl")
        ):
            governor = governor.head
        for child in noun.children:
            if child.dep_ == "prep" and child.lower_ == "of":
                for inner in child.children:
                    if (quantity := self._number(inner)) is not None:
                        yield quantity, governor
                        return
            elif (
                child.dep_ in ("appos", "nummod", "compound")
                and (quantity := self._reading.quantities.get(child.i)) is not None
            ):
                if child.i not in self._reading.dates and quantity.value.unit:
                    yield quantity, governor
                    return
        if noun.dep_ in ("nsubj", "nsubjpass") and noun.head.lemma_ in _RISE:
            verb = noun.head
            for child in verb.children:
                if (
                    child.dep_ in ("attr", "dobj", "npadvmod")
                    and (quantity := self._number(child)) is not None
                ):
                    if quantity.value.unit != "%":
                        yield quantity, verb
                        return
                if child.dep_ == "prep" and child.lower_ in ("to", "at"):
                    for inner in child.children:
                        if (
                            (quantity := self._number(inner)) is not None
                            and inner.i not in self._reading.dates
                            and quantity.value.unit != "%"
                        ):
                            yield quantity, verb
                            return


def _trimmed(text: str, offset: int, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return offset + start, offset + end


def _lemma(verb: "Token") -> str:
    lemma = verb.lemma_.lower()
    if verb.lower_ in ("founded", "co-founded", "cofounded"):
        return "found"
    return lemma


def _is_noun(token: "Token") -> bool:
    return token.pos_ in ("NOUN", "PROPN", "ADJ") and token.tag_ not in ("WP", "WDT")


def _is_marked(verb: "Token") -> bool:
    """A clause with a conjunction of its own and a subject left out is not the main clause's subject's."""
    return any(c.dep_ == "mark" and c.lower_ in ("that", "if") for c in verb.children)


def _object_gap(verb: "Token") -> bool:
    """ "The company he founded": a relative clause with a subject of its own and no object."""
    subject = next((c for c in verb.children if c.dep_ in ("nsubj", "nsubjpass")), None)
    return (
        subject is not None
        and subject.tag_ not in ("WP", "WDT")
        and subject.lower_ != "that"
        and not any(c.dep_ == "advmod" and c.tag_ == "WRB" for c in verb.children)
    )


def _preps(token: "Token", through: Sequence[str] = ()) -> list["Token"]:
    found = [c for c in token.children if c.dep_ == "prep" or (c.dep_ == "dative" and c.pos_ == "ADP")]
    for child in token.children:
        if child.dep_ in ("advmod", "prt", "acomp") and child.lower_ in through:
            found += [c for c in child.children if c.dep_ == "prep"]
    return found


def _inner_words(token: "Token") -> list[str]:
    """A modifier's own modifiers before it: the "chief" of "chief executive officer"."""
    return [c.lower_ for c in sorted(token.subtree, key=lambda t: t.i) if c.i <= token.i and c.is_alpha]


def _names_a_job(token: "Token") -> bool:
    lemma = token.lemma_.lower()
    return (
        lemma in lexicon.PERSON_NOUNS
        or lemma in lexicon.POSTS
        or lemma.endswith(("er", "or", "ist", "ian", "man", "woman", "person"))
    )
