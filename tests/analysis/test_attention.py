"""What in a pilot somebody should look at, the worst first."""

from dataclasses import replace

from analysis.pipeline.alarm_list import AlarmRow
from analysis.pipeline.attention import attention
from analysis.pipeline.quality import Quality, QualityItem, QualitySummary
from store.losses import Loss

WELL = QualityItem(
    device="bed-0",
    kind="bed",
    readings=900,
    expected=1000,
    coverage=0.9,
    first=0,
    last=10,
    silent_minutes=5.0,
    silent_over_minutes=-115.0,
    lateness_p95_s=1.0,
    clock_offset_s=0.5,
    battery_pct=80.0,
    duplicates=0,
    dead_letters=0,
    unknown_fields={},
    set_aside={},
    streams={"bed": 900},
)


def quality(*items, losses=()):
    return Quality(QualitySummary(0.9, len(items), 0, list(losses)), list(items))


def waiting(device, over_target_s):
    return AlarmRow("a", device, None, "raised", 0, 0, None, None, None, None, over_target_s, 0, 1)


def found(recent, alarms=(), dead_letters=0, unmet_gates=0):
    return attention(recent, alarms, dead_letters=dead_letters, unmet_gates=unmet_gates)


def test_nothing_wants_attention_where_all_is_well():
    assert found(quality(WELL), [waiting("alarm-1", -20.0), waiting("alarm-1", None)]) == []


def test_the_most_urgent_comes_first_and_one_thing_is_told_once():
    everything = found(
        quality(
            replace(WELL, device="bed-1", silent_minutes=500.0, silent_over_minutes=380.0, coverage=0.2),
            replace(WELL, device="bed-2", coverage=0.5),
            replace(WELL, device="bed-3", battery_pct=12.0),
            replace(WELL, device="bed-4", clock_offset_s=-400.0),
            losses=[Loss(0, 1)],
        ),
        [waiting("alarm-1", 60.0)],
        dead_letters=3,
        unmet_gates=2,
    )
    assert [(each.kind, each.level, each.count) for each in everything] == [
        ("alarm_over_target", 3, 1),
        ("broker_loss", 3, 1),
        ("device_silent", 2, 1),
        ("low_coverage", 2, 1),
        ("battery_low", 2, 1),
        ("clock_off", 2, 1),
        ("dead_letters", 1, 3),
        ("gate", 1, 2),
    ]


def test_the_worst_device_is_named_first_with_its_figure():
    low = [replace(WELL, device=name, coverage=share) for name, share in (("b", 0.6), ("c", 0.1), ("a", 0.6))]
    (coverage,) = found(quality(*low))
    assert coverage.devices == (("c", 0.1), ("a", 0.6), ("b", 0.6))
    off = [replace(WELL, device=name, clock_offset_s=s) for name, s in (("slow", -301.0), ("fast", 900.0))]
    (clock,) = found(quality(*off))
    assert clock.devices == (("fast", 900.0), ("slow", 301.0))


def test_the_limits_themselves_are_well():
    edge = replace(WELL, silent_over_minutes=0.0, coverage=0.7, battery_pct=20.0, clock_offset_s=300.0)
    assert found(quality(edge), [waiting("alarm-1", 0.0)]) == []


def test_several_alarms_of_one_device_are_counted_each_and_name_it_once():
    (over,) = found(quality(WELL), [waiting("alarm-1", 60.0), waiting("alarm-1", 900.0)])
    assert (over.count, over.devices) == (2, (("alarm-1", 900.0),))
