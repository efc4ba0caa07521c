"""Servers that answer for a part, ours or another's: whether they do, and as what."""

from dataclasses import dataclass

import httpx
from neo4j import GraphDatabase
from neo4j.exceptions import AuthError, DriverError, Neo4jError

from graph.errors import ConfigurationError, EngineUnavailable, StoreUnavailable

_PATIENCE = 5.0  # seconds for a connection, and for an answer


@dataclass(frozen=True, slots=True)
class ModelServer:
    """What an OpenAI-compatible server said of itself; ``plugin``: that it decodes inside a KG-Trie."""

    base_url: str
    models: tuple[str, ...]
    plugin: bool


def ask_neo4j(uri: str, user: str, password: str) -> str:
    """The name and version of the Neo4j at ``uri``.

    StoreUnavailable where none answers, ConfigurationError where the login is wrong.
    """
    try:
        with GraphDatabase.driver(uri, auth=(user, password), connection_timeout=_PATIENCE) as driver:
            driver.verify_connectivity()
            return driver.get_server_info().agent
    except AuthError as error:
        raise ConfigurationError(
            f"the Neo4j at {uri} refuses the login: check NEO4J_USER and NEO4J_PASSWORD"
        ) from error
    except (DriverError, Neo4jError, OSError, ValueError) as error:
        raise StoreUnavailable(f"no Neo4j answers at {uri} ({_first_line(error)})") from error


def ask_model_server(base_url: str, key: str) -> ModelServer:
    """EngineUnavailable where no such server answers, ConfigurationError where it refuses the key."""
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    try:
        with httpx.Client(headers=headers, timeout=_PATIENCE) as http:
            listed = http.get(f"{base_url.rstrip('/')}/models")
            described = http.get(f"{base_url.rstrip('/')}/kgtrie")
    except (httpx.TransportError, httpx.InvalidURL) as error:
        raise EngineUnavailable(f"no model server answers at {base_url} ({_first_line(error)})") from error
    if listed.status_code in (401, 403):
        raise ConfigurationError(
            f"the model server at {base_url} refuses the key: check VERIPATH_LLM_API_KEY"
        )
    try:
        models = tuple(str(each["id"]) for each in listed.raise_for_status().json()["data"])
    except (httpx.HTTPStatusError, ValueError, KeyError, TypeError) as error:
        raise EngineUnavailable(
            f"what answers at {base_url} is no model server ({listed.status_code} for its list of models)"
        ) from error
    return ModelServer(base_url, models, described.is_success)


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0].rstrip(": ") or type(error).__name__
