"""Numbers said of things: capacities, revenues, heads counted."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from graph.types import Qualifiers
from ingest.extraction.arguments import Arg, Arguments, preps_of
from ingest.extraction.stance import Stance, When, stance
from ingest.extraction.values import Quantity

if TYPE_CHECKING:
    from spacy.tokens import Token

_RISE = frozenset(
    """rise grow increase fall drop decline climb jump stand amount total reach come be hit exceed
shrink""".split()
)
_REPORT = frozenset(
    ["have", "report", "post", "record", "generate", "achieve", "reach", "book", "see", "make", "earn"]
)
METRICS = frozenset(
    """capacity revenue turnover cost price budget population headcount workforce output length
height staff""".split()
)
PEOPLE = frozenset(["people", "employee", "worker", "staff", "person", "engineer", "inhabitant", "resident"])
_STAFF = frozenset({"people", "employees", "staff", "workers"})
_DWELLERS = frozenset({"inhabitants", "residents"})
_DIMENSIONS = {"long": "length", "tall": "height", "high": "height"}
_HEDGING = frozenset({"ADP", "ADV", "ADJ", "DET", "SCONJ", "PART"})  # "more than", "an estimated"
_BY_UNIT: dict[str, tuple[str, ...]] = {"MW": ("capacity of",), "m": ("length of",), "t": ("capacity of",)}


class Measures(Arguments):
    """Whose a measured noun is, and what it measures."""

    def _owners(self, noun: "Token") -> list[Arg]:
        """Whose the measured noun is, best first: its possessor, "of X", who has or reports it."""
        for child in noun.children:
            if child.dep_ == "poss" and (args := self._args(child)):
                return args
        for prep in preps_of(noun):
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
        """ "A capacity of 640 MW", "its 180 employees", "the 640-megawatt park"."""
        own = self._reading.quantities.get(noun.i)
        counted = self._number(noun)
        if noun.lemma_.lower() in METRICS:
            self._metric(noun)
        elif counted is not None and counted.counted in _STAFF | _DWELLERS:
            owned = any(c.dep_ == "poss" for c in noun.children)
            if owned or (noun.dep_ == "pobj" and noun.head.lower_ == "with"):
                dwellers = ("have inhabitants",)
                lookups = dwellers if counted.counted in _DWELLERS else ("have employees", *dwellers)
                for owner in self._owners(noun):
                    self._emit(owner, lookups, counted.value, Stance(), self._when_of(noun), mapped_only=True)
        elif own is not None and own.value.unit and noun.dep_ in ("compound", "nmod", "amod", "nummod"):
            target = noun.head
            if target.lemma_.lower() not in METRICS and self._reading.quantities.get(target.i) is not own:
                for owner in self._standing_for(target) if own.value.unit in _BY_UNIT else ():
                    self._emit(owner, _BY_UNIT[own.value.unit], own.value, Stance(), When(), mapped_only=True)

    def _metric(self, noun: "Token") -> None:
        for quantity, governor in self._measured(noun):
            view = stance(governor) if governor.pos_ in ("VERB", "AUX") else Stance()
            if view is not None and view.polarity:
                when = self._when_of(governor, noun)
                for owner in self._owners(noun):
                    lookups = (f"{noun.lemma_.lower()} of",)
                    self._emit(owner, lookups, quantity.value, view, when, mapped_only=True)

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
                if (quantity := self._behind(child)) is not None:
                    yield quantity, governor
                    return
            elif (
                (
                    child.dep_ in ("appos", "nummod", "compound")
                    and (quantity := self._reading.quantities.get(child.i)) is not None
                )
                and child.i not in self._reading.dates
                and quantity.value.unit
            ):
                yield quantity, governor
                return
        if noun.dep_ in ("nsubj", "nsubjpass") and noun.head.lemma_ in _RISE:
            verb = noun.head
            for child in verb.children:
                if (
                    child.dep_ in ("attr", "dobj", "npadvmod")
                    and (quantity := self._number(child)) is not None
                ) and quantity.value.unit != "%":
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

    def _behind(self, prep: "Token") -> Quantity | None:
        """The quantity right behind "of" and words that say how exact it is, wherever these hang."""
        i = prep.i + 1
        while i < len(self._doc) and i not in self._reading.quantities and self._doc[i].pos_ in _HEDGING:
            i += 1
        return None if i in self._reading.dates else self._reading.quantities.get(i)

    def _quantified(
        self, subjects: Sequence[Arg], lemma: str, objects: Sequence["Token"], view: Stance, when: When
    ) -> None:
        for noun in [*objects, *(c for o in objects for c in o.children if c.dep_ == "conj")]:
            quantity = self._number(noun)
            if quantity is None:
                continue
            counted = quantity.counted or noun.lemma_.lower()
            people = (
                quantity.counted in ("people", "employees", "staff", "workers", "persons")
                or noun.lemma_ in PEOPLE
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
            where = self._where(noun) if people else ()
            for subject in subjects:
                self._emit(subject, lookups, value, view, when, mapped_only=True, qualifiers=where)

    def _where(self, noun: "Token") -> Qualifiers:
        """The places where people are counted: 500 people in Norway are not all that a company employs."""
        verb = noun.head if noun.dep_ == "dobj" else noun
        preps = preps_of(noun) or preps_of(verb)
        places = [self._clusters[a.cluster] for p in preps if p.lower_ == "in" for a in self._tails(p)]
        if not places or any(place.type != "Place" for place in places):
            return ()
        return (("in", ", ".join(place.display() for place in places)),)

    def _dimension(self, subjects: Sequence[Arg], adjective: "Token", view: Stance, when: When) -> None:
        """ "Is 640 metres long"."""
        noun = _DIMENSIONS.get(adjective.lower_)
        quantities = [self._number(c) for c in adjective.children if c.dep_ == "npadvmod"]
        for subject in subjects if noun else ():
            for quantity in quantities:
                if quantity is not None:
                    self._emit(subject, (f"{noun} of",), quantity.value, view, when, mapped_only=True)
