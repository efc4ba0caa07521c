"""``/documents``: bytes in, documents out."""

import json
from email.message import Message
from typing import Annotated

from anyio import to_thread
from fastapi import APIRouter, Header, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import TypeAdapter, ValidationError

from app import presentation
from app.bootstrap import Parts
from app.deps import Admin, Cursor, Limit, Reader, TheParts, Writer
from app.display import page_of
from app.schemas import (
    AcceptedJob,
    Deleted,
    DocumentId,
    DocumentOut,
    DocumentPage,
    Metadata,
    Reread,
    TextDocument,
    TextDocuments,
)
from app.uploads import Form, Received, read_form
from graph.errors import InvalidInput, LimitExceeded, UnsupportedFormat
from graph.ledger import cursors, documents
from graph.ledger.documents import Document
from graph.ledger.evidence import read_evidence
from graph.ledger.positions import position
from graph.types import ContentId, Span, WorkspaceId

router = APIRouter(tags=["documents"])

_JSON_BYTES = 64 << 20
_METADATA: TypeAdapter[dict[str, str]] = TypeAdapter(Metadata)
_MULTIPART = {
    "schema": {
        "type": "object",
        "properties": {
            "files": {"type": "array", "items": {"type": "string", "format": "binary"}},
            "metadata": {"type": "string", "description": "A JSON object of texts, for all files."},
        },
        "required": ["files"],
    }
}
_TEXTS = {"schema": TextDocuments.model_json_schema(ref_template="#/components/schemas/{model}")}
_UPLOAD = {
    "requestBody": {
        "required": True,
        "content": {"multipart/form-data": _MULTIPART, "application/json": _TEXTS},
    }
}
_REPLACE = {"requestBody": {"required": True, "content": {"multipart/form-data": _MULTIPART}}}

IdempotencyKey = Annotated[
    str | None, Header(min_length=1, max_length=255, description="The same key again makes no second job.")
]
HighlightRange = Annotated[
    str | None, Query(pattern=r"^\d{1,12}-\d{1,12}$", description="start-end, in characters of the text.")
]


@router.post("/documents", status_code=202, openapi_extra=_UPLOAD)
async def upload(
    request: Request, parts: TheParts, principal: Writer, idempotency_key: IdempotencyKey = None
) -> AcceptedJob:
    """Accept many files, zip or tar archives of files, or texts. What is accepted is already safe on disk.

    A bad file is an item with its reason; the others go on. The same URI again is a newer version. A file
    named `NAME.triples.jsonl` holds triples that someone else extracted, a line each: `[head, relation,
    tail]` or an object with these keys, and with `head_id` and `tail_id` where the file knows several things
    of one name.
    """
    if _media_type(request) == "application/json":
        return await _accept_texts(request, parts, principal.workspace, idempotency_key)
    form = await _form(request, parts, principal.workspace)
    return await _accept_form(parts, principal.workspace, form, key=idempotency_key)


@router.get("/documents")
def list_documents(
    parts: TheParts, principal: Reader, limit: Limit = 100, cursor: Cursor = None
) -> DocumentPage:
    """Documents in the order of their acceptance."""
    with parts.ledger.read() as conn:
        page = documents.list_documents(
            conn, principal.workspace, limit=limit, cursor=cursors.after("documents", cursor)
        )
    return DocumentPage(
        documents=[presentation.document(each) for each in page.items],
        next_cursor=cursors.ended("documents", page.next_cursor),
    )


@router.post("/documents/reread", status_code=202)
def reread_documents(parts: TheParts, principal: Admin) -> Reread:
    """Read again what would be read otherwise now: after a newer version of a part was installed.

    A change of the ontology does this by itself. Until a document's new reading is published the old one
    stays.
    """
    with parts.ledger.write() as conn:
        job = parts.rereading.begin(conn, principal.workspace)
    return Reread(job_id=job.id.hex() if job else None, documents=job.total if job else 0)


@router.get("/documents/{document_id}")
def get_document(document_id: DocumentId, parts: TheParts, principal: Reader) -> DocumentOut:
    """What is known of a document; ``live`` once it is read and part of the evidence."""
    return presentation.document(_document(parts, principal.workspace, document_id))


@router.put("/documents/{document_id}", status_code=202, openapi_extra=_REPLACE)
async def replace_document(
    document_id: DocumentId,
    request: Request,
    parts: TheParts,
    principal: Writer,
    idempotency_key: IdempotencyKey = None,
) -> AcceptedJob:
    """Put one file in a document's place, under all its URIs."""
    former = await to_thread.run_sync(_document, parts, principal.workspace, document_id)
    form = await _form(request, parts, principal.workspace)
    if len(form.files) != 1:
        await to_thread.run_sync(form.discard)
        raise InvalidInput(f"a document is replaced by one file, not by {len(form.files)}")
    return await _accept_form(parts, principal.workspace, form, key=idempotency_key, replaces=former)


@router.delete("/documents/{document_id}")
def delete_document(document_id: DocumentId, parts: TheParts, principal: Writer) -> Deleted:
    """Take a document back: the graph becomes what it would be without it."""
    with parts.ledger.write() as conn:
        documents.delete_content(conn, principal.workspace, _content(document_id))
        return Deleted(position=position(conn, principal.workspace))


@router.get("/documents/{document_id}/content", response_class=Response)
def show_document(
    document_id: DocumentId, parts: TheParts, principal: Reader, highlight: HighlightRange = None
) -> Response:
    """The text that was read, as escaped markup in a sandboxed page, with a passage marked."""
    marked = None if highlight is None else Span(*map(int, highlight.split("-")))
    if marked is not None and marked.end < marked.start:
        raise InvalidInput("highlight: the end lies before the start")
    with parts.ledger.read() as conn:
        found = documents.get_document(conn, principal.workspace, _content(document_id))
        evidence = read_evidence(conn, principal.workspace, found.content)
    return page_of(found.title or found.filename, evidence.text, marked)


def _document(parts: Parts, workspace: WorkspaceId, document_id: str) -> Document:
    with parts.ledger.read() as conn:
        return documents.get_document(conn, workspace, _content(document_id))


def _content(document_id: str) -> ContentId:
    return ContentId(bytes.fromhex(document_id))


def _media_type(request: Request) -> str:
    message = Message()
    message["content-type"] = request.headers.get("content-type", "")
    return message.get_content_type() if request.headers.get("content-type") else ""


async def _form(request: Request, parts: Parts, workspace: WorkspaceId) -> Form:
    kind = _media_type(request)
    if kind != "multipart/form-data":
        raise UnsupportedFormat(
            f"documents come as multipart/form-data or application/json, not as {kind or 'nothing'}"
        )
    return await read_form(
        request.stream(), request.headers["content-type"], parts.blobs, workspace, parts.intake.limits
    )


async def _accept_form(
    parts: Parts,
    workspace: WorkspaceId,
    form: Form,
    *,
    key: str | None,
    replaces: Document | None = None,
) -> AcceptedJob:
    def accept() -> AcceptedJob:
        arrived: list[Received] = []
        try:
            metadata = _metadata(form.fields.get("metadata"))
            for file in form.files if replaces else parts.intake.unpacked(workspace, form.files):
                file.metadata = metadata
                arrived.append(file)
            return presentation.accepted(*parts.intake.accept(workspace, arrived, key=key, replaces=replaces))
        finally:
            for file in (*arrived, *form.files):
                file.discard()

    return await to_thread.run_sync(accept)


async def _accept_texts(
    request: Request, parts: Parts, workspace: WorkspaceId, key: str | None
) -> AcceptedJob:
    texts = await _texts(request)

    def accept() -> AcceptedJob:
        arrived: list[Received] = []
        try:
            for place, text in enumerate(texts, start=1):
                file = parts.intake.draft(
                    workspace, _encoded(text.text), text.filename or f"text-{place}.txt"
                )
                file.uri, file.metadata = text.uri, text.metadata
                arrived.append(file)
            return presentation.accepted(*parts.intake.accept(workspace, arrived, key=key))
        finally:
            for file in arrived:
                file.discard()

    return await to_thread.run_sync(accept)


async def _texts(request: Request) -> list[TextDocument]:
    raw = bytearray()
    async for piece in request.stream():
        raw += piece
        if len(raw) > _JSON_BYTES:
            raise LimitExceeded(f"a JSON body is at most {_JSON_BYTES} bytes; send files instead")
    try:
        return TextDocuments.model_validate_json(bytes(raw)).documents
    except ValidationError as error:
        told = [{**each, "loc": ("body", *each["loc"])} for each in error.errors(include_context=False)]
        raise RequestValidationError(told) from error


def _encoded(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        raise InvalidInput("text: it holds half a surrogate pair; send whole characters") from error


def _metadata(field: str | None) -> dict[str, str]:
    if field is None:
        return {}
    try:
        return _METADATA.validate_python(json.loads(field))
    except (ValidationError, ValueError) as error:
        raise InvalidInput("metadata: send a JSON object whose values are texts") from error
