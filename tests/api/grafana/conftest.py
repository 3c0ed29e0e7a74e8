from collections.abc import Iterator

import pytest

from tests.api.grafana.told import Told, installed


@pytest.fixture(scope="session")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    """Read only."""
    with installed(tmp_path_factory.mktemp("told")) as installation:
        yield installation
