"""Which of the offered media types an `Accept` header asks for."""

from collections.abc import Sequence

JSON = "application/json"
CSV = "text/csv"
PARQUET = "application/vnd.apache.parquet"


def preferred(accept: str | None, offered: Sequence[str]) -> str:
    """The offered type with the highest quality; ties and nothing acceptable give the first offered.

    RFC 9110 lets a server answer with what it has; a client that asks for something we cannot make is
    better served by JSON than by an error.
    """
    if not accept:
        return offered[0]
    ranges = _ranges(accept)
    qualities = [_quality(media_type, ranges) for media_type in offered]
    best = max(qualities)
    return offered[qualities.index(best)] if best > 0 else offered[0]


def _ranges(accept: str) -> dict[str, float]:
    ranges: dict[str, float] = {}
    for part in accept.split(","):
        media_range, *parameters = (piece.strip() for piece in part.split(";"))
        quality = 1.0
        for parameter in parameters:
            name, _, value = parameter.partition("=")
            if name.strip().lower() == "q":
                try:
                    quality = float(value)
                except ValueError:
                    quality = 0.0
        ranges[media_range.lower()] = quality
    return ranges


def _quality(media_type: str, ranges: dict[str, float]) -> float:
    """The most specific range that matches decides."""
    family = media_type.split("/")[0]
    for media_range in (media_type, f"{family}/*", "*/*"):
        if media_range in ranges:
            return ranges[media_range]
    return 0.0
