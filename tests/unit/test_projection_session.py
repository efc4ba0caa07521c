"""What is tried again on Neo4j and what is told at once."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import stamina
from neo4j.exceptions import DriverError, Neo4jError, ServiceUnavailable, SessionExpired

from app.local.processes import free_ports
from graph.errors import StoreUnavailable
from graph.projection.session import Scoped, Store, is_away
from graph.types import WorkspaceId

WS = WorkspaceId("w")


class Driver:
    """Sessions that fail as they are told, one after the other, then answer."""

    def __init__(self, *failures: Exception) -> None:
        self._failures = list(failures)
        self.sessions = 0

    def session(self, *, database: str) -> "Driver":
        self.sessions += 1
        return self

    async def __aenter__(self) -> "Driver":
        return self

    async def __aexit__(self, *_: object) -> None:
        pass

    async def execute_read(self, work: Callable[[Any], Awaitable[Any]]) -> Any:
        if self._failures:
            raise self._failures.pop(0)
        return await work(self)

    execute_write = execute_read


async def work(scoped: Scoped) -> str:
    return "answer"


@pytest.fixture(autouse=True)
def _without_pauses() -> Any:
    with stamina.set_testing(True, attempts=5):
        yield


@pytest.mark.parametrize("call", ["reading", "writing"])
async def test_a_connection_that_broke_is_had_again(call: str) -> None:
    driver = Driver(SessionExpired("Failed to read from defunct connection"), ServiceUnavailable("it broke"))
    assert await getattr(Store(driver, "neo4j"), call)(WS, work) == "answer"  # type: ignore[arg-type]
    assert driver.sessions == 3


@pytest.mark.parametrize("call", ["reading", "writing"])
async def test_what_cannot_pass_is_not_asked_again(call: str) -> None:
    for failure in (ServiceUnavailable("Couldn't connect to localhost:7687"), Neo4jError("no")):
        driver = Driver(failure)
        with pytest.raises(Exception, match="Neo4j"):
            await getattr(Store(driver, "neo4j"), call)(WS, work)  # type: ignore[arg-type]
        assert driver.sessions == 1


@pytest.mark.parametrize("scheme", ["bolt", "neo4j"])
async def test_the_drivers_words_for_a_port_where_nobody_listens_are_known(scheme: str) -> None:
    (port,) = free_ports(1)
    store = Store.connect(f"{scheme}://127.0.0.1:{port}", "neo4j", "password")
    with pytest.raises(StoreUnavailable) as told:
        await store.read(WS, "RETURN 1")
    cause = told.value.__cause__
    assert isinstance(cause, DriverError) and is_away(cause)
    await store.close()


async def test_a_name_that_nobody_knows_is_a_store_that_does_not_answer() -> None:
    store = Store.connect("bolt://nowhere.invalid:7687", "neo4j", "password")
    with pytest.raises(StoreUnavailable, match="resolve"):
        await store.read(WS, "RETURN 1")
    await store.close()
