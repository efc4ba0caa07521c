"""What every client of an OpenAI-compatible server shares: addresses, keys, messages, errors as our tree."""

from typing import Any, Protocol

import httpx

from graph.errors import (
    ConfigurationError,
    DecodingError,
    EngineUnavailable,
    InvalidTrie,
    TokenizerMismatch,
    UnknownTrie,
)

_ERRORS = {each.__name__: each for each in (InvalidTrie, TokenizerMismatch, UnknownTrie)}


class _Said(Protocol):
    """A message of either floor's port."""

    @property
    def role(self) -> str: ...

    @property
    def content(self) -> str: ...


def message(said: _Said) -> dict[str, str]:
    return {"role": said.role, "content": said.content}


def checked(response: httpx.Response) -> Any:
    raise_for(response)
    try:
        return response.json()
    except ValueError:
        raise EngineUnavailable("the language-model server did not answer in JSON") from None


def raise_for(response: httpx.Response) -> None:
    """Status codes to the error tree; what the server says is passed on, cut."""
    if response.is_success:
        return
    status = response.status_code
    said, kind = _problem(response)
    if status == httpx.codes.CONFLICT:
        raise UnknownTrie(said)
    if status in (401, 403):
        raise ConfigurationError(f"the language-model server refused our key: {said}")
    if status == 404:
        raise ConfigurationError(f"the language-model server has no such model or route: {said}")
    if status in (408, 429) or status >= 500:
        raise EngineUnavailable(f"the language-model server answered {status}: {said}")
    raise _ERRORS.get(kind, DecodingError)(f"the language-model server refused the request: {said}")


def _problem(response: httpx.Response) -> tuple[str, str]:
    try:
        error = response.json()["error"]
        return str(error["message"])[:400], str(error.get("type", ""))
    except (ValueError, KeyError, TypeError):
        return response.text[:400], ""


def away(error: httpx.TransportError) -> EngineUnavailable:
    return EngineUnavailable(f"the language-model server did not answer: {error or type(error).__name__}")


def folder(url: str) -> str:
    return url.rstrip("/") + "/"


def headers(api_key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {api_key}"} if api_key else {}
