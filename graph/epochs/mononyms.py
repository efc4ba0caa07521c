"""Words by which people are named alone, as Plato and Madonna are, read off all names of a workspace.

That a word is nobody's surname or given name is no property of two documents: it shows in how a whole
workspace uses it.
"""

from collections import defaultdict
from collections.abc import Iterable

from graph.fusion.folding import words
from graph.fusion.given_names import FEMALE_NAMES, MALE_NAMES
from graph.fusion.profiles import PERSON, profile
from graph.ontology import Ontology
from graph.types import MICRO, ContentId, Referent

_LEAST_PEOPLE = 100  # named in full: a small workspace knows little of how people are named
_LEAST_DOCUMENTS = 3  # that name somebody so
_ANYBODY = FEMALE_NAMES | MALE_NAMES


def learn_mononyms(referents: Iterable[Referent], ontology: Ontology, same: int) -> dict[str, int]:
    """Each such word with the number of documents that name a person by it, without a title. O(names).

    Those that name people otherwise with it ("Dana Plato", "Mr. Plato", "Plato Jones") are at most one of
    five, by ``same``; and it is no common given name.
    """
    alone: dict[str, set[ContentId]] = defaultdict(set)
    others: dict[str, set[ContentId]] = defaultdict(set)
    people: set[str] = set()
    for referent in referents:
        if PERSON not in ontology.ancestors(referent.type):
            continue
        face = profile(referent)
        people.update(face.own[:1])
        is_alone = not face.full and all(len(words(name)) == 1 for name in referent.names)
        for name in face.names:
            for word in name.split():
                (alone if is_alone else others)[word].add(referent.content)
    if len(people) < _LEAST_PEOPLE:
        return {}
    return {
        word: len(bearing)
        for word, bearing in sorted(alone.items())
        if len(bearing) >= _LEAST_DOCUMENTS
        and word not in _ANYBODY
        and len(bearing) * MICRO >= same * len(bearing | others[word])
    }
