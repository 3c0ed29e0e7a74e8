"""The token by which commands reach a running service."""

from contextlib import ExitStack, suppress

from pilots.errors import RegistryUnavailable
from pilots.registry import Registry

OWN_TOKEN = "the running service"  # noqa: S105 - a note, not a token
"""The note by which a service finds the tokens of one that was killed."""


def own_token(registry: Registry, parts: ExitStack) -> str:
    """An administrator's token for the command line, valid while the service runs."""
    for left in registry.tokens():
        if left.note == OWN_TOKEN:  # of a service that was killed
            registry.revoke_token(left.id)
    number, token = registry.create_token("admin", note=OWN_TOKEN)

    def revoke() -> None:
        # Where the registry is away, the next start does it.
        with suppress(RegistryUnavailable):
            registry.revoke_token(number)

    parts.callback(revoke)
    return token
