"""Trust that is found from what sources say of the same things."""

from collections import Counter
from dataclasses import replace
from hashlib import sha256
from random import Random

from bench.truth import Said, predict
from bench.truth_worlds import KINDS, world
from graph.epochs.families import name_groups
from graph.epochs.trust import discover, learnt
from graph.epochs.votes import Vote, votes_of
from graph.fusion.epoch import EPOCH_0, Epoch
from graph.fusion.odds import log_count, log_odds
from graph.ledger.documents import source_id
from graph.ontology import default_ontology, parse_ontology
from graph.types import ContentId, FactStatus, Source, Value, ValueKind
from tests.unit.fusion_stories import Workspace


def votes(kind: str, seed: int = 0) -> list[Vote]:
    return [Vote(*claim) for claim in world(kind, seed)[0]]


def test_nothing_said_is_the_prior():
    assert discover([]).typical == 700_000


def test_who_is_contradicted_is_trusted_less():
    said = [Vote(n, s, "x") for n in range(20) for s in ("a", "b", "c")]
    said += [Vote(n, "liar", f"y{n}") for n in range(20)]
    trust = discover(said).sources
    assert trust["liar"] < 300_000 < 700_000 < min(trust[s] for s in "abc")


def test_a_lone_voice_is_not_confirmed_by_itself():
    others = [Vote(n, s, "x") for n in range(9) for s in ("good", "fine")]
    others += [Vote(n, "liar", f"y{n}") for n in range(9)]
    lone = [Vote(f"only {n}", "hermit", "x") for n in range(50)]
    found = discover(others + lone)
    assert found.sources["hermit"] < found.sources["good"]


def test_one_contradiction_moves_little():
    said = [Vote((s, n), s, "x") for s in "abcdefg" for n in range(5)]
    found = discover([*said, Vote("born", "a", "1970"), Vote("born", "b", "1971")])
    contradicted, silent = {found.sources[s] for s in "ab"}, {found.sources[s] for s in "cdefg"}
    assert 600_000 < min(contradicted) <= max(contradicted) < min(silent)
    assert 660_000 < min(silent) <= max(silent) <= found.typical < 700_000


def test_agreement_that_nobody_contradicts_is_evidence():
    pairs = [(a, b) for a in "abcdef" for b in "abcdef" if a < b]
    assert min(discover(Vote(p, s, "x") for p in pairs for s in p).sources.values()) > 750_000


def test_who_keeps_saying_the_same_together_gains_no_more_by_it():
    def trusted(things: int) -> int:
        return discover(Vote(n, s, "x") for n in range(things) for s in "ab").sources["a"]

    assert trusted(2) < trusted(8) == trusted(300) < 850_000


def test_who_contradict_each_other_do_not_repeat_each_other():
    apart = [Vote(("apart", n), s, s) for n in range(100) for s in "ab"]
    alike = [Vote(n, s, "x") for n in range(300) for s in "ab"]
    assert discover([*apart, *alike]).sources["a"] > discover([*apart, *alike[:200]]).sources["a"] > 500_000


def test_names_tell_a_source_that_spoke_once():
    found = discover(votes("one claim each, telling names")).sources
    by_group = {g: [t for s, t in found.items() if s.startswith(g)] for g in ("bot", "editor", "guest")}
    average = {g: sum(ts) / len(ts) for g, ts in by_group.items()}
    assert average["bot"] > average["editor"] > average["guest"]


def test_sources_that_copy_are_found_and_discounted():
    found = discover(votes("copying sources"))
    assert len(found.copies) == 4 and len(set(found.copies.values())) == 1
    copiers = {*found.copies, *found.copies.values()}
    assert max(found.sources[s] for s in copiers) < min(
        t for s, t in found.sources.items() if s not in copiers
    )


def test_who_copies_word_for_word_is_not_taken_for_accurate():
    for seed in (0, 4, 5):
        rng = Random(seed)
        said = [
            Vote(n, f"own {s}", _told(rng, 0.7)) for n in range(250) for s in range(5) if rng.random() < 0.6
        ]
        original = {n: _told(rng, 0.5) for n in range(210)}
        said += [Vote(n, f"copy {c}", v) for n, v in original.items() for c in range(6) if rng.random() < 0.8]
        found = discover(said)
        assert found.copies == {f"copy {c}": "copy 0" for c in range(1, 6)}
        copiers = [trust for source, trust in found.sources.items() if source.startswith("copy")]
        assert max(copiers) < min(found.sources[f"own {s}"] for s in range(5))


def _told(rng, accuracy):
    return "v0" if rng.random() < accuracy else f"v{rng.randint(1, 3)}"


def test_three_that_always_agree_against_one_are_no_copiers():
    said = [Vote(n, s, "x") for n in range(20) for s in "abc"] + [Vote(n, "d", f"y{n}") for n in range(20)]
    assert not discover(said).copies, "nobody else could tell"


def test_independent_sources_are_hardly_ever_taken_for_copiers():
    kinds = ("accurate sources", "accurate sources, two values", "rumours", "few values", "many values")
    copiers = [len(discover(votes(kind, seed)).copies) for kind in kinds for seed in range(3)]
    assert sum(copiers) <= 3, "of 180"


def test_accurate_sources_among_bad_ones_do_not_copy():
    assert not discover(votes("many values")).copies


def test_few_accurate_sources_do_not_copy_where_there_are_two_values():
    for seed in range(4):
        found = discover(votes("few good sources, two values", seed))
        assert not found.copies
        assert min(found.sources[f"source {n}"] for n in range(3)) > found.sources["source 3"]


def test_who_write_in_one_style_do_not_copy():
    for seed in range(2):
        assert not discover(votes("house styles", seed)).copies


def test_who_write_as_few_others_do_are_trusted_as_they_agree_among_themselves():
    style_of = {}
    for vote in votes("house styles"):
        style_of[vote.source] = vote.value.rpartition("v")[0]
    found = discover(votes("house styles")).sources
    of_style: dict[str, list[int]] = {}
    for source, style in style_of.items():
        of_style.setdefault(style, []).append(found[source])
    average = [sum(trusts) / len(trusts) for trusts in of_style.values()]
    assert max(average) - min(average) < 100_000, "a style that fewer write is no worse"


def test_who_copy_are_found_among_those_who_write_in_one_style():
    rng = Random(0)
    said = [
        Vote(n, f"own {style} {s}", style + _told(rng, 0.8))
        for style in "xy"
        for s in range(6)
        for n in range(200)
        if rng.random() < 0.6
    ]
    copied = {n: "x" + _told(rng, 0.4) for n in range(200)}
    said += [Vote(n, f"copy {c}", v) for c in range(3) for n, v in copied.items() if rng.random() < 0.8]
    assert discover(said).copies == {"copy 1": "copy 0", "copy 2": "copy 0"}


def test_who_copies_what_is_mostly_wrong_does_not_write_in_a_style_of_its_own():
    rng = Random(1)
    said = [Vote(n, f"own {s}", _told(rng, 0.7)) for n in range(250) for s in range(6) if rng.random() < 0.6]
    copied = {n: _told(rng, 0.2) for n in range(210)}
    said += [Vote(n, f"copy {c}", v) for n, v in copied.items() for c in range(5) if rng.random() < 0.8]
    found = discover(said)
    assert len(found.copies) == 4
    assert max(t for s, t in found.sources.items() if s.startswith("copy")) < 400_000


def test_how_many_values_there_are_to_be_wrong_with_is_learnt_where_it_tells():
    assert 10 < discover(votes("many values")).false_values[""] < 30
    assert not discover(votes("few values")).false_values
    assert not discover(votes("rumours")).false_values, "wrong votes that agree are no proof"


def test_one_thing_of_which_many_speak_does_not_tell_how_many_values_there_are():
    loud = [Vote("loud", f"voter {n}", f"v{n % 20 if n % 2 else 0}") for n in range(200)]
    assert not discover([*votes("rumours"), *loud]).false_values


def test_how_many_values_there_are_is_told_anew_once_copies_are_out_of_the_way():
    assert discover(votes("copying sources", 16)).false_values[""] > 5


def test_each_relation_has_its_own_number_of_false_values():
    many = [Vote(f"many {item}", source, value, "BORN") for item, source, value in world("many values", 1)[0]]
    few = [Vote(f"few {item}", source, value, "SEX") for item, source, value in world("few values", 1)[0]]
    found = discover(many + few).false_values
    assert found["BORN"] > 10 and found.get("SEX", 2) <= 2


def test_many_ways_to_be_wrong_make_two_that_agree_weightier_than_one():
    def born(epoch: Epoch) -> list[str]:
        w = Workspace(epoch)
        for document, place, trust in (("a", "Ulm", 400_000), ("b", "Ulm", 400_000), ("c", "Graz", 900_000)):
            w.tell(document, ("Anna Vance:Person", "bear in", f"{place}:Place"), trust=trust)
        return [said for said, fact in w.facts().items() if fact.status is FactStatus.ACCEPTED]

    assert born(EPOCH_0) == ["Anna Vance BORN_IN Graz"]
    assert born(replace(EPOCH_0, false_values={"BORN_IN": 40})) == ["Anna Vance BORN_IN Ulm"]


def test_an_operators_word_stands_and_judges_the_others():
    said = [Vote(n, "a", "x") for n in range(12)] + [Vote(n, "b", "y") for n in range(12)]
    found = discover(said, overrides={"b": 950_000}).sources
    assert found["b"] == 950_000 and found["a"] < 400_000


def test_names_of_one_make_are_grouped():
    assert name_groups("0 (74.227.33.192)") == name_groups("0 (1.2.3.44)")
    assert name_groups("https://Example.org/a/1") == name_groups("https://example.org/b")
    assert name_groups("12: Anna Vance")[1] == name_groups("7: Marsh")[1] != name_groups("0 (1.2.3.4)")[1]


def test_the_worlds_are_those_of_their_seeds():
    for kind in KINDS:
        assert world(kind, 3) == world(kind, 3) != world(kind, 4)


def votes_read_off(w: Workspace) -> list[Vote]:
    """Of documents that are each a source."""
    state = w.fuse()
    rows = state._facts.rows, state._conflicts.rows.values(), state._claims.rows, state._documents
    sources = {content: (content.hex(),) for content in state._documents}
    return list(votes_of(*rows, sources, w.ontology, w.epoch.duplicate))


def test_votes_are_read_off_what_could_have_rivals():
    w = Workspace()
    vance = "Anna Vance:Person"
    w.tell("a", (vance, "bear in", "Haverfield:Place"), (vance, "greets", "Borealis:Organization"))
    w.tell("b", (vance, "bear in", "Carrick Bay:Place"), signature=range(8))
    w.tell("c", (vance, "bear in", "Carrick Bay:Place"), signature=range(8))
    w.tell("d", ("Jonas Marsh:Person", "bear in", "Haverfield:Place"))
    w.tell("old", (vance, "lead", "Borealis:Organization", {"valid_from": "2016"}))
    w.tell("new", ("Jonas Marsh:Person", "lead", "Borealis:Organization", {"valid_from": "2022"}))
    found = votes_read_off(w)
    # a against b and c, which are one voice; d alone. Who led before whom is a matter of time, not of trust.
    assert len(found) == 3
    by_item = Counter(v.item for v in found)
    contested = [v for v in found if by_item[v.item] == 2]
    assert len({v.item for v in contested}) == 1 and len({v.value for v in contested}) == 2


def test_who_says_less_votes_against_none_that_say_more():
    schedule = """
        entity.Thing = {}
        [relation.LEAVES_AT]
        heads = ["Thing"]
        values = ["text"]
        functional = true
        phrases = ["leave at"]
    """
    w = Workspace(ontology=parse_ontology(schedule))
    told = {"a": "Dec 1, 7:48 PM", "b": "Dec 2, 7:48 PM", "vague": "7:48 PM", "c": "Dec 1, 8:15 PM"}
    for document, moment in told.items():
        w.tell(document, ("It:Thing", "leave at", Value(ValueKind.TEXT, moment)))
    votes = votes_read_off(w)
    assert {v.source for v in votes} == {sha256(name.encode()).hexdigest() for name in ("a", "b", "c")}
    assert len({v.item for v in votes}) == 1


def test_fuse_under_learnt_trust_sees_through_copies():
    claims, truths = world("copying sources", 0)
    said = [Said((o, "value"), s, Value(ValueKind.TEXT, v)) for o, s, v in claims]
    predictions, _ = predict(said)
    right = sum(p.values == (Value(ValueKind.TEXT, truths[p.item[0]]),) for p in predictions)
    assert right > 0.75 * len(predictions)  # a majority vote gets two in three


def test_log_odds_are_whole_and_symmetric():
    assert log_odds(500_000) == 0 == log_count(1)
    assert log_odds(900_000) == -log_odds(100_000) == 2_197_225
    assert log_odds(0) == log_odds(20_000) and log_odds(1_000_000) == log_odds(980_000)
    assert log_count(2) == 693_147


def test_who_repeats_a_document_is_trusted_as_who_sent_it_first():
    w, sources = Workspace(), []
    said = {"good": "Haverfield:Place", "fine": "Haverfield:Place", "liar": "Carrick Bay:Place"}
    said |= {"nearly liar": said["liar"]}
    for n in range(12):
        for name, place in said.items():
            signature = range(n, n + 9) if "liar" in name else ()
            w.tell(f"{name} {n}", (f"Anna Vance{n}:Person", "bear in", place), signature=signature)
            content = ContentId(sha256(f"{name} {n}".encode()).digest())
            uris = (name, f"{name} again") if name == "liar" else (name,)
            sources += [Source(source_id(uri), uri, content) for uri in uris]
    found = learnt(EPOCH_0, w.fuse(), default_ontology(), sources, {})[0].trust
    trust = {s.uri: found[s.id.hex()] for s in sources}
    assert trust["liar"] == trust["liar again"] == trust["nearly liar"] < trust["good"] == trust["fine"]
