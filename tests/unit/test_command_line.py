"""The command line's own parts: which files are meant, what a person reads, and what an error says."""

import io
import json
import os
import subprocess
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from typer.testing import CliRunner

from app.cli import app
from app.client import expand, read_token
from app.console import show_answer, show_job, show_replaced
from graph.errors import ConfigurationError, InvalidInput


def write(path: Path, text: str = "x") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def names(*paths: Path | str) -> list[str]:
    return [name for name, _ in expand([str(path) for path in paths])]


class TestExpand:
    @pytest.fixture(autouse=True)
    def _own_folder(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("HOME", str(tmp_path))

    def test_a_folder_is_walked_in_order_and_its_files_keep_their_folders(self, tmp_path: Path) -> None:
        for name in ("papers/b.txt", "papers/a/same.txt", "papers/c/same.txt"):
            write(tmp_path / name)
        assert names(tmp_path / "papers") == ["papers/a/same.txt", "papers/b.txt", "papers/c/same.txt"]

    def test_hidden_files_of_a_folder_are_left_out_but_a_named_one_is_taken(self, tmp_path: Path) -> None:
        hidden = write(tmp_path / "d/.git/config")
        write(tmp_path / "d/seen.txt")
        assert names(tmp_path / "d") == ["d/seen.txt"]
        assert [path for _, path in expand([str(hidden)])] == [hidden]

    def test_globs_are_expanded_where_the_shell_did_not(self, tmp_path: Path) -> None:
        for name in ("a.txt", "b.txt", "c.md"):
            write(tmp_path / name)
        assert names(f"{tmp_path}/*.txt") == ["a.txt", "b.txt"]

    @pytest.mark.parametrize("name", ["bad/[draft] report.txt", "report[1].pdf", "what?.txt", "[x]/in.txt"])
    def test_a_file_whose_name_looks_like_a_pattern_is_that_file(self, tmp_path: Path, name: str) -> None:
        write(tmp_path / name)
        assert names(tmp_path / name) == [name]
        assert names(tmp_path / name.split("/")[0]) == [name]

    def test_files_of_one_name_in_folders_of_one_name_stay_apart(self, tmp_path: Path) -> None:
        for name in ("a/docs/x.txt", "b/docs/x.txt"):
            write(tmp_path / name)
        assert names(tmp_path / "a/docs", tmp_path / "b/docs") == ["a/docs/x.txt", "b/docs/x.txt"]

    def test_a_file_has_one_name_from_wherever_and_however_it_is_sent(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for name in ("a/notes.txt", "b/notes.txt"):
            write(tmp_path / name)
        for folder in ("a", "b"):
            monkeypatch.chdir(tmp_path / folder)
            other = "ba"["ab".index(folder)]
            told = names("notes.txt", ".", f"../{folder}/*.txt", tmp_path / folder / "notes.txt")
            assert told == [f"{folder}/notes.txt"]
            assert names(f"../{other}/notes.txt") == [f"{other}/notes.txt"]

    def test_a_file_outside_the_own_folder_is_named_by_its_whole_path(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("HOME", str(tmp_path / "elsewhere"))
        path = write(tmp_path / "n.txt")
        assert names(path) == [path.resolve().as_posix().removeprefix("/")]

    @pytest.mark.parametrize("given", ["nowhere.txt", "nothing-*.txt"])
    def test_what_is_not_there_is_an_error_that_names_it(self, given: str) -> None:
        with pytest.raises(InvalidInput, match=given.replace("*", r"\*")):
            expand([given])


def test_a_missing_token_says_how_to_get_one(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="veripath up"):
        read_token(tmp_path)


def shown(show: Any, *arguments: Any) -> str:
    out = io.StringIO()
    console = Console(file=out, width=200, color_system=None)
    show(*arguments, console, 1.0) if show is show_job else show(*arguments, console)
    return out.getvalue()


ANSWER: dict[str, Any] = {
    "status": "answered",
    "answer": "Tomas Reyes leads Borealis [1].",
    "reason": "",
    "paths": [{"text": "Tomas Reyes -LEADS-> Borealis", "decoded": True}],
    "citations": [
        {
            "number": 1,
            "uri": "wire[1].txt",
            "page": 2,
            "start": 4,
            "end": 30,
            "quote": "Tomas [b]Reyes\nbecame",
        }
    ],
    "conflicts": [
        {"text": "Reyes leads", "rivals": [{"text": "Vance leads", "fact": {"status": "superseded"}}]}
    ],
    "notices": ["the engine is not up"],
}


def test_an_answer_shows_path_place_quote_conflict_and_notice() -> None:
    text = shown(show_answer, "Who leads [Borealis]?", ANSWER)
    assert "Who leads [Borealis]?" in text
    assert "path (decoded) Tomas Reyes -LEADS-> Borealis" in text
    # brackets of a document are text, never markup
    assert "[1] \u201cTomas [b]Reyes became\u201d wire[1].txt, page 2, characters 4-30" in text
    assert "Reyes leads / Vance leads (superseded)" in text
    assert "the engine is not up" in text


def test_an_abstention_shows_its_reason_and_no_answer() -> None:
    text = shown(show_answer, "Q?", {**ANSWER, "status": "abstained", "answer": "", "reason": "too thin"})
    assert "No answer. too thin" in text


def test_an_upload_that_replaced_a_document_is_told() -> None:
    item = {"filename": "a/[new].txt", "uri": "upload:a/[new].txt", "replaced": "ab" * 32}
    assert "a/[new].txt replaces what upload:a/[new].txt was (document abababababab...)" in shown(
        show_replaced, [item]
    )


def test_a_job_tells_why_a_file_failed() -> None:
    items = [
        {"status": "done", "error": None, "filename": "a.txt"},
        {"status": "failed", "error": "the file is empty", "filename": "b.txt"},
    ]
    text = shown(show_job, {"items": items})
    assert "2 documents in 1.0 s: 1 done, 1 failed" in text
    assert "b.txt: the file is empty" in text


def run_cli(*arguments: str, home: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "app.cli", *arguments],
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": os.environ["PATH"], "VERIPATH_HOME": str(home), "COLUMNS": "300", **environment},
    )


def test_a_service_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    write(tmp_path / "token", "t")
    done = run_cli("ask", "Who?", home=tmp_path, VERIPATH_PORT="1")
    assert done.returncode == 1
    assert "veripath up" in done.stderr and "Traceback" not in done.stderr


def test_with_json_an_error_is_an_object_too(tmp_path: Path) -> None:
    write(tmp_path / "token", "t")
    done = run_cli("ask", "Who?", "--json", home=tmp_path, VERIPATH_PORT="1")
    told = json.loads(done.stdout)
    assert done.returncode == 1 and not done.stderr
    assert told["error"] == "ServiceUnavailable" and "veripath up" in told["detail"]
    assert json.loads(run_cli("down", "--json", home=tmp_path).stdout) == {"stopped": []}
    refused = run_cli("reset", "--json", home=tmp_path)
    assert refused.returncode == 2 and "--yes" in json.loads(refused.stdout)["detail"]
    assert (tmp_path / "token").exists()


def test_a_misspelt_setting_is_named_with_the_one_that_was_meant(tmp_path: Path) -> None:
    done = run_cli("status", home=tmp_path, VERIPATH_PROT="1")
    assert done.returncode == 2
    assert "VERIPATH_PROT" in done.stderr and "VERIPATH_PORT" in done.stderr


@pytest.mark.parametrize("home", ["/dev/null/x", "/etc/passwd", "/proc/veripath"])
@pytest.mark.parametrize("command", ["doctor", "up"])
def test_a_home_that_cannot_be_used_is_one_sentence(home: str, command: str) -> None:
    done = run_cli(command, home=Path(home))
    assert done.returncode == 2
    assert "VERIPATH_HOME" in done.stderr and home in done.stderr and "Traceback" not in done.stderr


def test_status_names_the_workspace(monkeypatch: pytest.MonkeyPatch) -> None:
    class Service:
        """A client whose service is ready."""

        def readiness(self) -> dict[str, Any]:
            return {
                "status": "ready",
                "workspace": "team [a]",
                "parts": {"ledger": {"ok": True, "detail": "up"}},
            }

        def get(self, path: str) -> dict[str, Any]:
            return {"jobs": []}

    monkeypatch.setattr("app.cli.connected", lambda settings: nullcontext(Service()))
    assert "workspace team [a]" in CliRunner().invoke(app, ["status"], catch_exceptions=False).stdout


def test_doctor_as_json_names_every_part(tmp_path: Path) -> None:
    done = run_cli("doctor", "--json", home=tmp_path)
    findings = {finding["name"]: finding for finding in json.loads(done.stdout)}
    assert {"Python", "memory", "disk", "ledger", "Neo4j", "inference engine", "service"} <= findings.keys()
    assert all(finding["detail"] for finding in findings.values())
