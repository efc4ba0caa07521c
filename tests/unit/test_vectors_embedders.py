"""The packaged model on real text, and the OpenAI adapter against a transport that answers as told."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import httpx
import numpy as np
import pytest

from app.adapters.embeddings import LocalEmbedder, OpenAIEmbedder, packaged_model
from graph.errors import ConfigurationError, EngineUnavailable


@pytest.fixture(scope="module")
def local() -> LocalEmbedder:
    made = LocalEmbedder(device="cpu")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("app.adapters.packed._cores", lambda: 2)  # one is all that the tests' environment gives
        made.embed(["x"])
    return made


def test_the_packaged_model_knows_what_is_alike(local: LocalEmbedder) -> None:
    vectors = local.embed(["The firm bought a turbine maker.", "A company acquired a manufacturer.", "Rain."])
    assert vectors.shape == (3, local.dimension) and vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert vectors[0] @ vectors[1] > vectors[0] @ vectors[2] + 0.2


def test_batching_changes_no_order_and_no_vector_beyond_rounding(local: LocalEmbedder) -> None:
    texts = [("word " * n).strip() or "x" for n in (300, 1, 40, 0, 7, 200, 90, 2)]
    together, alone = local.embed(texts), np.vstack([local.embed([text]) for text in texts])
    assert np.sum(together * alone, axis=1).min() > 0.9999  # bfloat16 products, where there are any


def test_a_text_is_cut_at_the_stated_length(local: LocalEmbedder) -> None:
    long = "harbour " * local.max_tokens
    np.testing.assert_allclose(local.embed([long]), local.embed([long + "turbine " * 50]), atol=1e-5)


def test_texts_stand_in_one_row_as_the_library_reads_them_one_by_one(local: LocalEmbedder) -> None:
    from sentence_transformers import SentenceTransformer

    texts = [f"{name} wrote of {'tides and currents ' * n}" for n in range(12) for name in ("Ada", "Ann Lee")]
    texts[7:7] = ["", "harbour " * 2 * local.max_tokens]
    model = SentenceTransformer(str(packaged_model()), device="cpu")
    model.max_seq_length = local.max_tokens
    theirs = model.encode(texts, normalize_embeddings=True, show_progress_bar=False)
    assert np.sum(local.embed(texts) * theirs, axis=1).min() > 0.999


def test_threads_at_once_read_what_each_reads_alone(local: LocalEmbedder) -> None:
    texts = [f"Report {n} tells of {'harbours and mills ' * (n % 5)}" for n in range(60)]
    asked = [texts[n:] for n in range(0, 60, 10)]
    with ThreadPoolExecutor(len(asked)) as threads:
        together = list(threads.map(local.embed, asked))
    for mine, others in zip(together, asked, strict=True):
        assert mine.shape == (len(others), local.dimension)
        assert np.sum(mine * local.embed(others), axis=1).min() > 0.9999


def test_no_texts(local: LocalEmbedder) -> None:
    assert local.embed([]).shape == (0, local.dimension)


def answering(handler: Callable[[httpx.Request], httpx.Response], **options: int) -> OpenAIEmbedder:
    transport = httpx.MockTransport(handler)
    return OpenAIEmbedder("http://engine/v1/", "m", 2, api_key="k", transport=transport, **options)


def echo(request: httpx.Request) -> httpx.Response:
    """Vectors of length 3 to 5, in reverse order, as a server may."""
    texts = json.loads(request.content)["input"]
    data = [{"index": i, "embedding": [float(len(text)), 3.0]} for i, text in enumerate(texts)]
    return httpx.Response(200, json={"data": data[::-1]})


def test_openai_rows_are_ordered_normalised_and_batched() -> None:
    seen: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return echo(request)

    vectors = answering(handler, batch_size=2).embed(["aaaa", "b", "cc"])
    np.testing.assert_allclose(vectors[0], [0.8, 0.6])
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)
    assert len(seen) == 2 and str(seen[0].url) == "http://engine/v1/embeddings"
    assert seen[0].headers["authorization"] == "Bearer k"


@pytest.mark.parametrize("status", [429, 500, 503])
def test_an_overloaded_server_is_worth_a_retry(status: int) -> None:
    with pytest.raises(EngineUnavailable):
        answering(lambda _: httpx.Response(status)).embed(["a"])


def test_an_unreachable_server_is_worth_a_retry() -> None:
    def handler(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    with pytest.raises(EngineUnavailable, match="did not answer"):
        answering(handler).embed(["a"])


@pytest.mark.parametrize(
    "response",
    [
        httpx.Response(401),
        httpx.Response(404),
        httpx.Response(200, text="<html>"),
        httpx.Response(200, json={"data": []}),
        httpx.Response(200, json={"data": [{"index": 0, "embedding": [1.0, 2.0, 3.0]}]}),
        httpx.Response(200, json={"data": [{"index": 0, "embedding": [0.0, 0.0]}]}),
        httpx.Response(
            200, json={"data": [{"index": 0, "embedding": [1, 2]}, {"index": 0, "embedding": [1, 2]}]}
        ),
    ],
)
def test_a_wrong_answer_is_never_taken_for_vectors(response: httpx.Response) -> None:
    with pytest.raises(ConfigurationError):
        answering(lambda _: response).embed(["a"])
