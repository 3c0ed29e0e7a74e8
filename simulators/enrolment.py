"""Putting a story's participants and devices into the registry, once."""

from pilots.civil_time import midnight
from pilots.registry import SCOPES, Registry
from simulators.cast import KINDS, Participant
from simulators.errors import StoryMismatch
from simulators.story import Story


def enrol(story: Story, registry: Registry) -> None:
    """Add what is not there yet: participants, homes, devices, and who has them from the first phase on.

    The pilot itself has to be in the registry. Enrolling the same story again changes nothing. Raises
    `StoryMismatch` when the pilot has participants of another story or of real life, or a device of the
    story stands with somebody else.
    """
    pilot = story.plan.pilot
    codes = {each.code for each in story.participants}
    present = {each.code for each in registry.participants(pilot)}
    if foreign := sorted(present - codes):
        raise StoryMismatch(
            f'pilot "{pilot}" has {len(foreign)} participants that seed {story.seed} does not know '
            f"({foreign[0]} …): take the seed it was simulated with, or a pilot of its own"
        )
    start = midnight(story.first, story.plan.zone)
    missing: dict[tuple[str, str | None], list[str]] = {}
    for each in story.participants:
        if each.code not in present:
            unit = each.unit_name if story.plan.units else None
            missing.setdefault((each.group, unit), []).append(each.code)
    for (group, unit), own in missing.items():
        registry.add_participants(pilot, group, len(own), SCOPES, codes=own, joined_us=start, unit=unit)
    homes = registry.homes(pilot)
    holders = {each.device: each.participant for each in registry.assignments(pilot)}
    for participant in story.participants:
        if participant.code not in homes:
            lat, lon = participant.home
            registry.set_home(pilot, participant.code, lat, lon, participant.home_radius_m)
        _equip(registry, pilot, participant, holders, start)


def _equip(
    registry: Registry, pilot: str, participant: Participant, holders: dict[str, str], start: int
) -> None:
    for kind, device in participant.devices.items():
        registry.add_device(pilot, device, kind, interval_s=KINDS[kind])
        holder = holders.get(device)
        if holder is None:
            registry.assign(pilot, device, participant.code, start)
        elif holder != participant.code:
            raise StoryMismatch(
                f"{device} stands with {holder}, not with {participant.code}: use a pilot of its own"
            )
