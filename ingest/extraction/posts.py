"""Posts and other nouns that relate one thing to another: who holds them, since when, until when."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ingest.extraction import lexicon
from ingest.extraction.arguments import LINKED, Arg, Arguments, is_noun, preps_of
from ingest.extraction.names import CUE
from ingest.extraction.offices import OFFICES, Modifier, is_employed, is_one_of_several, wordings
from ingest.extraction.stance import PERMILLE, Stance, When, has_ceased
from ingest.extraction.statements import END, START, STATE

if TYPE_CHECKING:
    from spacy.tokens import Token

_APPOINT = frozenset(
    ["appoint", "name", "elect", "hire", "promote", "make", "install", "nominate", "recruit"]
)
STARTS = _APPOINT | frozenset(
    "join become succeed move relocate marry take acquire buy found enter open begin get".split()
)
FOLLOWS = frozenset({"succeed", "replace"})
RESIGN = frozenset(["step", "resign", "retire", "stand", "depart", "leave", "quit"])
ENDS = frozenset({"leave", "quit", "depart"})
DISMISS = frozenset({"dismiss", "fire", "remove", "oust"})
_ROLE_PREPS = ("of", "at", "for", "with", "in", "to", "on")
_NO_DOMAINS = frozenset("board year decade month term time period while".split())
FORMER = frozenset({"former", "ex", "then", "late", "previous", "ex-", "onetime", "erstwhile", "retired"})
UNREAL = frozenset({"next", "future", "potential", "possible", "proposed", "prospective", "would", "planned"})


@dataclass(frozen=True, slots=True)
class Post:
    """A noun that relates its holder to ``of``: phrases to look up, none where it is an office of some part
    of that only, and how it is dated."""

    lookups: tuple[str, ...]
    prep: str
    of: Arg
    token: int
    former: bool


class Posts(Arguments):
    """Nouns like "chief executive of X", taken up, held and given up."""

    def _agents(self, verb: "Token") -> list[Arg]:
        by = [c for c in verb.children if c.dep_ == "agent" or (c.dep_ == "prep" and c.lower_ == "by")]
        by += [c for prep in by for c in prep.children if c.dep_ == "conj" and c.lower_ == "by"]
        posts = [noun for prep in preps_of(verb) if prep.lower_ == "as" for noun in prep.children]
        by += [c for noun in posts for c in preps_of(noun) if c.lower_ == "by"]
        return [
            arg
            for child in by
            for noun in child.children
            if noun.dep_ == "pobj" and noun.i not in self._reading.dates
            for arg in self._args(noun)
        ]

    def _appointment(
        self, verb: "Token", lemma: str, subjects: Sequence[Arg], passive: bool, view: Stance, when: When
    ) -> bool:  # fmt: skip
        """ "X appointed A chief executive", "A was named director of X", "X hired A as its chairwoman"."""
        if lemma not in _APPOINT:
            return False
        posts = [
            c
            for c in verb.children
            if c.dep_ in ("oprd", "attr", "dobj", "xcomp", "ccomp") and self._arg(c) is None and is_noun(c)
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

    def _succession(
        self, verb: "Token", lemma: str, subjects: Sequence[Arg], passive: bool, view: Stance, when: When
    ) -> None:
        """ "A succeeded B as chief executive of X in 2015", "X replaced B with A": A's from then on, B's
        until then."""
        objects = self._object_args([c for c in verb.children if c.dep_ == "dobj"])
        new, old = (self._agents(verb), subjects) if passive else (subjects, objects)
        bodies: Sequence[Arg] = ()
        replacing = [a for p in preps_of(verb) if p.lower_ == "with" for a in self._tails(p)]
        if lemma == "replace" and replacing:
            new, bodies = replacing, self._agents(verb) if passive else subjects
        for one in new:
            for before in old:
                self._emit(one, (lemma,), before, view, when, aspect=START)
        ended = Stance(True, view.permille, True, view.future)
        for post, _, _ in self._as_posts(verb, lemma, view):
            self._holds(new, post, view, self._when_of(verb, post), START, fallback=bodies)
            if view.polarity:
                until = When(until=when.at or when.since)
                self._holds(old, post, ended, until, END, fallback=bodies)

    def _as_posts(self, verb: "Token", lemma: str, view: Stance) -> Iterator[tuple["Token", Stance, str]]:
        """Posts named with "as": serve as, join X as, succeed B as, step down as."""
        ends = lemma in RESIGN or lemma in DISMISS or has_ceased(verb)
        starts = lemma in STARTS
        if ends and not view.polarity:
            return  # who did not step down still has the post, and did before
        for prep in preps_of(verb, through=("down", "on")):
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
        left = self._before(noun)
        modifiers = {c.lower_ for c in left}
        if modifiers & UNREAL or any(c.dep_ == "det" and c.lower_ == "no" for c in noun.children):
            return []
        former = bool(modifiers & FORMER) or self._is_past(min([noun.i, *(c.i for c in left)]))
        bases = self._wordings(noun, prefix, former=former)
        found: list[Post] = []

        def add(prep: str, of: Arg, *, of_part: bool = False) -> None:
            lookups = [] if of_part else [f"{base} {prep}" for base in bases]
            if prep != "of" and not of_part:
                lookups += [f"{base} of" for base in bases]
            found.append(Post(tuple(lookups), prep, of, noun.i, former))

        of_part = False
        preps = [prep for prep in preps_of(noun) if prep.lower_ in _ROLE_PREPS]
        for prep in preps:
            is_domain = self._is_domain(noun, prep)
            if not is_domain or prep.lower_ == "of" or prep is preps[-1]:  # "director for Asia at X"
                for of in self._tails(prep):
                    add(prep.lower_, of, of_part=of_part)
            of_part |= is_domain
        for child in noun.children:
            if child.dep_ == "poss":
                for of in self._args(child):
                    add("of", of)
            elif (
                child.dep_ in ("compound", "nmod", "amod")
                and child.i < noun.i
                and (of_one := self._arg(child)) is not None
            ) and self._clusters[of_one.cluster].type in ("Organization", "Project", "Facility", "Thing"):
                add("of", of_one)
        if depth == 0:
            for child in noun.children:
                if child.dep_ == "conj" and self._arg(child) is None and is_noun(child):
                    for post in self._posts(child, depth=1):
                        found.append(post)
                        if not any(p.token == noun.i for p in found):
                            add(post.prep, post.of, of_part=self._is_of_part(noun))
        return found

    def _before(self, noun: "Token") -> list["Token"]:
        """Words before a post, without names; a "vice-" however it is parsed."""
        left = {c.i: c for c in noun.children if c.i < noun.i and c.dep_ in ("amod", "compound", "nmod")}
        if noun.i > 1 and noun.nbor(-1).text == "-":
            left[noun.i - 2] = noun.nbor(-2)
        return [word for i, word in sorted(left.items()) if (self._index, i) not in self._links]

    def _wordings(self, noun: "Token", prefix: str, *, former: bool) -> list[str]:
        """What a post may be looked up as; nothing where its office is one of several of its kind."""
        words, post = _modifiers(self._before(noun)), noun.lemma_.lower()
        article = next((c.lower_ for c in noun.children if c.dep_ == "det"), "")
        plural = noun.tag_ in ("NNS", "NNPS")
        if not former and not prefix and is_one_of_several(words, post, article, plural=plural):
            return []
        return [prefix + wording for wording in wordings(words, post)]

    def _is_domain(self, noun: "Token", prep: "Token") -> bool:
        """Whether it tells what an office is over, so that what stands behind it is only where: "director of
        research at X", "head of the X Institute at Y"."""
        if noun.lemma_.lower() not in OFFICES or prep.lower_ not in ("of", "for"):
            return False
        over = [c for c in prep.children if c.dep_ == "pobj" and c.i not in self._reading.dates]
        return any(c.lemma_.lower() not in _NO_DOMAINS for c in over)

    def _is_of_part(self, noun: "Token") -> bool:
        return any(self._is_domain(noun, prep) for prep in preps_of(noun))

    def _is_past(self, start: int) -> bool:
        """Whether the words from here on follow "ex-", or a "then" that opens what is said beside a name:
        "Tom Reed, then chairman of X"."""
        then = start > 1 and self._doc[start - 1].lower_ == "then" and self._doc[start - 2].text in ",("
        return then or self._is_ex(start)

    def _is_ex(self, start: int) -> bool:
        """Whether the words from here on follow "ex-"."""
        return start > 1 and (self._doc[start - 1].text, self._doc[start - 2].lower_) == ("-", "ex")

    def _holds(
        self, holders: Sequence[Arg], noun: "Token", view: Stance, when: When, aspect: str,
        fallback: Sequence[Arg] = (), prefix: str = "", permille: int = PERMILLE,
    ) -> bool:  # fmt: skip
        """State each post that ``noun`` names of each holder; a post with no body takes ``fallback``'s."""
        if not (stands := self._polarity(noun)):  # "is neither the chair of A nor an employee of B"
            if stands is None or not view.polarity:
                return False
            view = replace(view, polarity=False)
        posts = self._posts(noun, prefix)
        understood = (
            not posts and not fallback and noun.dep_ != "appos" and noun.head.pos_ in ("VERB", "AUX", "ADP")
        )
        if (
            understood
            and names_a_job(noun)
            and not any(c.dep_ == "det" and c.lower_ in ("a", "an") for c in noun.children)
        ):
            fallback = self._understood(holders, noun)
            permille = permille * 850 // PERMILLE
        if not posts and fallback:
            bases = [] if self._is_of_part(noun) else self._wordings(noun, prefix, former=False)
            lookups = tuple(f"{base} of" for base in bases)
            posts = [Post(lookups, "of", of, noun.i, False) for of in fallback if not self._surely_person(of)]
        employed = names_a_job(noun) and is_employed(_modifiers(self._before(noun)))
        done = False
        for post in posts:
            for holder in holders:
                lookups = post.lookups
                kind = self._clusters[holder.cluster].type
                works = post.prep in ("at", "for", "with", "of") and employed and not self._is_person(post.of)
                if kind == "Person" and works:
                    lookups = (*lookups, "work at")
                elif post.prep in ("in", "on") and kind != "Person":
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
                    post=post.token,
                    mapped_only=not post.lookups or (plural and len(holders) < 2),
                )
                done = True
        return done

    def _sharing(
        self, posts: Sequence["Token"], beside: Sequence["Token"]
    ) -> Iterator[tuple["Token", Sequence[Arg]]]:
        """Posts, each with the body that another has: in "chairman and founder of X" one has the "of X"."""
        bodies = {post.of.cluster: post.of for noun in beside for post in self._posts(noun)}
        shared = [*bodies.values()] if len(bodies) == 1 else []
        for noun in posts:
            yield noun, shared if noun.lower_ in lexicon.POSTS else []

    def _surely_person(self, arg: Arg) -> bool:
        return self._clusters[arg.cluster].votes.get("Person", 0) >= CUE // 2

    def _understood(self, holders: Sequence[Arg], noun: "Token") -> list[Arg]:
        """Whose chief executive, where the clause does not say: the body just joined, else the topic."""
        verb = next((a for a in noun.ancestors if a.pos_ in ("VERB", "AUX")), None)
        if verb is not None and verb.dep_ == "conj":
            bodies = [a for c in verb.head.children if c.dep_ == "dobj" for a in self._args(c)]
            bodies = [a for a in bodies if self._clusters[a.cluster].type == "Organization"]
            if len(bodies) == 1:
                return bodies
        if self._topic is None or self._clusters[self._topic].type != "Organization":
            return []
        return [Arg(self._topic, noun.i, LINKED, False)]


def _modifiers(before: Sequence["Token"]) -> list[Modifier]:
    """Words before a post with their own modifiers: the "chief" of "chief executive officer"."""
    words = (c for t in before for c in sorted(t.subtree, key=lambda c: c.i) if c.i <= t.i and c.is_alpha)
    return [modifier(word) for word in words if word.lower_ not in FORMER]


def modifier(word: "Token") -> Modifier:
    return Modifier(word.lower_, word.pos_ in ("NOUN", "PROPN"))


def names_a_job(token: "Token") -> bool:
    lemma = token.lemma_.lower()
    return (
        lemma in lexicon.PERSON_NOUNS
        or lemma in lexicon.POSTS
        or lemma.endswith(("er", "or", "ist", "ian", "man", "woman", "person"))
    )
