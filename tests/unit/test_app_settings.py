"""Settings: read from the environment, documented from their definitions, strict about unknown names."""

from pathlib import Path

import pytest

from app.settings import Settings, load_settings, markdown, variables
from graph.errors import ConfigurationError

ROOT = Path(__file__).parents[2]


def test_the_settings_page_is_what_the_definitions_say() -> None:
    assert (ROOT / "docs" / "settings.md").read_text(encoding="utf-8") == markdown()


def test_every_setting_says_what_it_is_for() -> None:
    for name, info in Settings.model_fields.items():
        assert info.description and len(info.description) > 20, f"{name} is not documented"
        assert any(field == name for field in variables().values()), f"{name} has no variable"


def test_an_unknown_variable_is_an_error_that_names_the_near_match(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VERIPATH_LLM_MODLE", "x")
    with pytest.raises(
        ConfigurationError, match="VERIPATH_LLM_MODLE is no setting; did you mean VERIPATH_LLM_MODEL"
    ):
        load_settings()


def test_a_bad_value_is_an_error_that_names_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VERIPATH_PORT", "many")
    with pytest.raises(ConfigurationError, match="VERIPATH_PORT"):
        load_settings()


def test_shared_names_are_read_with_and_without_the_prefix(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEO4J_URI", "bolt://one")
    assert load_settings().neo4j_uri == "bolt://one"
    monkeypatch.setenv("VERIPATH_NEO4J_URI", "bolt://two")
    assert load_settings().neo4j_uri == "bolt://two"


def test_secrets_do_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://u:hunter2@h/n")
    monkeypatch.setenv("NEO4J_PASSWORD", "hunter2")
    monkeypatch.setenv("VERIPATH_LLM_API_KEY", "hunter2")
    assert "hunter2" not in repr(load_settings())


def test_workflows_live_with_the_ledger_on_postgresql_and_beside_it_on_sqlite(tmp_path: Path) -> None:
    local = load_settings(home=tmp_path)
    assert local.ledger_url == f"sqlite:///{tmp_path}/ledger.db"
    assert local.jobs_url == f"sqlite:///{tmp_path}/jobs.db"
    remote = load_settings(home=tmp_path, database_url="postgresql://u:p@h/n")
    assert remote.jobs_url == remote.ledger_url == "postgresql://u:p@h/n"


def test_lists_are_comma_separated_and_empty_means_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VERIPATH_ALLOWED_HOSTS", "a.example, b.example,")
    monkeypatch.setenv("VERIPATH_PORT", "")
    settings = load_settings()
    assert settings.allowed_hosts == ("a.example", "b.example")
    assert settings.port == 8000
