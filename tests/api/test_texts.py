import string
from pathlib import Path
from typing import get_args

import pytest

import api
from analysis.catalogue import METRICS
from api.languages import LANGUAGES
from api.texts import texts
from ingest.decoders.told import SetAsideReason
from ingest.refusal import RefusalCode


def test_both_languages_say_the_same_things() -> None:
    assert texts("sv").keys() == texts("en").keys()


@pytest.mark.parametrize("key", sorted(texts("sv")))
def test_a_text_has_the_same_places_in_both_languages(key: str) -> None:
    places = [
        {name for _, name, _, _ in string.Formatter().parse(texts(each)[key]) if name} for each in LANGUAGES
    ]
    assert places[0] == places[1]


@pytest.mark.parametrize("reason", get_args(SetAsideReason))
def test_every_reason_for_setting_aside_has_words(reason: str) -> None:
    assert f"quality.set_aside.reasons.{reason}" in texts("sv")


@pytest.mark.parametrize("code", get_args(RefusalCode))
def test_every_reason_for_refusing_has_words(code: str) -> None:
    assert f"refusals.{code}" in texts("sv")


def test_every_section_of_the_catalogue_has_a_heading() -> None:
    assert {metric.section for metric in METRICS.values()} <= {
        key.removeprefix("sections.") for key in texts("sv") if key.startswith("sections.")
    }


def test_a_pilot_shows_a_change_and_never_speaks_of_an_effect() -> None:
    for language in LANGUAGES:
        assert not [
            text for text in texts(language).values() if "effect" in text.lower() or "effekt " in text.lower()
        ]


def test_pages_load_nothing_from_elsewhere() -> None:
    folder = Path(api.__file__).parent
    for file in (*folder.glob("templates/*.html"), *folder.glob("static/*.css")):
        text = file.read_text(encoding="utf-8")
        assert "http://" not in text
        assert "https://" not in text
        assert "<script" not in text
