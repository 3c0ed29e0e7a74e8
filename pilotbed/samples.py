"""What processes count, as they show it on `/metrics`."""


def samples(text: str) -> dict[str, float]:
    """The samples without labels of a page of metrics, by name."""
    pairs = (line.split(" ") for line in text.splitlines() if line[:1] not in ("", "#"))
    return {pair[0]: float(pair[1]) for pair in pairs if "{" not in pair[0]}
