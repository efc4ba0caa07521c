"""What a document shows of a referent, bounded: how it is named, where, and what is said of it."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection

from graph.fusion.names import normalise_name
from graph.fusion.questions import shown_names, shown_statements, statements_of
from graph.ledger import evidence
from graph.ledger.citations import cite
from graph.ledger.view import LedgerView
from graph.ports import Citation
from graph.types import ContentId, Referent, ReferentId, Span, WorkspaceId

CONTEXT = 160  # code points shown on each side of a mention
_AGAIN = 2  # later places shown
_AGAIN_CONTEXT = 100  # code points shown on each side there
_AGAIN_WITHIN = 4_000  # code points after the first mention's text that are searched


@dataclass(frozen=True, slots=True)
class Sighting:
    """``citation`` is the first mention, ``context`` the text around it, verbatim. ``statements`` are some of
    what the document says of it, ``neighbours`` the normalised names of what it is said together with."""

    referent: Referent
    citation: Citation | None
    context: str
    statements: tuple[str, ...]
    neighbours: Mapping[str, str]  # to the name as written


def sightings(
    conn: Connection, workspace: WorkspaceId, ids: Collection[ReferentId]
) -> dict[ReferentId, Sighting]:
    """Those of ``ids`` that are live. Reads the documents' layouts once, and all claims at the referents."""
    view = LedgerView(conn, workspace)
    found = view.referents(ids)
    said = statements_of(view, found)
    near = _neighbours(view, found)
    cited = cite(conn, workspace, [(r.content, r.first) for r in found.values()])
    around = _contexts(conn, workspace, found)
    return {
        i: Sighting(
            referent=r,
            citation=cited.get((r.content, r.first)),
            context=around.get(i, ""),
            statements=tuple(shown_statements(said[i])),
            neighbours=near.get(i, {}),
        )
        for i, r in found.items()
    }


def named_again(
    conn: Connection, workspace: WorkspaceId, found: Collection[Referent]
) -> dict[ReferentId, tuple[str, ...]]:
    """Where its document goes on to name each: the text around, verbatim, at the first places that follow.

    It depends on the document, the first mention and the names alone, which a question's key bears.
    """
    runs = evidence.live_runs(conn, workspace, sorted({r.content for r in found}))
    after = {
        r.id: Span(begin, min(runs[r.content].length, begin + _AGAIN_WITHIN))
        for r in found
        if r.content in runs and (begin := r.first.end + CONTEXT) < runs[r.content].length
    }
    spans: dict[ContentId, list[Span]] = {}
    for r in found:
        if r.id in after:
            spans.setdefault(r.content, []).append(after[r.id])
    texts = evidence.texts_at(conn, workspace, spans)
    return {r.id: _around_names(texts.get((r.content, after[r.id]), ""), r) for r in found if r.id in after}


def _around_names(text: str, referent: Referent) -> tuple[str, ...]:
    names = sorted(shown_names(referent), key=len, reverse=True)
    if not names:
        return ()
    pattern = re.compile(r"(?<!\w)(?:" + "|".join(map(re.escape, names)) + r")(?!\w)")
    places: list[str] = []
    shown = 0
    while len(places) < _AGAIN and (place := pattern.search(text, shown)):
        begin, shown = max(shown, place.start() - _AGAIN_CONTEXT), place.end() + _AGAIN_CONTEXT
        places.append(text[begin:shown])
    return tuple(places)


def _contexts(
    conn: Connection, workspace: WorkspaceId, found: Mapping[ReferentId, Referent]
) -> dict[ReferentId, str]:
    contents = sorted({r.content for r in found.values()})
    length = {of: row.length for of, row in evidence.live_runs(conn, workspace, contents).items()}
    wide = {
        i: Span(max(0, r.first.start - CONTEXT), min(length[r.content], r.first.end + CONTEXT))
        for i, r in found.items()
        if r.content in length
    }
    spans: dict[ContentId, list[Span]] = {}
    for i, span in wide.items():
        spans.setdefault(found[i].content, []).append(span)
    texts = evidence.texts_at(conn, workspace, spans)
    return {i: texts.get((found[i].content, span), "") for i, span in wide.items()}


def _neighbours(view: LedgerView, found: Mapping[ReferentId, Referent]) -> dict[ReferentId, dict[str, str]]:
    met: dict[ReferentId, set[ReferentId]] = {}
    for claim in view.claims_of(found.keys()).values():
        if (tail := claim.tail_referent) is not None:
            met.setdefault(claim.head, set()).add(tail)
            met.setdefault(tail, set()).add(claim.head)
    others = view.referents({o for r in found for o in met.get(r, ())})
    near: dict[ReferentId, dict[str, str]] = {}
    for r in found:
        names = sorted({n for o in met.get(r, ()) if o in others for n in others[o].names})
        near[r] = {normalise_name(name): name for name in names}
    return near
