"""That a link between things that are told of together is more plausible than one with a strange end."""

from random import Random

import pytest

from app.adapters.embeddings import LocalEmbedder
from graph.review.plausibility import Told, plausibility
from graph.types import MICRO
from tests.fakes.embedder import StemEmbedder

# Each world: a person, an organisation, a place, with what is said of each. None says the link that is asked.
WORLDS = (
    (
        ("Ines Brandt", "Ines Brandt designs turbine blades for offshore wind farms."),
        ("Nordwind Turbines", "Nordwind Turbines builds rotors that are towed out to sea."),
        ("Cuxhaven", "Cuxhaven loads wind turbines onto jack-up ships."),
    ),
    (
        ("Paulo Reis", "Paulo Reis has baked sourdough since he was twelve."),
        ("Reis & Filhos", "Reis & Filhos sells bread and custard tarts."),
        ("Belmonte", "Belmonte is known for its wood-fired ovens and bakeries."),
    ),
    (
        ("Dr. Aiko Mori", "Dr. Aiko Mori operates on the hearts of newborn children."),
        ("Sakura Clinic", "Sakura Clinic treats children with heart defects."),
        ("Nagano", "Nagano has the only paediatric hospital of the prefecture."),
    ),
    (
        ("Tom Avery", "Tom Avery tunes church organs and restores their pipes."),
        ("Avery Organ Works", "Avery Organ Works repairs pipe organs in cathedrals."),
        ("Wells", "Wells has a cathedral whose organ dates from 1857."),
    ),
    (
        ("Lena Falk", "Lena Falk raced sailing dinghies at two Olympic games."),
        ("Skerry Sails", "Skerry Sails cuts spinnakers for racing yachts."),
        ("Marstrand", "Marstrand holds a sailing regatta every July."),
    ),
    (
        ("Omar Haddad", "Omar Haddad writes software that finds fraud in bank transfers."),
        ("Ledgerline", "Ledgerline sells payment software to banks."),
        ("Frankfurt", "Frankfurt is where banks clear their payments."),
    ),
    (
        ("Mara Quint", "Mara Quint grows vines on steep slate slopes."),
        ("Quint Cellars", "Quint Cellars bottles dry riesling."),
        ("Bernkastel", "Bernkastel lies among vineyards above the Moselle."),
    ),
    (
        ("Yusuf Kaya", "Yusuf Kaya drives freight trains over the mountains."),
        ("Anadolu Rail", "Anadolu Rail hauls ore by train to the coast."),
        ("Sivas", "Sivas is a railway junction with a locomotive depot."),
    ),
)


def told(world: int, place: int) -> Told:
    name, quote = WORLDS[world][place]
    return Told(name, (quote,))


def test_links_within_a_world_are_told_from_corrupted_ones() -> None:
    """The share of (true, corrupted) pairs in the right order; .5 is chance, and .77 was measured."""
    embedder, rng = LocalEmbedder(device="cpu"), Random(7)
    true, corrupted = [], []
    for world in range(len(WORLDS)):
        for relation, head, tail in (("WORKS_FOR", 0, 1), ("HEADQUARTERED_IN", 1, 2), ("LIVES_IN", 0, 2)):
            strange = rng.choice([w for w in range(len(WORLDS)) if w != world])
            for scores, there in ((true, world), (corrupted, strange)):
                others = [w for w in range(len(WORLDS)) if w not in (world, there)]
                ends = [(told(world, head), told(w, tail)) for w in others]
                ends += [(told(w, head), told(there, tail)) for w in others]
                scores.append(plausibility(embedder, told(world, head), relation, told(there, tail), ends))
    right = sum((t > c) + (t == c) / 2 for t in true for c in corrupted) / (len(true) * len(corrupted))
    assert right >= 0.7, (right, sorted(true), sorted(corrupted))
    assert sum(t >= MICRO // 2 for t in true) >= 0.8 * len(true)


def test_it_is_a_share_and_a_half_where_nothing_is_to_be_compared() -> None:
    embedder = StemEmbedder()
    a, b = Told("Ann", ("Ann bakes bread.",)), Told("Bakery", ("The bakery sells bread.",))
    strange = Told("Quarry", ("Stone is cut here.",))
    assert plausibility(embedder, a, "WORKS_FOR", b, []) == MICRO // 2
    assert plausibility(embedder, a, "WORKS_FOR", b, [(a, b)]) == MICRO // 2, "a tie is a half"
    assert plausibility(embedder, a, "WORKS_FOR", Told("Bakery", ()), [(a, b)]) == 0
    assert plausibility(embedder, a, "BREAD", b, [(a, strange), (strange, b)]) == MICRO


@pytest.mark.parametrize("count", [1, 3])
def test_equal_quotes_are_embedded_once(count: int) -> None:
    class Counting(StemEmbedder):
        seen = 0

        def embed(self, texts):
            self.seen += len(texts)
            return super().embed(texts)

    embedder = Counting()
    a, b = Told("Ann", ("Ann bakes.",) * count), Told("Ann", ("Ann bakes.",))
    plausibility(embedder, a, "KNOWS", b, [(a, b)] * count)
    assert embedder.seen == 2
