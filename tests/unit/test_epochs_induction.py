"""Ontology induction on planted worlds, with noise and with little."""

from itertools import pairwise
from random import Random

import pytest

from graph.epochs.induction import Induced, induce, learn_traits
from graph.epochs.proposal import proposal
from graph.epochs.shares import wilson
from graph.errors import InvalidInput, OntologyError
from graph.fusion.epoch import Epoch
from graph.ledger.judgement import ontology_under
from graph.ontology import (
    default_ontology,
    default_ontology_text,
    parse_ontology,
    stored_ontology,
    with_traits,
)
from tests.unit.fusion_stories import Workspace, date

ONTOLOGY = default_ontology()
SYLLABLES = ("bar", "dun", "fel", "gor", "hal", "kem", "lor", "mun", "nev", "pol", "rus", "sil", "tor", "vex")
WORDS = [(a + b + c).title() for a in SYLLABLES for b in SYLLABLES for c in SYLLABLES]


def names(rng: Random, count: int, kind: str) -> list[str]:
    """Names of two words; none shares a word with another."""
    words = rng.sample(WORDS, 2 * count)
    return [f"{words[2 * n]} {words[2 * n + 1]}:{kind}" for n in range(count)]


def planted(seed: int, noise: float, order: tuple[int, ...] = (0, 1, 2)) -> dict[str, Induced]:
    """Relations of known kind, each said by three documents; a share of what they say is wrong."""
    heads = 40
    rng = Random(seed)
    people, places, firms = (names(rng, heads, kind) for kind in ("Person", "Place", "Organization"))
    ranks = {firm: rank for rank, firm in enumerate(firms)}
    truth: list[tuple[str, str, str]] = []
    for n, person in enumerate(people):
        truth.append((person, "lodges in", places[n % 20]))  # functional
        truth += [(person, "has toured", place) for place in rng.sample(places, 3)]  # neither
        truth.append((person, "mentors", people[(n * 7 + 3) % heads]))  # asymmetric
    for n in range(0, heads - 1, 2):
        truth.append((firms[n], "borders on", firms[n + 1]))  # symmetric
    chain = firms[:9]
    truth += [(a, "outranks", b) for a in chain for b in chain if ranks[a] < ranks[b]]  # transitive
    documents = []
    for _ in order:
        lines = []
        for head, phrase, tail in truth:
            if rng.random() < noise:
                kind = tail.partition(":")[2]
                tail = rng.choice({"Person": people, "Place": places, "Organization": firms}[kind])
            if phrase == "borders on" and rng.random() < 0.5:
                head, tail = tail, head
            if head != tail:
                lines.append((head, phrase, tail))
        documents.append(lines)
    w = Workspace()
    for number in order:
        w.tell(f"document {number}", *documents[number])
    return {found.name: found for found in induce(w.fuse(), ONTOLOGY)}


def traits(found: Induced) -> set[str]:
    return {trait.name for trait in found.traits if trait.proposed}


@pytest.mark.parametrize("noise", [0.0, 0.05])
@pytest.mark.parametrize("seed", range(3))
def test_what_was_planted_is_found_and_nothing_else(seed: int, noise: float) -> None:
    found = planted(seed, noise)
    lodge = next(r for name, r in found.items() if name.startswith("LODGE"))
    assert (lodge.heads, lodge.tails, lodge.listed) == (("Person",), ("Place",), False)
    assert traits(lodge) == {"functional"}
    assert traits(found["TOUR"]) == set()
    assert "asymmetric" in traits(found["MENTOR"]) and "transitive" not in traits(found["MENTOR"])
    assert traits(found["BORDER_ON"]) >= {"symmetric"} and "asymmetric" not in traits(found["BORDER_ON"])
    assert traits(found["OUTRANK"]) == {"asymmetric", "transitive"}
    assert min(lodge.domain, lodge.range) > 0.9


def test_few_facts_propose_no_trait_and_fewer_no_relation() -> None:
    w = Workspace()
    people, places = names(Random(1), 5, "Person"), names(Random(2), 5, "Place")
    for document in ("a", "b"):
        w.tell(document, *((p, "lodges in", q) for p, q in zip(people, places, strict=True)))
        w.tell(f"{document} too", *((p, "mends", q) for p, q in zip(people[:4], places, strict=False)))
    [found] = induce(w.fuse(), ONTOLOGY)
    assert found.facts == 5 and traits(found) == set()
    assert {t.of for t in found.traits if t.name == "functional"} == {5}


def test_the_proposal_is_an_ontology_that_keeps_all_there_was() -> None:
    found = list(planted(0, 0.05).values())
    text = proposal(default_ontology_text(), found)
    proposed = parse_ontology(text)
    assert proposed.relation_types.items() >= ONTOLOGY.relation_types.items()
    new = proposed.relation_types.keys() - ONTOLOGY.relation_types.keys()
    assert new == {r.name for r in found if not r.listed}
    assert proposed.relation_types["OUTRANK"].transitive and proposed.relation_types["OUTRANK"].asymmetric
    assert proposed.phrase_index["has toured"] == "TOUR"
    assert "# not functional = true" in text, "what was counted and not proposed is shown too"


def test_passives_are_counted_with_their_actives_and_listed_types_are_commented() -> None:
    w = Workspace()
    firms, people = names(Random(3), 12, "Organization"), names(Random(4), 12, "Person")
    for n, (firm, person) in enumerate(zip(firms, people, strict=True)):
        w.tell(f"a{n}", (person, "audits", firm), (firm, "found in", date(f"19{n + 50}")))
        w.tell(f"b{n}", (firm, "was audited by", person), (firm, "found in", date(f"19{n + 50}")))
    found = {r.name: r for r in induce(w.fuse(), ONTOLOGY)}
    audit = found["AUDIT"]
    assert (audit.facts, audit.heads, audit.phrases) == (24, ("Person",), ("audits",))
    assert traits(audit) == {"functional", "inverse_functional"}
    assert found["FOUNDED_ON"].listed and found["FOUNDED_ON"].values == ("date",)
    text = proposal(default_ontology_text(), list(found.values()))
    assert "# FOUNDED_ON: 12 facts. functional" in text and "[relation.AUDIT]" in text


def test_listed_types_are_learnt_to_be_more_and_never_less_than_the_ontology_says() -> None:
    w = Workspace()
    firms, people = names(Random(5), 24, "Organization"), names(Random(6), 24, "Person")
    for name in "ab":
        lines = [(person, "work for", firm) for person, firm in zip(people, firms, strict=True)]
        lines += [(a, "collaborate with", b) for a, b in pairwise(firms)]
        lines += [(a, "supply", b) for a, b in zip(firms[::2], firms[1::2], strict=True)]
        w.tell(name, *lines)
    learnt = learn_traits(induce(w.fuse(), ONTOLOGY), ONTOLOGY)
    assert learnt == {
        "SUPPLIES": ("asymmetric", "functional", "inverse_functional"),
        "WORKS_FOR": ("functional", "inverse_functional"),
    }
    epoch = Epoch(traits=learnt)
    assert Epoch.from_parameters(epoch.parameters()) == epoch
    under = with_traits(ONTOLOGY, {**learnt, "PARTNER_OF": ("asymmetric",), "GONE": ("functional",)})
    works, partners = under.relation_types["WORKS_FOR"], under.relation_types["PARTNER_OF"]
    assert works.functional and works.asymmetric and partners.symmetric and not partners.asymmetric
    assert under.relation_types.keys() == ONTOLOGY.relation_types.keys()
    with pytest.raises(InvalidInput):
        Epoch.from_parameters({"traits": {"WORKS_FOR": ["wonderful"]}})


def test_an_ontology_of_its_own_is_taken_as_it_is() -> None:
    epoch = Epoch(traits={"WORKS_FOR": ("functional",)})
    assert ontology_under(None, epoch).relation_types["WORKS_FOR"].functional
    own = ontology_under(default_ontology_text(), epoch)
    assert not own.relation_types["WORKS_FOR"].functional


def test_wilson_bounds() -> None:
    assert wilson(0, 0) == 0.0
    assert wilson(10, 10) == pytest.approx(0.787, abs=0.001)
    assert wilson(8, 10) < wilson(80, 100) < wilson(800, 1000) < 0.8


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("[entity]\nA = { parent = 'B' }\nB = { parent = 'A' }", "circle"),
        ("[entity]\nA = { parent = 'Nobody' }", "parent 'Nobody' is not defined"),
        ("[entity]\nA = 3", "write each as a table"),
        ("[entity]\nA = { parnt = 'Thing' }", "unknown key 'parnt'"),
        ("[entity]\nA = { parent = 3 }", "must be the name"),
        ("entity = 3", "write each as a table"),
        ("[relations.R]\n", "unknown table 'relations'"),
        ("[relation.R]\nheads = ['Thing']\ntails = ['Ghost']", "'Ghost' is not defined"),
        ("[relation.R]\nheads = 'Thing'\ntails = ['Thing']", "heads must be a list of texts"),
        ("[relation.R]\nheads = ['Thing']\ntails = ['Thing']\nfunctional = 'yes'", "true or false"),
        ("[relation.R]\nheads = ['Thing']\ntails = ['Thing']\ninverse_of = 'R'", "its own inverse"),
        ("[relation.R]\nheads = ['Thing']\ntails = ['Thing']\ntemporal = 'never'", "never"),
        (
            "".join(
                f"[relation.{a}]\nheads = ['Thing']\ntails = ['Thing']\ninverse_of = '{b}'\n"
                for a, b in ("QR", "RS", "SQ")
            ),
            "names another",
        ),
        (
            "".join(
                f"[relation.{a}]\nheads = ['Thing']\ntails = ['Thing']\n{more}\n"
                for a, more in (("Q", ""), ("R", "inverse_of = 'Q'"), ("S", "inverse_of = 'Q'"))
            ),
            "'R' and 'S' both name 'Q' as their inverse",
        ),
        (
            "[entity.P]\n[entity.Q]\n"
            + "".join(
                f"[relation.{a}]\nheads = ['P']\ntails = ['Q']\n{more}\n"
                for a, more in (("R", "inverse_of = 'S'"), ("S", ""))
            ),
            r"no head of it \(P\) can be a tail of its inverse 'S' \(Q\)",
        ),
        (
            "[relation.R]\nheads = ['Thing']\nvalues = ['text']\ninverse_of = 'S'\n"
            "[relation.S]\nheads = ['Thing']\ntails = ['Thing']\n",
            r"no tail of it \(none\) can be a head",
        ),
        ("[relation.r]\n", "capitals"),
        ("[relation.R]\ntails = ['Thing']\n", "needs heads, and tails or values"),
        ("[relation.R]\nheads = ['Thing']\nvalues = ['number']\nminimum = '0'", "a whole number"),
        ("[relation.R]\nheads = ['Thing']\nvalues = ['text']\nminimum = 0", "values must hold number"),
        ("[relation.RELATED_TO]\nheads = ['Thing']\ntails = ['Thing']", "reserved"),
        ("[unit.m]\nof = 'm'\ntimes = 1\n[unit.x]\nof = 'm'\ntimes = '1e999999'", "from 1E-30 to 1E[+]30"),
        ("= 3", "not valid TOML"),
    ],
)
def test_a_wrong_ontology_is_refused_with_what_is_wrong(text: str, why: str) -> None:
    with pytest.raises(OntologyError, match=why) as refused:
        parse_ontology(text)
    assert type(refused.value) is OntologyError  # a problem's type is named by it


def test_the_order_of_documents_does_not_matter() -> None:
    assert planted(1, 0.05) == planted(1, 0.05, order=(2, 0, 1))


def test_an_ontology_that_was_accepted_once_is_read_without_what_is_refused_now() -> None:
    ends = "heads = ['Thing']\ntails = ['Thing']\n"
    good = f"[entity.P]\n[relation.Q]\n{ends}[relation.R]\n{ends}inverse_of = 'Q'\n[relation.S]\n{ends}"
    text = (
        f"{good}inverse_of = 'Q'\n[relation.T]\n{ends}parent = 'RELATED_TO'\n[relation.RELATED_TO]\n{ends}"
        "[unit.m]\nof = 'm'\ntimes = 1\n[unit.huge]\nof = 'm'\ntimes = 1e99\n"
    )
    with pytest.raises(OntologyError):
        parse_ontology(text)
    found, faults = stored_ontology(text)
    wanted = f"{good}[relation.T]\n{ends}[unit.m]\nof = 'm'\ntimes = 1\n"
    assert found == parse_ontology(wanted)
    for fault, part in zip(
        faults, ("'RELATED_TO': reserved", "'huge'", "'R' and 'S'", "'T': its parent"), strict=True
    ):
        assert part in fault, faults
    assert stored_ontology(wanted) == (found, ())
    with pytest.raises(OntologyError, match="not valid TOML"):
        stored_ontology("= 3")
