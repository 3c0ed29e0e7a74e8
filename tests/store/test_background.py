"""Work in the background is done in order, or left out by a close."""

import threading
from collections.abc import Callable

from structlog.testing import capture_logs

from store.background import InBackground
from tests.waiting import wait_for


def test_a_piece_that_fails_is_logged_and_the_next_is_done() -> None:
    done: list[int] = []

    def failing() -> None:
        raise ValueError("no such day")

    def noting(number: int) -> Callable[[], None]:
        return lambda: done.append(number)

    background = InBackground("test")
    with capture_logs() as logs:
        for work in (noting(1), failing, noting(2)):
            background.put(work)
        wait_for(lambda: len(done) == 2, "both")
    assert done == [1, 2]
    assert [each["event"] for each in logs] == ["work in the background failed"]
    background.close()


def test_what_has_not_begun_is_left_out_by_a_close() -> None:
    begun, go_on, done = threading.Event(), threading.Event(), threading.Event()

    def long_work() -> None:
        begun.set()
        go_on.wait()

    background = InBackground("test")
    background.put(long_work)
    background.put(done.set)
    background.put(done.set)
    begun.wait()
    closing = threading.Thread(target=background.close)
    closing.start()
    wait_for(lambda: background._work.qsize() == 1, "the close to have put its word in the place of the two")
    go_on.set()
    closing.join()
    assert not done.is_set()


def test_one_that_was_never_asked_starts_no_thread() -> None:
    before = threading.active_count()
    InBackground("test").close()
    assert threading.active_count() == before
