"""docs/devices.md says what there is: every format and its level, every model, and a model that is read."""

import re
from pathlib import Path

from ingest.decoders.formats import FORMATS
from ingest.decoders.models.reading import read_model
from ingest.decoders.models.shelf import built_in

TEXT = (Path(__file__).resolve().parents[3] / "docs" / "devices.md").read_text(encoding="utf-8")


def test_every_format_stands_there_with_its_level() -> None:
    rows = dict(re.findall(r"^\| `([a-z0-9-]+)` \| [^|]+ \| ([a-z ]+) \|$", TEXT, re.MULTILINE))
    assert rows == {name: family.quality for name, family in FORMATS.items()}


def test_every_model_stands_there() -> None:
    defaults = {family.model for family in FORMATS.values()}
    assert [
        name for name in built_in() if name not in defaults and f"`{name}`" not in TEXT and name not in TEXT
    ] == []


def test_the_model_that_is_shown_can_be_read() -> None:
    found = re.search(r"^```yaml\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)
    assert found is not None
    assert read_model(found[1], "our-bed.yaml").name == "our-bed"
