"""Tables of participants, known by their codes alone, and of their devices."""

from collections.abc import Iterator

from analysis.catalogue import METRICS
from analysis.pipeline import PilotData, alarms
from api.export.figures import COVERAGE, METRIC
from api.export.table import Field, Row, Table
from pilots.registry import Registry

_PARTICIPANT = Field("participant", "string", "The participant's code.")
_WHOSE = ("participant", "participants", "participant")
_DEVICE = Field("device", "string", "Name of the device.")
_WHICH = ("device", "devices", "device")

_PARTICIPANTS = (
    _PARTICIPANT,
    Field("group", "string", "intervention or comparison."),
    Field("joined", "datetime", "When the participant was added, in UTC."),
    Field("left", "datetime", "When the participant left; absent for those still taking part."),
    Field("left_because", "string", "Why the participant left."),
    Field("unit", "string", "The unit of the plan that the participant lives in."),
)

_DEVICES = (
    _DEVICE,
    Field("kind", "string", "bed, gps, camera, alarm or visits."),
    Field("adapter", "string", "The format that it publishes."),
    Field("model", "string", "The mapping of its fields, where the format needs one."),
    Field("interval_s", "number", "Expected time between readings.", "s"),
    Field("product", "string", "The product of the plan that it is, where it was told."),
)

_ASSIGNMENTS = (
    _DEVICE,
    _PARTICIPANT,
    Field("start", "datetime", "From when the device stood with the participant, inclusive."),
    Field("end", "datetime", "Until when, exclusive; absent while it still does."),
)

_DAILY_VALUES = (
    Field("metric", "string", "Name of the metric."),
    _PARTICIPANT,
    Field("day", "date", "The day; of a night the date it starts."),
    Field("value", "number", "The value in the metric's unit; absent with a reason."),
    Field("ci_low", "number", "Lower limit of the 95 % interval, where the value has one."),
    Field("ci_high", "number", "Upper limit of the 95 % interval, where the value has one."),
    Field("n", "integer", "What the value rests on: readings, nights, visits or alarms."),
    COVERAGE,
    Field("reason", "string", "Why the value is absent: docs/glossary.md lists the reasons."),
)

_ALARMS = (
    Field("alarm", "string", "Identity of the alarm at its device."),
    _DEVICE,
    Field("cause", "string", "What raised it."),
    Field("stage", "string", "The highest stage seen."),
    Field("raised", "datetime", "When it was raised."),
    Field("acknowledged", "datetime", "When somebody acknowledged it."),
    Field("arrived", "datetime", "When somebody was there."),
    Field("closed", "datetime", "When it was closed or cancelled."),
    Field("outcome", "string", "real, nuisance, false or test, as staff wrote it down."),
)

_SCORES = (
    _PARTICIPANT,
    Field("instrument", "string", "mna_sf, downton, modified_norton, roag or npi_nh."),
    Field("day", "date", "The day it was recorded."),
    Field("value", "number", "The total; items are not kept."),
)

_WEIGHINGS = (
    _PARTICIPANT,
    Field("time", "datetime", "When the participant stood on a reference scale."),
    Field("weight_kg", "number", "What it showed.", "kg"),
)

_LOGGED_EVENTS = (
    _PARTICIPANT,
    Field("time", "datetime", "When it happened, as staff wrote it down."),
    Field("kind", "string", "What should have alarmed: fall, bed_exit, left_home or call."),
)


def participants(data: PilotData) -> Table:
    rows = [
        (each.code, each.group, each.joined_us, each.left_us, each.left_because, each.unit)
        for each in sorted(data.people, key=lambda each: each.code)
    ]
    return Table("participants", "Participants", _PARTICIPANTS, ("participant",), [rows])


def devices(registry: Registry, pilot: str) -> Table:
    rows = [
        (each.device, each.kind, each.adapter, each.model, each.interval_s, each.product)
        for each in registry.devices(pilot)
    ]
    return Table("devices", "Devices", _DEVICES, ("device",), [rows])


def assignments(registry: Registry, pilot: str) -> Table:
    rows = [
        (each.device, each.participant, each.start_us, each.end_us) for each in registry.assignments(pilot)
    ]
    return Table(
        "assignments",
        "Which device stood with which participant, and when",
        _ASSIGNMENTS,
        ("device", "start"),
        [sorted(rows)],
        (_WHICH, _WHOSE),
    )


def daily_values(data: PilotData) -> Table:
    codes = sorted(person.code for person in data.people)

    def batches() -> Iterator[list[Row]]:
        for metric in METRICS:
            yield [
                (
                    metric,
                    each.participant,
                    each.day,
                    each.value,
                    each.ci_low,
                    each.ci_high,
                    each.n,
                    each.coverage,
                    each.reason,
                )
                for each in data.days(metric).of(codes).values()
            ]

    return Table(
        "daily_values",
        "Metrics by participant and day",
        _DAILY_VALUES,
        ("metric", "participant", "day"),
        batches(),
        (METRIC, _WHOSE),
    )


def scores(data: PilotData) -> Table:
    rows = [(each.participant, each.instrument, each.day, each.value) for each in data.scores]
    key = ("participant", "instrument", "day")
    return Table("scores", "Totals of instruments that staff record", _SCORES, key, [rows], (_WHOSE,))


def weighings(registry: Registry, pilot: str) -> Table:
    rows = [(each.participant, each.time_us, each.kg) for each in registry.weighings(pilot)]
    key = ("participant", "time")
    return Table("weighings", "Weighings on a reference scale", _WEIGHINGS, key, [rows], (_WHOSE,))


def logged_events(registry: Registry, pilot: str) -> Table:
    rows = [(each.participant, each.time_us, each.kind) for each in registry.logged_events(pilot)]
    key = ("participant", "time", "kind")
    return Table("logged_events", "What staff wrote down", _LOGGED_EVENTS, key, [rows], (_WHOSE,))


def alarm_list(data: PilotData) -> Table:
    # An export tells what was, not how long an alarm has been open by now.
    rows = [
        (
            each.alarm,
            each.device,
            each.cause,
            each.stage,
            each.raised_us,
            each.acknowledged_us,
            each.arrived_us,
            each.closed_us,
            each.outcome,
        )
        for each in alarms(data, now_us=0)
    ]
    return Table("alarms", "Alarms one by one", _ALARMS, ("device", "alarm"), [rows], (_WHICH,))
