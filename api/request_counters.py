"""What the API counts of its requests for `/metrics`: by route, never by pilot, device or caller."""

from prometheus_client import Counter, Histogram

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

_requests = Counter("pilotbed_http_requests", "Requests answered", ["method", "route", "status"])
_seconds = Histogram(
    "pilotbed_http_request_seconds",
    "Seconds from a request to the end of its answer",
    ["route"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.3, 0.5, 1, 2.5, 10, 60),
)


def count_request(method: str, route: str | None, status: int, seconds: float) -> None:
    """Count an answer. What has no route, or an unheard-of method, is `other`: a label is kept for good, and
    anybody may ask for anything."""
    route = route or "other"
    _requests.labels(method if method in _METHODS else "other", route, str(status)).inc()
    _seconds.labels(route).observe(seconds)
