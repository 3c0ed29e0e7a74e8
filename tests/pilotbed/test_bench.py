"""Every benchmark runs on the real parts and tells its figures; how large they are is for `make bench`."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ingest.decoders.formats import FORMATS
from ingest.directory import Directory
from ingest.intake import Intake
from ingest.received import Received
from pilotbed.bench.decoders import admitting
from pilotbed.bench.figures import Figure, at_least, at_most
from pilotbed.bench.ingest_processes import Make
from pilotbed.bench.memory import process_tree_bytes
from pilotbed.bench.traffic import (
    CAMERAS,
    frigate_events,
    open_readings,
    open_registry,
    owntracks_locations,
    prepare,
    single_readings,
)
from pilots.civil_time import now
from tests.influx import Influx
from tests.parts import require

FIGURES = {
    "ingest": {
        "single_messages_per_s",
        "ceiling_messages_per_s",
        "single_of_ceiling",
        "single_cpu_us",
        "column_readings_per_s",
        "owntracks_messages_per_s",
        "owntracks_of_native",
        "frigate_messages_per_s",
        "frigate_of_native",
        "decode_native_us",
        *(f"decode_{name.replace('-', '_')}_us" for name in FORMATS),
        "latency_p99_s",
        "latency_median_s",
        "recovery_s",
        "memory_mib",
        "read_all_ms",
        "read_night_ms",
        "bytes_per_row",
    },
    "store": {
        "commit_1000_rows_per_s",
        "commit_10000_rows_per_s",
        "commit_36000_rows_per_s",
        "log_10000_rows_per_s",
        "late_rows_per_s",
        "repeated_rows_per_s",
        "fold_s",
        "read_all_ms",
        "bytes_per_row",
    },
    "analysis": {
        "weight_mean_absolute_error_kg",
        "weight_worst_night_kg",
        "exit_recall",
        "exit_precision",
        "theil_sen_year_ms",
        "theil_sen_year_scipy_ms",
        "kaplan_meier_exact_ms",
        "kaplan_meier_exact_lifelines_ms",
        "kaplan_meier_exact_np_sort_ms",
        "fence_events_ms",
        "nightly_weights_pandas_ms",
        "night_ms",
        "recompute_s",
    },
    "scale": {
        "year_s",
        "year_alone_s",
        "speed_up",
        "parent_s",
        "resident_year_s",
        "night_s",
        "night_command_s",
        "resident_year_raw_s",
    },
    "demo": {"first_publish_to_report_s", "publish_and_store_s", "peak_memory_gib"},
    "api": {
        "evaluation_median_ms",
        "evaluation_p95_ms",
        "evaluation_year_s",
        "values_year_put_s",
        "values_night_put_s",
        "values_year_read_s",
        "values_by_day_ms",
        "values_by_week_ms",
        "weeks_median_ms",
        "readings_p95_ms",
        "page_median_ms",
        "report_html_s",
        "report_pdf_s",
    },
    "grafana": {
        "first_slowest_ms",
        "moved_slowest_ms",
        "moved_overview_ms",
        "read_slowest_ms",
        "anew_overview_ms",
    },
}


def bench(*arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "pilotbed", "bench", *arguments],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )


@pytest.fixture(scope="module")
def told() -> Any:
    require("mosquitto")
    done = bench("all", "--quick", "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("benchmark", FIGURES)
def test_a_benchmark_tells_its_figures(benchmark: str, told: Any) -> None:
    figures = {figure["key"]: figure for figure in told["figures"][benchmark]}
    assert FIGURES[benchmark] <= set(figures)
    assert all(figures[key]["value"] > 0 for key in FIGURES[benchmark])


def test_the_goals_stand_beside_their_figures(told: Any) -> None:
    goals = {
        figure["key"]: (figure["goal"]["way"], figure["goal"]["limit"])
        for figures in told["figures"].values()
        for figure in figures
        if figure["goal"]
    }
    assert goals == {
        "single_messages_per_s": ("at least", 20_000),
        "single_of_ceiling": ("at least", 0.30),
        "column_readings_per_s": ("at least", 1_000_000),
        "owntracks_of_native": ("at least", 0.25),
        "frigate_of_native": ("at least", 0.25),
        "latency_p99_s": ("at most", 1.0),
        "recovery_s": ("at most", 5.0),
        "memory_mib": ("at most", 250.0),
        "read_all_ms": ("at most", 120.0),
        "read_night_ms": ("at most", 3.0),
        "bytes_per_row": ("at most", 8.0),
        "weight_mean_absolute_error_kg": ("at most", 0.05),
        "weight_worst_night_kg": ("at most", 0.20),
        "exit_recall": ("at least", 0.98),
        "exit_precision": ("at least", 0.98),
        "total_of_legs_of_one_pass_over_the_legs": ("at most", 2.0),
        "minute_means_of_one_pass_in_float64": ("at most", 2.5),
        "minute_means_over_pandas": ("at least", 12.0),
        "minute_spreads_of_one_pass_in_float64": ("at most", 5.0),
        "minute_spreads_over_pandas": ("at least", 7.0),
        "block_ranges_of_one_pass_in_float32": ("at most", 6.0),
        "block_ranges_over_numpy_along_rows": ("at least", 8.0),
        "activity_index_of_one_pass_in_float32": ("at most", 4.0),
        "nightly_weights_of_one_pass_in_float32": ("at most", 12.0),
        "nightly_weights_over_pandas": ("at least", 10.0),
        "rhythm_of_seconds_of_one_pass_in_float64": ("at most", 2.0),
        "rhythm_of_minutes_ms": ("at most", 0.325),
        "theil_sen_year_ms": ("at most", 1.1),
        "theil_sen_decade_ms": ("at most", 75.0),
        "theil_sen_decade_peak_mb": ("at most", 60.0),
        "theil_sen_decade_over_scipy": ("at least", 3.0),
        "newey_west_over_statsmodels": ("at least", 2.0),
        "local_linear_trend_ms": ("at most", 2.5),
        "kaplan_meier_whole_of_np_sort": ("at most", 4.0),
        "kaplan_meier_whole_over_lifelines": ("at least", 10.0),
        "restricted_mean_whole_of_np_sort": ("at most", 4.0),
        "restricted_mean_whole_over_lifelines": ("at least", 300.0),
        "kaplan_meier_exact_of_np_sort": ("at most", 9.0),
        "kaplan_meier_exact_over_lifelines": ("at least", 10.0),
        "restricted_mean_exact_of_np_sort": ("at most", 4.0),
        "restricted_mean_exact_over_lifelines": ("at least", 300.0),
        "wilson_of_statsmodels": ("at most", 1.5),
        "sign_flips_over_scipy": ("at least", 10.0),
        "difference_in_differences_over_statsmodels": ("at least", 30.0),
        "distance_to_home_of_one_pass_over_both": ("at most", 6.0),
        "distance_to_home_over_our_haversine": ("at least", 6.0),
        "fence_events_ms": ("at most", 15.0),
        "fixes_in_polygon_of_shapely": ("at most", 2.5),
        "home_range_ms": ("at most", 50.0),
        "stay_points_ms": ("at most", 0.77),
        "first_publish_to_report_s": ("at most", 90.0),
        "missed_tolerances": ("at most", 0),
        "peak_memory_gib": ("at most", 2.0),
        "year_s": ("at most", 60),
        "year_mib": ("at most", 1536),
        "night_s": ("at most", 2),
        "evaluation_p95_ms": ("at most", 30),
        "evaluation_year_s": ("at most", 2),
        "values_year_put_s": ("at most", 3),
        "values_night_put_s": ("at most", 0.15),
        "values_year_read_s": ("at most", 1.5),
        "values_by_day_ms": ("at most", 100),
        "values_by_week_ms": ("at most", 100),
        "report_html_s": ("at most", 3),
        "report_pdf_s": ("at most", 10),
        **{
            f"{when}_{what}_ms": ("at most", limit)
            for when in ("moved", "read", "anew")
            for what, limit in {
                "slowest": 300,
                **dict.fromkeys(("overview", "bed", "gps", "supervision", "response", "quality"), 1_500),
            }.items()
        },
    }


def test_grafanas_questions_are_measured_on_a_server_that_holds_nothing_yet(influx: Influx) -> None:
    asked = ("grafana", "--quick", "--json", "--store", influx.bucket())
    done = bench(*asked, PILOTBED_STORE_TOKEN=influx.token)
    assert done.returncode == 0, done.stderr
    figures = {figure["key"] for figure in json.loads(done.stdout)["figures"]["grafana"]}
    assert FIGURES["grafana"] <= figures
    again = bench(*asked, PILOTBED_STORE_TOKEN=influx.token)
    assert again.returncode == 1
    assert "holds readings already: name an empty one" in " ".join(again.stderr.split())


@pytest.mark.parametrize(
    ("make", "readings_each"), [(single_readings, 1), (owntracks_locations, 2), (frigate_events, 1)]
)
def test_of_the_traffic_one_message_in_a_hundred_is_bad_and_all_others_are_readings(
    make: Make, readings_each: int, tmp_path: Path
) -> None:
    prepare(tmp_path)
    registry, store = open_registry(tmp_path), open_readings(tmp_path)
    sent = [Received(topic, payload, 1, False, now()) for topic, payload in make(0, 400)]
    assert Intake(store, Directory(registry)).commit(sent) == 396 * readings_each
    assert [stored.letter.code for stored in store.dead_letters()] == ["not_json"] * 4
    store.close()
    registry.close()


def test_a_person_seen_is_new_moves_and_leaves_under_one_id() -> None:
    sent = [json.loads(payload) for _, payload in frigate_events(0, 3 * CAMERAS)[1::CAMERAS]]
    assert [message["type"] for message in sent] == ["new", "update", "end"]
    assert len({message["after"]["id"] for message in sent}) == 1
    assert [message["after"]["end_time"] is None for message in sent] == [True, True, False]


@pytest.mark.parametrize("name", [name for name, each in FORMATS.items() if each.kinds])
def test_the_example_of_a_format_holds_readings(name: str) -> None:
    assert admitting(name, now())()


def test_a_short_soak_balances_its_ledger() -> None:
    require("mosquitto")
    done = bench("soak", "--minutes", "0.05", "--per-s", "1000", "--json")
    assert done.returncode == 0, done.stderr
    ledger = json.loads(done.stdout)
    assert ledger["published"] == ledger["acknowledged"] == 3_000
    assert ledger["bad"] == ledger["dead_letters"] == 30
    assert ledger["good"] == ledger["stored"] == 2_970
    assert ledger["missing"] == ledger["foreign"] == ledger["doubled"] == 0


def test_the_machine_stands_in_the_head(told: Any) -> None:
    assert told["machine"]["cores"] >= 1
    assert told["machine"]["memory_gib"] > 0


def test_the_table_says_which_goals_are_reached_and_a_goal_that_is_not_is_no_failure() -> None:
    done = bench("store", "--quick")
    assert done.returncode == 0
    head, *table = done.stdout.splitlines()
    assert "cores" in head
    assert any("bytes" in line for line in table)


def test_a_benchmark_without_its_program_names_the_debian_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pilotbed.bench import mosquitto

    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(mosquitto, "DEBIAN_FOLDERS", str(tmp_path))
    with (
        pytest.raises(mosquitto.CannotRun, match="Debian package mosquitto"),
        mosquitto.mosquitto(tmp_path / "broker"),
    ):
        pass


def test_a_goal_is_reached_at_its_limit() -> None:
    assert Figure("rate", "rate", 20_000.0, "messages/s", at_least(20_000)).reached
    assert Figure("error", "error", 0.05, "kg", at_most(0.05)).reached
    assert Figure("error", "error", 0.051, "kg", at_most(0.05)).reached is False
    assert Figure("size", "size", 3.0, "bytes").reached is None


def test_memory_counts_the_children() -> None:
    alone = process_tree_bytes(os.getpid())
    if alone is None:
        pytest.skip("this system has no /proc")
    hungry = "import time; held = bytearray(b'x' * 60_000_000); print(flush=True); time.sleep(30)"
    child = subprocess.Popen([sys.executable, "-c", hungry], stdout=subprocess.PIPE)
    try:
        assert child.stdout is not None
        child.stdout.readline()
        with_child = process_tree_bytes(os.getpid())
        assert with_child is not None
        assert with_child - alone > 50_000_000
    finally:
        child.kill()
        child.wait()
        if child.stdout is not None:
            child.stdout.close()
