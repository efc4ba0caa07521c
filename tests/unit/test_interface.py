"""The published interface: described whole, and shown by a page that loads nothing from elsewhere."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from jsonschema import Draft202012Validator

from app.api import create_app
from app.settings import Settings


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    return create_app(Settings(home=tmp_path_factory.mktemp("home")))


@pytest.fixture(scope="module")
def schema(app: FastAPI) -> dict[str, Any]:
    return app.openapi()


def test_the_page_loads_only_what_the_service_itself_serves(app: FastAPI) -> None:
    client = TestClient(app, base_url="http://localhost:8000")  # not entered: no parts are opened
    page = client.get("/docs")
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy and "http" not in policy
    loaded = re.findall(r"(?:src|href)=\"([^\"]+)\"", page.text)
    assert len(loaded) == 4 and "//" not in page.text.replace("<!doctype", "")
    for path in loaded:
        response = client.get(path)
        assert response.status_code == 200 and response.content, path
        assert response.headers["x-content-type-options"] == "nosniff"
    assert client.get("/docs/assets/LICENSE").status_code == 404
    assert client.get("/docs/assets/..%2fswagger%2fstart.js").status_code == 404
    assert client.get("/redoc").status_code == 404


def test_every_operation_says_how_it_fails(schema: dict[str, Any]) -> None:
    for path, operations in schema["paths"].items():
        for method, operation in operations.items():
            refusals = {s: r for s, r in operation["responses"].items() if s.startswith(("4", "5"))}
            assert refusals, (method, path)
            for status, response in refusals.items():
                if (path, status) != ("/readyz", "503"):
                    assert list(response["content"]) == ["application/problem+json"], (method, path, status)
            assert path == "/healthz" or "401" in refusals
            assert "{" not in path or "404" in refusals, path


def test_a_body_in_which_nothing_is_required_is_not_required(schema: dict[str, Any]) -> None:
    free = set()
    for path, operations in schema["paths"].items():
        body = operations.get("post", {}).get("requestBody", {})
        name = body.get("content", {}).get("application/json", {}).get("schema", {}).get("$ref", "")
        if name and not schema["components"]["schemas"][name.rpartition("/")[2]].get("required"):
            assert not body.get("required"), path
            free.add(path)
    assert {"/graph/digest/verify", "/decisions/{decision_id}/revert"} <= free


def test_every_operation_parameter_and_field_is_described(schema: dict[str, Any]) -> None:
    missing = [
        f"{name}.{field}"
        for name, part in schema["components"]["schemas"].items()
        for field, described in part.get("properties", {}).items()
        if "description" not in described and "const" not in described
    ]
    for path, operations in schema["paths"].items():
        for method, operation in operations.items():
            missing += [] if operation.get("description") else [f"{method} {path}"]
            missing += [
                f"{method} {path} {parameter['name']}"
                for parameter in operation.get("parameters", [])
                if "description" not in parameter
            ]
    assert not missing


def test_examples_are_what_the_schema_permits(schema: dict[str, Any]) -> None:
    tried = 0
    for name, part in schema["components"]["schemas"].items():
        local = {"$defs": schema["components"]["schemas"], **part}
        resolved = json.loads(json.dumps(local).replace("#/components/schemas/", "#/$defs/"))
        for example in part.get("examples", []):
            Draft202012Validator(resolved).validate(example)
            tried += 1
        assert Path(name).name == name
    assert tried >= 4


def test_an_unknown_query_parameter_is_refused_by_name_with_those_there_are(
    app: FastAPI, schema: dict[str, Any]
) -> None:
    client = TestClient(app, base_url="http://localhost:8000")  # not entered: refused before any part is used
    for path, operations in schema["paths"].items():
        for method, operation in operations.items():
            known = [each["name"] for each in operation.get("parameters", ()) if each["in"] == "query"]
            response = client.request(
                method, path.replace("{", "").replace("}", ""), params={"knid": "value"}
            )
            assert response.status_code == 422, (method, path)
            (error,) = response.json()["errors"]
            assert error["field"] == "knid"
            assert all(name in error["message"] for name in known), (method, path)
    assert client.get("/healthz").status_code == 200
    assert client.get("/docs", params={"v": "2"}).status_code == 200  # a page, and no operation
    assert client.get("/openapi.json", params={"v": "2"}).status_code == 200
