"""What referents are mentioned beside, as sketches: made at ingestion, compared in integers."""

from dataclasses import replace

import numpy as np
import pytest

from graph.errors import InvalidInput
from graph.fusion.contexts import BITS, TAG, distance, tag_of
from graph.identity import make_id
from graph.ledger.publish import check
from graph.types import Chunk, ContentId, Mention, MentionKind, Referent, ReferentId, Span, WorkspaceId
from ingest.contexts import names_taken_out, with_contexts
from tests.fakes.embedder import StemEmbedder
from tests.fakes.ledger_evidence import made

CONTENT = ContentId(bytes(32))
TIDES = "turbines harvest tidal currents beneath stormy northern straits"
SONGS = "operas fill concert halls while sopranos rehearse difficult arias"


def told(text: str, *names: str, embedder: StemEmbedder | None = None) -> dict[str, bytes]:
    """The context of each name, by one chunk a sentence of ``text``."""
    chunks, start = [], 0
    for n, sentence in enumerate(text.split(". ")):
        chunks.append(Chunk(n, Span(start, start + len(sentence))))
        start += len(sentence) + 2
    referents, mentions = [], []
    for name in names:
        at = [i for i in range(len(text)) if text.startswith(name, i)]
        id_ = ReferentId(make_id("referent", name))
        referents.append(Referent(id_, CONTENT, "Person", (name,), Span(0, 1)))
        mentions += [Mention(id_, Span(i, i + len(name)), MentionKind.NAME) for i in at]
    embedder = embedder or StemEmbedder()
    vectors = embedder.embed([chunk.span.of(text) for chunk in chunks])
    own = names_taken_out(referents, mentions, chunks)
    directions = dict(zip(own, embedder.embed(own), strict=True))
    found = with_contexts(referents, mentions, chunks, vectors, directions, embedder.model_id)
    assert [replace(each, context=b"") for each in found] == referents
    return {each.names[0]: each.context for each in found}


def apart(a: bytes, b: bytes) -> int:
    found = distance(a, b)
    assert found is not None
    return found


def test_one_topic_is_nearer_than_two_and_distance_is_of_both_alike() -> None:
    found = told(f"Vance saw {TIDES}. Brandt met {TIDES}. Costa heard {SONGS}", "Vance", "Brandt", "Costa")
    vance, brandt, costa = found["Vance"], found["Brandt"], found["Costa"]
    assert apart(vance, brandt) < apart(vance, costa) // 2
    assert apart(vance, costa) == apart(costa, vance) and apart(vance, vance) == 0


def test_a_shared_name_does_not_bring_contexts_nearer() -> None:
    tides, songs = f"Vance saw {TIDES}", f"Vance saw {SONGS}"
    same = apart(told(tides, "Vance")["Vance"], told(songs, "Vance")["Vance"])
    other = apart(told(tides, "Vance")["Vance"], told(songs.replace("Vance", "Abel"), "Abel")["Abel"])
    assert same >= other


def test_where_no_chunk_mentions_one_or_names_are_all_there_is_there_is_no_context() -> None:
    assert told(f"{TIDES}. Vance", "Vance", "Nobody") == {"Vance": b"", "Nobody": b""}
    assert names_taken_out((), (), ()) == []
    assert with_contexts((), (), (), np.zeros((0, 0), np.float32), {}, "stems") == ()


def test_sketches_of_different_embedders_are_never_compared() -> None:
    other = StemEmbedder()
    other.model_id = "stems 2"
    text = f"Vance saw {TIDES}"
    mine, theirs = told(text, "Vance")["Vance"], told(text, "Vance", embedder=other)["Vance"]
    assert mine[TAG:] == theirs[TAG:] and mine[:TAG] != theirs[:TAG]
    assert distance(mine, theirs) is None
    assert distance(mine, b"") is None and distance(b"", b"") is None
    assert distance(mine, mine[:-1]) is None


def test_a_sketch_is_small() -> None:
    wide = StemEmbedder()
    wide.dimension = 1024
    assert len(told(f"Vance saw {TIDES}", "Vance", embedder=wide)["Vance"]) == TAG + BITS // 8
    assert tag_of("a") != tag_of("b") and len(tag_of("a")) == TAG


def test_a_context_cut_short_is_refused() -> None:
    evidence = made(WorkspaceId("w"))
    broken = replace(evidence.referents[0], context=bytes(TAG))
    with pytest.raises(InvalidInput, match="context"):
        check(replace(evidence, referents=(broken, *evidence.referents[1:])))
