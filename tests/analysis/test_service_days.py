"""Days of service with known readings."""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from analysis.epochs import BedEpochs, joined
from analysis.pipeline.measured import Measured
from analysis.pipeline.service_days import SERVICE_METRICS, service_day
from analysis.pipeline.stays import StayReadings
from analysis.series import HOUR_US, SECOND_US
from pilots.civil_time import midnight
from tests.analysis.minutes import QUIET, SILENT, UP, bed_of, minutes

ZONE = ZoneInfo("Europe/Stockholm")
DAY = date(2026, 1, 14)
START, END = midnight(DAY, ZONE), midnight(DAY + timedelta(days=1), ZONE)


def heard(
    *hours: float, late_s: float = 2.0, start: int = START, end: int = END, interval_s: float | None = 600.0
) -> StayReadings:
    """A tracker that sent at these hours, so late each time."""
    time = START + np.round(np.array(hours) * HOUR_US).astype(np.int64)
    return StayReadings(start, end, interval_s, time, time + round(late_s * SECOND_US), {})


EVERY_TEN_MINUTES = np.arange(144) / 6


def told(*charges: tuple[float, float]) -> StayReadings:
    """What a device told of its battery: hour and percent."""
    hour, percent = np.array(charges).reshape(-1, 2).T
    time = START + np.round(hour * HOUR_US).astype(np.int64)
    return StayReadings(START, END, None, time, time, {"battery_pct": percent.astype(np.float32)})


def service(
    *beds: BedEpochs,
    trackers: tuple[StayReadings, ...] = (),
    status: tuple[StayReadings, ...] = (),
    interval_s: float | None = 10.0,
) -> dict[str, Measured]:
    figures = service_day(beds, [interval_s] * len(beds), trackers, status, START, END)
    return {figure.metric: figure for figure in figures}


WHOLE = bed_of(START, minutes((24, UP)))


def test_a_bed_heard_all_day_lost_nothing() -> None:
    found = service(WHOLE)
    assert found["device_uptime_percent"].value == 100
    assert found["reading_loss_percent"].value == 0
    assert found["device_uptime_percent"].n == 8640


def test_a_bed_silent_for_six_hours_was_up_for_three_quarters() -> None:
    found = service(bed_of(START, minutes((6, SILENT), (18, QUIET))))
    assert found["device_uptime_percent"].value == pytest.approx(75)
    assert found["reading_loss_percent"].value == pytest.approx(0)


def test_a_bed_that_sends_three_of_six_readings_a_minute_loses_half() -> None:
    found = service(bed_of(START, minutes((24, QUIET)), per_minute=3))
    assert found["device_uptime_percent"].value == 100
    assert found["reading_loss_percent"].value == pytest.approx(50)


def test_a_minute_that_never_came_is_lost_and_not_an_outage() -> None:
    kinds = minutes((24, QUIET))
    kinds[30::60] = SILENT
    found = service(bed_of(START, kinds))
    assert found["device_uptime_percent"].value == pytest.approx(100)
    assert found["reading_loss_percent"].value == pytest.approx(100 / 60)


def test_a_tracker_that_sends_more_on_a_walk_makes_up_for_nothing_that_a_bed_lost() -> None:
    walking = heard(*np.arange(0, 24, 1 / 60))
    found = service(bed_of(START, minutes((24, QUIET)), per_minute=3), trackers=(walking,))
    assert found["reading_loss_percent"].value == pytest.approx(49.2, abs=0.1)


def test_more_readings_than_expected_are_no_negative_loss() -> None:
    assert service(WHOLE, interval_s=60.0)["reading_loss_percent"].value == 0


def test_a_bed_without_an_interval_is_taken_to_send_every_ten_seconds() -> None:
    assert service(WHOLE, interval_s=None)["reading_loss_percent"].value == 0


def test_a_silent_bed_was_not_up_and_says_nothing_of_loss_or_clock() -> None:
    silent = bed_of(START, minutes((24, SILENT)), late_s=float("nan"), clock_s=float("nan"))
    found = service(silent)
    assert set(found) == {"device_uptime_percent"}
    assert (found["device_uptime_percent"].value, found["device_uptime_percent"].reason) == (0, None)


def test_uptime_is_shared_over_the_time_that_each_device_stood_there() -> None:
    tracker = heard(*EVERY_TEN_MINUTES[:72])
    found = service(WHOLE, trackers=(tracker,))
    assert found["device_uptime_percent"].value == pytest.approx(75, abs=0.1)
    half = heard(*EVERY_TEN_MINUTES[:72], end=START + 12 * HOUR_US)
    assert service(WHOLE, trackers=(half,))["device_uptime_percent"].value == pytest.approx(100)


def test_a_tracker_that_misses_every_other_fix_loses_half_of_them() -> None:
    found = service(trackers=(heard(*EVERY_TEN_MINUTES[::2]),))
    assert found["device_uptime_percent"].value == pytest.approx(100)
    assert found["reading_loss_percent"].value == pytest.approx(50)
    assert service(trackers=(heard(*EVERY_TEN_MINUTES[::2], interval_s=None),)) == found


def test_lateness_is_that_of_the_latest_device() -> None:
    late = heard(*EVERY_TEN_MINUTES, late_s=900)
    ahead = heard(*EVERY_TEN_MINUTES, late_s=-1200)
    found = service(WHOLE, trackers=(late, ahead))
    assert found["reading_lateness_s"].value == 900
    assert found["clock_offset_s"].value == -1200


def test_readings_brought_in_afterwards_say_nothing_of_lateness() -> None:
    found = service(trackers=(heard(*EVERY_TEN_MINUTES, late_s=8 * 86_400),))
    assert "reading_lateness_s" not in found


def test_readings_hours_late_say_nothing_of_the_clock() -> None:
    found = service(trackers=(heard(*EVERY_TEN_MINUTES, late_s=7200),))
    assert found["reading_lateness_s"].value == 7200
    assert "clock_offset_s" not in found


def test_a_beds_lateness_is_that_of_its_nights_and_not_of_others() -> None:
    noons = [START + hours * HOUR_US for hours in (-36, -12, 12, 36)]
    late = (9000.0, 3.0, 5.0)
    nights = [
        bed_of(noon, minutes((24, UP)), late_s=each, clock_s=each)
        for noon, each in zip(noons[:3], late, strict=True)
    ]
    whole = joined(nights, noons[0], noons[3])
    found = service(whole.within(START, END))
    assert found["reading_lateness_s"].value == 5
    assert found["clock_offset_s"].value == 5


def test_the_lowest_battery_of_any_device_counts() -> None:
    found = service(WHOLE, status=(told((1, 80), (20, 64)), told((5, 31), (6, 97))))
    figure = found["battery_percent"]
    assert (figure.value, figure.n, figure.coverage, figure.reason) == (31, 4, None, None)


def test_batteries_told_of_on_other_days_or_not_at_all_are_not_empty() -> None:
    assert "battery_percent" not in service(WHOLE, status=(told((-1, 3), (25, 4)),))
    assert "battery_percent" not in service(WHOLE, status=(told((2, np.nan)),))
    assert "battery_percent" not in service(WHOLE)


def positioned(
    *stated: tuple[float, float], lat: float = 59.0, interval_s: float | None = 600.0
) -> StayReadings:
    """A tracker's positions: hour, and how accurate each says it is in metres."""
    hour, accuracy_m = np.array(stated).T
    time = START + np.round(hour * HOUR_US).astype(np.int64)
    columns = {"lat": np.full(len(time), lat), "lon": np.full(len(time), 18.0), "accuracy_m": accuracy_m}
    return StayReadings(START, END, interval_s, time, time, columns)


def test_accuracy_is_the_median_of_what_the_days_positions_state() -> None:
    found = service(trackers=(positioned((-1, 90), (1, 6), (2, 9), (3, 30), (25, 90)),))
    assert (found["position_accuracy_m"].value, found["position_accuracy_m"].n) == (9, 3)


def test_positions_that_are_not_used_say_nothing_of_accuracy() -> None:
    found = service(trackers=(positioned((1, 6), (2, 100), (3, 101), (4, np.nan), (5, 8)),))
    assert (found["position_accuracy_m"].value, found["position_accuracy_m"].n) == (8, 3)
    assert "position_accuracy_m" not in service(trackers=(positioned((1, 400)),))
    assert "position_accuracy_m" not in service(trackers=(positioned((1, 6), lat=np.nan),))


def test_a_tracker_that_states_no_accuracy_has_none() -> None:
    assert "position_accuracy_m" not in service(trackers=(heard(*EVERY_TEN_MINUTES),))


def test_the_coverage_of_accuracy_is_the_trackers_own() -> None:
    half = positioned(*((hour, 12.0) for hour in EVERY_TEN_MINUTES[:73]))
    found = service(WHOLE, trackers=(half,))
    assert found["position_accuracy_m"].coverage == pytest.approx(0.5, abs=0.01)
    assert found["device_uptime_percent"].coverage == pytest.approx(0.75, abs=0.01)


def test_a_device_that_did_not_stand_there_on_the_day_serves_nobody() -> None:
    found = service(WHOLE.within(END, END))
    assert {(each.metric, each.value, each.reason) for each in found.values()} == {
        ("device_uptime_percent", None, "no_data")
    }


def test_every_figure_belongs_to_the_service() -> None:
    found = service(WHOLE, trackers=(positioned((1, 6), (2, 9)),), status=(told((1, 80)),))
    assert set(found) == set(SERVICE_METRICS)
