"""A parser taken over by its document: it does what that says, through ctypes where Python would mind."""

import ctypes
import os
import socket
import time
from pathlib import Path

from ingest.loaders.builder import DocumentBuilder
from ingest.loaders.port import Sample
from ingest.types import ParsedDocument

_libc = ctypes.CDLL(None, use_errno=True)


class HostileLoader:
    label = "hostile"
    media_type = "text/hostile"
    extensions = (".txt",)

    def recognises(self, sample: Sample) -> bool:
        return True

    def load(self, data: bytes, name: str) -> ParsedDocument:
        command, _, argument = data.decode().partition(" ")
        builder = DocumentBuilder(self.media_type)
        builder.paragraph(str(getattr(self, command)(argument)))
        return builder.build(name)

    def say(self, argument: str) -> str:
        return argument

    def segfault(self, _: str) -> None:
        ctypes.string_at(8)

    def spin(self, _: str) -> None:
        while True:
            pass

    def sleep(self, argument: str) -> str:
        time.sleep(float(argument))
        return "slept"

    def memory(self, _: str) -> int:
        return len(bytearray(8 << 30))

    def nest(self, _: str) -> None:
        self.nest(_)

    def fail(self, _: str) -> None:
        raise ZeroDivisionError

    def exit(self, argument: str) -> None:
        os._exit(int(argument))

    def flood(self, argument: str) -> str:
        return "x" * int(argument)

    def environment(self, _: str) -> str:
        return " ".join(sorted(os.environ))

    def descriptors(self, _: str) -> list[int]:
        return [n for n in range(64) if _is_open(n)]

    def python_socket(self, _: str) -> str:
        return _outcome(lambda: socket.socket())

    def native_socket(self, _: str) -> int:
        return int(_libc.socket(2, 1, 0))

    def native_fork(self, _: str) -> int:
        return int(_libc.fork())

    def native_kill(self, _: str) -> int:
        return int(_libc.kill(os.getppid(), 9))

    def native_system(self, _: str) -> int:
        return int(_libc.system(b"true"))

    def read_file(self, argument: str) -> str:
        return _outcome(lambda: Path(argument).read_text()[:20])

    def write_file(self, argument: str) -> str:
        return _outcome(lambda: Path(argument).write_text("written"))

    def thread(self, _: str) -> str:
        import threading

        thread = threading.Thread(target=lambda: None)
        thread.start()
        thread.join()
        return "a thread ran"


def _is_open(descriptor: int) -> bool:
    try:
        os.fstat(descriptor)
    except OSError:
        return False
    return True


def _outcome(act: object) -> str:
    try:
        return f"did {act()}"  # type: ignore[operator]  # a lambda of no arguments
    except OSError as error:
        return f"refused: {type(error).__name__}"
