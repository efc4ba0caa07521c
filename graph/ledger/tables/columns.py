"""What the tables are made of: column types, the naming of keys and indexes, and columns that most have."""

import json
from typing import Any

from sqlalchemy import Column, Dialect, ForeignKeyConstraint, LargeBinary, MetaData, Text
from sqlalchemy.types import TypeDecorator, TypeEngine

from graph.errors import InvalidInput
from graph.identity import canonical

ID = LargeBinary(16)
HASH = LargeBinary(32)

_TEXT: TypeEngine[str] = Text().with_variant(Text(collation="C"), "postgresql")


def checked(value: str) -> str:
    """``value`` itself; InvalidInput where it holds a NUL or a lone surrogate, which no database keeps."""
    if "\x00" in value:
        raise InvalidInput("text must not hold a NUL character; replace it before storing")
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise InvalidInput("text must not hold a lone surrogate; replace it before storing") from error
    return value


def json_text(value: Any) -> str:
    """A JSON value as ``graph.identity.canonical`` text: equal values are equal bytes."""
    return "[]" if value == () else canonical(value).decode("utf-8", "surrogatepass")


class PlainText(TypeDecorator[str]):
    """Unicode text, ordered by bytes (``COLLATE "C"``), without NUL and lone surrogates."""

    impl = _TEXT
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else checked(value)


class CanonicalJson(TypeDecorator[Any]):
    """A JSON value, kept as ``json_text``."""

    impl = _TEXT
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        return None if value is None else checked(json_text(value))

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        return None if value is None else json.loads(value)


metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(referred_table_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    }
)


def key(name: str, type_: Any = ID) -> Column[Any]:
    return Column(name, type_, primary_key=True, nullable=False)


def workspace_key() -> Column[Any]:
    return key("workspace", PlainText)


def need(name: str, type_: Any = PlainText) -> Column[Any]:
    return Column(name, type_, nullable=False)


def may(name: str, type_: Any = PlainText) -> Column[Any]:
    return Column(name, type_, nullable=True)


def in_workspace() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(["workspace"], ["workspace.id"])


def of_run() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(["workspace", "run"], ["run.workspace", "run.id"], ondelete="CASCADE")
