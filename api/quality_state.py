"""What quality is told from, so that an answer is made once while none of it changes."""

from api.results import Results
from store.losses import losses

MINUTE_US = 60_000_000

_ALWAYS = (-(2**62), 2**62)


def quality_state(results: Results, pilot: str, now_us: int) -> str:
    """Equal states mean the same answer to the same question.

    It names everything registered, every reading, what was refused, and the minute: silence grows by it.
    """
    store = results.store
    devices = [device.device for device in results.registry.devices(pilot)]
    counts = (store.dead_letter_counts, store.unknown_fields, store.set_aside)
    state = (
        results.registry.figures_revision(),
        store.revisions(),
        [sorted(counted(devices).items()) for counted in counts],
        losses(store, *_ALWAYS),
        now_us // MINUTE_US,
    )
    return repr(state)
