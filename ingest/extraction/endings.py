"""What begins for one and ends for another: posts given up, dismissals, sales, moves, divorces."""

from collections.abc import Sequence
from itertools import combinations, product
from typing import TYPE_CHECKING

from graph.types import Value
from ingest.extraction.arguments import LINKED, Arg, preps_of
from ingest.extraction.descriptions import Descriptions
from ingest.extraction.measures import Measures
from ingest.extraction.posts import DISMISS, ENDS, RESIGN
from ingest.extraction.stance import Stance, When
from ingest.extraction.statements import END, START

if TYPE_CHECKING:
    from spacy.tokens import Token

SEATS = frozenset({"headquarter", "headquarters", "office", "seat", "base"})
_MOVE = frozenset({"move", "relocate", "transfer", "shift"})
_SELL = frozenset({"sell", "divest"})
_BUY = frozenset({"buy", "acquire", "purchase"})
_ASSETS = frozenset({"Organization", "Facility", "Project"})  # who sells products has others of them left
_LIKELY = 900  # permille: who leaves a body worked for it, who sells a thing owned it


class Endings(Descriptions, Measures):
    """Statements of what is over, and since when, as far as the clause says."""

    def _leaving(self, verb: "Token", lemma: str, subjects: Sequence[Arg], view: Stance, when: When) -> None:
        if lemma not in RESIGN or not view.polarity:
            return
        ended = _ended(view)
        left: list[Arg] = []
        if lemma in ENDS:
            left = self._object_args([c for c in verb.children if c.dep_ == "dobj"])
        if lemma in ("resign", "retire", "depart"):
            left += [a for p in preps_of(verb) if p.lower_ == "from" for a in self._tails(p)]
        gives_up = lemma in ("resign", "retire") or (
            lemma == "step" and any(c.lower_ in ("down", "aside") for c in verb.children)
        )
        if (gives_up or left) and not any(True for _ in self._as_posts(verb, lemma, view)):
            self._posts_end(subjects, left, ended, when)
        for subject in subjects:
            for body in left if self._is_person(subject) else ():
                self._ends(subject, ("work for",), body, ended, when)

    def _posts_end(self, subjects: Sequence[Arg], left: Sequence[Arg], ended: Stance, when: When) -> None:
        """ "He stepped down in 2016": from the post that this paragraph last gave him; who leaves a body,
        from those that he has there."""
        for subject in subjects:
            held = [
                s
                for s in self._found
                if s.head == subject.cluster
                and s.nominal
                and s.polarity
                and not s.ended
                and not isinstance(s.tail, Value)
                and (not left or s.tail in [body.cluster for body in left])
            ]
            for last in held if left else held[-1:]:
                assert not isinstance(last.tail, Value)
                self._emit(
                    subject, last.lookups, Arg(last.tail, subject.token, LINKED, last.named), ended,
                    _until(when), aspect=END, nominal=True, mapped_only=True,
                )  # fmt: skip

    def _dismissal(
        self, verb: "Token", lemma: str, subjects: Sequence[Arg], passive: bool, view: Stance, when: When
    ) -> bool:  # fmt: skip
        """ "X dismissed A as chief executive in 2020", "A was fired by X"."""
        if lemma not in DISMISS or not view.polarity:
            return False
        bodies = self._agents(verb) if passive else list(subjects)
        told = subjects if passive else self._object_args([c for c in verb.children if c.dep_ == "dobj"])
        holders = [holder for holder in told if self._is_person(holder)]
        posts = [noun for noun, _, _ in self._as_posts(verb, lemma, view)]
        for noun in posts if holders else ():
            dated = when.merged(self._when_of(noun))
            self._holds(holders, noun, _ended(view), _until(dated), END, fallback=bodies)
        for holder, body in product(holders, bodies if not posts else ()):
            self._ends(holder, ("work for",), body, _ended(view), when)
        return bool(holders)

    def _taken_over(self, verb: "Token", view: Stance, when: When) -> None:
        """ "A took over from B as chief executive of X": B's until then."""
        for noun, _, _ in self._as_posts(verb, "take", view) if view.polarity else ():
            preps = [*preps_of(verb, through=("over",)), *preps_of(noun)]
            old = [a for p in preps if p.lower_ == "from" for a in self._tails(p) if self._is_person(a)]
            self._holds(old, noun, _ended(view), _until(when.merged(self._when_of(noun))), END)

    def _divorce(
        self, verb: "Token", lemma: str, subjects: Sequence[Arg], view: Stance, when: When
    ) -> bool:  # fmt: skip
        """ "A divorced B in 2015", "A and B were divorced", "A was divorced from B"; "A and B married"."""
        if lemma not in ("divorce", "marry") or not view.polarity:
            return False
        others = self._object_args([c for c in verb.children if c.dep_ == "dobj"])
        preps = {"divorce": ("from",), "marry": ("to",)}[lemma]
        others += [a for p in preps_of(verb) if p.lower_ in preps for a in self._tails(p)]
        if lemma == "marry" and others:
            return False
        for one, other in product(subjects, others) if others else combinations(subjects, 2):
            if lemma == "marry":
                self._emit(one, ("marry",), other, view, when, aspect=START, mapped_only=True)
            else:
                self._emit(one, ("marry",), other, _ended(view), _until(when), aspect=END, mapped_only=True)
        return True

    def _moved(
        self, subjects: Sequence[Arg], lemma: str, objects: Sequence["Token"], verb: "Token",
        view: Stance, when: When,
    ) -> None:  # fmt: skip
        """ "Moved its headquarters from X to Y": Y from then on, X until then."""
        if lemma not in _MOVE:
            return
        seat = [o for o in objects if o.lemma_.lower() in SEATS]
        if seat:
            subjects = [
                a for o in seat for c in o.children if c.dep_ == "poss" for a in self._args(c)
            ] or list(subjects)
        elif objects:
            return
        elif not subjects:  # "its headquarters moved"
            seats = (c for c in verb.children if c.dep_ == "nsubj" and c.lemma_.lower() in SEATS)
            subjects = [a for seat in seats for a in self._owners(seat)]
        preps = [*preps_of(verb), *(p for o in seat for p in preps_of(o))]
        preps += [inner for p in preps for inner in preps_of(p)]
        for subject in subjects:
            lives = self._is_person(subject) and not seat
            for prep in preps:
                for tail in self._tails(prep):
                    if prep.lower_ == "to" and not lives:
                        to = ("move headquarters to",)
                        self._emit(subject, to, tail, view, when, aspect=START, mapped_only=True)
                    elif prep.lower_ == "from" and view.polarity:
                        there = ("live in",) if lives else ("headquarter in",)
                        ended = _ended(view)
                        self._emit(subject, there, tail, ended, _until(when), aspect=END, mapped_only=True)

    def _sale(
        self, verb: "Token", lemma: str, subjects: Sequence[Arg], objects: Sequence["Token"],
        passive: bool, view: Stance, when: When,
    ) -> None:  # fmt: skip
        """ "X sold A to Y", "A was sold by X", "Y bought A from X": Y's from then on, X's until then."""
        if lemma not in _SELL and lemma not in _BUY:
            return
        things = list(subjects) if passive else self._object_args(objects)
        agents = self._agents(verb) if passive else list(subjects)
        sellers = agents
        if lemma in _BUY:
            sellers = [a for p in preps_of(verb) if p.lower_ == "from" for a in self._tails(p)]
        else:
            buyers = [a for p in preps_of(verb) if p.lower_ == "to" for a in self._tails(p)]
            for buyer, thing in product(buyers, things):
                self._emit(
                    buyer, ("buy",), thing, view, when, aspect=START, mapped_only=True, permille=_LIKELY
                )
        sold = view.polarity and verb.tag_ in ("VBD", "VBN")  # "sells" may be for ever
        for seller, thing in product(sellers, things) if sold else ():
            if self._clusters[thing.cluster].type in _ASSETS:
                self._ends(seller, ("own",), thing, _ended(view), when)

    def _ends(
        self, head: Arg, lookups: Sequence[str], tail: Arg, ended: Stance, when: When
    ) -> None:  # fmt: skip
        """What was so if this is over, though the clause does not say that it was."""
        until = _until(when)
        self._emit(head, lookups, tail, ended, until, aspect=END, mapped_only=True, permille=_LIKELY)


def _ended(view: Stance) -> Stance:
    return Stance(True, view.permille, True, view.future)


def _until(when: When) -> When:
    return When(until=when.at or when.until or when.since, as_of=when.as_of)
