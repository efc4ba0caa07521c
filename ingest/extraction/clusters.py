"""Which names of one document are one thing: short forms, initials, acronyms and stated aliases.

A wrong link is worse than none: a short form joins a longer name only when one alone fits.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from graph.fusion.components import Sets
from graph.ontology import Ontology
from ingest.extraction import lexicon
from ingest.extraction.aliases import stated_aliases
from ingest.extraction.names import CUE, Name, kind_of

TYPES = (
    "Organization",
    "Person",
    "Facility",
    "Place",
    "Project",
    "Product",
    "Event",
    "Work",
)  # ties: the first


@dataclass(slots=True)
class Cluster:
    """One document's names of one thing. ``alias`` groups were introduced by another name."""

    names: list[Name] = field(default_factory=list)
    votes: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    type: str = "Thing"
    gender: str | None = None

    @property
    def first(self) -> Name:
        return self.names[0]

    @property
    def former(self) -> set[str]:
        """Names that it gave up, where it has another."""
        return {name.text for name in self.names if name.former}

    def display(self) -> str:
        """The fullest of its present names, the earliest of equals."""
        return max(
            self.names,
            key=lambda n: (
                n.text not in self.former,
                len(n.text.split()) - 2 * bool(re.search(r"\b[A-Z]\.(?=\s)", n.text)),
                not (n.text.isupper() and " " in n.text),
                -n.start,
            ),
        ).text

    def proper_names(self) -> list[str]:
        """Its distinct names, the fullest first and former ones last (of birth in full, too), without those
        that only its own document understands.

        A thing that has no other is none that another document could speak of: it is left out.
        """
        former = self.former
        in_order = sorted((n.text for n in self.names), key=lambda text: text in former)
        born = [n.in_full for n in self.names if n.in_full]
        texts = dict.fromkeys([self.display(), *in_order, *born])
        return [text for text in texts if not _describes(text)]

    def words(self) -> list[str]:
        return lexicon.words_of(self.display())

    def decide(self, ontology: Ontology) -> None:
        """Set type and gender from the votes; a type the ontology lacks is a plain Thing."""
        ranked = sorted(
            self.votes.items(), key=lambda v: (-v[1], TYPES.index(v[0]) if v[0] in TYPES else 99, v[0])
        )
        best = ranked[0][0] if ranked and ranked[0][1] > 0 else "Thing"
        self.type = best if best in ontology.entity_types else "Thing"
        if self.type == "Person" and self.gender is None:
            self.gender = _gender(self.names)


def cluster_names(names: Sequence[Name], text: str, aliases: Sequence[tuple[str, str]] = ()) -> list[Cluster]:
    """Partition ``names`` (in document order) into clusters, in the order of their first name.

    ``aliases`` are pairs of surface names known to be one beside those that the text itself declares.
    """
    groups: dict[tuple[str, ...], list[int]] = {}
    for index, name in enumerate(names):
        groups.setdefault(lexicon.key_of(name.text), []).append(index)
    keys = list(groups)
    sets = Sets(range(len(keys)))
    place = {index: k for k, key in enumerate(keys) for index in groups[key]}
    known = {key: k for k, key in enumerate(keys)}
    kinds = [kind_of([names[i] for i in groups[key]]) for key in keys]
    for left, right in stated_aliases(names, text):
        a, b = place[left], place[right]
        if (
            kinds[a] == kinds[b]
            or not (kinds[a] and kinds[b])
            or not (_sure(names, groups[keys[a]]) and _sure(names, groups[keys[b]]))
        ):
            sets.join(a, b)
    for left_text, right_text in aliases:
        pair = [known[key] for key in (lexicon.key_of(left_text), lexicon.key_of(right_text)) if key in known]
        if len(pair) == 2 and kinds[pair[0]] == kinds[pair[1]]:
            sets.join(*pair)
    locative = [
        _after(r"\b(?:in|near|outside|around)\s(?:the\s)?$", [names[i] for i in groups[key]], text)
        for key in keys
    ]
    definite = [_after(r"\bthe\s(?:\w+\s){0,2}$", [names[i] for i in groups[key]], text) for key in keys]
    sharing: dict[str, list[int]] = defaultdict(
        list
    )  # what a short form shares with its name: never all pairs
    for k, key in enumerate(keys):
        if len(key) > 1:
            for word in {key[0], key[-1], lexicon.initials(key)}:
                sharing[word].append(k)
    in_order = sorted(range(len(keys)), key=lambda k: not _is_surname(keys[k]))  # "Van Gogh" before "Gogh"
    for k in in_order:
        if sets.find(k) == k or len(keys[k]) == 1:
            longer = _longer(k, keys, kinds, locative, definite, sharing, names, groups)
            members = {sets.find(c) for c in longer}
            if len(members) == 1:
                sets.join(k, members.pop())
    clusters: dict[int, Cluster] = defaultdict(Cluster)
    for index, name in enumerate(names):
        cluster = clusters[sets.find(place[index])]
        cluster.names.append(name)
        for kind, votes in name.votes.items():
            cluster.votes[kind] += votes
    return sorted(clusters.values(), key=lambda c: c.first.start)


def _is_surname(key: tuple[str, ...]) -> bool:
    """Whether it is a surname with its particles alone: "van gogh"."""
    return len(key) > 1 and lexicon.surname_of(key) == key


def _sure(names: Sequence[Name], group: Sequence[int]) -> bool:
    return any(votes >= CUE // 2 for i in group for votes in names[i].votes.values())


def _after(words: str, names: Sequence[Name], text: str) -> bool:
    """Whether most of the mentions follow these words: "in Carrow" is a place, "the Mercury" no company."""
    after = sum(bool(re.search(words, text[max(0, n.start - 24) : n.start], re.IGNORECASE)) for n in names)
    return 2 * after > len(names)


def _longer(
    k: int,
    keys: Sequence[tuple[str, ...]],
    kinds: Sequence[str | None],
    locative: Sequence[bool],
    definite: Sequence[bool],
    sharing: Mapping[str, Sequence[int]],
    names: Sequence[Name],
    groups: dict[tuple[str, ...], list[int]],
) -> list[int]:
    """The groups of which group ``k`` may be a short form; the most telling rule that finds any decides."""
    key = keys[k]
    mine = [names[i] for i in groups[key]]
    sure = kinds[k] if _sure(names, groups[key]) else None
    gender = _gender(mine)
    others = sorted({o for word in {key[0], key[-1]} for o in sharing.get(word, ()) if o != k})

    def persons(fits: Callable[[tuple[str, ...]], bool], *, unsure: bool = False) -> list[int]:
        """``unsure``: those too that the text tells to be nothing else."""
        if sure not in (None, "Person"):
            return []
        return [
            o
            for o in others
            if (kinds[o] == "Person" or (unsure and not _sure(names, groups[keys[o]])))
            and fits(keys[o])
            and _agree(gender, _gender([names[i] for i in groups[keys[o]]]))
        ]

    def introduced(found: list[int]) -> list[int]:
        """Of several the one already introduced, if the others come after the last short mention."""
        return [o for o in found if names[groups[keys[o]][0]].start < mine[-1].start] or found

    def bodies(fits: Callable[[tuple[str, ...]], bool], wanted: frozenset[str]) -> list[int]:
        return [
            o for o in others if kinds[o] in wanted and fits(keys[o]) and (sure is None or sure == kinds[o])
        ]

    if len(key) == 1:
        word = key[0]
        if not locative[k]:
            found = introduced(persons(lambda full: full[-1] == word))
            if found:
                return found
            if kinds[k] == "Person" or lexicon.gender_of(word):
                found = persons(lambda full: full[0] == word)
                if found:
                    return found
            if definite[k] and (word in lexicon.ORGANIZATION_HEADS or word in lexicon.FACILITY_HEADS):
                return bodies(lambda full: full[-1] == word, frozenset({"Organization", "Facility"}))
            found = [] if definite[k] else bodies(lambda full: full[0] == word, frozenset({"Organization"}))
            if found:
                return found
            found = bodies(
                lambda full: full[0] in ("project", "operation") and full[1:] == key, frozenset({"Project"})
            )
            if found:
                return found
        if 2 <= len(word) <= 6 and mine[0].text.replace(".", "").isupper():
            return bodies(
                lambda full: lexicon.initials(full) == word,
                frozenset({"Organization", "Facility", "Project", "Event"}),
            )
        return []
    if _is_surname(key) and not locative[k]:
        found = persons(lambda full: len(full) > len(key) and full[-len(key) :] == key, unsure=True)
        if found:
            return introduced(found)
    if len(key[0]) == 1 or any(len(word) == 1 for word in key[1:-1]):
        found = persons(
            lambda full: (
                full[-1] == key[-1] and full[0][0] == key[0][0] and len(full[0]) > 1 and _fits(key, full)
            )
        )
        if found:
            return found
    if kinds[k] == "Person" and any(len(full) > len(key) for full in keys):
        return persons(lambda full: len(full) > len(key) and full[0] == key[0] and full[-1] == key[-1])
    if kinds[k] in ("Organization", None):
        found = bodies(
            lambda full: len(full) > len(key) and full[: len(key)] == key, frozenset({"Organization"})
        )
        if found:
            return found
    if kinds[k] in ("Organization", "Facility", "Project", "Event"):
        return bodies(
            lambda full: (
                len(full) > len(key) and full[0] == key[0] and full[-1] == key[-1] and _subsequence(key, full)
            ),
            frozenset({str(kinds[k])}),
        )
    return []


def _fits(short: tuple[str, ...], full: tuple[str, ...]) -> bool:
    """A. Vance and A. M. Vance fit Anna Maria Vance; Anna M. Vance fits Anna Vance."""
    return len(short[0]) == 1 or short[0] == full[0]


def _subsequence(short: tuple[str, ...], full: tuple[str, ...]) -> bool:
    rest = iter(full)
    return all(word in rest for word in short)


def _describes(text: str) -> bool:
    """ "Company", "the State", "July 30", "Total Net Sales" are no names."""
    words = [word for word in lexicon.words_of(text) if word not in {"the", "our", "this", "such"}]
    if len(words) == 1 and words[0] in lexicon.ROLES:
        return True
    others = [word for word in words if word not in lexicon.MEASURES]
    digits = [word for word in others if word.isdigit()]
    return not others or (0 < len(digits) < len(others) and set(others) - set(digits) <= lexicon.MONTHS)


def _agree(a: str | None, b: str | None) -> bool:
    return a is None or b is None or a == b


def _gender(names: Sequence[Name]) -> str | None:
    for name in names:
        if name.title in lexicon.TITLES_FEMALE:
            return "f"
        if name.title in lexicon.TITLES_MALE:
            return "m"
    for name in names:
        words = name.text.split()
        if len(words) > 1 and (gender := lexicon.gender_of(words[0])):
            return gender
    if names and len(names[0].text.split()) == 1:
        return lexicon.gender_of(names[0].text)
    return None
