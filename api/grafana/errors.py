"""What can go wrong with Grafana: the text is for whoever gave the command."""


class GrafanaError(Exception):
    """Anything that keeps Grafana from being filled.

    └── Refused    Grafana answered, and said no
    """


class Refused(GrafanaError):
    """Grafana answered with an error: HTTP's `status`, the sentence it `said`, and, where it has one, its own
    word for the `reason`."""

    def __init__(self, text: str, status: int, said: str, reason: str = "") -> None:
        super().__init__(text)
        self.status = status
        self.said = said
        self.reason = reason
