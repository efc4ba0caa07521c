"""Evidence for a model is cut to a count of tokens, whatever documents hold."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.identity import make_id
from graph.ports import Citation
from graph.review.disputes import Quote
from graph.review.questions import REPLY_TOKENS, dispute_evidence, merge_evidence
from graph.review.room import Room, tokens_at_most
from graph.review.sightings import Sighting
from graph.types import ContentId, Referent, ReferentId, Span

CONTEXT = 2_048  # of the bundled model
RULES = 300  # rules, and what a chat template adds
TEXTS = {
    "words": "seabed cables ",
    "chinese": "北京大学位于中国",
    "digits": "19 82 ",
    "quotes": '"\\\n',
    "hindi": "महात्मा",
}


def seen(name: str, filler: str) -> Sighting:
    """All that a document can show at the most."""
    id_, content, long = ReferentId(make_id("r", name)), ContentId(bytes(32)), filler * 200
    names = (name, *(f"{n}{long}" for n in range(9)))
    cited = Citation(content, long, "u", None, Span(0, 1), "q")
    said = tuple(f"{n}{long}"[:300] for n in range(5))
    return Sighting(Referent(id_, content, "Person", names, Span(0, 1)), cited, long[:900], said, {})


@pytest.mark.parametrize("filler", TEXTS.values(), ids=TEXTS)
def test_what_is_sent_fits_the_bundled_models_context(filler: str) -> None:
    a, b = seen("Anna Vance", filler), seen("Vance", filler)
    again = {each.referent.id: (filler * 90, filler * 90) for each in (a, b)}
    merge = merge_evidence(a, b, again)
    statement = (filler * 200, [Quote(filler * 50, "2020-01-01", f"{n}{filler * 200}") for n in range(5)])
    dispute = dispute_evidence(statement, statement)
    for evidence in (merge, dispute):
        assert tokens_at_most(evidence) + REPLY_TOKENS + RULES <= CONTEXT
        assert json.loads(evidence).keys() == {"first", "second"}
    told = json.loads(merge)["first"]
    assert told["names"][0] == "Anna Vance" and told["type"] == "Person" and told["text"]
    assert json.loads(dispute)["second"]["quotes"][0]["text"]


def test_what_fits_is_told_whole() -> None:
    a = Sighting(
        seen("Anna Vance", "").referent, None, "Anna Vance chairs it.", ("Anna Vance chairs it",), {}
    )
    told = json.loads(merge_evidence(a, a, {a.referent.id: ("Later, Vance left.",)}))["second"]
    assert told["text"] == "Anna Vance chairs it." and told["statements"] == ["Anna Vance chairs it"]
    assert told["later_in_the_text"] == ["Later, Vance left."] and told["document"] == ""


@given(st.lists(st.text(max_size=60), max_size=8), st.integers(0, 200), st.integers(0, 80))
def test_a_room_takes_what_fits_and_never_more(texts: list[str], tokens: int, chars: int) -> None:
    room = Room(tokens)
    taken = [room.take(text, chars) for text in texts]
    assert sum(tokens_at_most(json.dumps(t, ensure_ascii=False)) for t in taken if t) <= tokens
    assert all(text[:chars].startswith(cut) for text, cut in zip(texts, taken, strict=True))
    if tokens >= 4 * sum(len(text) + 10 for text in texts) + 100:
        assert all(cut == text[:chars] for text, cut in zip(texts, taken, strict=True))
