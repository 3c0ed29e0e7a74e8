from hypothesis import given
from hypothesis import strategies as st

from simulators.window import Window

Step = tuple[int, int]


@given(st.lists(st.tuples(st.integers(1, 60), st.integers(0, 8)), max_size=200))
def test_never_more_messages_or_bytes_ahead_than_allowed(steps: list[Step]) -> None:
    window = Window(5, most_messages=10, most_bytes=200)
    committed, waiting = 5, []
    for size, done in steps:
        if window.has_room(size):
            window.published(size)
            waiting.append(size)
        assert window.messages_ahead == len(waiting) <= 10
        assert window.bytes_ahead == sum(waiting) <= 200
        done = min(done, len(waiting))
        committed += done
        assert window.committed(committed) == (done > 0)
        del waiting[:done]


def test_a_message_larger_than_the_limit_goes_alone() -> None:
    window = Window(0, most_messages=10, most_bytes=100)
    assert window.has_room(500)
    window.published(500)
    assert not window.has_room(1)
    window.committed(1)
    assert window.has_room(1)


def test_messages_of_others_do_not_make_the_count_negative() -> None:
    window = Window(0)
    window.published(10)
    window.committed(40)
    assert (window.messages_ahead, window.bytes_ahead) == (0, 0)


def test_an_ingest_that_starts_counting_anew_is_followed() -> None:
    window = Window(100)
    window.published(10)
    window.published(10)
    assert window.committed(101)
    assert not window.committed(0)
    assert window.committed(1)
    assert window.messages_ahead == 0
