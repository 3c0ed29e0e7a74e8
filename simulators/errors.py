"""Everything that can go wrong in a simulation.

SimulationError
├── UnknownFault         no fault has that name
├── StoryMismatch        the pilot already holds somebody else's participants or devices
└── PublishError
    ├── BrokerUnreachable    no connection, or it was lost and did not come back
    ├── IngestStalled        ingest commits nothing while messages wait
    └── ReadingsMissing      published and stored differ at the end
"""


class SimulationError(Exception):
    """A simulation could not be started or finished."""


class StoryMismatch(SimulationError):
    """The pilot in the registry is not the one that this seed tells of."""


class UnknownFault(SimulationError):
    """No fault has that name."""


class PublishError(SimulationError):
    """Readings did not get through."""


class BrokerUnreachable(PublishError):
    """No connection to the broker, or it was lost and did not come back."""


class IngestStalled(PublishError):
    """Ingest has committed nothing for too long while messages wait."""


class ReadingsMissing(PublishError):
    """What the store holds at the end is not what was published."""
