"""A long pilot with its readings and nothing computed."""

import shutil
from pathlib import Path

import pytest

from tests.analysis.long_pilot import computed, long_pilot, whole_windows


@pytest.fixture(scope="session")
def _raw(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("long-pilot") / "raw"
    long_pilot(folder)
    return folder


@pytest.fixture
def folder(_raw: Path, tmp_path: Path) -> Path:
    """The pilot's own copy for one test."""
    return Path(shutil.copytree(_raw, tmp_path / "pilot"))


@pytest.fixture(scope="session")
def undisturbed(_raw: Path) -> dict:
    """What stands after a run in this process that nothing disturbs."""
    copy = Path(shutil.copytree(_raw, _raw.with_name("undisturbed")))
    computed(copy)
    return whole_windows(copy)
