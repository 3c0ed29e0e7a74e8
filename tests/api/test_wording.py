import re
from zoneinfo import ZoneInfo

import pytest

from analysis.catalogue import METRICS
from analysis.difference_in_differences import DRAWN, ENUMERATED, ROBUST
from analysis.effects import EXACT, PERMUTATION
from analysis.pipeline.comparison import AGAINST_OTHERS
from analysis.pipeline.weekly import MIXED, NARROW, SERIES
from analysis.pooled import BOOTSTRAP
from analysis.pooled_change import COMBINED_LIMITS, RESAMPLED
from api.texts import methods_in_swedish
from api.wording import Wording

SWEDISH = Wording("sv", ZoneInfo("Europe/Stockholm"))
ENGLISH = Wording("en", ZoneInfo("Europe/Stockholm"))


def test_numbers_are_written_as_the_reader_writes_them() -> None:
    assert SWEDISH.number(1234.5, 1) == "1\N{NO-BREAK SPACE}234,5"
    assert ENGLISH.number(1234.5, 1) == "1,234.5"
    assert ENGLISH.number(-0.04, 1) == "0.0"
    assert ENGLISH.number(None, 1) == "–"


def test_the_phase_of_a_later_round_is_named_in_the_readers_language() -> None:
    assert SWEDISH.name("phases", "round_2") == "Omgång 2"
    assert ENGLISH.name("phases", "round_3") == "Round 3"


def test_a_change_has_its_sign_and_a_decimal_more_than_its_metric() -> None:
    assert SWEDISH.change("weight_kg", 0.5) == "+0,50"
    assert ENGLISH.change("weight_kg", -0.5) == "−0.50"
    assert ENGLISH.change("time_to_arrive_s", -30.2) == "−30.2"


@pytest.mark.parametrize(
    ("share", "shown"),
    [(0.97, "97%"), (0.999, "99.9%"), (1.0, "100%"), (0.004, "0.4%"), (0.0, "0%"), (None, "–")],
)
def test_almost_everything_is_not_everything(share: float | None, shown: str) -> None:
    assert ENGLISH.percent(share) == shown


def test_a_small_p_is_not_zero() -> None:
    assert SWEDISH.p_value(0.00001) == "<0,001"
    assert ENGLISH.p_value(0.0421) == "0.042"


def test_seconds_become_minutes_where_people_would_say_minutes() -> None:
    assert ENGLISH.duration_s(95) == "95 s"
    assert ENGLISH.duration_s(754.6) == "12 min 35 s"
    assert ENGLISH.duration_s(600) == "10 min"


def test_a_unit_that_the_title_says_is_not_said_twice() -> None:
    assert ENGLISH.unit_beside("physical_visits_per_night") == ""
    assert ENGLISH.unit_beside("alarms_per_device_day") == SWEDISH.unit_beside("alarms_per_device_day") == ""
    assert ENGLISH.unit_beside("weight_kg") == "kg"


@pytest.mark.parametrize("wording", [SWEDISH, ENGLISH], ids=["sv", "en"])
def test_every_unit_is_worded_as_people_write_it(wording: Wording) -> None:
    for metric in METRICS.values():
        assert not set(wording.unit(metric.unit)) & set("^*1/"), metric.unit


def test_a_figure_without_a_unit_has_none_beside_it() -> None:
    assert ENGLISH.unit_beside("relative_amplitude") == ""
    assert SWEDISH.unit_beside("outing_sinuosity_per_sqrt_m") == "per √m"
    assert SWEDISH.unit_beside("activity_area_km2") == "km²"


def test_every_metric_says_how_it_is_made_in_both_languages() -> None:
    assert methods_in_swedish("metrics").keys() == METRICS.keys()
    for name, metric in METRICS.items():
        swedish = SWEDISH.method(name)
        assert ENGLISH.method(name) == metric.method != swedish
        assert swedish.endswith("."), name
        assert not english_words(swedish), name


COMPARISONS = (
    EXACT,
    PERMUTATION,
    MIXED,
    *COMBINED_LIMITS.values(),
    *(RESAMPLED.format(how=how) for how in BOOTSTRAP.values()),
    *(SERIES.format(how=how) for how in ("OLS", "Prais-Winsten")),
    NARROW.format(series=SERIES.format(how="OLS")),
    *(AGAINST_OTHERS.format(how=how) for how in (ROBUST, ENUMERATED, DRAWN)),
)


@pytest.mark.parametrize("method", COMPARISONS)
def test_every_comparison_of_phases_is_told_in_swedish_without_an_english_word(method: str) -> None:
    assert ENGLISH.comparison(method) == method
    assert english_words(method)
    assert not english_words(SWEDISH.comparison(method))


def english_words(text: str) -> set[str]:
    """Words without which hardly an English sentence is made, and that no Swedish one has."""
    words = set(re.findall(r"[a-z]+", text.lower()))
    return words & {
        *("the", "of", "and", "or", "with", "from", "by", "to", "on", "at", "than", "which", "where", "that"),
        *("exact", "ranks", "group", "each", "participants", "weekly", "means", "difference", "limits"),
    }
