"""A small HTTP client of the service, for the command line."""

import glob
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx

from app.settings import Settings, load_settings
from graph.errors import (
    ConfigurationError,
    InvalidInput,
    NotAuthenticated,
    NotFound,
    ServiceUnavailable,
    TerminalError,
    VeripathError,
)

FILES_PER_REQUEST = 1000


class Client:
    """Calls one service as one principal; every failure is an error of the tree, with its sentence."""

    def __init__(self, base_url: str, token: str, *, timeout: float = 120.0) -> None:
        self._http = httpx.Client(
            base_url=base_url, headers={"Authorization": f"Bearer {token}"}, timeout=timeout
        )

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def get(self, path: str, **params: Any) -> dict[str, Any]:
        return self._json("GET", path, params={k: v for k, v in params.items() if v is not None})

    def readiness(self) -> dict[str, Any]:
        """What is ready and what is missing; a service that is not ready says so with 503."""
        response = self._send("GET", "/readyz")
        if response.status_code not in (200, 503):
            _raise_for_problem(response)
        body: dict[str, Any] = response.json()
        return body

    def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        return self._json("POST", path, json=body)

    def upload(self, files: Sequence[tuple[str, Path]]) -> dict[str, Any]:
        """One bulk request: (name, path) pairs, read from disk as they are sent."""
        with ExitStack() as opened:
            parts = [("files", (name, opened.enter_context(path.open("rb")))) for name, path in files]
            return self._json("POST", "/documents", files=parts)

    def _json(self, method: str, path: str, **options: Any) -> dict[str, Any]:
        response = self._send(method, path, **options)
        _raise_for_problem(response)
        body: dict[str, Any] = response.json()
        return body

    def _send(self, method: str, path: str, **options: Any) -> httpx.Response:
        try:
            return self._http.request(method, path, **options)
        except httpx.TransportError as error:
            raise ServiceUnavailable(
                f"no answer from {self._http.base_url} ({error}); start the service with: veripath up"
            ) from error


@contextmanager
def connected(settings: Settings | None = None, *, timeout: float = 120.0) -> Iterator[Client]:
    """A client of this home's service, as the principal of ``VERIPATH_TOKEN`` or of the home's own token."""
    settings = settings or load_settings()
    token = settings.token.get_secret_value() if settings.token else read_token(settings.home)
    with Client(service_url(settings), token, timeout=timeout) as client:
        yield client


def service_url(settings: Settings) -> str:
    return f"http://127.0.0.1:{settings.port}"


def expand(paths: Sequence[str]) -> list[tuple[str, Path]]:
    """Files named by files, folders (recursively) and globs, as (name, path), in a stable order.

    A file's name tells where it lies: below the user's own folder, or on the machine. So one file is one
    source from wherever it is sent, and two files never are. Hidden files are left out of folders.
    """
    found: dict[str, Path] = {}
    for given in paths:
        for match in _matches(given):
            if match.is_dir():
                inside = (path for path in sorted(match.rglob("*")) if path.is_file())
                found |= {_name(path): path for path in inside if not _is_hidden(path.relative_to(match))}
            elif match.is_file():
                found[_name(match)] = match
            else:
                raise InvalidInput(f"there is no file or folder {given!r}")
    return list(found.items())


def _matches(given: str) -> list[Path]:
    """The path itself where it is one: a file's name may look like a pattern."""
    if Path(given).exists() or not glob.has_magic(given):
        return [Path(given)]
    matches = sorted(glob.glob(given, recursive=True))  # noqa: PTH207 - Path.glob takes no absolute pattern
    if not matches:
        raise InvalidInput(f"nothing matches {given!r}")
    return [Path(match) for match in matches]


def _name(path: Path) -> str:
    lies = path.parent.resolve() / path.name
    own = Path("~").expanduser().resolve()
    return lies.relative_to(own if lies.is_relative_to(own) else lies.anchor).as_posix()


def _is_hidden(relative: Path) -> bool:
    return any(part.startswith(".") for part in relative.parts)


def read_token(home: Path) -> str:
    path = home / "token"
    try:
        return path.read_text(encoding="ascii").strip()
    except OSError as error:
        raise ConfigurationError(
            f"no token at {path}; start the service once with `veripath up`, or set VERIPATH_TOKEN"
        ) from error


def _raise_for_problem(response: httpx.Response) -> None:
    if response.status_code < 400:
        return
    try:
        problem = response.json()
        sentence = problem.get("detail") or problem.get("title") or response.reason_phrase
    except ValueError:
        sentence = f"the service answered {response.status_code} {response.reason_phrase}"
    kinds: dict[int, type[VeripathError]] = {401: NotAuthenticated, 404: NotFound, 422: InvalidInput}
    other = ServiceUnavailable if response.status_code >= 500 else TerminalError
    raise kinds.get(response.status_code, other)(sentence)
