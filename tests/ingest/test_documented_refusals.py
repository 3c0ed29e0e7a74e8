"""docs/messages.md says of every code of a refusal what was wrong."""

import re
from pathlib import Path
from typing import get_args

from ingest.refusal import RefusalCode

PAGE = (Path(__file__).parents[2] / "docs" / "messages.md").read_text(encoding="utf-8")


def test_the_page_lists_every_code_there_is_once() -> None:
    table = PAGE.split("| code | what was wrong |")[1].split("\n\n")[0]
    assert sorted(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)) == sorted(get_args(RefusalCode))
