import gc
from threading import Barrier, Thread

import pytest

from graph.fusion.collector import growing


def test_collections_wait_until_the_last_pass_ends() -> None:
    usual = gc.get_threshold()
    both_run, one_ended = Barrier(2), Barrier(2)
    seen: list[tuple[int, ...]] = []

    def other() -> None:
        with growing():
            both_run.wait(10)
            one_ended.wait(10)
            seen.append(gc.get_threshold())

    thread = Thread(target=other)
    thread.start()
    with growing(), growing():
        both_run.wait(10)
        within = gc.get_threshold()
    one_ended.wait(10)
    thread.join()
    assert within[0] == 0
    assert seen == [within]
    assert gc.get_threshold() == usual


def test_a_pass_that_fails_leaves_the_collector_as_it_was() -> None:
    usual = gc.get_threshold()
    with pytest.raises(ZeroDivisionError), growing():
        _ = 1 // 0
    assert gc.get_threshold() == usual
