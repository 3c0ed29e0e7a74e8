"""Errors that a user can do something about: their text is enough, a traceback would hide it."""


def expected_errors() -> tuple[type[Exception], ...]:
    """The base errors of every room."""
    from analysis.pipeline import ComputingError
    from ingest.address import BrokerAddressError
    from ingest.broker import BrokerError
    from ingest.decoders.models.reading import ModelError
    from ingest.limits import LimitsError
    from ingest.retiring import NotRetired
    from pilots.errors import PilotError
    from simulators.errors import SimulationError
    from store import StoreError

    return (
        PilotError,
        StoreError,
        ComputingError,
        BrokerError,
        BrokerAddressError,
        LimitsError,
        ModelError,
        NotRetired,
        SimulationError,
        PilotbedError,
    )


def wrong_values() -> tuple[type[Exception], ...]:
    """Errors of values that were given and can never be: wrong usage, as a choice that is not offered."""
    from pilots import errors

    return (
        errors.UnreadableTime,
        errors.PseudonymError,
        errors.UnknownGroup,
        errors.UnknownUnit,
        errors.UnknownProduct,
        errors.UnknownScope,
        errors.InvalidRecruitment,
        errors.InvalidLeaving,
        errors.InvalidHome,
        errors.InvalidDevice,
        errors.InvalidInterval,
        errors.InvalidToken,
    )


class PilotbedError(Exception):
    """Anything the hall itself refuses.

    ├── SettingsError         something the installation was told cannot be
    ├── ServiceError          the service cannot start
    ├── ServiceUnreachable    a service runs but does not answer
    └── NoService             a command needs a running service
    """


class SettingsError(PilotbedError):
    """A setting cannot be understood."""


class ServiceError(PilotbedError):
    """The service cannot start."""


class ServiceUnreachable(PilotbedError):
    """A service owns the readings but does not answer."""


class NoService(PilotbedError):
    """The command needs a running service, and none runs."""
