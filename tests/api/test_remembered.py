"""What is remembered of a pilot: one state of it, and of few pilots."""

import threading
import time

from api.remembered import Newest


def test_a_value_stands_until_the_state_is_another() -> None:
    newest, made_of = Newest(), list[int | None]()

    def compute(before: int | None) -> int:
        made_of.append(before)
        return len(made_of)

    assert [newest.get("natt", state, compute) for state in (1, 1, 2, 2)] == [1, 1, 2, 2]
    assert made_of == [None, 1]


def test_only_the_names_asked_for_last_are_kept() -> None:
    newest = Newest(size=2)
    for name in ("a", "b", "a", "c"):
        newest.get(name, 0, lambda _: "before")
    assert [newest.get(name, 0, lambda _: "anew") for name in ("a", "c", "b")] == ["before", "before", "anew"]


def test_of_several_that_ask_at_once_one_computes() -> None:
    newest, made = Newest(), list[object]()

    def compute(_: object) -> object:
        time.sleep(0.05)
        made.append(object())
        return made[-1]

    threads = [threading.Thread(target=newest.get, args=("natt", 1, compute)) for _ in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert len(made) == 1
