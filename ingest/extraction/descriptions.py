"""What is said of a thing beside its name: appositions, words before a name, life dates, "X-based"."""

from dataclasses import replace
from typing import TYPE_CHECKING

from graph.types import MentionKind, Value, ValueKind
from ingest.extraction.arguments import LINKED, is_noun, preps_of
from ingest.extraction.offices import is_employed, wordings
from ingest.extraction.posts import FORMER, UNREAL, Posts, modifier, names_a_job
from ingest.extraction.stance import PERMILLE, Stance, When
from ingest.extraction.statements import STATE

if TYPE_CHECKING:
    from spacy.tokens import Token


class Descriptions(Posts):
    """Statements that need no verb."""

    def _apposition(self, noun: "Token") -> None:
        """ "A, chief executive of X," and "X's chief executive, A,"."""
        if (
            self._arg_here(noun)
            and noun.dep_ == "appos"
            and self._arg_here(noun.head) is None
            and is_noun(noun.head)
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
        elif noun.dep_ == "appos" and self._arg_here(noun) is None and is_noun(noun):
            head = noun.head
            holder = self._arg(head)
            if holder is None and head.head.dep_ != head.dep_ and is_noun(head):
                return
            if holder is not None:
                posts = [noun, *(c for c in noun.children if c.dep_ == "conj" and not self._arg_here(c))]
                beside = [c for c in head.children if c.dep_ == "appos" and not self._arg_here(c)]
                for post, bodies in self._sharing(posts, [*posts, *beside]):
                    self._holds([holder], post, Stance(), self._when_of(post), STATE, fallback=bodies)
                for prep in preps_of(noun):
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
        former = self._is_ex(i + 1)
        if former:
            i -= 2
        if i < 0:
            return
        if self._doc[i].tag_ == "POS":
            i -= 1
        elif (comma or self._doc[i].is_sent_start is None) and self._doc[i].tag_ != "PRP$":
            return
        owner = self._arg_here(self._doc[i])
        if owner is None or (owner.named is False and self._doc[i].tag_ != "PRP$"):
            return
        before = i  # of the owner's name
        while before > 0 and self._arg_here(self._doc[before - 1]) == replace(owner, token=before - 1):
            before -= 1
        former = former or words[0] in FORMER or (before > 0 and self._doc[before - 1].lower_ in FORMER)
        if set(words) & UNREAL:
            return
        words = [w for w in words if w not in FORMER]
        if not words:
            return
        holder = self._arg_here(token)
        last = self._doc[token.i - (2 if comma else 1)]
        before_it = [modifier(self._doc[k]) for k in range(last.i - len(words) + 1, last.i)]
        lookups = tuple(f"{wording} of" for wording in wordings(before_it, words[-1]))
        if last.tag_ in ("NNS", "NNPS") and not any(c.dep_ == "conj" for c in self._doc[token.i].children):
            return  # "Jon Dale mentors Ida Berg": a verb, whatever the tagger says
        if holder is not None:
            works = names_a_job(last) and is_employed(before_it)
            if works and self._is_person(holder) and not self._is_person(owner):
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

    def _lived(self, token: "Token") -> None:
        """Life dates in brackets behind a name; without a word that says so, behind a person's."""
        life = self._lives.get(token.idx + len(token))
        who = self._arg_here(token)
        if life is None or who is None or not who.named or not (life.told or self._is_person(who)):
            return
        for date, phrase in ((life.born, "bear on"), (life.died, "die on")):
            if date is not None:
                said = Value(ValueKind.DATE, date)
                sure = PERMILLE if life.told else LINKED
                self._emit(who, (phrase,), said, Stance(), When(), permille=sure, close=True)

    def _lies(self, token: "Token") -> None:
        """ "Springfield, Illinois": at a token of the second name."""
        place, around = self._arg(token), self._arg_here(token)
        if place is not None and around is not None:
            self._emit(place, ("locate in",), around, Stance(), When(), mapped_only=True, close=True)

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
