"""The published interface (``/openapi.json``): what FastAPI derives, and every failure as its problem."""

from typing import Any

from fastapi import FastAPI

from app.errors import MEDIA_TYPE, REFUSALS

_PROBLEM = "Problem"
_SCHEMA = {
    "title": _PROBLEM,
    "description": "RFC 9457 problem details: the body of every failure.",
    "type": "object",
    "required": ["type", "title", "status", "detail", "instance", "trace_id"],
    "properties": {
        "type": {"type": "string", "description": "urn:veripath:problem:KIND, or about:blank."},
        "title": {"type": "string", "description": "The status code's name."},
        "status": {"type": "integer", "description": "The status code."},
        "detail": {"type": "string", "description": "What went wrong and what to do, in a sentence."},
        "instance": {"type": "string", "description": "The path asked for."},
        "trace_id": {"type": "string", "description": "Found in the log, and in the X-Trace-Id header."},
        "errors": {
            "type": "array",
            "description": "With 422: each field that cannot be used.",
            "items": {
                "type": "object",
                "required": ["field", "message"],
                "properties": {
                    "field": {"type": "string", "description": "Its place in the request, parted by dots."},
                    "message": {"type": "string", "description": "What is wrong with it."},
                },
            },
        },
    },
    "examples": [
        {
            "type": "urn:veripath:problem:invalid-input",
            "title": "Unprocessable Content",
            "status": 422,
            "detail": "top_k: Input should be less than or equal to 50",
            "instance": "/query",
            "trace_id": "4bf92f3577b34da6a3ce929d0e0e4736",
            "errors": [{"field": "top_k", "message": "Input should be less than or equal to 50"}],
        }
    ],
}


def publish_interface(app: FastAPI) -> None:
    """Make ``app.openapi`` name, at each operation, the problems that it can answer with."""
    derive = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            schema = derive()
            parts = schema["components"]["schemas"]
            for replaced in ("HTTPValidationError", "ValidationError"):
                parts.pop(replaced, None)  # ours are problems
            parts[_PROBLEM] = _SCHEMA
            for path, operations in schema["paths"].items():
                for method, operation in operations.items():
                    operation["responses"] |= _problems(path, method, operation)
            app.openapi_schema = schema
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI's documented way to extend it


def _problems(path: str, method: str, operation: dict[str, Any]) -> dict[str, Any]:
    content = {MEDIA_TYPE: {"schema": {"$ref": f"#/components/schemas/{_PROBLEM}"}}}
    described = {status for status, told in operation["responses"].items() if not _derived(told)}
    return {
        str(int(status)): {"description": when, "content": content}
        for status, (when, applies) in REFUSALS.items()
        if str(int(status)) not in described and applies(path, method, "requestBody" in operation)
    }


def _derived(response: dict[str, Any]) -> bool:
    """Whether FastAPI itself put a response in, for requests that it refuses."""
    return "HTTPValidationError" in str(response)
