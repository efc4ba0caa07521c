"""What likeness of contexts is worth, learnt from a workspace's own names."""

import random
from dataclasses import replace
from hashlib import sha256

from app import presentation
from graph.epochs.surroundings import learn_surroundings
from graph.fusion.contexts import BITS, distance, tag_of
from graph.fusion.epoch import EPOCH_0, Epoch
from graph.fusion.memory import MemoryState
from graph.ontology import default_ontology
from tests.unit.fusion_stories import Line, Workspace, date

TAG = tag_of("a model")
_FAMILIES = tuple(
    f"{a}{b}" for a in ("Adel", "Brand", "Cost", "Duv", "Eber", "Font") for b in ("a", "em", "is")
)
_TOPICS = 9

Told = tuple[str, list[Line], bytes]


def about(topic: int, rng: random.Random, tag: bytes = TAG) -> bytes:
    """A context of ``topic``: the topic's bits with a quarter of them turned."""
    bits = int.from_bytes(sha256(b"%d" % topic).digest() + sha256(b"more %d" % topic).digest()[:16])
    for bit in rng.sample(range(BITS), BITS // 4):
        bits ^= 1 << bit
    return tag + bits.to_bytes(BITS // 8)


def papers(*, of_family: bool = False, topics: int = _TOPICS, seed: int = 3, tag: bytes = TAG) -> list[Told]:
    """Two namesakes of each family name and their topics, or the family's topic: of each two documents by the
    whole name and one by the family's alone."""
    rng = random.Random(seed)
    found: list[Told] = []
    for n, family in enumerate(_FAMILIES):
        for k, first in enumerate(("Anna", "Hugo")):
            topic = (n if of_family else rng.randrange(_TOPICS)) % topics
            for i, name in enumerate((f"{first} {family}", f"{first} {family}", family)):
                found.append((f"{n} {k} {i}", [(f"{name}:Person",)], about(topic, rng, tag)))
    return found


def learnt(documents: list[Told]) -> Epoch:
    ws = Workspace()
    for name, lines, context in documents:
        ws.tell(name, *lines, context=context)
    rows = ws.fuse().difference(MemoryState())
    entity_of = {m: e.id for e in rows.entities.new.values() for m in e.members}
    return learn_surroundings(EPOCH_0, ws.state, default_ontology(), rows.pairs.new.values(), entity_of)


def test_likeness_is_worth_something_where_topics_tell_namesakes_apart() -> None:
    epoch = learnt(papers())
    levels = epoch.contexts[TAG.hex()]
    assert [w for w, _ in levels] == sorted(w for w, _ in levels)
    weights = [weight for _, weight in levels]
    assert weights == sorted(weights, reverse=True) and weights[0] > 500_000
    rng = random.Random(1)
    two = distance(about(1, rng), about(2, rng))
    assert two is not None and two > levels[-1][0], "two topics are none of these levels"
    assert Epoch.from_parameters(epoch.parameters()) == epoch


def test_where_all_is_about_one_topic_or_a_family_has_one_it_is_worth_nothing() -> None:
    one = learnt(papers(topics=1)).contexts.get(TAG.hex(), ((0, 0),))
    assert max(weight for _, weight in one) < 300_000
    family = learnt(papers(of_family=True)).contexts.get(TAG.hex(), ((0, 0),))
    assert max(weight for _, weight in family) < 300_000


def test_namesakes_whom_birth_dates_keep_apart_teach_too() -> None:
    def weight(apart: int) -> int:
        """Of the nearest level, where namesakes born in different years are so many topics ``apart``."""
        rng, documents = random.Random(5), []
        for n, family in enumerate(_FAMILIES):
            for k, year in enumerate((1931, 1985)):
                born: list[Line] = [(f"Anna {family}:Person", "bear on", date(f"{year}-05-03"))]
                topic = (n + k * apart) % _TOPICS
                documents += [(f"{n} {year} {i}", born, about(topic, rng)) for i in range(3)]
        return max((w for _, w in learnt(documents).contexts.get(TAG.hex(), ())), default=0)

    assert weight(0) < weight(1) // 2


def test_a_small_workspace_learns_nothing_and_one_without_contexts_neither() -> None:
    assert learnt([]) == learnt(papers()[:12]) == EPOCH_0
    assert learnt([(name, lines, b"") for name, lines, _ in papers()]) == EPOCH_0


def test_an_epoch_shows_what_it_learnt_as_odds() -> None:
    epoch = replace(EPOCH_0, contexts={TAG.hex(): ((100, 1_000_000), (120, 693_147))})
    shown = presentation.epoch(epoch.id, epoch, {})
    assert [(level.maker, level.bits, level.odds) for level in shown.contexts] == [
        (TAG.hex(), 100, 2.718),
        (TAG.hex(), 120, 2.0),
    ]
    assert shown.shared == 1.822


def test_documents_of_one_wording_teach_nothing_false() -> None:
    same = [(name, lines, TAG + bytes(BITS // 8)) for name, lines, _ in papers()]
    assert learnt(same) == EPOCH_0


def test_each_maker_has_levels_of_its_own_and_order_plays_no_part() -> None:
    other = tag_of("another model")
    both = papers() + [(f"other {name}", lines, c) for name, lines, c in papers(seed=4, topics=1, tag=other)]
    epoch = learnt(both)
    assert epoch.contexts[TAG.hex()] != epoch.contexts.get(other.hex())
    assert epoch.id == learnt(random.Random(1).sample(both, len(both))).id
