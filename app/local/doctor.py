"""``veripath doctor``: what is installed and reachable, and how to mend what is not."""

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import psutil

from app.local.neo4j import USER
from app.local.processes import port_is_free, require_free_port
from app.local.servers import ask_model_server, ask_neo4j
from app.local.stack import Stack
from app.settings import Settings
from graph.errors import ConfigurationError, StoreUnavailable, VeripathError
from graph.ledger.engine import Ledger

_GIB = 1 << 30


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing examined; ``detail`` says what was found or how to mend it."""

    name: str
    ok: bool
    detail: str
    required: bool = True

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def examine(settings: Settings) -> list[Finding]:
    return list(_findings(settings))


def _findings(settings: Settings) -> Iterator[Finding]:
    version = ".".join(map(str, sys.version_info[:3]))
    yield Finding("Python", (3, 11) <= sys.version_info[:2] <= (3, 13), f"{version} (3.11 to 3.13 is needed)")
    memory = psutil.virtual_memory()
    told = f"{memory.available / _GIB:.1f} of {memory.total / _GIB:.1f} GB free"
    yield Finding("memory", memory.available > 4 * _GIB, f"{told}; the whole stack takes about 5 GB")
    free = shutil.disk_usage(_existing(settings.home)).free
    yield Finding("disk", free > 2 * _GIB, f"{free / _GIB:.1f} GB free for {settings.home}; 2 GB are needed")
    compiler = shutil.which("gcc") or shutil.which("cc") or shutil.which("clang")
    mend = "none found: install one (on Debian: apt install gcc), the inference engine may ask for it"
    yield Finding("C compiler", compiler is not None, compiler or mend, required=False)

    stack = Stack(settings)
    yield _tried("ledger", lambda: _ledger(settings))
    yield _tried("Neo4j", lambda: _neo4j(settings, stack))
    yield _tried("inference engine", lambda: _engine(settings, stack), required=False)
    yield _service(settings, stack)


def _tried(name: str, probe: Callable[[], str], *, required: bool = True) -> Finding:
    try:
        return Finding(name, True, probe(), required)
    except VeripathError as error:
        return Finding(name, False, str(error), required)
    except OSError as error:
        return Finding(name, False, f"not reachable: {error}", required)


def _ledger(settings: Settings) -> str:
    kind = settings.ledger_url.split(":", 1)[0].split("+", 1)[0]
    if kind == "sqlite" and not (settings.home / "ledger.db").exists():
        return "SQLite, made at the first start"
    ledger = Ledger.open(settings.ledger_url)
    try:
        with ledger.read():
            pass
    finally:
        ledger.close()
    return f"{kind} answers" + ("; use PostgreSQL beyond 1 million chunks" if kind == "sqlite" else "")


def _neo4j(settings: Settings, stack: Stack) -> str:
    uri, user, secret = settings.neo4j_uri or "", settings.neo4j_user, settings.neo4j_password
    password = secret.get_secret_value() if secret else ""
    if stack.neo4j is not None:
        process = stack.neo4j.process
        if process.pid() is None:
            require_free_port(settings.neo4j_bolt_port, "VERIPATH_NEO4J_BOLT_PORT")
            if stack.service.pid() is not None:
                raise StoreUnavailable(
                    "it has ended and the service runs without it: `veripath up` starts it again; "
                    f"{process.journal} may tell why"
                )
            return "local, not running; `veripath up` starts it"
        uri, user, password = stack.neo4j.uri, USER, stack.neo4j.password
    # Community has one database and no roles, so whoever logs in there is not confined to a workspace
    return f"{ask_neo4j(uri, user, password)} answers at {uri}; a login to Neo4j sees every workspace"


def _engine(settings: Settings, stack: Stack) -> str:
    if stack.engine is not None:
        if stack.engine.process.pid() is None:
            return "local, not running; `veripath up` starts it, answers stand on retrieval without it"
        base, key = stack.engine.base_url, stack.engine.api_key
    else:
        base = settings.llm_base_url or ""
        key = settings.llm_api_key.get_secret_value() if settings.llm_api_key else ""
    server = ask_model_server(base, key)
    if settings.llm_model not in server.models:
        raise ConfigurationError(
            f"{base} serves {', '.join(server.models) or 'no model'}: set VERIPATH_LLM_MODEL to one it has"
        )
    return f"answers at {base}, {'with' if server.plugin else 'without'} the KG-Trie plugin"


def _service(settings: Settings, stack: Stack) -> Finding:
    if stack.service.pid() is None:
        free = port_is_free(settings.port)
        detail = "not running; start it with `veripath up`"
        taken = f"port {settings.port} is in use by another program: stop it, or set VERIPATH_PORT"
        return Finding("service", free, detail if free else taken)
    token = settings.home / "token"
    private = token.exists() and token.stat().st_mode & 0o077 == 0
    mend = f"the token file {token} is missing or readable by others: run `veripath down`, then `veripath up`"
    return Finding(
        "service", private, f"runs at {stack.url} (process {stack.service.pid()})" if private else mend
    )


def _existing(path: Path) -> Path:
    return path if os.path.lexists(path) else _existing(path.parent)
