"""Typed patterns over dependencies: clauses to statements, with what posts, descriptions and measures add."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from graph.types import Span, Value, ValueKind
from ingest.extraction.arguments import LINKED, Arg, is_noun, preps_of
from ingest.extraction.endings import SEATS, Endings
from ingest.extraction.measures import PEOPLE
from ingest.extraction.posts import ENDS, FOLLOWS, STARTS
from ingest.extraction.reports import report_of, reports
from ingest.extraction.stance import Stance, When, has_ceased, stance
from ingest.extraction.statements import END, START, STATE, Statement

if TYPE_CHECKING:
    from spacy.tokens import Span as SpanOfTokens
    from spacy.tokens import Token

_BE = frozenset({"be", "remain", "become", "stay"})
STATES = {
    "married": "marry",
    "based": "base",
    "headquartered": "headquarter",
    "located": "locate",
    "situated": "situate",
    "born": "bear",
}
_TOGETHER = frozenset(
    {"found", "establish", "set up", "design", "develop", "build", "write", "invent", "start"}
)
_LIGHT = frozenset(
    """be have do say tell ask get make take give go come see know think want call include show put
let keep become seem mean need try use look find add note write describe read quote follow
thank wish insist""".split()
)


class PassageReader(Endings):
    """The statements of one passage. Built anew for each."""

    def statements(self) -> list[Statement]:
        """In the order of sentences; the same statement may be found by two patterns."""
        for sentence in self._doc.sents:
            self._span = self._span_of(sentence)
            self._question = sentence.text.rstrip(" \"'”’)").endswith("?")
            if self._question:
                continue
            whole, told = self._span, reports(sentence, filter(_heads_clause, sentence))
            for token in sentence:
                if _heads_clause(token):
                    report = report_of(token, told)
                    self._span = whole if report is None else self._span_of(report)
                    self._clause(token)
                    self._span = whole
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
                    self._lived(token)
                if token.i in self._located:
                    self._lies(token)
        return self._found

    def _span_of(self, part: "SpanOfTokens") -> Span:
        passage = self._reading.passage
        return Span(*_trimmed(passage.text, passage.start, part.start_char, part.end_char))

    def _clause(self, verb: "Token") -> None:
        view = stance(verb)
        if view is None:
            return
        subject_tokens, passive = self._subjects(verb)
        subjects = [a for s in subject_tokens for a in self._args(s) or self._described(verb, s)]
        if self._topic is not None and not subject_tokens and _is_note(verb):
            subjects, passive = [Arg(self._topic, verb.i, LINKED, False)], verb.tag_ == "VBN"
        lemma = _lemma(verb)
        ceased = has_ceased(verb)
        when = self._when_of(verb, verb.head) if ceased else self._when_of(verb)
        aspect = END if ceased else START if lemma in STARTS else STATE
        if lemma == "manage" and verb.lower_ == "managing" and any(c.lemma_ == "be" for c in verb.children):
            director = next(
                (c for c in verb.children if c.dep_ in ("dobj", "attr") and c.lemma_ == "director"), None
            )
            if director is not None:
                self._holds(subjects, director, view, when, STATE, prefix="managing ")
                return
        if lemma in _BE and not passive:
            self._copula(verb, subject_tokens, subjects, view, when, aspect)
            return
        if self._appointment(verb, lemma, subjects, passive, view, when):
            return
        if self._dismissal(verb, lemma, subjects, passive, view, when):
            return
        if self._divorce(verb, lemma, subjects, view, when):
            return
        follows = lemma in FOLLOWS
        if follows:
            self._succession(verb, lemma, subjects, passive, view, when)
        self._leaving(verb, lemma, subjects, view, when)
        particle = next((c.lower_ for c in verb.children if c.dep_ == "prt"), "")
        phrase = f"{lemma} {particle}".strip()
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
            for agent in self._agents(verb) if not follows else ():
                for subject in subjects:
                    self._emit(agent, (phrase,), subject, view, when, aspect=aspect)
            self._dated(subjects, phrase, verb, view)
        else:
            for subject in subjects:
                for noun in objects:
                    for tail in self._args(noun) or self._described(verb, noun):
                        if lemma not in ENDS and not follows:
                            self._emit(subject, (phrase,), tail, view, when, aspect=aspect)
            for noun in objects:
                self._dated(self._args(noun), phrase, verb, view)
            if not objects:
                self._dated(subjects, phrase, verb, view)
            self._quantified(subjects, lemma, objects, view, when)
        self._moved(subjects, lemma, objects, verb, view, when)
        self._prepositions(verb, phrase, subjects, objects, view, when, aspect, passive)
        self._sale(verb, lemma, subjects, objects, passive, view, when)
        if phrase == "take over":
            self._taken_over(verb, view, when)
        for noun, post_view, post_aspect in self._as_posts(verb, lemma, view) if not follows else ():
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

    def _companions(self, verb: "Token", objects: Sequence["Token"], subjects: Sequence[Arg]) -> list[Arg]:
        """ "Founded X together with B": B founded it too."""
        kinds = {self._clusters[s.cluster].type for s in subjects}
        preps = preps_of(verb, through=("together", "along"))
        preps += [p for o in objects for p in preps_of(o, through=("together",))]
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

    def _prepositions(
        self, verb: "Token", phrase: str, subjects: Sequence[Arg], objects: Sequence["Token"],
        view: Stance, when: When, aspect: str, passive: bool,
    ) -> None:  # fmt: skip
        for adverb in (c for c in verb.children if c.lower_ == "where" and verb.dep_ == "relcl"):
            for place in self._antecedents(adverb):  # "the town where she was born"
                for subject in subjects:
                    self._emit(subject, (f"{phrase} in",), place, view, when, aspect=aspect, mapped_only=True)
        for prep in preps_of(verb):
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
                for prep in preps_of(noun):
                    for tail in self._tails(prep):
                        for subject in subjects:
                            lookups = [
                                f"{phrase} {noun.lemma_.lower()} {prep.lower_}",
                                f"{phrase} {noun.lower_} {prep.lower_}",
                            ]
                            if prep.lower_ == "at":  # "studied physics at"
                                lookups.append(f"{phrase} at")
                            self._emit(subject, lookups, tail, view, when, aspect=aspect, mapped_only=True)
        if phrase == "work" and not passive and not subjects:
            for child in verb.children:
                quantity = self._number(child) if child.dep_ == "nsubj" else None
                if quantity is not None and (quantity.counted or child.lemma_ in PEOPLE):
                    for prep in preps_of(verb):
                        if prep.lower_ in ("at", "for"):
                            for tail in self._tails(prep):
                                self._emit(tail, ("employ",), quantity.value, view, when, mapped_only=True)

    def _partners(self, noun: "Token") -> None:
        """ "X partners with Y": a verb that the tagger takes for a noun."""
        if noun.i > 0 and (one := self._arg_here(noun.nbor(-1))) is not None:
            for prep in preps_of(noun):
                if prep.lower_ == "with":
                    for tail in self._tails(prep):
                        self._emit(
                            one, ("partner with",), tail, Stance(), self._when_of(noun), mapped_only=True
                        )

    def _copula(
        self,
        verb: "Token",
        subject_tokens: Sequence["Token"],
        subjects: Sequence[Arg],
        view: Stance,
        when: When,
        aspect: str,
    ) -> None:  # fmt: skip
        for child in verb.children:
            if child.dep_ in ("attr", "oprd") or (child.dep_ == "nsubj" and child.i > verb.i):
                named = self._args(child)
                if named:  # "The chief executive of X is A"
                    for token in subject_tokens:
                        if self._arg(token) is None and is_noun(token):
                            self._holds(named, token, view, when.merged(self._when_of(token)), aspect)
                elif is_noun(child) and self._number(child) is None:
                    nouns = [child, *(c for c in child.children if c.dep_ == "conj")]
                    for noun, bodies in self._sharing(nouns, nouns):
                        dated = when.merged(self._when_of(noun))
                        self._holds(subjects, noun, view, dated, aspect, fallback=bodies)
            elif child.dep_ == "acomp" and child.lower_ not in STATES:
                self._dimension(subjects, child, view, when)
            elif child.dep_ == "acomp":
                for prep in preps_of(child) or preps_of(verb):
                    for tail in self._tails(prep):
                        for subject in subjects:
                            self._emit(
                                subject,
                                (f"{STATES[child.lower_]} {prep.lower_}",),
                                tail,
                                view,
                                when.merged(self._when_of(child)),
                                aspect=aspect,
                                mapped_only=True,
                            )
        for prep in preps_of(verb):
            if prep.lower_ in ("in", "on", "at", "near"):
                for tail in self._tails(prep):
                    for subject in subjects:
                        self._emit(subject, (f"be {prep.lower_}",), tail, view, when, mapped_only=True)
                    for token in subject_tokens:
                        if token.lemma_.lower() in SEATS - {"base"} and prep.lower_ == "in":
                            for owner in self._owners(token):
                                self._emit(
                                    owner, ("have headquarters in",), tail, view, when, mapped_only=True
                                )


def _heads_clause(token: "Token") -> bool:
    """Whether it is a full verb, whatever the tagger says of what has a subject and an object: "A and B lead
    X"."""
    if token.pos_ in ("VERB", "AUX"):
        return token.dep_ not in ("aux", "auxpass")
    return token.dep_ == "ROOT" and {"nsubj", "dobj"} <= {c.dep_ for c in token.children}


def _object_gap(verb: "Token") -> bool:
    """ "The company he founded": a relative clause with a subject of its own and no object."""
    subject = next((c for c in verb.children if c.dep_ in ("nsubj", "nsubjpass")), None)
    return (
        subject is not None
        and subject.tag_ not in ("WP", "WDT")
        and subject.lower_ != "that"
        and not any(c.dep_ == "advmod" and c.tag_ == "WRB" for c in verb.children)
    )


def _is_note(verb: "Token") -> bool:
    """ "Born in Oslo." under a name: a sentence that opens with its verb speaks of what it stands under."""
    return verb.dep_ == "ROOT" and verb.i == verb.sent.start and verb.tag_ in ("VBN", "VBD")


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
