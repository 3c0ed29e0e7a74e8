from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.api.installation import Installation, fill, open_installation


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Installation]:
    installation = open_installation(tmp_path)
    yield installation
    installation.store.close()
    installation.registry.close()


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """Read only: tests that write take `empty`."""
    installation = open_installation(tmp_path_factory.mktemp("filled"))
    fill(installation)
    yield installation
    installation.store.close()
    installation.registry.close()
