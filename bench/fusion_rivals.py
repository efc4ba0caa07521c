"""What one more document costs where a thousand facts exclude each other: who led one firm, year by year."""

import time
from collections.abc import Iterator
from hashlib import sha256
from itertools import islice
from statistics import median
from typing import Any

from bench.fusion_names import ORGANIZATION, PERSON, names
from graph.fusion.epoch import EPOCH_0
from graph.fusion.memory import MemoryState
from graph.fusion.rulings import Rulings
from graph.fusion.support import Document
from graph.identity import make_id
from graph.ontology import default_ontology
from graph.types import Claim, ClaimId, ContentId, PartialDate, Referent, ReferentId, Span

_MORE = 5
_FIRM = "Borealis Energy"


def rivals(count: int) -> dict[str, Any]:
    """Seconds of processor time of a pass over ``count`` documents that each name another leader of one firm,
    and the median of ``_MORE`` passes over one more."""
    state = MemoryState()
    told = list(_told(count + _MORE))
    for each in told[:count]:
        state.put(*each)
    full = _fuse(state)
    more = []
    for each in told[count:]:
        state.put(*each)
        more.append(_fuse(state))
    return {"rivals": count, "rivals_fuse_s": round(full, 2), "rivals_one_document_s": round(median(more), 3)}


def _fuse(state: MemoryState) -> float:
    begun = time.process_time()
    state.fuse(EPOCH_0, default_ontology(), Rulings())
    return time.process_time() - begun


def _told(count: int) -> Iterator[tuple[Document, list[Referent], list[Claim]]]:
    people = (named.name for named in names(4 * count) if named.kind == PERSON)
    for n, person in enumerate(islice(people, count)):
        content = ContentId(sha256(b"leader %d" % n).digest())
        ends = [
            Referent(ReferentId(make_id("referent", content, name)), content, kind, (name,), Span(0, 1))
            for name, kind in ((person, PERSON), (_FIRM, ORGANIZATION))
        ]
        claim = Claim(
            id=ClaimId(make_id("claim", content)),
            content=content,
            head=ends[0].id,
            phrase="lead",
            relation=None,
            tail=ends[1].id,
            span=Span(0, 1),
            stated=PartialDate(f"{1000 + n % 1000}-{1 + n // 1000 % 12:02}-01"),
        )
        yield Document(content, (), EPOCH_0.default_trust), ends, [claim]
