"""``POST /query``: a question in, an answer with its paths and citations out."""

import asyncio
from collections.abc import AsyncIterator, Awaitable

from anyio import to_thread
from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse

from app import presentation
from app.bootstrap import Parts
from app.deps import Reader, TheParts, reached
from app.errors import problem_body
from app.observability import trace_id_of
from app.schemas import QueryIn, QueryOut
from app.streams import Event, negotiated
from graph.errors import VeripathError
from graph.types import PartialDate, WorkspaceId
from retrieval.types import AnswerStyle, Mode, Query

router = APIRouter(tags=["query"])

_UNUSED = "Instructions and conversation history steer written answers; this one is quoted from the evidence."
_STREAMED = ("entities", "paths", "citations", "conflicts", "notices")


@router.post("/query", response_model=QueryOut)
async def ask(
    asked: QueryIn, request: Request, parts: TheParts, principal: Reader
) -> QueryOut | StreamingResponse:
    """Answer from the graph and the passages, with numbered citations; or abstain, and say why.

    With ``stream`` the same comes as events, as server-sent events or NDJSON by ``Accept``.
    """
    answering = _answer(parts, principal.workspace, asked, trace_id_of(request.scope))
    if asked.stream:
        return negotiated(request, _events(request, answering))
    return await answering


async def _answer(parts: Parts, workspace: WorkspaceId, asked: QueryIn, trace_id: str) -> QueryOut:
    position = await reached(parts, workspace, asked.min_position)
    ontology = await to_thread.run_sync(parts.ontology, workspace)
    query = Query(
        text=asked.query,
        mode=Mode(asked.mode),
        top_k=asked.top_k,
        max_hops=asked.max_hops,
        as_of=PartialDate(asked.as_of) if asked.as_of else None,
        only_need_context=asked.only_need_context,
        style=AnswerStyle(asked.answer),
    )
    answer = await parts.query.answer(workspace, query, ontology)
    parts.metrics.queries.labels(asked.mode, answer.status.value).inc()
    told = presentation.answer(answer, graph_position=position, trace_id=trace_id)
    if (asked.instructions or asked.conversation_history) and query.style is AnswerStyle.EXTRACTIVE:
        told.notices.append(_UNUSED)
    return told


async def _events(request: Request, answering: Awaitable[QueryOut]) -> AsyncIterator[Event]:
    """The answer's fields one after the other, the whole last; a failure is an event with its problem."""
    task = asyncio.ensure_future(answering)
    try:
        told = (await task).model_dump(mode="json")
    except VeripathError as error:
        yield Event("error", problem_body(request, error))
        return
    finally:
        task.cancel()
    for name in _STREAMED:
        if told[name]:
            yield Event(name, {name: told[name]})
    yield Event("answer", {"answer": told["answer"], "status": told["status"], "reason": told["reason"]})
    yield Event("done", told)
