"""A story with faults: the same truth, and nothing else than the fault's own stream is touched."""

from collections import defaultdict

import pytest

from pilots.plan import Plan
from simulators.faults import TOUCHES, Fault, chosen
from simulators.story import STREAMS, Story
from store.streams import STREAMS as DEFINED
from tests.simulators.test_story import digest, readings_of

DAYS = 6


def payloads(story: Story) -> dict[str, list[bytes]]:
    sent = defaultdict(list)
    for day in story.days:
        for message in story.messages(day):
            sent[message.stream].append(message.payload)
    return sent


@pytest.fixture(scope="module")
def without(plan: Plan) -> Story:
    return Story(plan, 3, DAYS)


@pytest.fixture(scope="module")
def without_payloads(without: Story) -> dict[str, list[bytes]]:
    return payloads(without)


@pytest.mark.parametrize("fault", Fault)
def test_a_fault_changes_its_own_streams_and_never_the_truth(
    fault: Fault, plan: Plan, without: Story, without_payloads: dict[str, list[bytes]]
) -> None:
    story = Story(plan, 3, DAYS, faults=frozenset({fault}))
    sent = payloads(story)
    assert {stream for stream in STREAMS if sent[stream] != without_payloads[stream]} == TOUCHES[fault]
    assert story.truth == without.truth


def test_a_seed_tells_faults_alike_whichever_day_is_asked_for_first(plan: Plan) -> None:
    first, again = (Story(plan, 4, DAYS, faults=chosen(["all"])) for _ in range(2))
    digest(again, again.days[4:5])
    assert digest(first, first.days) == digest(again, again.days)


def test_a_longer_story_begins_with_the_same_faults(plan: Plan) -> None:
    short, whole = (Story(plan, 4, days, faults=chosen(["all"])) for days in (12, None))
    # The last week of a story has alarms that nobody closed.
    assert digest(short, short.days[:3]) == digest(whole, short.days[:3])


def test_with_all_faults_every_reading_is_still_one_that_a_stream_takes(plan: Plan) -> None:
    story = Story(plan, 5, DAYS, faults=chosen(["all"]))
    for day in story.days:
        for message in story.messages(day):
            stream = DEFINED[message.stream]
            readings = readings_of(message.payload)
            assert len(readings) == message.readings > 0
            times = [reading.pop("time") for reading in readings]
            assert times == sorted(times, key=lambda time: int(str(time)))
            for reading in readings:
                for name, value in reading.items():
                    column = stream.column(name)
                    if column.choices:
                        assert value in column.choices
                    elif column.low is not None and column.high is not None:
                        assert isinstance(value, int | float)
                        assert column.low <= value <= column.high


def test_only_the_streams_that_are_asked_for_are_told(without: Story) -> None:
    asked = [message.stream for message in without.messages(without.first, {"bed"})]
    assert set(asked) == {"bed"}
