"""Why two referents are one, or are not: scores, authors, outcomes, filters and pages, on both databases."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from graph.commit import fuse_pending, graph_digest, verify
from graph.errors import InvalidInput
from graph.fusion.clustering import Fate
from graph.fusion.contexts import tag_of
from graph.fusion.epoch import EPOCH_0
from graph.ledger import decisions, documents, epochs, verdicts
from graph.ledger.engine import Ledger
from graph.ledger.pairs import FIRST, Scope, pairs_after
from graph.ledger.view import LedgerView
from graph.review import merges, why_merged
from graph.review.merge_types import By, Merge, MergePage, Status, Wanted, Zone
from graph.review.merges import list_merges
from graph.types import (
    AdoptEpoch,
    Answer,
    ContentId,
    EntityId,
    Position,
    ReferentId,
    Revert,
    Ruling,
    Same,
    Separate,
    Split,
    Verdict,
    WorkspaceId,
)
from tests.fakes.told_documents import tell

WS = WorkspaceId("test")
PARK = "John Park:Person"
Pairs = dict[frozenset[ReferentId], Merge]


class Told:
    """A workspace of small documents; every look fuses first."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.ids: dict[str, ReferentId] = {}

    def document(self, name: str, *lines: tuple[str, ...], context: bytes = b"") -> None:
        ids = tell(self.ledger, WS, name, *lines, context=context)
        self.ids |= {f"{name}/{said.partition(':')[0]}": id_ for said, id_ in ids.items()}

    def rule(self, ruling: Ruling, author: str = "Ann", reason: str = "she said so") -> Position:
        with self.ledger.write() as conn:
            return decisions.decide(conn, WS, ruling, author, reason).position

    def answer(self, pair: Merge, answer: Answer) -> None:
        fuse_pending(self.ledger, WS)
        with self.ledger.write() as conn:
            view = LedgerView(conn, WS)
            question = view.pairs([pair.pair])[pair.pair].question
            assert question is not None
            verdicts.record(conn, WS, [Verdict(question, *pair.pair, answer, "so it says", "judge-1")])

    def found(self, wanted: Wanted | None = None, **page: Any) -> Pairs:
        return {frozenset(m.pair): m for m in self.page(wanted, **page).merges.items}

    def page(self, wanted: Wanted | None = None, **page: Any) -> MergePage:
        fuse_pending(self.ledger, WS)
        with self.ledger.read() as conn:
            return list_merges(conn, WS, wanted or Wanted(), **{"limit": 100, **page})

    def of(self, a: str, b: str) -> Merge:
        return self.found()[frozenset((self.ids[a], self.ids[b]))]


@pytest.fixture
def told(ledger: Ledger) -> Told:
    """Two Anna Vances, an A. Vance, an Albert, a lone surname, and a company beside its short name."""
    world = Told(ledger)
    world.document("one", ("Anna Vance:Person", "chairs", "Tidal Energy Council:Organization"))
    world.document("two", ("Anna Vance:Person", "works for", "Tidal Energy Council:Organization"))
    world.document("three", ("Vance:Person", "likes", "=tea"))
    world.document("four", ("Borealis Energy:Organization",), ("Borealis:Organization", "grew", "=fast"))
    return world


def test_an_equal_name_merges_and_says_what_it_stands_on(told: Told) -> None:
    one = told.of("one/Anna Vance", "two/Anna Vance")
    assert (one.status, one.zone, one.fate, one.score) == (Status.MERGED, Zone.SAME, Fate.JOINED, 960_000)
    assert one.author.by is By.MATCHER and len(bytes.fromhex(one.author.name)) == 16
    name, kind, near = one.contributions
    assert (name.feature, name.amount, name.detail) == ("name", 960_000, "both are called “anna vance”")
    assert (kind.amount, kind.detail) == (0, "both are Person")
    assert "Tidal Energy Council" in near.detail and near.amount == 0
    seen = told.page().seen[one.a]
    assert seen.citation is not None and seen.citation.quote == "Anna Vance"
    assert "Anna Vance" in seen.context and seen.statements[0].startswith("Anna Vance ")


def test_the_grey_zone_waits_and_a_verdict_decides(told: Told) -> None:
    grey = told.of("one/Anna Vance", "three/Vance")
    assert (grey.status, grey.zone, grey.author.by) == (Status.GREY, Zone.ASK, By.MATCHER)
    assert "surname “vance” only" in grey.contributions[0].detail and "waits for a verdict" in grey.because
    told.answer(grey, Answer.UNSURE)
    unsure = told.of("one/Anna Vance", "three/Vance")
    assert (unsure.status, unsure.author.by, unsure.author.reason) == (Status.GREY, By.MODEL, "so it says")
    other = told.of("two/Anna Vance", "three/Vance")
    told.answer(other, Answer.YES)
    joined = told.of("two/Anna Vance", "three/Vance")
    assert (joined.status, joined.fate, joined.author.name) == (Status.MERGED, Fate.JOINED, "judge-1")
    unsure = told.of("one/Anna Vance", "three/Vance")  # no edge, and one all the same
    assert unsure.status is Status.MERGED and unsure.because == "they are one by other edges, not by this"


def test_alike_contexts_are_told_with_what_they_add(told: Told) -> None:
    tag = tag_of("a model")
    told.document("five", ("Greta Lund:Person",), context=tag + bytes(48))
    told.document("six", ("Lund:Person",), context=tag + bytes([7] * 4 + [0] * 44))
    grey = told.of("five/Greta Lund", "six/Lund")
    assert (grey.status, grey.score) == (Status.GREY, EPOCH_0.grey)
    assert "context" not in [each.feature for each in grey.contributions]
    learnt = replace(EPOCH_0, contexts={tag.hex(): ((20, 1_500_000),)})
    with told.ledger.write() as conn:
        adopted = epochs.record(conn, WS, learnt.parameters())
    told.rule(AdoptEpoch(adopted))
    one = told.of("five/Greta Lund", "six/Lund")
    assert (one.status, one.score) == (Status.MERGED, sum(each.amount for each in one.contributions))
    beside = one.contributions[-1]
    assert (beside.feature, beside.amount) == ("context", one.score - EPOCH_0.grey)
    assert "differ in 12 of 384 bits" in beside.detail
    assert verify(told.ledger, WS).ok


def test_no_from_a_model_separates(told: Told) -> None:
    told.answer(told.of("one/Anna Vance", "three/Vance"), Answer.NO)
    no = told.of("one/Anna Vance", "three/Vance")
    assert (no.status, no.author.by, no.because) == (
        Status.SEPARATED, By.MODEL, "a model says that they are two",
    )  # fmt: skip


def test_a_person_s_word_is_told_with_its_author(told: Told) -> None:
    before = graph_digest(told.ledger, WS), told.page()
    a, b, c = (told.ids[x] for x in ("one/Anna Vance", "two/Anna Vance", "four/Borealis"))
    made = told.rule(Separate(a, b))
    apart = told.of("one/Anna Vance", "two/Anna Vance")
    assert (apart.status, apart.fate, apart.forbidden_by) == (Status.SEPARATED, Fate.RULED_OUT, made)
    assert (apart.author.by, apart.author.name, apart.author.reason) == (By.PERSON, "Ann", "she said so")
    assert apart.author.at is not None and f"decision {made} keeps them apart" == apart.because
    pin = told.rule(Same(a, c), "Bob", "a nickname")  # never compared: the matcher had no reason to
    pinned = told.of("one/Anna Vance", "four/Borealis")
    assert (pinned.status, pinned.zone, pinned.score) == (Status.MERGED, Zone.APART, 0)
    assert (pinned.author.name, pinned.author.decision, pinned.fate) == ("Bob", pin, Fate.JOINED)
    assert "exclude each other" in pinned.contributions[1].detail
    told.rule(Revert(made))
    told.rule(Revert(pin))
    after = told.page()
    assert after == before[1]
    assert verify(told.ledger, WS).ok


def test_what_a_cut_did_is_told(told: Told) -> None:
    told.document("five", ("A. Vance:Person",))
    told.document("six", ("Albert Vance:Person",))
    fallen = told.of("five/A. Vance", "six/Albert Vance")
    assert (fallen.status, fallen.fate) == (Status.SEPARATED, Fate.RIVALLED)
    assert "rival" in fallen.because
    told.rule(Same(told.ids["five/A. Vance"], told.ids["six/Albert Vance"]))
    told.rule(Split((told.ids["one/Anna Vance"],), (told.ids["two/Anna Vance"],)))
    other = told.rule(Same(told.ids["one/Anna Vance"], told.ids["six/Albert Vance"]))
    kept = told.of("one/Anna Vance", "two/Anna Vance")
    assert kept.status is Status.SEPARATED and kept.author.decision != other
    ruled_out = told.of("five/A. Vance", "two/Anna Vance")  # others of their entities are kept apart
    assert ruled_out.status is Status.SEPARATED and ruled_out.fate in (Fate.RULED_OUT, Fate.RIVALLED)
    assert ruled_out.author.by is By.MATCHER and ruled_out.forbidden_by == kept.author.decision
    assert "members of their entities" in ruled_out.because


def test_a_name_between_two_kinds_says_that_it_fits_both(told: Told) -> None:
    told.document("seven", ("Anna Vance:Agent",))
    told.document("eight", ("Anna Vance:Organization",))
    torn = [m for m in told.found(Wanted(status=Status.NAMESAKES)).values() if m.fate is Fate.RIVALLED]
    assert torn and all("fits a rival of the other as well" in m.because for m in torn)


def test_namesakes_that_nobody_ruled_on_are_listed_with_the_reason(told: Told) -> None:
    for name, year, place in (("five", "=1970", "Ulm:Place"), ("six", "=1985", "Rome:Place")):
        told.document(name, (PARK, "bear on", year), (PARK, "bear in", place))
    told.document("seven", (PARK,))
    older, younger, bare = (told.ids[f"{name}/John Park"] for name in ("five", "six", "seven"))
    listed = told.found(Wanted(status=Status.NAMESAKES))
    assert set(listed) == {frozenset(pair) for pair in ((older, younger), (older, bare), (younger, bare))}
    told_apart, torn = (listed[frozenset(pair)] for pair in ((older, younger), (older, bare)))
    assert told_apart.zone is Zone.APART and "“1970”" in told_apart.because and "“1985”" in told_apart.because
    assert torn.fate is Fate.RIVALLED and "a rival" in torn.because
    assert listed.keys().isdisjoint(told.found(Wanted(status=Status.SEPARATED)))
    told.rule(Separate(older, younger))
    told.rule(Same(older, bare))
    assert told.of("five/John Park", "six/John Park").status is Status.SEPARATED
    assert told.of("five/John Park", "seven/John Park").status is Status.MERGED
    assert not told.found(Wanted(status=Status.NAMESAKES))  # the third pair is kept apart by what was ruled


def test_ids_of_one_document_are_told_and_a_person_may_join_them(told: Told) -> None:
    told.document("five", ("Ole Bru:Person", "has id", "=7"), ("Ole Bru:Agent", "has id", "=8"))
    [pair] = told.found(Wanted(status=Status.NAMESAKES)).values()
    assert (pair.zone, pair.because) == (Zone.APART, "their document tells them apart by the ids “7”, “8”")
    assert sum(each.amount for each in pair.contributions) == pair.score
    told.rule(Same(*pair.pair))
    assert told.found()[frozenset(pair.pair)].status is Status.MERGED


def test_one_name_of_types_that_exclude_each_other_waits_for_a_person(told: Told) -> None:
    told.document("seven", ("Hovden:Place",))
    told.document("eight", ("Hovden:Organization",))
    for _ in range(2):
        waits = told.of("seven/Hovden", "eight/Hovden")
        assert (waits.status, waits.zone, waits.score, waits.fate) == (Status.GREY, Zone.APART, 0, None)
        assert waits.because.startswith("they bear one name, but their types exclude each other")
        assert waits.pair in {m.pair for m in told.found(Wanted(status=Status.GREY)).values()}
        with told.ledger.read() as conn:
            assert waits.pair not in {row.pair for row in pairs_after(conn, WS, FIRST, limit=99, asked=True)}
        made = told.rule(Same(*waits.pair))
        assert told.of("seven/Hovden", "eight/Hovden").status is Status.MERGED
        told.rule(Revert(made))


FILTERS: list[tuple[Callable[[Told], Wanted], Callable[[Told, Merge], bool]]] = [
    (lambda t: Wanted(status=Status.GREY), lambda t, m: m.status is Status.GREY),
    (lambda t: Wanted(status=Status.MERGED), lambda t, m: m.status is Status.MERGED),
    (lambda t: Wanted(zone=Zone.ASK), lambda t, m: m.zone is Zone.ASK),
    (lambda t: Wanted(zone=Zone.APART), lambda t, m: m.zone is Zone.APART),
    (lambda t: Wanted(by=By.PERSON), lambda t, m: m.author.by is By.PERSON),
    (lambda t: Wanted(least=900_000), lambda t, m: m.score >= 900_000),
    (lambda t: Wanted(type="Agent"), lambda t, m: True),  # people and organisations are agents
    (lambda t: Wanted(type="Person"), lambda t, m: "Vance" in _names(t, m)),
    (
        lambda t: Wanted(Scope(document=_content(t, "three"))),
        lambda t, m: not {t.ids["three/Vance"]}.isdisjoint(m.pair),
    ),
    (
        lambda t: Wanted(Scope(entity=EntityId(min(t.ids["one/Anna Vance"], t.ids["two/Anna Vance"])))),
        lambda t, m: not {t.ids["one/Anna Vance"], t.ids["two/Anna Vance"]}.isdisjoint(m.pair),
    ),
]


def _names(told: Told, merge: Merge) -> str:
    return " ".join(name for name, id_ in told.ids.items() if id_ in merge.pair)


def _content(told: Told, name: str) -> ContentId:
    with told.ledger.read() as conn:
        page = documents.list_documents(conn, WS, limit=100).items
        return next(each.content for each in page if each.filename == f"{name}.txt")


def test_filters_choose_and_pages_join_up(told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    told.rule(Separate(told.ids["three/Vance"], told.ids["four/Borealis Energy"]))
    told.rule(Revert(told.rule(Separate(told.ids["three/Vance"], told.ids["four/Borealis"]))))
    everything = told.found()
    for number, (wanted, holds) in enumerate(FILTERS):
        chosen = told.found(wanted(told))
        assert chosen and chosen == {p: m for p, m in everything.items() if holds(told, m)}, number
        monkeypatch.setattr(merges, "_WINDOW", number % 3 + 1)
        seen: list[Merge] = []
        cursor = None
        while True:
            page = told.page(wanted(told), limit=2, cursor=cursor)
            seen += page.merges.items
            cursor = page.merges.next_cursor
            if cursor is None:
                break
        assert [m.pair for m in seen] == sorted(m.pair for m in chosen.values()), number


def test_large_groups_are_told_without_their_cut(told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(why_merged, "TRACED", 1)
    one = told.of("one/Anna Vance", "two/Anna Vance")
    assert one.fate is None and "too large" in one.because


def test_what_has_gone_since_the_last_pass_is_not_told(told: Told) -> None:
    before = told.found()
    with told.ledger.write() as conn:
        documents.delete_source(conn, WS, "test:two")
    with told.ledger.read() as conn:  # not fused yet
        page = list_merges(conn, WS, Wanted(), limit=100)
    gone = {told.ids["two/Anna Vance"], told.ids["two/Tidal Energy Council"]}
    assert {frozenset(m.pair) for m in page.merges.items} == {p for p in before if gone.isdisjoint(p)}
    assert gone.isdisjoint(page.seen)


def test_what_is_no_type_or_cursor_is_refused(told: Told) -> None:
    with pytest.raises(InvalidInput, match="the ontology has no type 'Nope'; it has Agent, Event"):
        told.page(Wanted(type="Nope"))
    for cursor in ("zz", "00", "0" * 66):
        with pytest.raises(InvalidInput):
            told.page(cursor=cursor)
