"""What is wrong with a dashboard, said where it is found."""


class Fault(Exception):
    """Grafana would show nothing, or something else than what is meant."""
