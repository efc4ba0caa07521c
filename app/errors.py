"""Every failure as ``application/problem+json`` (RFC 9457). HTTP status codes exist in this file alone.

A body has ``type``, ``title``, ``status``, ``detail``, ``instance`` and ``trace_id``; a refused request also
has ``errors``, one {``field``, ``message``} each. Never a stack trace: that is logged.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from app.observability import TRACE_HEADER, trace_id_of
from graph.errors import (
    AlreadyExists,
    ConfigurationError,
    DecodingError,
    InvalidInput,
    LimitExceeded,
    NotAuthenticated,
    NotFound,
    NotPermitted,
    OntologyError,
    TransientError,
    UnsupportedFormat,
    VeripathError,
)

log = structlog.get_logger(__name__)

MEDIA_TYPE = "application/problem+json"

# The nearest class of an error's ancestry decides; what is not named here is our fault.
STATUS: dict[type[VeripathError], HTTPStatus] = {
    NotAuthenticated: HTTPStatus.UNAUTHORIZED,
    NotPermitted: HTTPStatus.FORBIDDEN,
    NotFound: HTTPStatus.NOT_FOUND,
    AlreadyExists: HTTPStatus.CONFLICT,
    LimitExceeded: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    UnsupportedFormat: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    InvalidInput: HTTPStatus.UNPROCESSABLE_ENTITY,
    OntologyError: HTTPStatus.UNPROCESSABLE_ENTITY,
    TransientError: HTTPStatus.SERVICE_UNAVAILABLE,
    ConfigurationError: HTTPStatus.SERVICE_UNAVAILABLE,
    DecodingError: HTTPStatus.BAD_GATEWAY,
    VeripathError: HTTPStatus.INTERNAL_SERVER_ERROR,
}

_Applies = Callable[[str, str, bool], bool]  # of (path, method, has a body)
_OPEN = "/healthz"

# When an operation answers with a problem, for the published interface.
REFUSALS: dict[HTTPStatus, tuple[str, _Applies]] = {
    HTTPStatus.UNAUTHORIZED: ("No token, or an unknown one.", lambda path, *_: path != _OPEN),
    HTTPStatus.FORBIDDEN: (
        "The token's role does not permit it, or Host or Origin is not one of the service's.",
        lambda *_: True,
    ),
    HTTPStatus.NOT_FOUND: ("There is no such thing in the token's workspace.", lambda path, *_: "{" in path),
    HTTPStatus.CONFLICT: (
        "The Idempotency-Key belongs to another request.",
        lambda path, method, body: body and path.startswith("/documents"),
    ),
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: (
        "The body, a file or their number passes a limit.",
        lambda path, method, body: body and path.startswith("/documents"),
    ),
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: (
        "The body is neither multipart/form-data nor JSON.",
        lambda path, method, body: body and path.startswith("/documents"),
    ),
    HTTPStatus.UNPROCESSABLE_ENTITY: (
        "The request cannot be used; `errors` names the fields.",
        lambda path, method, body: body or path not in {_OPEN, "/readyz", "/metrics"},
    ),
    HTTPStatus.BAD_GATEWAY: (
        "The language model's choice could not be held to the graph.",
        lambda path, *_: path == "/query",
    ),
    HTTPStatus.SERVICE_UNAVAILABLE: (
        "A part is out of reach for now; Retry-After says when to try again.",
        lambda path, *_: path != _OPEN,
    ),
}
NOT_READY = HTTPStatus.SERVICE_UNAVAILABLE
RETRY_AFTER_SECONDS = 2
_INTERNAL = "The service failed; nothing was lost. Give the trace id to whoever runs it."


def status_of(error: VeripathError) -> HTTPStatus:
    return next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)


def slug(error: BaseException) -> str:
    """``LimitExceeded`` as ``limit-exceeded``."""
    return re.sub(r"(?<!^)(?=[A-Z])", "-", type(error).__name__).lower()


def problem(
    request: Request,
    status: int,
    detail: str,
    *,
    kind: str = "about:blank",
    errors: Sequence[dict[str, str]] = (),
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    body = _body(request, status, detail, kind)
    if errors:
        body["errors"] = list(errors)
    told = {TRACE_HEADER: body["trace_id"], **(headers or {})}
    return JSONResponse(body, status_code=status, media_type=MEDIA_TYPE, headers=told)


def problem_body(request: Request, error: VeripathError) -> dict[str, Any]:
    """An error of the tree as a problem, for streams that began with 200."""
    status = status_of(error)
    detail = str(error)
    if status == HTTPStatus.INTERNAL_SERVER_ERROR:
        log.error("internal_error", error=slug(error), exc_info=error)
        detail = _INTERNAL
    return _body(request, status, detail, f"urn:veripath:problem:{slug(error)}")


def problem_of(request: Request, error: VeripathError) -> JSONResponse:
    """An error of the tree as its response."""
    body = problem_body(request, error)
    headers = {TRACE_HEADER: body["trace_id"]}
    if body["status"] == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = 'Bearer realm="veripath"'
    if body["status"] == HTTPStatus.SERVICE_UNAVAILABLE:
        headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return JSONResponse(body, status_code=body["status"], media_type=MEDIA_TYPE, headers=headers)


def _body(request: Request, status: int, detail: str, kind: str) -> dict[str, Any]:
    return {
        "type": kind,
        "title": HTTPStatus(status).phrase,
        "status": int(status),
        "detail": detail,
        "instance": request.url.path,
        "trace_id": trace_id_of(request.scope),
    }


def as_item_error(error: VeripathError) -> str:
    """The sentence an item of a job shows; our own faults are not told in detail."""
    ours = status_of(error) == HTTPStatus.INTERNAL_SERVER_ERROR
    return f"{_INTERNAL} ({slug(error)})" if ours else str(error)


def install(app: FastAPI) -> None:
    """Make every error of ``app`` a problem body."""
    app.add_exception_handler(VeripathError, _domain)
    app.add_exception_handler(RequestValidationError, _validation)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _unexpected)


async def _domain(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, VeripathError)
    return problem_of(request, error)


async def _validation(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    errors = [_refusal(each, request.headers.get("content-type", "")) for each in error.errors()]
    detail = "; ".join(f"{e['field']}: {e['message']}" for e in errors)
    return problem(
        request,
        HTTPStatus.UNPROCESSABLE_ENTITY,
        detail,
        kind="urn:veripath:problem:invalid-input",
        errors=errors,
    )


async def _http(request: Request, error: Exception) -> JSONResponse:
    """What the framework itself refuses: no such route, no such method, a body it cannot read."""
    assert isinstance(error, HTTPException)
    if error.status_code == HTTPStatus.NOT_FOUND:
        detail = f"there is nothing at {request.url.path}; /docs lists what there is"
    elif error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        detail = f"{request.method} is not offered at {request.url.path}"
    else:
        detail = str(error.detail)
    return problem(request, error.status_code, detail, headers=dict(error.headers or {}))


async def _unexpected(request: Request, error: Exception) -> JSONResponse:
    log.error("unexpected_error", trace_id=trace_id_of(request.scope), exc_info=error)
    return problem(request, HTTPStatus.INTERNAL_SERVER_ERROR, _INTERNAL)


def _refusal(found: Mapping[str, Any], content_type: str) -> dict[str, str]:
    """What is wrong with one field, and what to do about a body that cannot be read at all."""
    if found["type"] == "json_invalid":
        reason = found.get("ctx", {}).get("error") or found["msg"].removeprefix("Invalid JSON: ")
        return {"field": "body", "message": f"the body is not JSON: {reason}"}
    if tuple(found["loc"]) == ("body",) and "json" not in content_type:
        sentence = "send the body as JSON, with the header Content-Type: application/json"
        return {"field": "body", "message": sentence}
    return {"field": _field(found["loc"]), "message": found["msg"]}


def _field(location: Sequence[int | str]) -> str:
    """``("body", "mode")`` as ``mode``; the whole body as ``body``."""
    parts = [str(part) for part in location]
    return ".".join(parts[1:]) or ".".join(parts)
