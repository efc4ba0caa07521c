"""The compose file and Dockerfiles, held as far as can be without a container engine."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
COMPOSE = ROOT / "docker-compose.yml"
BIN = Path(sys.executable).parent


@pytest.fixture(scope="module")
def stack() -> dict[str, Any]:
    return yaml.safe_load(COMPOSE.read_text(encoding="utf-8"))


def test_the_compose_file_follows_the_compose_specification() -> None:
    command = [BIN / "check-jsonschema", "--builtin-schema", "vendor.compose-spec", COMPOSE]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", ["service.Dockerfile", "vllm.Dockerfile"])
def test_the_dockerfiles_pass_the_linter(name: str) -> None:
    done = subprocess.run(
        [BIN / "hadolint", ROOT / "docker" / name], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_copied_path_exists() -> None:
    for dockerfile in (ROOT / "docker").glob("*.Dockerfile"):
        for line in dockerfile.read_text(encoding="utf-8").splitlines():
            if line.startswith("COPY ") and "--from" not in line:
                for path in line.split()[1:-1]:
                    assert (ROOT / path).exists(), f"{dockerfile.name} copies {path}, which is not there"


def test_every_server_has_a_health_check_and_waits_for_what_it_needs(stack: dict[str, Any]) -> None:
    for name in ("service", "neo4j", "postgres", "vllm"):
        assert stack["services"][name]["healthcheck"]["test"]
    for name in ("service", "worker"):
        needs = stack["services"][name]["depends_on"]
        assert {need: spec["condition"] for need, spec in needs.items()} == {
            "neo4j": "service_healthy",
            "postgres": "service_healthy",
        }


def test_only_the_service_is_published_and_only_to_loopback(stack: dict[str, Any]) -> None:
    published = {name: spec["ports"] for name, spec in stack["services"].items() if "ports" in spec}
    assert list(published) == ["service"]
    assert all(port.startswith("127.0.0.1:") for port in published["service"])
    for name in ("neo4j", "postgres", "worker"):
        assert stack["services"][name]["networks"] == ["internal"]
    assert stack["networks"]["internal"]["internal"] is True


def test_workers_can_be_scaled(stack: dict[str, Any]) -> None:
    worker = stack["services"]["worker"]
    assert "container_name" not in worker and "ports" not in worker


def test_no_secret_has_a_value_in_the_repository() -> None:
    text = COMPOSE.read_text(encoding="utf-8")
    example = (ROOT / "docker" / ".env.example").read_text(encoding="utf-8")
    for secret in ("NEO4J_PASSWORD", "POSTGRES_PASSWORD", "VERIPATH_LLM_API_KEY"):
        assert re.search(rf"\$\{{{secret}:\?", text), f"{secret} must be required, without a default"
        assert re.search(rf"^{secret}=$", example, re.MULTILINE)


def test_every_named_volume_is_declared(stack: dict[str, Any]) -> None:
    used = {
        mount.split(":")[0]
        for spec in stack["services"].values()
        for mount in spec.get("volumes", [])
        if not mount.startswith((".", "/"))
    }
    assert used == set(stack["volumes"])


def test_environment_names_are_settings(stack: dict[str, Any]) -> None:
    from app.settings import Settings

    known = {name.upper() for name in Settings.model_fields}
    for name in ("service", "worker"):
        for variable in stack["services"][name]["environment"]:
            assert variable.removeprefix("VERIPATH_") in known, f"{variable} is no setting"
