"""Devices that announced themselves: the command line says how each is registered, and registers none."""

import shlex
from collections.abc import Sequence

from pilotbed.installation import open_registry
from pilotbed.settings import settings
from pilots.records import Proposal
from tests.pilotbed.conftest import PLAN
from tests.running import Installation

BED = Proposal("zigbee2mqtt", "bedframe-05", ("bed", "status"))


def announce(installation: Installation, proposals: Sequence[Proposal]) -> None:
    """What ingest does when devices announce themselves."""
    with open_registry(settings(data=installation.data)) as registry:
        registry.propose({f"{each.adapter}/{each.address}/config": [each] for each in proposals})


def test_without_announcements_there_is_nothing_to_register(filled: Installation) -> None:
    assert filled.json("device", "proposals") == []
    assert "No device has announced itself" in filled.run("device", "proposals").stdout


def test_the_command_that_is_printed_registers_the_device_and_then_it_is_proposed_no_more(
    filled: Installation,
) -> None:
    announce(filled, [BED])
    [proposal] = filled.json("device", "proposals")
    assert proposal == {
        "adapter": "zigbee2mqtt",
        "address": "bedframe-05",
        "kind": "bed",
        "streams": ["bed", "status"],
        "command": "pilotbed device add natt bed-2 --kind bed --adapter zigbee2mqtt --address=bedframe-05",
    }, "bed-1 is there already"
    printed = filled.run("device", "proposals").stdout
    assert printed == proposal["command"] + "\n"
    assert [each["device"] for each in filled.json("device", "list", "natt")] == ["bed-1"]
    filled.run(*shlex.split(printed)[1:])
    assert filled.json("device", "proposals") == []
    added = filled.json("device", "list", "natt")[-1]
    assert (added["device"], added["adapter"], added["address"]) == ("bed-2", "zigbee2mqtt", "bedframe-05")


def test_an_address_from_the_network_is_no_command_of_its_own(installation: Installation) -> None:
    installation.add_pilot(PLAN)
    addresses = ["home/$(reboot)", "home/'; reboot; '", "--help", "hus/rum 3"]
    announce(installation, [Proposal("mqtt-bed", address, ("bed",)) for address in addresses])
    commands = installation.run("device", "proposals").stdout.splitlines()
    assert len(commands) == len(addresses)
    for number, (command, address) in enumerate(zip(commands, sorted(addresses), strict=True), 1):
        assert shlex.split(command)[4:] == [
            *(f"bed-{number}", "--kind", "bed", "--adapter", "mqtt-bed", f"--address={address}")
        ]
        installation.run(*shlex.split(command)[1:])


def test_with_several_pilots_the_reader_says_which(installation: Installation) -> None:
    installation.add_pilot(PLAN)
    installation.add_pilot(PLAN.replace("natt", "dag"))
    announce(installation, [BED])
    [proposal] = installation.json("device", "proposals")
    assert proposal["command"].startswith("pilotbed device add PILOT bed-1 ")
