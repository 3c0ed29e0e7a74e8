"""What the installation keeps: registry, readings, and for how long."""

from pilotbed.doctor.finding import Finding
from pilotbed.installation import ServiceClient, open_readings, open_registry
from pilotbed.settings import Settings
from store.losses import BROKER_OVERRUN


def registry(chosen: Settings) -> Finding:
    """It opens."""
    with open_registry(chosen) as opened:
        pilots = len(opened.pilots())
    return Finding("registry", "ok", f"opens, pilots: {pilots}")


def store(chosen: Settings, service: ServiceClient | None) -> Finding:
    """It opens, or the service that owns it answers; what a committed reading survives; dead letters."""
    if chosen.store_has_one_owner and service is not None:
        letters, losses = (
            len(service.get("/api/v1/dead-letters", **asked).json()["items"])
            for asked in ({}, {"code": BROKER_OVERRUN})
        )
    else:
        with open_readings(chosen) as opened:
            letters, losses = len(opened.dead_letters()), len(opened.dead_letters(code=BROKER_OVERRUN))
    if losses:
        return Finding(
            "store",
            "warning",
            f"dead letters: {letters}, of which {losses} say that the embedded broker dropped messages, and "
            "when: pilotbed dead-letters list; real devices need PILOTBED_MQTT",
        )
    if letters:
        return Finding("store", "warning", f"dead letters: {letters}; see: pilotbed dead-letters list")
    return Finding("store", "ok", f"opens, no dead letters; {_guarantee(chosen)}")


def _guarantee(chosen: Settings) -> str:
    if chosen.store_has_one_owner:
        return "a committed reading is on this disk"
    return (
        f"{chosen.shown()['store']} answers, and a committed reading survives a crash of it unless its "
        "storage-wal-fsync-delay was raised"
    )


def retention(chosen: Settings) -> Finding:
    """Positions are not kept for ever."""
    with open_registry(chosen) as opened:
        keeping = [
            pilot.pilot
            for pilot in opened.pilots()
            if pilot.plan.retention.gps_days is None
            and any(d.kind == "gps" for d in opened.devices(pilot.pilot))
        ]
    if keeping:
        return Finding(
            "retention", "warning", f"positions are kept for ever in {', '.join(keeping)}: set gps_days"
        )
    return Finding("retention", "ok", "every plan with trackers limits how long positions are kept")
