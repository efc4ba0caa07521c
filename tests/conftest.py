"""Every test starts from a clean environment; real servers come from ``tests/fixtures``."""

import os
from collections.abc import Iterator

import pytest
from hypothesis import settings

os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # else each service that is started compiles torch and spaCy
os.environ.setdefault("OMP_NUM_THREADS", "1")  # threads that share small tensors mostly wait for each other

settings.register_profile("default", max_examples=60, deadline=None, derandomize=True)
settings.register_profile("thorough", max_examples=1000, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))

pytest_plugins = ["tests.fixtures.neo4j", "tests.fixtures.postgres", "tests.fixtures.vllm"]


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No setting of the developer's shell reaches a test."""
    for name in list(os.environ):
        if name.startswith("VERIPATH_") or name in {"NEO4J_URI", "DATABASE_URL", "OPENAI_BASE_URL"}:
            monkeypatch.delenv(name)
    yield
