"""What a document shows of a referent, bounded: how it is named, where, and what is said of it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection

from graph.fusion.normalize import normalise_name
from graph.fusion.questions import shown_statements, statements_of
from graph.ledger import evidence
from graph.ledger.citations import cite
from graph.ledger.derived import LedgerView
from graph.ports import Citation
from graph.types import ContentId, Referent, ReferentId, Span, WorkspaceId

CONTEXT = 160  # code points shown on each side of a mention


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
    view = LedgerView(conn, workspace, {})
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
