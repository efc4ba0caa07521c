"""The one place that talks to the driver: it puts the workspace into every query, bounds every query in time,
and turns the driver's errors into ours.
"""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import stamina
from neo4j import AsyncDriver, AsyncGraphDatabase, AsyncManagedTransaction, unit_of_work
from neo4j.exceptions import (
    AuthError,
    ConstraintError,
    DriverError,
    Neo4jError,
    ServiceUnavailable,
    SessionExpired,
)
from neo4j.exceptions import (
    ConfigurationError as DriverConfigurationError,
)

from graph.errors import ConfigurationError, IntegrityError, StoreUnavailable, VeripathError
from graph.types import WorkspaceId

READ_TIMEOUT = 20.0  # seconds for one question
WRITE_TIMEOUT = 120.0  # seconds for one batch
_RETRY_TIME = 20.0  # seconds during which what failed for a passing reason is repeated
# the driver's words where nobody listens, nobody answers in time, or (neo4j://) no server tells the others
_AWAY = ("Couldn't connect to", "Unable to retrieve routing information")

T = TypeVar("T")
Record = dict[str, Any]


class Scoped:
    """A transaction of one workspace."""

    def __init__(self, transaction: AsyncManagedTransaction, workspace: WorkspaceId) -> None:
        self._transaction = transaction
        self._workspace = workspace

    async def run(self, query: str, /, **parameters: Any) -> list[Record]:
        result = await self._transaction.run(query, {**parameters, "workspace": self._workspace})
        return [record.data() async for record in result]


class Store:
    """A Neo4j database. Belongs to the event loop that first uses it."""

    def __init__(self, driver: AsyncDriver, database: str) -> None:
        self._driver = driver
        self._database = database

    @classmethod
    def connect(cls, uri: str, user: str, password: str, *, database: str = "neo4j") -> "Store":
        """Opens no connection yet. ConfigurationError when ``uri`` is none."""
        try:
            driver = AsyncGraphDatabase.driver(
                uri,
                auth=(user, password),
                connection_timeout=5.0,
                max_transaction_retry_time=0,  # _patiently repeats, and knows what is in vain
                notifications_min_severity="OFF",
            )
        except (DriverConfigurationError, ValueError) as error:
            raise ConfigurationError(f"NEO4J_URI {uri!r} is no Neo4j address: {error}") from error
        return cls(driver, database)

    async def close(self) -> None:
        await self._driver.close()

    async def read(self, workspace: WorkspaceId, query: str, /, **parameters: Any) -> list[Record]:
        async def work(scoped: Scoped) -> list[Record]:
            return await scoped.run(query, **parameters)

        return await self.reading(workspace, work)

    async def reading(self, workspace: WorkspaceId, work: Callable[[Scoped], Awaitable[T]]) -> T:
        @unit_of_work(timeout=READ_TIMEOUT)
        async def inside(transaction: AsyncManagedTransaction) -> T:
            return await work(Scoped(transaction, workspace))

        async def once() -> T:
            async with self._driver.session(database=self._database) as session:
                return await session.execute_read(inside)

        return await _patiently(once)

    async def writing(self, workspace: WorkspaceId, work: Callable[[Scoped], Awaitable[T]]) -> T:
        """``work`` in one transaction, repeated when that failed for a passing reason."""

        @unit_of_work(timeout=WRITE_TIMEOUT)
        async def inside(transaction: AsyncManagedTransaction) -> T:
            return await work(Scoped(transaction, workspace))

        async def once() -> T:
            async with self._driver.session(database=self._database) as session:
                return await session.execute_write(inside)

        return await _patiently(once)

    async def define(self, statement: str) -> list[Record]:
        """A schema statement, which belongs to no workspace, and what it answers."""
        try:
            async with self._driver.session(database=self._database) as session:
                result = await session.run(statement)
                return [record.data() async for record in result]
        except (Neo4jError, DriverError, OSError) as error:
            raise translated(error) from error


async def _patiently(once: Callable[[], Awaitable[T]]) -> T:
    """``once``, again after growing pauses for what may pass; a server that is away is told of at once."""
    try:
        async for attempt in stamina.retry_context(
            on=_may_pass, attempts=None, timeout=_RETRY_TIME, wait_initial=0.2, wait_max=5.0
        ):
            with attempt:
                return await once()
    except (Neo4jError, DriverError, OSError) as error:
        raise translated(error) from error
    except ValueError as error:
        if not isinstance(error.__cause__, OSError):
            raise
        raise StoreUnavailable(f"Neo4j does not answer: {error}") from error  # its name cannot be resolved
    raise AssertionError("a retry either returns or raises")


def _may_pass(error: Exception) -> bool:
    return isinstance(error, Neo4jError | DriverError) and error.is_retryable() and not is_away(error)


def is_away(error: Neo4jError | DriverError) -> bool:
    """Whether no connection was to be had at all, unlike one that broke: to ask again at once is in vain."""
    return isinstance(error, ServiceUnavailable) and str(error).startswith(_AWAY)


def translated(error: Neo4jError | DriverError | OSError) -> VeripathError:
    """Our error for the driver's: transient where a repetition may help."""
    if isinstance(error, AuthError):
        return ConfigurationError("Neo4j refuses the login: check NEO4J_USER and NEO4J_PASSWORD")
    if isinstance(error, ConstraintError):
        return IntegrityError(f"Neo4j holds another thing under the same key: {error.message}")
    if isinstance(error, ServiceUnavailable | SessionExpired | OSError):
        reason = str(error).partition("\n")[0].rstrip(":")  # the rest repeats it for each address
        return StoreUnavailable(f"Neo4j does not answer: {reason}")
    if isinstance(error, Neo4jError):
        if error.is_retryable() or "TransactionTimedOut" in (error.code or ""):
            return StoreUnavailable(f"Neo4j asks to try again: {error.message}")
        return IntegrityError(f"Neo4j refuses a query: {error.code}: {error.message}")
    if error.is_retryable():
        return StoreUnavailable(f"Neo4j asks to try again: {error}")
    return ConfigurationError(f"Neo4j cannot be used: {error}")
