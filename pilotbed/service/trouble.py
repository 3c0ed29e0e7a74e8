"""Why an engine does not answer, for `/readyz`."""

from pilots.errors import RegistryError
from pilots.registry import Registry
from store import StoreError, TimeSeriesStore


def registry_trouble(registry: Registry) -> str | None:
    """None when it answers."""
    try:
        registry.figures_revision()
    except RegistryError as error:
        return str(error)
    return None


def store_trouble(store: TimeSeriesStore) -> str | None:
    """None when it answers."""
    try:
        store.revision("status")
    except StoreError as error:
        return str(error)
    return None
