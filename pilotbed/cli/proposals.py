"""What announced itself on the network, with the command that would register it."""

import shlex
from collections.abc import Collection
from itertools import count

from pilotbed.cli.options import AsJson, Data
from pilotbed.cli.output import print_json, results
from pilotbed.installation import open_registry
from pilotbed.settings import settings
from pilots.records import Proposal


def proposals(data: Data = None, as_json: AsJson = False) -> None:
    """List devices that announced themselves over MQTT discovery, and how to register each."""
    with open_registry(settings(data=data)) as registry:
        found = registry.proposals()
        names = {each.device for each in registry.devices()}
        pilots = [each.pilot for each in registry.pilots()]
    pilot = pilots[0] if len(pilots) == 1 else "PILOT"
    listed = []
    for proposal in found:
        name = _free_name(proposal, names)
        names.add(name)
        listed.append((proposal, _command(proposal, pilot, name)))
    if as_json:
        print_json(
            [
                {
                    "adapter": proposal.adapter,
                    "address": proposal.address,
                    "kind": proposal.kind,
                    "streams": list(proposal.streams),
                    "command": command,
                }
                for proposal, command in listed
            ]
        )
        return
    for _, command in listed:
        # Not in a table, which would break it into lines that nobody can copy.
        results.print(command, markup=False, highlight=False, soft_wrap=True)
    if not listed:
        results.print("No device has announced itself that is not registered already.")


def _free_name(proposal: Proposal, taken: Collection[str]) -> str:
    """A number, not the name at home: that may be somebody's."""
    names = (f"{proposal.kind}-{number}" for number in count(1))
    return next(name for name in names if name not in taken)


def _command(proposal: Proposal, pilot: str, name: str) -> str:
    # The address came from the network: a shell must not find a command of its own in it.
    return shlex.join(
        [
            *("pilotbed", "device", "add", pilot, name, "--kind", str(proposal.kind)),
            *("--adapter", proposal.adapter, f"--address={proposal.address}"),
        ]
    )
