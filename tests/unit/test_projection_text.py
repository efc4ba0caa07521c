import pytest

from graph.projection import cypher
from graph.projection.model import name_key, scope
from graph.projection.session import translated
from graph.projection.text import full_text_query, words
from graph.types import WorkspaceId

WS = WorkspaceId("team-a")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Who leads Borealis?", ["who", "leads", "borealis"]),
        (
            "a AND b OR NOT (c) scope:* \\ [d TO e]~3",
            ["a", "and", "b", "or", "not", "c", "scope", "d", "to", "e", "3"],
        ),
        ("*:* /.*/ ?", []),
        ("東京 Ærø", ["東京", "ærø"]),
    ],
)
def test_only_words_reach_lucene(text: str, expected: list[str]) -> None:
    assert words(text) == expected


def test_a_query_is_bounded() -> None:
    query = full_text_query(WS, " ".join(f"word{n}" for n in range(5000)) + " " + "x" * 10_000, ("a", "b"))
    assert query is not None
    assert len(query.split()) < 300
    assert max(map(len, query.split())) < 200


def test_the_workspace_is_one_token_that_must_match() -> None:
    assert full_text_query(WS, "x", ("text",)) == f"+scope:{scope(WS)}^0 +(text:(x))"
    assert scope(WS).isalnum()
    assert scope(WS) != scope(WorkspaceId("team a"))
    assert name_key(WS, "Ann") != name_key(WorkspaceId("team-b"), "Ann")
    assert name_key(WS, "...") is None


def test_every_query_on_data_is_confined_to_a_workspace() -> None:
    fixed = {
        name: value
        for name, value in vars(cypher).items()
        if (isinstance(value, str) and "MATCH" in value) or name.startswith("SEARCH")
    }
    built = [
        cypher.find_nodes("Fact"),
        cypher.change_nodes("Fact"),
        cypher.change_entities(["Person"]),
        cypher.drop_label("x"),
        cypher.link("Chunk", "MENTIONS", "Entity"),
        cypher.find_facts("LEADS"),
        cypher.create_facts("LEADS"),
        cypher.change_facts("LEADS"),
        cypher.delete_nodes("Fact"),
        cypher.delete_fact_relationships("LEADS"),
        cypher.clear_some("Fact"),
        cypher.facts(["LEADS"]),
        cypher.expand(["LEADS"]),
        cypher.stored_relationships("LEADS"),
        *cypher.STORED_NODES.values(),
        *cypher.UNLINK.values(),
    ]
    assert len(fixed) > 12
    for query in [*fixed.values(), *built]:
        assert "$workspace" in query, query


def test_a_label_found_in_the_store_is_quoted() -> None:
    assert "REMOVE n:`a``b`" in cypher.drop_label("a`b")


def test_driver_errors_become_ours() -> None:
    from neo4j.exceptions import AuthError, ClientError, ServiceUnavailable, TransientError

    from graph.errors import ConfigurationError, IntegrityError, StoreUnavailable

    assert isinstance(translated(ServiceUnavailable("down")), StoreUnavailable)
    assert isinstance(translated(TransientError("deadlock")), StoreUnavailable)
    assert isinstance(translated(ClientError("syntax")), IntegrityError)
    assert isinstance(translated(AuthError("no")), ConfigurationError)
    assert isinstance(translated(ConnectionResetError("gone")), StoreUnavailable)
