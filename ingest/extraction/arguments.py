"""One passage as the patterns see it: what a phrase stands for, whose verb it is, when and how many."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from graph.types import MentionKind, Qualifiers, Span, Value
from ingest.extraction.clusters import Cluster
from ingest.extraction.coreference import Links
from ingest.extraction.passages import Reading
from ingest.extraction.stance import PERMILLE, UNDATED, Stance, When, attachments, stance
from ingest.extraction.statements import STATE, Statement
from ingest.extraction.terms import Term
from ingest.extraction.values import Quantity

if TYPE_CHECKING:
    from spacy.tokens import Token

SURE, LINKED, LOOSE = 950, 850, 600  # permille: a name, a pronoun or nominal, a less telling pattern
_DENYING = frozenset({("rather", "than"), ("instead", "of")})
_BEFORE = frozenset({"the", "a", "an", "by", "in", "at", "for", "from", "to", "with"})
_PLACE_NOUNS = frozenset(
    "city town village port island region province state district municipality county".split()
)


_WITH_DATES = frozenset({"Product", "Work", "Event"})  # years in brackets are when they were made, or were


@dataclass(frozen=True, slots=True)
class Arg:
    """``polarity``: not true of what is denied where it stands ("neither A nor B", "A, not B"), and None of
    one of several alternatives ("A or B")."""

    cluster: int
    token: int
    permille: int
    named: bool
    polarity: bool | None = True


class Arguments:
    """What the patterns share. It holds nothing but its inputs and what was found."""

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
        self._lives = {life.at: life for life in reading.passage.lifespans}
        self._terms = self._by_token(reading.passage.terms)
        self._located = _located(index, reading, links, clusters)
        self._span = Span(0, 0)  # the sentence that is being read
        self._found: list[Statement] = []

    def _args(self, token: "Token", depth: int = 0) -> list[Arg]:
        """What the noun phrase headed by ``token`` stands for, with what is joined to it by "and"."""
        one = self._arg(token)
        found = [] if one is None else self._antecedents(token) if _is_relative(token) else [one]
        if depth < 8:
            for child in token.children:
                if child.dep_ == "conj" or (child.dep_ == "appos" and self._polarity(child) is False):
                    found.extend(
                        a for a in self._args(child, depth + 1) if a.cluster not in [f.cluster for f in found]
                    )
        return found

    def _arg(self, token: "Token") -> Arg | None:
        token = self._doc[self._located.get(token.i, token.i)]
        link = self._links.get((self._index, token.i))
        if link is not None:
            named = link.kind is MentionKind.NAME
            return Arg(link.cluster, token.i, SURE if named else LINKED, named, self._polarity(token))
        if _is_relative(token):
            return next(iter(self._antecedents(token)), None)
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

    def _antecedents(self, pronoun: "Token") -> list[Arg]:
        """What "who" or "which" stands for; in "Ada and Tom are engineers who ..." that is Ada and Tom."""
        clause = next((a for a in pronoun.ancestors if a.dep_ == "relcl"), None)
        if clause is None or clause.head.tag_ in ("WP", "WDT"):
            return []
        found = self._standing_for(clause.head)
        if clause.head.dep_ == "attr" and (view := stance(clause.head.head)) and not view.polarity:
            found = [replace(a, polarity=False) for a in found]  # "it was not Anna who ..."
        if pronoun.lower_ == "who":  # of a place the clause hangs from the wrong noun
            found = [a for a in found if self._clusters[a.cluster].type not in ("Place", "Facility")]
        return found

    def _arg_here(self, token: "Token") -> Arg | None:
        link = self._links.get((self._index, token.i))
        if link is None:
            return None
        return Arg(link.cluster, token.i, SURE, link.kind is MentionKind.NAME, self._polarity(token))

    def _polarity(self, token: "Token") -> bool | None:
        """By the words before the noun phrase, as the parser hangs a "not" from one noun or the other."""
        link, i = self._links.get((self._index, token.i)), token.i
        while i > 0 and link is not None and self._links.get((self._index, i - 1)) == link:
            i -= 1
        while i > 0 and self._doc[i - 1].head.i == token.i and self._doc[i - 1].dep_ in ("amod", "compound"):
            i -= 1
        while i > 0 and self._doc[i - 1].pos_ in ("DET", "ADP") and self._doc[i - 1].lower_ in _BEFORE:
            i -= 1
        word = self._doc[i - 1] if i > 0 else None
        if word is not None:
            pair = (self._doc[i - 2].lower_ if i > 1 else "", word.lower_)
            of_noun = word.head.pos_ not in ("VERB", "AUX")
            if pair in _DENYING or word.lower_ == "nor" or (word.lower_ in ("not", "neither") and of_noun):
                return False
        joined = [token]
        while joined[-1].dep_ in ("conj", "pobj"):
            joined.append(joined[-1].head)
        return None if any(c.lower_ == "or" and c.dep_ == "cc" for t in joined for c in t.children) else True

    def _subjects(self, verb: "Token", depth: int = 0) -> tuple[list["Token"], bool]:
        """Subject tokens, and whether the verb is passive; joined verbs and participles inherit."""
        children = list(verb.children)
        passive = any(c.dep_ in ("auxpass", "nsubjpass") for c in children)
        subjects = [c for c in children if c.dep_ in ("nsubj", "nsubjpass")]
        subjects = subjects or self._behind_date(verb)
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

    def _behind_date(self, verb: "Token") -> list["Token"]:
        """ "In 2019 Anna Vance led it": parsed as if the year counted her."""
        opening = [c for c in verb.children if c.dep_ == "prep" and c.i == verb.sent.start]
        return [
            noun
            for prep in opening
            for noun in prep.children
            if noun.dep_ == "pobj"
            and (self._index, noun.i) in self._links
            and any(c.i in self._reading.dates for c in noun.children)
        ]

    def _tails(self, prep: "Token") -> list[Arg]:
        return [
            arg
            for noun in prep.children
            if noun.dep_ in ("pobj", "pcomp") and noun.i not in self._reading.dates
            for arg in self._args(noun)
        ]

    def _object_args(self, objects: Sequence["Token"]) -> list[Arg]:
        return [a for o in objects for a in self._args(o)]

    def _standing_for(self, noun: "Token") -> list[Arg]:
        """What a descriptive noun phrase is said of: itself, the subject of "is a", the name beside it."""
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

    def _is_person(self, arg: Arg | None) -> bool:
        return arg is not None and self._clusters[arg.cluster].type == "Person"

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
            ) and child.i not in self._reading.dates:
                return self._reading.quantities[child.i]
        return None

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
        qualifiers: Qualifiers = (),
        close: bool = False,
        post: int = -1,
    ) -> None:
        """State it. ``post``: the token of the noun that says it, where one does."""
        if isinstance(tail, Arg) and tail.cluster == head.cluster:
            return
        if view.future and not when:
            return
        of_ends = {head.polarity, tail.polarity if isinstance(tail, Arg) else True}
        if (None in of_ends and view.polarity) or (False in of_ends and not view.polarity):
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
                term=self._term(head, tail, post),
                polarity=view.polarity and False not in of_ends,
                aspect=aspect,
                ended=view.ended or former,
                past=view.past,
                nominal=nominal,
                mapped_only=mapped_only,
                named=head.named and (isinstance(tail, Value) or tail.named),
                qualifiers=qualifiers,
                at=self._reading.passage.start + self._doc[head.token].idx,
                close=close,
            )
        )

    def _by_token(self, terms: Sequence[Term]) -> dict[int, Term]:
        """The tokens that each of them stands behind: one, or all of a name."""
        ends, found = {term.at: term for term in terms}, {}
        for token in self._doc if terms else ():
            if (term := ends.get(token.idx + len(token))) is not None:
                i, link = token.i, self._links.get((self._index, token.i))
                found[i] = term
                while link is not None and i > 0 and self._links.get((self._index, i - 1)) == link:
                    i -= 1
                    found[i] = term
        return found

    def _term(self, head: Arg, tail: Arg | Value, post: int) -> When:
        """Of what is said of two things, the dates behind whichever word comes last; not those of a person's
        life, of a product or of an event."""
        if isinstance(tail, Value):
            return UNDATED
        last = max(head.token, tail.token, post)
        term = self._terms.get(last)
        ends = {end.token: self._clusters[end.cluster].type for end in (head, tail)}
        if term is None or ends.get(last) in _WITH_DATES:
            return UNDATED
        if "Person" in ends.values() and not term.fits_a_person:
            return UNDATED
        if ends.get(last) == "Person" and term.at in self._lives:
            return UNDATED
        return When(since=term.since, until=term.until)


def _located(index: int, reading: Reading, links: Links, clusters: Sequence[Cluster]) -> dict[int, int]:
    """The tokens of the second name in "Springfield, Illinois", which only tells where, each to the first
    name's last token. In "Norway, Sweden and Denmark" there is none."""
    doc = reading.doc
    found: dict[int, int] = {}

    def place(i: int) -> int | None:
        link = links.get((index, i)) if 0 <= i < len(doc) else None
        if link is None or link.kind is not MentionKind.NAME or clusters[link.cluster].type != "Place":
            return None
        return link.cluster

    for comma in (t.i for t in doc if t.text == "," and place(t.i - 1) is not None):
        end = comma + 1
        while place(end) == place(comma + 1) is not None:
            end += 1
        first = comma - 1
        while place(first - 1) == place(comma - 1):
            first -= 1
        alone = end > comma + 1 and place(comma + 1) != place(comma - 1)
        before, after = (doc[i].lower_ if 0 <= i < len(doc) else "" for i in (first - 1, end))
        listed = after in ("and", "or", "&") or (after == "," and place(end + 1) is not None)
        if alone and not listed and not (before in (",", "and", "or") and place(first - 2) is not None):
            found |= dict.fromkeys(range(comma + 1, end), comma - 1)
    return found


def preps_of(token: "Token", through: Sequence[str] = ()) -> list["Token"]:
    """Its prepositions, those among them that the parser hung from a date: "born on 2 May 1985 in Zell"."""
    found = [c for c in token.children if c.dep_ == "prep" or (c.dep_ == "dative" and c.pos_ == "ADP")]
    for child in token.children:
        if child.dep_ in ("advmod", "prt", "acomp") and child.lower_ in through:
            found += [c for c in child.children if c.dep_ == "prep"]
    dates = [c for p in found for c in p.children if c.dep_ == "pobj" and c.ent_type_ == "DATE"]
    return found + [c for d in dates for c in d.children if c.dep_ == "prep" and c.lower_ != "of"]


def _is_relative(token: "Token") -> bool:
    return token.tag_ in ("WP", "WDT") or (
        token.lower_ == "that" and token.dep_ in ("nsubj", "nsubjpass", "dobj")
    )


def is_noun(token: "Token") -> bool:
    return token.pos_ in ("NOUN", "PROPN", "ADJ") and token.tag_ not in ("WP", "WDT")


def _is_marked(verb: "Token") -> bool:
    """A clause with a conjunction of its own and a subject left out is not the main clause's subject's."""
    return any(c.dep_ == "mark" and c.lower_ in ("that", "if") for c in verb.children)
