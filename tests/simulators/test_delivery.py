import msgspec
import pytest

from pilots.plan import Plan
from simulators.delivery import AHEAD_S, BEHIND_S, TROUBLES, Delivery, Trouble
from simulators.story import Story
from simulators.timing import SECOND
from simulators.truth import ServiceTruth


@pytest.fixture
def story(plan: Plan) -> Story:
    return Story(plan.model_copy(update={"groups": {"intervention": 1}}), 1, 4)


def served(story: Story, *troubles: Trouble) -> tuple[ServiceTruth, ...]:
    return Delivery(story, frozenset(troubles)).truth().participants[0].service


def test_without_trouble_all_is_there_at_once_by_the_right_clock(story: Story) -> None:
    for day in served(story):
        assert (day.uptime_percent, day.loss_percent, day.clock_offset_s) == (100, 0, 0)
        assert 50 < day.lateness_s < 60
        assert 15 <= day.battery_percent <= 80


def test_readings_sent_are_those_that_the_story_tells(story: Story) -> None:
    sent = [message for _, message in Delivery(story, frozenset()).messages()]
    told = [message for day in story.days for message in story.messages(day, ("bed", "gps"))]
    for stream in ("bed", "gps"):
        count = sum(message.readings for message in sent if message.stream == stream)
        assert count == sum(message.readings for message in told if message.stream == stream)


def test_each_trouble_shows_where_it_should_and_nowhere_else(story: Story) -> None:
    well = served(story)
    changed = {
        Trouble.OUTAGE: "uptime_percent",
        Trouble.LOST_READINGS: "loss_percent",
        Trouble.LATE_DELIVERY: "lateness_s",
        Trouble.CLOCK_OFF: "clock_offset_s",
    }
    assert changed.keys() == TROUBLES.keys()
    for trouble, field in changed.items():
        ill = served(story, trouble)
        assert [getattr(day, field) for day in ill] != [getattr(day, field) for day in well]
        for other in {*ServiceTruth.__struct_fields__} - {field, "day", "lateness_s"}:
            assert [getattr(day, other) for day in ill] == [getattr(day, other) for day in well]


def test_a_clock_that_is_off_shifts_what_is_shown_and_not_when_it_comes(story: Story) -> None:
    right = list(Delivery(story, frozenset()).messages())
    wrong = list(Delivery(story, frozenset({Trouble.CLOCK_OFF})).messages())
    assert [received for received, _ in right] == [received for received, _ in wrong]
    for (received, message), (_, off) in zip(right[:1000], wrong[:1000], strict=True):
        behind = first(message.payload) - first(off.payload)
        assert -AHEAD_S <= behind <= BEHIND_S
        assert first(off.payload) - received / SECOND < 300


def first(payload: bytes) -> float:
    time = msgspec.json.decode(payload)["time"]
    return float(time[0] if isinstance(time, list) else time)
