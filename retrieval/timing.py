"""How long each stage of one answer took."""

from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter


class Timings:
    """Milliseconds by stage. Stages that run at the same time each count their own."""

    def __init__(self) -> None:
        self._started = perf_counter()
        self._stages: dict[str, float] = {}

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        begun = perf_counter()
        try:
            yield
        finally:
            self._stages[name] = self._stages.get(name, 0.0) + _ms_since(begun)

    def done(self) -> dict[str, float]:
        return self._stages | {"total": _ms_since(self._started)}


def _ms_since(begun: float) -> float:
    return round((perf_counter() - begun) * 1e3, 2)
