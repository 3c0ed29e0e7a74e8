"""From the times that devices send to integer microseconds UTC."""

from datetime import UTC, datetime, timedelta

from ingest.refusal import Refused
from store.streams import EARLIEST_S, FUTURE_TOLERANCE_S

SECOND_US = 1_000_000
_EARLIEST_US = EARLIEST_S * SECOND_US
_TOLERANCE_US = FUTURE_TOLERANCE_S * SECOND_US
_YEAR_5000_S = 95_617_584_000


def microseconds(sent: datetime | float) -> int:
    """A device's time, RFC 3339 or Unix seconds. Raises `Refused` where it looks like milliseconds."""
    if isinstance(sent, datetime):
        return round(sent.timestamp() * 1e6)
    if abs(sent) > _YEAR_5000_S:
        raise Refused(
            "milliseconds", f"time {sent:.0f} looks like milliseconds; send Unix seconds or RFC 3339"
        )
    return round(sent * 1e6)


def check_plausible(first: int, last: int, received: int) -> None:
    """Raises `Refused` where the earliest time is before 2000 or the latest ahead of our clock."""
    if first < _EARLIEST_US:
        raise Refused("too_old", f"time {_shown(first)} is before 2000: the device's clock is not set")
    if last > received + _TOLERANCE_US:
        ahead = (last - received) / SECOND_US
        raise Refused(
            "future",
            f"time {_shown(last)} is {ahead:.0f} s ahead of our clock; at most {FUTURE_TOLERANCE_S} s are "
            "accepted: set the device's clock",
        )


def _shown(time: int) -> str:
    try:
        moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=time)
    except OverflowError:
        return f"{time / SECOND_US:.0f}"
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")
