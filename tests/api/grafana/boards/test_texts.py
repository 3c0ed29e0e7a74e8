"""Every text of the dashboards is said by one of them."""

import json
import re

import pytest

from api.grafana import dashboards
from api.languages import LANGUAGES, Language
from api.texts import texts
from pilots.plan import demo_plan_text, read_plan
from tests.api.grafana.told import BARE_PLAN


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_is_left_over(language: Language) -> None:
    plans = (None, read_plan(demo_plan_text()), read_plan(BARE_PLAN))
    said = json.dumps([dashboards(language, plan, readings=True) for plan in plans], ensure_ascii=False)
    left = [
        key
        for key, text in texts(language).items()
        if key.startswith("grafana.") and not key.startswith("grafana.notices.")
        if not re.search(_pattern(text), said)
    ]
    assert left == []


def _pattern(text: str) -> str:
    """A text as it stands in JSON, with anything where it has a place."""
    return re.sub(r"\\\{\w+\\\}", ".+?", re.escape(json.dumps(text, ensure_ascii=False)[1:-1]))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_head_of_a_column_is_no_sentence(language: Language) -> None:
    heads = [text for key, text in texts(language).items() if key.startswith("grafana.columns.")]
    assert [head for head in heads if head.endswith(".") or len(head) > 32] == []
