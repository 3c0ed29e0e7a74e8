"""What the installation keeps: registry, readings, and for how long."""

from pilotbed.doctor.existing import existing_readings, existing_registry
from pilotbed.doctor.finding import Finding
from pilotbed.service_client import ServiceClient
from pilotbed.settings import Settings
from pilots.registry import Registry
from store.losses import BROKER_OVERRUN


def registry(chosen: Settings) -> Finding:
    """It is there, and opens."""
    with existing_registry(chosen) as opened:
        if opened is None:
            return Finding(
                "registry",
                "warning",
                f"there is none yet at {chosen.shown()['registry']}; make it with: "
                f"pilotbed pilot add PLAN.yaml --data {chosen.data}",
            )
        return Finding("registry", "ok", f"opens, pilots: {len(opened.pilots())}")


def store(chosen: Settings, service: ServiceClient | None) -> Finding:
    """It opens, or the service that owns it answers; what a committed reading survives; dead letters."""
    if chosen.store_has_one_owner and service is not None:
        letters, losses = (
            len(service.get("/api/v1/dead-letters", **asked).json()["items"])
            for asked in ({}, {"code": BROKER_OVERRUN})
        )
    else:
        with existing_readings(chosen) as opened:
            if opened is None:
                return Finding("store", "ok", f"there is none yet; pilotbed up --data {chosen.data} makes it")
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
    with existing_registry(chosen) as opened:
        keeping = _keeping_positions(opened) if opened else []
    if keeping:
        return Finding(
            "retention", "warning", f"positions are kept for ever in {', '.join(keeping)}: set gps_days"
        )
    return Finding("retention", "ok", "every plan with trackers limits how long positions are kept")


def _keeping_positions(registry: Registry) -> list[str]:
    """Pilots with trackers whose plan keeps positions for ever."""
    return [
        pilot.pilot
        for pilot in registry.pilots()
        if pilot.plan.retention.gps_days is None
        and any(device.kind == "gps" for device in registry.devices(pilot.pilot))
    ]
