"""Every setting, with its meaning: docs/settings.md is made from here (``python -m app.settings``).

Settings come from the environment: ``VERIPATH_`` and the field's name in capitals. The three that other tools
share are read without the prefix as well: ``DATABASE_URL``, ``NEO4J_URI`` (with ``NEO4J_USER``,
``NEO4J_PASSWORD``, ``NEO4J_DATABASE``). A URL given means that nothing local is started for that part.
"""

import difflib
import os
import types
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_origin

from pydantic import AliasChoices, Field, SecretStr, ValidationError, field_validator
from pydantic_core import PydanticUndefined
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from graph.errors import ConfigurationError

PREFIX = "VERIPATH_"
MiB = 1 << 20

Names = Annotated[tuple[str, ...], NoDecode]


def _shared(name: str) -> AliasChoices:
    return AliasChoices(PREFIX + name, name)


class Settings(BaseSettings):
    """Frozen; made once by ``load_settings`` and handed to ``app.bootstrap``."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, frozen=True, extra="forbid", populate_by_name=True, env_ignore_empty=True
    )

    # where things are kept
    home: Path = Field(
        default=Path("~/.veripath"),
        description="Folder of all that must not be lost: ledger, uploaded bytes, job state, tokens.",
    )
    cache: Path = Field(
        default=Path("~/.cache/veripath"),
        description="Folder of what can be made again: jars, engine environment, converted models.",
    )
    # the service
    host: str = Field(default="127.0.0.1", description="Address the service listens on.")
    port: int = Field(default=8000, ge=1, le=65535, description="Port the service listens on.")
    workspace: str = Field(
        default="default", min_length=1, max_length=200, description="Workspace of the first start's token."
    )
    token: SecretStr | None = Field(
        default=None,
        description="Bearer token the command line sends; by default it reads the one in the home folder.",
    )
    allowed_hosts: Names = Field(
        default=(),
        description="Host names, comma separated, under which the service may be called besides loopback's.",
    )
    allowed_origins: Names = Field(
        default=(),
        description="Origins (https://app.example), comma separated, whose pages may call the service.",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="The least severe message that is logged."
    )
    log_format: Literal["json", "text"] = Field(
        default="json", description="One JSON object a line for machines, or text for people."
    )
    # ledger and graph store
    database_url: SecretStr | None = Field(
        default=None,
        validation_alias=_shared("DATABASE_URL"),
        description="Ledger: postgresql://user:password@host/name or sqlite:///path. "
        "By default SQLite in the home folder.",
    )
    jobs_database_url: SecretStr | None = Field(
        default=None,
        description="Where DBOS keeps workflows; by default with the ledger, or SQLite in the home folder.",
    )
    neo4j_uri: str | None = Field(
        default=None,
        validation_alias=_shared("NEO4J_URI"),
        description="Graph store, e.g. neo4j://host:7687. By default a local Neo4j is started.",
    )
    neo4j_user: str = Field(
        default="neo4j", validation_alias=_shared("NEO4J_USER"), description="User of the graph store."
    )
    neo4j_password: SecretStr | None = Field(
        default=None,
        validation_alias=_shared("NEO4J_PASSWORD"),
        description="Password of the graph store; made and kept in the home folder for a local one.",
    )
    neo4j_database: str = Field(
        default="neo4j",
        validation_alias=_shared("NEO4J_DATABASE"),
        description="Database within the graph store.",
    )
    neo4j_bolt_port: int = Field(
        default=7687, ge=1, le=65535, description="Bolt port of a Neo4j that is started locally."
    )
    neo4j_http_port: int = Field(
        default=7474, ge=1, le=65535, description="Browser port of a Neo4j that is started locally."
    )
    # models
    llm_base_url: str | None = Field(
        default=None,
        description="OpenAI-compatible server, e.g. http://host:8000/v1. By default a local vLLM is started.",
    )
    llm_api_key: SecretStr | None = Field(default=None, description="Key of the OpenAI-compatible server.")
    llm_model: str = Field(
        default="smollm2-135m-instruct", description="Model name to ask the OpenAI-compatible server for."
    )
    llm_tokenizer: Path | None = Field(
        default=None,
        description="The model's tokenizer.json, for a vLLM without our plugin: paths are then searched by "
        "its log-probabilities instead of chosen from a list.",
    )
    llm_port: int = Field(default=8001, ge=1, le=65535, description="Port of a vLLM that is started locally.")
    extractor: Literal["linguistic", "llm"] = Field(
        default="linguistic",
        description="Who reads claims out of text: linguistic needs no language model, llm asks the server.",
    )
    embedding_base_url: str | None = Field(
        default=None,
        description="OpenAI-compatible embeddings server. By default the packaged MiniLM-L6-v2 runs here. "
        "After a change of model, `veripath reread` embeds what was read before.",
    )
    embedding_api_key: SecretStr | None = Field(default=None, description="Key of the embeddings server.")
    embedding_model: str = Field(
        default="", description="Model name to ask the embeddings server for; needed with one."
    )
    embedding_dimension: int = Field(
        default=384, ge=1, le=8192, description="Dimension of the embeddings server's vectors."
    )
    # ingestion
    embedded_worker: bool = Field(
        default=True,
        description="Run the ingestion worker inside the service; false where workers run apart.",
    )
    worker_concurrency: int = Field(
        default=2, ge=1, le=64, description="Documents that one worker reads at the same time."
    )
    adjudication_concurrency: int = Field(
        default=4,
        ge=1,
        le=64,
        description="Questions that one worker asks a model at the same time.",
    )
    max_file_bytes: int = Field(
        default=200 * MiB,
        ge=1,
        description="Largest document accepted, in bytes; larger ones fail their item.",
    )
    max_request_bytes: int = Field(
        default=4096 * MiB,
        ge=1,
        description="Largest request body accepted, in bytes; larger ones are refused.",
    )
    max_files: int = Field(
        default=10_000, ge=1, description="Most documents in one request, members of archives included."
    )
    read_seconds: int = Field(
        default=180, ge=1, description="Longest time, in seconds, that parsing one document may take."
    )
    read_memory_bytes: int = Field(
        default=2048 * MiB,
        ge=256 * MiB,
        description="Most memory, in bytes, that parsing one document may take.",
    )
    fuse_delay_seconds: float = Field(
        default=1.0, ge=0, description="How long a workspace must be quiet before its news are fused."
    )
    fuse_delay_limit_seconds: float = Field(
        default=15.0, ge=0, description="How long news wait for quiet at most before they are fused."
    )
    history_days: float | None = Field(
        default=None,
        ge=0,
        le=36_500,
        description="How many days what the graph was before stays on record (recorded_as_of), deleted "
        "documents' statements included; by default for good. 0 keeps nothing but the present graph.",
    )
    read_your_writes_seconds: float = Field(
        default=10.0, ge=0, description="How long a read with min_position waits for the graph to reach it."
    )

    @field_validator("allowed_hosts", "allowed_origins", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:
        return (
            tuple(part.strip() for part in value.split(",") if part.strip())
            if isinstance(value, str)
            else value
        )

    @field_validator("home", "cache")
    @classmethod
    def _expand(cls, value: Path) -> Path:
        return value.expanduser()

    @property
    def ledger_url(self) -> str:
        given = self.database_url
        return given.get_secret_value() if given else f"sqlite:///{self.home / 'ledger.db'}"

    @property
    def jobs_url(self) -> str:
        if self.jobs_database_url:
            return self.jobs_database_url.get_secret_value()
        if self.ledger_url.startswith("postgres"):
            return self.ledger_url
        return f"sqlite:///{self.home / 'jobs.db'}"


def load_settings(**overrides: Any) -> Settings:
    """Settings of the environment, with ``overrides`` by field name.

    ConfigurationError, naming the variable, for a value that cannot be used and for an unknown
    ``VERIPATH_`` variable, which is more often a typing error than meant.
    """
    _refuse_unknown(os.environ)
    try:
        return Settings(**overrides)
    except ValidationError as error:
        sentences = (f"{_variable(e['loc'])}: {e['msg']}" for e in error.errors())
        raise ConfigurationError("settings cannot be used: " + "; ".join(sentences)) from error


def variables() -> dict[str, str]:
    """Each environment variable that is read, with its field's name."""
    names: dict[str, str] = {}
    for field, info in Settings.model_fields.items():
        alias = info.validation_alias
        given = alias.choices if isinstance(alias, AliasChoices) else [PREFIX + field.upper()]
        names |= {str(name): field for name in given}
    return names


def _refuse_unknown(environment: Mapping[str, str]) -> None:
    known = [name for name in variables() if name.startswith(PREFIX)]
    for name in sorted(environment):
        if name.startswith(PREFIX) and name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            hint = f"did you mean {near[0]}?" if near else "docs/settings.md lists those there are"
            raise ConfigurationError(f"{name} is no setting; {hint}")


def _variable(location: tuple[int | str, ...]) -> str:
    first = str(location[0]) if location else ""
    return next((name for name, field in variables().items() if first in (name, field)), first)


# ---------------------------------------------------------------- docs/settings.md


def markdown() -> str:
    """The settings page."""
    lines = [
        "# Settings",
        "",
        "Made from `app/settings.py` by `python -m app.settings`; a test holds the two together.",
        "Settings are environment variables. An unknown `VERIPATH_` variable is an error.",
        "",
        "| Variable | Type | Default | Meaning |",
        "|---|---|---|---|",
    ]
    by_field: dict[str, list[str]] = {}
    for name, field in variables().items():
        by_field.setdefault(field, []).append(f"`{name}`")
    for field, info in Settings.model_fields.items():
        row = (
            " or ".join(by_field[field]),
            _type_name(info.annotation),
            _default(info.default),
            info.description,
        )
        lines.append("| " + " | ".join(str(cell) for cell in row) + " |")
    return "\n".join(lines) + "\n"


def _type_name(annotation: Any) -> str:
    if get_origin(annotation) is Literal:
        return " or ".join(f"`{value}`" for value in get_args(annotation))
    if isinstance(annotation, types.UnionType):
        return " or ".join(_type_name(part) for part in get_args(annotation) if part is not type(None))
    if annotation is SecretStr:
        return "secret"
    if get_origin(annotation) is tuple:
        return "list"
    return {Path: "path", str: "text", bool: "true or false", float: "number"}.get(annotation, "whole number")


def _default(value: Any) -> str:
    if value is None or value == () or value is PydanticUndefined:
        return "none"
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


if __name__ == "__main__":
    Path("docs/settings.md").write_text(markdown(), encoding="utf-8")
