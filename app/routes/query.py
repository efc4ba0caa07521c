"""``POST /query``: a question in, an answer with its paths and citations out."""

import asyncio
from collections.abc import AsyncIterator

from anyio import to_thread
from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse

from app import presentation
from app.bootstrap import Parts
from app.deps import Reader, TheParts, reached
from app.errors import problem_body
from app.observability import trace_id_of
from app.schemas import QueryIn, QueryOut
from app.streams import STREAMED, Event, negotiated
from graph.errors import VeripathError
from graph.types import PartialDate, WorkspaceId
from retrieval.types import AnswerStyle, Mode, Query, Reasoning, Sentence, Turn
from retrieval.writing import Listener

router = APIRouter(tags=["query"])

_STREAMED = ("entities", "paths", "citations", "conflicts", "notices")


@router.post("/query", response_model=QueryOut, responses=STREAMED)
async def ask(
    asked: QueryIn, request: Request, parts: TheParts, principal: Reader
) -> QueryOut | StreamingResponse:
    """Answer from the graph and the passages, with numbered citations; or abstain, and say why.

    With ``stream`` the same comes as events: a ``sentence`` at a time while a model writes, each checked and
    with the citations it is first to use, then ``entities``, ``paths``, ``citations``, ``conflicts`` and
    ``notices`` as there are any, ``answer``, and the whole as ``done``. A failure is an ``error`` event that
    holds its problem.
    """
    if asked.stream:
        return negotiated(request, _events(request, parts, principal.workspace, asked))
    return await _answer(parts, principal.workspace, asked, trace_id_of(request.scope))


async def _answer(
    parts: Parts, workspace: WorkspaceId, asked: QueryIn, trace_id: str, listener: Listener | None = None
) -> QueryOut:
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
        instructions=asked.instructions or "",
        history=tuple(Turn(turn.role, turn.content) for turn in asked.conversation_history),
        from_memory=asked.from_memory,
        reasoning=Reasoning(asked.reasoning),
        include_inferred=asked.include_inferred,
    )
    answer = await parts.query.answer(workspace, query, ontology, listener)
    parts.metrics.queries.labels(asked.mode, answer.status.value).inc()
    return presentation.answer(answer, graph_position=position, trace_id=trace_id)


async def _events(
    request: Request, parts: Parts, workspace: WorkspaceId, asked: QueryIn
) -> AsyncIterator[Event]:
    """Sentences as they come, then the answer's fields, the whole last. Who goes away stops the answering."""
    written: asyncio.Queue[Sentence | None] = asyncio.Queue()
    answering = asyncio.ensure_future(
        _answer(parts, workspace, asked, trace_id_of(request.scope), written.put)
    )
    answering.add_done_callback(lambda _: written.put_nowait(None))
    try:
        while (sentence := await written.get()) is not None:
            yield Event("sentence", presentation.sentence(sentence))
        told = (await answering).model_dump(mode="json")
    except VeripathError as error:
        yield Event("error", problem_body(request, error))
        return
    finally:
        answering.cancel()
    for name in _STREAMED:
        if told[name]:
            yield Event(name, {name: told[name]})
    yield Event("answer", {"answer": told["answer"], "status": told["status"], "reason": told["reason"]})
    yield Event("done", told)
