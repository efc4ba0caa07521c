"""What likeness of contexts makes of names that are merely alike."""

from dataclasses import replace
from typing import Any

import pytest

from graph.errors import InvalidInput
from graph.fusion.contexts import Contexts, tag_of
from graph.fusion.contributions import context_contribution
from graph.fusion.epoch import EPOCH_0, Epoch
from graph.types import Separate
from tests.unit.fusion_stories import Workspace, date

FULL, SHORT = "Anna Vance:Person", "Vance:Person"
WORKS = ("works for", "Borealis Energy:Organization")
TAG, OTHER = tag_of("a model"), tag_of("another model")
TIDES, NEAR, SONGS = bytes(48), bytes([255, *bytes(47)]), bytes([255] * 48)
LEARNT = replace(EPOCH_0, contexts={TAG.hex(): ((8, 1_200_000), (50, 500_000))})


def vances(*documents: tuple[bytes, str, Any], epoch: Epoch = LEARNT) -> int:
    """Entities called Vance; a document is a context, whom it tells of, and statements about that one."""
    ws = Workspace(epoch)
    for n, (context, who, *said) in enumerate(documents):
        ws.tell(f"d{n}", *((who, *each) for each in said or [()]), context=context)
    return sum("Vance" in name for name in ws.names())


def test_alike_contexts_settle_what_names_leave_open_where_an_epoch_has_learnt_what_they_are_worth() -> None:
    assert vances((TAG + TIDES, FULL), (TAG + NEAR, SHORT)) == 1
    assert vances((TAG + TIDES, FULL), (TAG + SONGS, SHORT)) == 2
    assert vances((TAG + TIDES, FULL), (TAG + TIDES, SHORT), epoch=EPOCH_0) == 2


def test_what_is_less_alike_counts_for_less_and_adds_to_company() -> None:
    further = TAG + bytes([255] * 6 + [0] * 42)
    assert vances((TAG + TIDES, FULL), (further, SHORT)) == 2
    assert vances((TAG + TIDES, FULL, WORKS), (further, SHORT, WORKS)) == 1
    assert vances((TAG + SONGS, FULL, WORKS), (TAG + TIDES, SHORT, WORKS)) == 2


def test_contexts_of_other_makers_or_none_lose_nothing() -> None:
    assert vances((OTHER + TIDES, FULL), (TAG + TIDES, SHORT)) == 2
    assert vances((OTHER + TIDES, FULL), (OTHER + TIDES, SHORT)) == 2, "of this maker nothing is learnt"
    assert vances((TAG + TIDES, FULL), (b"", SHORT)) == 2
    assert vances((TAG + SONGS, "Anna Vance:Person"), (TAG + TIDES, FULL)) == 1, "it never speaks against"


def test_within_one_document_a_context_tells_nothing() -> None:
    ws = Workspace(LEARNT)
    ws.tell("a", (FULL,), (SHORT,), context=TAG + TIDES)
    assert {"Vance", "Anna Vance"} <= set(ws.names())


def test_it_does_not_make_up_for_what_contradicts_nor_for_a_rival() -> None:
    born, other = ("bear on", date("1961-05-03")), ("bear on", date("1985-11-20"))
    assert vances((TAG + TIDES, FULL, born), (TAG + TIDES, SHORT, other)) == 2
    assert vances((TAG + TIDES, FULL, born), (TAG + TIDES, FULL, other)) == 2
    certain = replace(EPOCH_0, contexts={TAG.hex(): ((384, 9_000_000),)})
    rivals = ((TAG + TIDES, FULL), (TAG + TIDES, "Albert Vance:Person"), (TAG + TIDES, SHORT))
    assert vances(*rivals, epoch=certain) == 3


def test_it_comes_and_goes_with_its_document() -> None:
    ws = Workspace(LEARNT)
    ws.tell("a", (FULL,), context=TAG + TIDES)
    ws.tell("b", (SHORT,), context=TAG + NEAR)
    assert ws.names() == ["Anna Vance"]
    ws.tell("a", (FULL,))
    assert sorted(ws.names()) == ["Anna Vance", "Vance"], "read again without an embedder"


def test_the_raise_is_told_in_words_and_adds_up() -> None:
    ws = Workspace(LEARNT)
    ws.tell("a", (FULL,), context=TAG + TIDES)
    ws.tell("b", (SHORT,), context=TAG + NEAR)
    a, b = sorted((ws.referent("a", FULL), ws.referent("b", SHORT)))
    ws.rule(Separate(a, b))
    state, grey = ws.fuse(), EPOCH_0.grey
    who = state.referents((a, b))
    (told,) = context_contribution(Contexts(state, LEARNT), who[a], who[b], grey, grey)
    assert told.feature == "context" and grey + told.amount == state._pairs.rows[a, b].score
    assert "differ in 8 of 384 bits" in told.detail
    assert context_contribution(Contexts(state, EPOCH_0), who[a], who[b], grey, grey) == ()


def test_an_epoch_without_contexts_keeps_its_id_and_one_with_them_is_read_back() -> None:
    assert "contexts" not in EPOCH_0.parameters() and LEARNT.id != EPOCH_0.id
    assert Epoch.from_parameters(LEARNT.parameters()) == LEARNT
    for wrong in (8, {"aa": 8}, {"aa": [[8]]}, {"aa": [[8, 0.5]]}):
        with pytest.raises(InvalidInput, match="contexts"):
            Epoch.from_parameters({"contexts": wrong})
