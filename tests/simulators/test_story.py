import hashlib
from collections import defaultdict
from datetime import date, timedelta

import msgspec
import numpy as np

from pilots.civil_time import midnight
from pilots.plan import Plan
from simulators.story import Story
from store.streams import KINDS, STREAMS


def digest(story: Story, days: list[date]) -> str:
    whole = hashlib.sha256()
    for day in days:
        for message in story.messages(day):
            whole.update(message.device.encode() + message.stream.encode() + message.payload)
    return whole.hexdigest()


def readings_of(payload: bytes) -> list[dict[str, object]]:
    """One dict a reading, whichever of the three shapes the message has."""
    content = msgspec.json.decode(payload)
    if isinstance(content, list):
        return content
    if "start" in content:
        start, interval = content.pop("start"), content.pop("interval_s")
        rows = zip(*content.values(), strict=True)
        return [
            {"time": start + place * interval} | dict(zip(content, row, strict=True))
            for place, row in enumerate(rows)
        ]
    if isinstance(content["time"], list):
        return [dict(zip(content, row, strict=True)) for row in zip(*content.values(), strict=True)]
    return [content]


def test_same_seed_tells_the_same_story_byte_for_byte(plan: Plan) -> None:
    days = [date(2025, 3, 24), date(2025, 3, 30)]
    assert digest(Story(plan, 7), days) == digest(Story(plan, 7), days)
    assert Story(plan, 7).truth == Story(plan, 7).truth


def test_another_seed_tells_another_story_about_other_people(plan: Plan) -> None:
    first, second = Story(plan, 1), Story(plan, 2)
    assert digest(first, [first.first]) != digest(second, [second.first])
    assert not {each.code for each in first.participants} & {each.code for each in second.participants}


def test_a_day_is_the_same_whichever_day_was_asked_for_first(plan: Plan) -> None:
    asked_before = Story(plan, 3)
    digest(asked_before, [date(2025, 4, 1)])
    assert digest(asked_before, [date(2025, 3, 25)]) == digest(Story(plan, 3), [date(2025, 3, 25)])


def test_a_shorter_story_begins_like_the_whole_one(plan: Plan) -> None:
    week, whole = Story(plan, 4, days=12), Story(plan, 4)
    assert digest(week, week.days[:3]) == digest(whole, whole.days[:3])


def test_every_reading_is_within_the_ranges_of_its_stream(plan: Plan) -> None:
    story = Story(plan, 5)
    kind_of = {name: kind for each in story.participants for kind, name in each.devices.items()}
    for day in story.days[:4]:
        for message in story.messages(day):
            stream = STREAMS[message.stream]
            assert message.stream in KINDS[kind_of[message.device]]
            readings = readings_of(message.payload)
            assert len(readings) == message.readings
            for reading in readings:
                assert isinstance(reading.pop("time"), int)
                assert set(stream.required) <= set(reading) <= set(stream.column_names)
                for name, value in reading.items():
                    column = stream.column(name)
                    if column.choices:
                        assert value in column.choices
                    elif column.low is not None and column.high is not None:
                        assert isinstance(value, int | float)
                        assert column.low <= value <= column.high


def test_readings_stand_in_time_order_for_each_device_and_stream(plan: Plan) -> None:
    story = Story(plan, 6)
    latest: defaultdict[tuple[str, str], int] = defaultdict(int)
    for day in story.days[:8]:
        start, end = midnight(day, plan.zone), midnight(day + timedelta(days=1), plan.zone)
        for message in story.messages(day):
            for reading in readings_of(message.payload):
                at = reading["time"]
                assert isinstance(at, int)
                assert start <= at * 1_000_000 < end
                assert at >= latest[message.device, message.stream]
                latest[message.device, message.stream] = at


def test_no_reading_holds_a_participants_code(plan: Plan) -> None:
    story = Story(plan, 8)
    codes = [each.code.encode() for each in story.participants]
    for message in story.messages(story.first):
        assert not any(code in message.payload or code.decode() in message.device for code in codes)


def test_a_bed_reports_every_ten_seconds_of_a_day_of_23_hours(plan: Plan) -> None:
    story = Story(plan, 9)
    bed = story.participants[0].devices["bed"]

    def samples(day: date) -> int:
        return sum(
            each.readings for each in story.messages(day) if (each.device, each.stream) == (bed, "bed")
        )

    assert samples(date(2025, 3, 29)) == 24 * 360
    assert samples(date(2025, 3, 30)) == 23 * 360


def test_visits_of_the_truth_are_those_in_the_closed_logs(plan: Plan) -> None:
    story = Story(plan, 10)
    counted: defaultdict[tuple[str, str], int] = defaultdict(int)
    for day in story.days:
        for message in story.messages(day):
            if message.stream == "visit":
                for entry in readings_of(message.payload):
                    counted[message.device, str(entry["mode"])] += 1
    for participant in story.truth.participants:
        room, nights = participant.devices["visits"], participant.nights
        assert counted[room, "shift_closed"] == len(nights) == len(story.days) - 1
        # The evening of the last day is logged, but its shift ends after the story.
        last_evening = [
            visit.mode
            for life in story.lives
            if life.participant.code == participant.code
            for visit in life.visits[story.last]
            if visit.time < midnight(story.last + timedelta(days=1), plan.zone)
        ]
        for mode in ("physical", "camera"):
            told = sum(getattr(night, f"{mode}_visits") for night in nights)
            assert counted[room, mode] == told + last_evening.count(mode)


def test_alarms_of_the_truth_are_those_published(plan: Plan) -> None:
    story = Story(plan, 11)
    published: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for day in story.days:
        for message in story.messages(day):
            if message.stream == "alarm":
                for reading in msgspec.json.decode(message.payload):
                    published[reading["alarm"]][reading["stage"]] = reading["time"] * 1_000_000
    for participant in story.truth.participants:
        for alarm in participant.alarms:
            stages = published.pop(alarm.alarm)
            assert stages["raised"] == alarm.raised
            assert stages.get("acknowledged") == alarm.acknowledged
            assert stages.get("arrived") == alarm.arrived
            assert stages.get("closed", stages.get("cancelled")) == alarm.ended
    assert not published


def test_the_pilot_phase_changes_the_intervention_group_alone(plan: Plan) -> None:
    truth = Story(plan, 12).truth

    def visits(group: str, phase: int, mode: str) -> float:
        bounds = truth.phases[phase]
        nights = [
            night
            for participant in truth.participants
            if participant.group == group
            for night in participant.nights
            if bounds.evaluated_from <= night.night <= bounds.end
        ]
        return float(np.mean([getattr(night, f"{mode}_visits") for night in nights]))

    assert 2.6 < visits("intervention", 0, "physical") < 3.4
    assert 0.5 < visits("intervention", 1, "physical") < 1.5
    assert 2.6 < visits("intervention", 1, "camera") <= 3.0
    assert 2.6 < visits("comparison", 1, "physical") < 3.4
    assert visits("comparison", 1, "camera") == visits("intervention", 0, "camera") == 0.0
