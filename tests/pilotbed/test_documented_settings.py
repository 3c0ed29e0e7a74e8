"""docs/operating.md lists every setting: one that is missing there does not exist for its readers."""

from pathlib import Path

import pytest

from pilotbed.settings import Settings

PAGE = (Path(__file__).parents[2] / "docs" / "operating.md").read_text(encoding="utf-8")

ROWS = {
    row.split("`")[1]: [cell.strip() for cell in row.strip("|").split("|")]
    for row in PAGE.split("\n## Settings\n")[1].split("\n## ")[0].splitlines()
    if row.startswith("| `")
}


def shown(default: object) -> str:
    """A default as the configuration file writes it."""
    if default is None or str(default) == "":
        return "–"
    return f"`{str(default).lower() if isinstance(default, bool) else default}`"


def test_the_page_lists_exactly_the_settings_there_are():
    assert list(ROWS) == list(Settings.model_fields)


@pytest.mark.parametrize("name", Settings.model_fields)
def test_a_setting_stands_there_with_its_variable_default_and_meaning(name):
    field = Settings.model_fields[name]
    _, _, variable, default, meaning = ROWS[name]
    assert variable == f"`PILOTBED_{name.upper()}`"
    assert default == shown(field.default)
    assert meaning == field.description
