"""``veripath calibrate``, ``adjudicate``, ``propose-links``, ``links``, ``follow``: a scripted service."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from app.cli import app

LINK = {
    "decision": 7, "head": {"referent": "aa", "name": "Lena [Falk]"}, "relation": "LIVES_IN",
    "tail": {"referent": "bb", "name": None}, "consistency": 0.75, "plausibility": 0.9,
    "proposer": "m / link words 1", "fact": None, "because": "its decision was taken back",
}  # fmt: skip
EPOCH = {
    "epoch": "ee", "rare_words": 2, "sources": {"file:good.txt": 0.95, "file:[bad].txt": 0.25},
    "default_trust": 0.6, "false_values": {"BORN_IN": 3}, "shared": 2.5, "adjudicator": None,
    "phrases": [
        {"phrase": f"heads up {n:02}", "relation": "LEADS", "turned": n == 11, "score": 0.9 - n / 100}
        for n in range(12)
    ],
    "contexts": [{"maker": "m", "bits": 101, "odds": 12.5}], "traits": {"LEADS": ["functional"]},
}  # fmt: skip
NOTHING: dict[str, Any] = {"sources": {}, "false_values": {}, "phrases": [], "contexts": [], "traits": {}}
SUMS = {"kept": "aa" * 32, "of_rows": "bb" * 32, "of_evidence": "aa" * 32}
VERIFIED = {
    "digest": "dd", "position": 7, "sound": False, "repaired": False,
    "tables": [{"table": "fact", "sound": False, **SUMS}],
}  # fmt: skip
BEGUN = {"job_id": "jj", "questions": 2, "neighbourhoods": 2, "more": True, "next_cursor": "cc"}


class Service:
    """A client: what was sent, and a job that takes two looks."""

    def __init__(
        self, *, begun: dict[str, Any] = BEGUN, ends: str = "done", interrupted: bool = False
    ) -> None:
        self.sent: list[tuple[str, dict[str, Any]]] = []
        self._begun, self._ends, self._interrupted, self._looks = begun, ends, interrupted, 0

    def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        self.sent.append((path, body))
        if path == "/graph/digest/verify":
            return VERIFIED | ({"sound": True, "repaired": True} if body["repair"] else {})
        return {"/epochs/calibrate": EPOCH, "/decisions": {"id": 9}}.get(path, self._begun)

    def get(self, path: str, **_: Any) -> dict[str, Any]:
        if path == "/links":
            return {"links": [LINK], "next_cursor": "7"}
        if self._interrupted:
            raise KeyboardInterrupt
        self._looks += 1
        status = "running" if self._looks == 1 else self._ends
        items = [{"status": "done", "stage": None, "error": None, "filename": "Pear / Pear Ltd"}] * 2
        return {"status": status, "items": items}


def run(monkeypatch: pytest.MonkeyPatch, service: Service, *arguments: str) -> Result:
    @contextmanager
    def connected(*_: Any, **__: Any) -> Iterator[Service]:
        yield service

    monkeypatch.setattr("app.review_commands.connected", connected)
    monkeypatch.setattr("app.console.POLL_SECONDS", 0.0)
    return CliRunner().invoke(app, [*arguments])


def test_calibrate_learns_and_adopts_only_when_told(monkeypatch: pytest.MonkeyPatch) -> None:
    service = Service()
    told = run(monkeypatch, service, "calibrate")
    assert told.exit_code == 0 and "epoch ee" in told.stdout and "--adopt" in told.stdout
    assert [path for path, _ in service.sent] == ["/epochs/calibrate"]
    lines = [" ".join(line.split()) for line in told.stdout.splitlines()]
    assert lines.index("file:[bad].txt 0.25") < lines.index("file:good.txt 0.95")
    assert {
        "a source that is not known is trusted by 0.60",
        "BORN_IN 3",
        "heads up 11 LEADS (turned) 0.79",
        "and 2 more; all with --json",
        "LEADS functional",
        "101 bits x 12.5",
        "each neighbour or value that two documents share: odds x 2.5",
    } <= set(lines)
    adopted = run(monkeypatch, service, "calibrate", "--adopt", "--json")
    assert json.loads(adopted.stdout) == {**EPOCH, "decision": 9}
    assert service.sent[-1][1]["ruling"] == {"kind": "adopt_epoch", "epoch": "ee"}


def test_what_was_not_learnt_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    service = Service()
    monkeypatch.setattr(service, "post", lambda *_: {**EPOCH, **NOTHING})
    told = run(monkeypatch, service, "calibrate").stdout.splitlines()
    assert len(told) == 3 and "odds x 2.5" in told[1] and "--adopt" in told[2]


@pytest.mark.parametrize(
    ("command", "path", "option", "field", "what"),
    [
        ("adjudicate", "/merges/adjudicate", "--max-questions", "max_questions", "questions"),
        ("propose-links", "/links/propose", "--max-neighbourhoods", "max_neighbourhoods", "neighbourhoods"),
    ],
)
def test_a_job_is_followed_to_its_end_and_bounded(
    monkeypatch: pytest.MonkeyPatch, command: str, path: str, option: str, field: str, what: str
) -> None:
    service = Service()
    told = run(monkeypatch, service, command, option, "2")
    assert told.exit_code == 0 and f"2 {what} in" in told.stdout and "more " in told.stdout
    assert service.sent[0][0] == path and service.sent[0][1][field] == 2
    assert run(monkeypatch, Service(ends="partial"), command).exit_code == 1
    assert "job jj" in run(monkeypatch, Service(), command, "--no-wait").stdout
    nothing = {**BEGUN, "job_id": None, "questions": 0, "neighbourhoods": 0}
    assert f"no {what} to ask about" in run(monkeypatch, Service(begun=nothing), command).stdout


def test_ctrl_c_stops_the_watching_and_says_how_to_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    for arguments in (["adjudicate"], ["propose-links"], ["follow", "jj"]):
        service = Service(interrupted=True)
        told = run(monkeypatch, service, *arguments)
        assert told.exit_code == 130 and "veripath follow jj" in told.output
        assert not any("cancel" in path for path, _ in service.sent)
    assert run(monkeypatch, Service(), "follow", "jj").exit_code == 0


def test_links_are_shown_with_their_scores_and_why(monkeypatch: pytest.MonkeyPatch) -> None:
    told = run(monkeypatch, Service(), "links").stdout
    assert "Lena [Falk] LIVES_IN bb (consistency 0.75, plausibility 0.90)" in told
    assert "taken back" in told and "--cursor 7" in told


def test_a_graph_that_its_evidence_denies_is_told_and_made_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    found = run(monkeypatch, Service(), "verify")
    assert found.exit_code == 1 and "fact: kept aaaa" in found.stdout and "--repair" in found.stdout
    mended = run(monkeypatch, Service(), "verify", "--repair")
    assert (
        mended.exit_code == 0 and "made anew" in mended.stdout and "digest dd at position 7" in mended.stdout
    )
    assert json.loads(run(monkeypatch, Service(), "verify", "--json").stdout) == VERIFIED
