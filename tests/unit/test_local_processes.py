"""Supervision, with real child processes."""

import json
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil
import pytest

from app.local import processes
from app.local.processes import OwnedProcess, exclusive, free_ports, require_free_port
from graph.errors import ConfigurationError

SLEEP = (sys.executable, "-c", "import time; print('up', flush=True); time.sleep(600)")


def start(owned: OwnedProcess, command: tuple[str, ...] = SLEEP, **more: str) -> bool:
    return owned.start(command, cwd=owned.log.parent, env={}, **more)


def up(owned: OwnedProcess) -> None:
    owned.wait_healthy(lambda: "up" in owned.tail(), timeout=20)


def test_starts_adopts_and_stops(tmp_path: Path) -> None:
    owned = OwnedProcess("Server", tmp_path)
    assert owned.pid() is None
    assert not owned.stop()
    assert start(owned)
    up(owned)
    pid = owned.pid()
    another = OwnedProcess("Server", tmp_path)
    assert not start(another)
    assert another.pid() == pid
    assert another.stop()
    assert owned.pid() is None
    assert pid is not None
    assert not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


def test_other_settings_restart_it(tmp_path: Path) -> None:
    owned = OwnedProcess("Server", tmp_path)
    start(owned)
    first = owned.pid()
    told: list[str] = []
    assert owned.start(SLEEP, cwd=tmp_path, env={}, settings="port 2", progress=told.append)
    assert owned.pid() not in {None, first}
    assert told == ["Server runs with other settings: restarting it"]
    owned.stop()


def test_a_recycled_pid_is_never_touched(tmp_path: Path) -> None:
    stranger = subprocess.Popen(SLEEP, start_new_session=True, stdout=subprocess.DEVNULL)
    try:
        owned = OwnedProcess("Server", tmp_path)
        start(owned)
        owned.stop()
        record = {"pid": stranger.pid, "started": time.time() - 5000, "fingerprint": "x"}
        (tmp_path / "server.json").write_text(json.dumps(record))
        assert owned.pid() is None
        assert not owned.stop()
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


@pytest.mark.parametrize("torn", ["", "{", "[]", '{"pid": 1}', "null"])
def test_a_torn_record_is_no_process(tmp_path: Path, torn: str) -> None:
    (tmp_path / "server.json").write_text(torn)
    owned = OwnedProcess("Server", tmp_path)
    assert owned.pid() is None
    assert start(owned)
    assert owned.stop()


def test_a_stubborn_one_and_its_children_are_killed(tmp_path: Path) -> None:
    parent = (
        sys.executable,
        "-c",
        "import subprocess, sys, time, signal; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
        "sleep = [sys.executable, '-c', 'import time; time.sleep(600)'];"
        "p = subprocess.Popen(sleep, start_new_session=True);"
        "print('up', p.pid, flush=True); time.sleep(600)",
    )
    owned = OwnedProcess("Server", tmp_path)
    start(owned, parent)
    up(owned)
    child = psutil.Process(int(owned.tail().split()[-1]))
    assert owned.stop(grace=0.3)
    assert owned.pid() is None
    child.wait(5)
    assert not child.is_running()


def test_one_that_dies_says_why(tmp_path: Path) -> None:
    owned = OwnedProcess("Server", tmp_path)
    start(owned, (sys.executable, "-c", "raise SystemExit('the disk is on fire')"))
    with pytest.raises(ConfigurationError, match=r"stopped while starting\. Buy a hose\.(.|\n)*on fire"):
        owned.wait_healthy(lambda: False, timeout=20, hint="Buy a hose.")


def test_one_that_never_answers_is_reported(tmp_path: Path) -> None:
    owned = OwnedProcess("Server", tmp_path)
    start(owned)
    with pytest.raises(ConfigurationError, match="did not answer within 0 s"):
        owned.wait_healthy(lambda: False, timeout=0.2)
    owned.stop()


def test_one_whose_first_thread_has_ended_runs_until_the_last_has(tmp_path: Path) -> None:
    lingers = (
        "import ctypes, os, socket, threading, time\n"
        "def hold():\n"
        "    with socket.create_server(('127.0.0.1', 0)) as held:\n"
        "        while not os.path.exists('end'):\n"
        "            print('up', held.getsockname()[1], flush=True) or time.sleep(0.05)\n"
        "    os._exit(0)\n"
        "threading.Thread(target=hold).start()\n"
        "ctypes.CDLL(None).pthread_exit(None)\n"
    )
    owned = OwnedProcess("Server", tmp_path)
    start(owned, (sys.executable, "-c", lingers))
    record = json.loads((tmp_path / "server.json").read_text())
    try:
        while psutil.Process(record["pid"]).status() != psutil.STATUS_ZOMBIE or "up" not in owned.tail():
            time.sleep(0.05)
        assert owned.pid() == record["pid"], "its port is still taken"
    finally:
        (tmp_path / "end").touch()
    while owned.pid() is not None:
        time.sleep(0.05)
    require_free_port(int(owned.tail().split()[-1]), "A_PORT")


def test_a_program_that_is_not_there(tmp_path: Path) -> None:
    owned = OwnedProcess("Server", tmp_path)
    with pytest.raises(ConfigurationError, match="cannot be started"):
        start(owned, ("/no/such/program",))


def test_it_survives_the_kill_of_its_starter(tmp_path: Path) -> None:
    code = (
        "import sys, os; from pathlib import Path; from app.local.processes import OwnedProcess;"
        f"o = OwnedProcess('Server', Path({str(tmp_path)!r})); o.start({SLEEP!r}, cwd=Path('.'), env={{}});"
        "os.kill(os.getpid(), 9)"
    )
    starter = subprocess.run([sys.executable, "-c", code], check=False)
    assert starter.returncode == -signal.SIGKILL
    owned = OwnedProcess("Server", tmp_path)
    assert owned.pid() is not None
    assert not start(owned)
    assert owned.stop()


def test_a_large_log_is_set_aside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "LOG_BYTES", 100)
    owned = OwnedProcess("Server", tmp_path)
    owned.log.write_text("old\n" * 100)
    start(owned)
    up(owned)
    assert "old" not in owned.tail()
    assert "old" in (tmp_path / "server.log.1").read_text()
    owned.stop()


def test_concurrent_starters_start_one(tmp_path: Path) -> None:
    results: list[bool] = []
    threads = [
        threading.Thread(target=lambda: results.append(start(OwnedProcess("Server", tmp_path))))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == [False, False, False, True]
    OwnedProcess("Server", tmp_path).stop()


def test_a_lock_that_cannot_be_had_says_so(tmp_path: Path) -> None:
    with (
        exclusive(tmp_path / "lock", "busy"),
        pytest.raises(ConfigurationError, match="somebody works; wait"),
        exclusive(tmp_path / "lock", "somebody works", timeout=0.2),
    ):
        pass


def test_a_port_in_use_names_its_setting() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(ConfigurationError, match=f"port {port} is in use.*VERIPATH_X"):
            require_free_port(port, "VERIPATH_X")
    require_free_port(port, "VERIPATH_X")
    assert len(set(free_ports(20))) == 20
