"""What Mosquitto's configuration says of an outage that the broker covers, and of its crash."""

import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.limits import Limits, LimitsError, Outage, lost_in_a_crash, memory_bytes, outage, read_limits

DEPLOYED = Path(__file__).resolve().parents[2] / "deploy" / "mosquitto" / "limits.conf"
WEEKEND_S = 65 * 3600


def limits_of(text: str, folder: Path) -> Limits:
    file = folder / "mosquitto.conf"
    file.write_text(text, encoding="utf-8")
    return read_limits(file)


def test_a_file_without_limits_has_those_of_mosquitto_itself(tmp_path: Path) -> None:
    found = limits_of("listener 1883\n# max_queued_messages 5\n", tmp_path)
    assert found == Limits()
    assert (found.max_queued_messages, found.max_inflight_messages, found.persistence) == (1000, 20, False)


def test_options_are_read_and_the_last_of_two_counts(tmp_path: Path) -> None:
    found = limits_of(
        "max_queued_messages 5\npersistence true\nmax_queued_messages   70000\n"
        "  queue_qos0_messages true\nautosave_on_changes false\n",
        tmp_path,
    )
    assert found == Limits(max_queued_messages=70000, persistence=True, queue_qos0_messages=True)


def test_a_folder_that_is_included_is_read_where_it_is_named(tmp_path: Path) -> None:
    included = tmp_path / "conf.d"
    included.mkdir()
    (included / "limits.conf").write_text("max_queued_messages 7\npersistence true\n")
    (included / "limits.conf.bak").write_text("max_queued_messages 9\n")
    found = limits_of(f"max_queued_messages 5\ninclude_dir {included}\npersistence false\n", tmp_path)
    assert found == Limits(max_queued_messages=7, persistence=False)


def test_an_option_that_cannot_be_is_named_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(LimitsError, match=r"mosquitto\.conf line 2: max_queued_bytes 'much' is not a number"):
        limits_of("persistence true\nmax_queued_bytes much\n", tmp_path)
    with pytest.raises(LimitsError, match=r"PILOTBED_MQTT_LIMITS: .*absent: No such file"):
        read_limits(tmp_path / "absent")


def test_the_defaults_keep_a_thousand_messages() -> None:
    assert outage(Limits(), 24, 150) == Outage(1000 / 24, "max_queued_messages 1000")


def test_the_limit_that_is_reached_first_ends_it() -> None:
    by_bytes = Limits(max_queued_messages=1000, max_queued_bytes=100_000)
    assert outage(by_bytes, 10, 1000) == Outage(10, "max_queued_bytes 100000")
    by_memory = Limits(max_queued_messages=0, memory_limit=14_000)
    assert outage(by_memory, 10, 1000) == Outage(1, "memory_limit 14000")


def test_without_limits_only_memory_ends_it() -> None:
    unlimited = Limits(max_queued_messages=0)
    assert outage(unlimited, 24, 150) == Outage(math.inf, None)
    assert memory_bytes(WEEKEND_S, 24, 150) == pytest.approx(3.1e9, rel=0.01)


def test_where_nothing_comes_nothing_is_dropped() -> None:
    assert outage(Limits(), 0, 150).seconds == math.inf


@given(
    st.builds(
        Limits,
        max_queued_messages=st.integers(0, 10**7),
        max_queued_bytes=st.integers(0, 10**10),
        memory_limit=st.integers(0, 10**10),
    ),
    st.floats(0.01, 1e5),
    st.floats(1, 1e6),
)
def test_a_higher_rate_or_larger_messages_never_make_it_longer(
    limits: Limits, rate: float, size: float
) -> None:
    base = outage(limits, rate, size).seconds
    assert outage(limits, rate * 2, size).seconds <= base
    assert outage(limits, rate, size * 2).seconds <= base


def test_the_limits_we_deploy_cover_a_weekend_of_200_residents() -> None:
    assert outage(read_limits(DEPLOYED), 24, 150).seconds > WEEKEND_S


@pytest.mark.parametrize(
    ("limits", "lost"),
    [
        (Limits(), "everything it holds, at a clean stop too (persistence false)"),
        (Limits(persistence=True), "what came since its last save, up to 1800 s"),
        (
            Limits(persistence=True, autosave_on_changes=True, autosave_interval=1000),
            "what came since its last save, at most 1000 changes",
        ),
        (Limits(persistence=True, autosave_interval=0), "everything since its start (autosave_interval 0)"),
    ],
)
def test_what_a_crash_costs_is_said(limits: Limits, lost: str) -> None:
    assert lost_in_a_crash(limits) == lost
