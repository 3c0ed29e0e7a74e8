"""Two rooms name the kinds of device; neither imports the other, so a test holds them together."""

from pilots.plan import DEVICE_KINDS
from store import KINDS, STREAMS


def test_every_kind_that_can_be_registered_has_its_streams() -> None:
    assert set(KINDS) == set(DEVICE_KINDS)
    assert {stream for streams in KINDS.values() for stream in streams} == set(STREAMS)
