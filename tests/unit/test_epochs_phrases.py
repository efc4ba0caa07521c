"""Which types unlisted phrases are learnt to mean, and what facts say of it."""

from collections import Counter

import numpy as np
import pytest

from graph.epochs.phrases import Ends, learn_phrases, unmapped
from graph.epochs.wording import Form, forms, spoken
from graph.errors import InvalidInput
from graph.fusion.epoch import EPOCH_0, Epoch, PhraseType
from graph.ontology import default_ontology, parse_ontology
from graph.types import MICRO, ValueKind
from tests.fakes.embedder import StemEmbedder
from tests.unit.fusion_stories import Workspace, number

ONTOLOGY = default_ontology()
LEMMAS = {word for phrase in ONTOLOGY.phrase_index for word in phrase.split()}
VANCE, BOREALIS = "Anna Vance:Person", "Borealis Energy:Organization"
ORG_ORG: Ends = ("Organization", "Organization")


class Meanings:
    """Each phrase is at an angle to what it is said to resemble."""

    model_id, dimension = "meanings", 64

    def __init__(self, **like: tuple[str, float]) -> None:
        self._like = {phrase.replace("_", " "): meant for phrase, meant in like.items()}
        self._axes: dict[str, int] = {}

    def embed(self, texts):
        vectors = np.zeros((len(texts), 1024), dtype=np.float32)
        for row, text in enumerate(texts):
            other, cosine = self._like.get(text, (text, 1.0))
            vectors[row, self._axis(other)] = cosine
            vectors[row, self._axis(f"apart {text}")] += (1 - cosine**2) ** 0.5
        return vectors

    def _axis(self, text: str) -> int:
        return self._axes.setdefault(text, len(self._axes))


@pytest.mark.parametrize(
    ("phrase", "expected"),
    [
        ("was originally founded by", [Form(("found", "by")), Form(("found",), turned=True)]),
        ("has been acquired by", [Form(("acquire", "by")), Form(("acquire",), turned=True)]),
        ("Acquires", [Form(("acquire",))]),
        ("is currently leading", [Form(("lead",))]),
        ("led", [Form(("lead",))]),
        ("was born in", [Form(("bear", "in"))]),
        ("supplied", [Form(("supply",))]),
        ("stands by", [Form(("stand", "by"))]),
        ("is", [Form(("is",))]),
    ],
)
def test_bare_forms(phrase: str, expected: list[Form]) -> None:
    assert forms(phrase, LEMMAS) == expected


def test_what_is_embedded_keeps_its_words() -> None:
    assert spoken("was recently swallowed up by") == Form(("swallowed", "up"), turned=True)


def learnt(uses: dict[str, dict[Ends, int]], embedder=None) -> dict[str, PhraseType]:
    return learn_phrases({p: Counter(ends) for p, ends in uses.items()}, ONTOLOGY, embedder)


def test_a_form_of_a_listed_phrase_means_the_same_where_the_types_allow_it() -> None:
    found = learnt(
        {
            "was founded by": {("Organization", "Person"): 3},
            "has acquired": {ORG_ORG: 2},
            "hires": {("Organization", "Person"): 1},
            "had been employed by": {("Person", "Organization"): 1},
            "was leading": {("Place", "Place"): 5},
            "earned": {("Organization", ValueKind.NUMBER): 2},
        }
    )
    assert found == {
        "earned": PhraseType("REVENUE", False, MICRO),
        "had been employed by": PhraseType("WORKS_FOR", False, MICRO),
        "has acquired": PhraseType("ACQUIRED", False, MICRO),
        "hires": PhraseType("WORKS_FOR", True, MICRO),
        "was founded by": PhraseType("FOUNDED", True, MICRO),
    }


def test_a_near_phrase_is_mapped_and_an_unclear_one_is_not() -> None:
    near = Meanings(
        swallow_up=("acquire", 0.8),
        swallowed_up=("acquire", 0.7),
        vaguely_own=("acquire", 0.55),
        greet=("marry", 0.9),
    )
    found = learnt(
        {
            "swallow up": {ORG_ORG: 4},
            "was swallowed up by": {ORG_ORG: 2},
            "vaguely own": {ORG_ORG: 4},
            "greet": {ORG_ORG: 4},  # organisations do not marry
            "unheard": {ORG_ORG: 1},
        },
        near,
    )
    assert {p: (t.relation, t.turned, t.score) for p, t in found.items()} == {
        "swallow up": ("ACQUIRED", False, 800_000),
        "was swallowed up by": ("ACQUIRED", True, 700_000),
    }


def test_phrases_that_read_alike_are_mapped_together_or_not_at_all() -> None:
    """One that is far from every listed phrase goes with the cluster that it belongs to."""

    class Chain(Meanings):
        def embed(self, texts):
            vectors = super().embed(texts)
            for row, text in enumerate(texts):
                if text == "gobble":  # .8 to snap, .56 to acquire
                    vectors[row] = 0
                    vectors[row, self._axis("acquire")] = 0.56
                    vectors[row, self._axis("apart snap")] = 0.6
                    vectors[row, self._axis("apart gobble")] = (1 - 0.56**2 - 0.6**2) ** 0.5
            return vectors

    near = Chain(snap=("acquire", 0.75))
    alone = learnt({"gobble": {ORG_ORG: 1}}, near)
    both = learnt({"gobble": {ORG_ORG: 1}, "snap": {ORG_ORG: 3}}, near)
    assert not alone and {p: t.relation for p, t in both.items()} == dict.fromkeys(
        ("gobble", "snap"), "ACQUIRED"
    )
    assert len({t.score for t in both.values()}) == 1


def test_learning_does_not_depend_on_order_and_survives_the_ledgers_json() -> None:
    uses = {f"{word} with": {ORG_ORG: n + 1} for n, word in enumerate(("competes", "cooperated", "dines"))}
    one = learnt(uses, StemEmbedder())
    assert one and one == learnt(dict(reversed(uses.items())), StemEmbedder())
    epoch = Epoch(phrases=one)
    assert Epoch.from_parameters(epoch.parameters()) == epoch
    assert "phrases" not in EPOCH_0.parameters(), "epochs from before there were phrases keep their ids"
    for broken in ({"a": ["X", 1, 2]}, {"a": ["X", True]}, ["a"]):
        with pytest.raises(InvalidInput):
            Epoch.from_parameters({"phrases": broken})


def test_the_claim_keeps_its_phrase_and_the_fact_says_what_its_type_was_learnt_from() -> None:
    w = Workspace()
    w.tell("a", (BOREALIS, "was founded by", VANCE), (VANCE, "greets", BOREALIS))
    w.tell("b", (VANCE, "found", BOREALIS), (BOREALIS, "was founded by", number("3")))
    before = w.facts()
    assert before["Borealis Energy RELATED_TO Anna Vance"].phrase == "was founded by"
    assert unmapped(w.fuse()) == {
        "was founded by": {("Organization", "Person"): 1, ("Organization", ValueKind.NUMBER): 1},
        "greets": {("Person", "Organization"): 1},
    }
    mostly = {("Organization", "Person"): 5, ("Organization", ValueKind.NUMBER): 1}
    phrases = learnt({"was founded by": mostly})
    w.epoch, w.state = Epoch(phrases=phrases), w.state.unfused()
    after = w.facts()
    assert set(after) == {
        "Anna Vance FOUNDED Borealis Energy",
        "Anna Vance RELATED_TO Borealis Energy",
        "Borealis Energy RELATED_TO 3",  # nobody is founded by a number
    }
    fact = after["Anna Vance FOUNDED Borealis Energy"]
    assert fact.support == 2
    assert fact.reason == 'Its relation type was learnt from "was founded by".'
    assert {c.phrase for c in w.state.claims(fact.claims).values()} == {"was founded by", "found"}
    assert after["Anna Vance RELATED_TO Borealis Energy"].reason == ""


def test_a_type_that_the_ontology_no_longer_has_leaves_the_phrase_unmapped() -> None:
    w = Workspace(Epoch(phrases={"greets": PhraseType("GONE", False, MICRO)}))
    w.tell("a", (VANCE, "greets", BOREALIS))
    assert set(w.facts()) == {"Anna Vance RELATED_TO Borealis Energy"}


def test_an_ontology_without_phrases_learns_none() -> None:
    bare = parse_ontology("[entity]\nOrganization = {}\n")
    assert learn_phrases({"acquire": Counter({ORG_ORG: 3})}, bare, Meanings()) == {}
