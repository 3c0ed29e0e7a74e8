"""What the ingest benchmark sends: a pilot of beds, phones and cameras, and messages as these write them."""

import json
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from pilotbed.installation import plan_from
from pilots.plan import demo_plan_text
from pilots.registry import Registry
from store import TimeSeriesStore, open_store

PILOT = "demo"
BEDS = 36
PHONES = 36
CAMERAS = 36
START_S = 1_736_769_600  # 2025-01-13 12:00 UTC
BAD_ONE_IN = 100
SAMPLES_A_MINUTE = 60

_encode = msgspec.json.Encoder().encode

Messages = list[tuple[str, bytes]]
"""Pairs of topic and payload."""


def prepare(folder: Path) -> None:
    """A registry in `folder` that knows the pilot and its beds, phones and cameras."""
    folder.mkdir(parents=True, exist_ok=True)
    registry = open_registry(folder)
    text = demo_plan_text()
    registry.add_pilot(plan_from(text, "demo.yaml"), text)
    for number in range(BEDS):
        registry.add_device(PILOT, device(number), "bed")
    for number in range(PHONES):
        registry.add_device(
            PILOT, f"{PILOT}.{_phone(number)}", "gps", "owntracks", f"{PILOT}/{_phone(number)}"
        )
    for number in range(CAMERAS):
        registry.add_device(PILOT, f"{PILOT}.{_camera(number)}", "camera", "frigate", _camera(number))
    registry.close()


def open_registry(folder: Path) -> Registry:
    return Registry.open(f"sqlite:{folder / 'registry.sqlite'}")


def open_readings(folder: Path) -> TimeSeriesStore:
    return open_store(f"duckdb:{folder / 'readings.duckdb'}")


def device(number: int) -> str:
    return f"{PILOT}.bed-{number + 1:02}"


def topic(number: int) -> str:
    return f"pilotbed/{PILOT}/{device(number)}/bed"


def _phone(number: int) -> str:
    return f"phone-{number + 1:02}"


def _camera(number: int) -> str:
    return f"room-{number + 1:02}"


def single_readings(first: int, count: int) -> Messages:
    """Messages of one reading each, four cells and movement, from all beds in turn; one in a hundred is
    no JSON, as after a torn transmission."""
    cells = np.random.default_rng(first).uniform(15.0, 30.0, (count, 4)).round(2).tolist()
    messages = []
    for row, (load1, load2, load3, load4) in enumerate(cells, first):
        number, turn = row % BEDS, row // BEDS
        payload = (
            b'{"time":%d.5,"load1_kg":%.2f,"load2_kg":%.2f,"load3_kg":%.2f,"load4_kg":%.2f,"movement":0.12}'
            % (START_S + turn, load1, load2, load3, load4)
        )
        messages.append((topic(number), payload[:-9] if row % BAD_ONE_IN == 0 else payload))
    return messages


def minutes_of_samples(first: int, count: int) -> Messages:
    """Messages of a minute of samples each, one a second, in columns, from all beds in turn."""
    rng = np.random.default_rng(first)
    loads = rng.normal(72.0, 4.0, (count, SAMPLES_A_MINUTE)).round(2)
    movements = rng.uniform(0.0, 1.0, (count, SAMPLES_A_MINUTE)).round(2)
    return [
        (
            topic(row % BEDS),
            _encode(
                {
                    "start": START_S + SAMPLES_A_MINUTE * (row // BEDS),
                    "interval_s": 1,
                    "load_kg": load.tolist(),
                    "movement": movement.tolist(),
                }
            ),
        )
        for row, (load, movement) in enumerate(zip(loads, movements, strict=True), first)
    ]


def owntracks_locations(first: int, count: int) -> Messages:
    """Fixes with battery as the app writes them, one a second, from all phones in turn; one in a hundred is
    no JSON."""
    rng = np.random.default_rng(first)
    places = rng.uniform((59.1, 17.7), (59.5, 18.3), (count, 2)).round(6).tolist()
    messages = []
    for row, (lat, lon) in enumerate(places, first):
        number, turn = row % PHONES, row // PHONES
        payload = _encode(
            {
                "_type": "location",
                "BSSID": "02:00:5e:10:00:01",
                "SSID": "guests",
                "acc": 5 + row % 40,
                "alt": 31,
                "batt": 100 - turn // 600 % 90,
                "bs": 1,
                "cog": row % 360,
                "conn": "w",
                "created_at": START_S + turn + 2,
                "inregions": ["home"],
                "lat": lat,
                "lon": lon,
                "m": 1,
                "t": "t",
                "tid": f"{number + 1:02}",
                "tst": START_S + turn,
                "vac": 4,
                "vel": 1 + row % 6,
            }
        )
        topic = f"owntracks/{PILOT}/{_phone(number)}"
        messages.append((topic, payload[:-9] if row % BAD_ONE_IN == 0 else payload))
    return messages


_STAGES = ("new", "update", "end")


def frigate_events(first: int, count: int) -> Messages:
    """People seen by all cameras in turn, each in three messages a second apart: new, update, end; one in a
    hundred is no JSON."""
    scores = np.random.default_rng(first).uniform(0.6, 0.99, (count, 2)).round(5).tolist()
    messages = []
    for row, (before, after) in enumerate(scores, first):
        camera, turn = _camera(row % CAMERAS), row // CAMERAS
        stage = turn % len(_STAGES)
        began = START_S + turn - stage + 0.25
        seen = {
            "type": _STAGES[stage],
            "before": _tracked(camera, began, max(0, stage - 1), before, ended=False),
            "after": _tracked(camera, began, stage, after, ended=_STAGES[stage] == "end"),
        }
        # With a space behind each comma and colon, as Frigate writes it.
        payload = json.dumps(seen).encode()
        messages.append(("frigate/events", payload[:-9] if row % BAD_ONE_IN == 0 else payload))
    return messages


def _tracked(camera: str, began: float, seconds: int, score: float, *, ended: bool) -> dict[str, Any]:
    """All that Frigate says of a person `seconds` after they were first seen."""
    left = 200 + 35 * seconds
    box, region = [left, 180, left + 120, 520], [left - 100, 80, left + 300, 480]
    at = began + seconds + 0.125
    return {
        "id": f"{began:.6f}-{camera.replace('-', '')}",
        "camera": camera,
        "frame_time": at,
        "snapshot": {
            "frame_time": at,
            "box": box,
            "area": 40_800,
            "region": region,
            "score": score,
            "attributes": [],
        },
        "label": "person",
        "sub_label": None,
        "top_score": 0.99,
        "false_positive": False,
        "start_time": began,
        "end_time": at if ended else None,
        "score": score,
        "box": box,
        "area": 40_800,
        "ratio": 0.352941,
        "region": region,
        "current_zones": ["floor", "door"],
        "entered_zones": ["bed", "floor", "door"],
        "thumbnail": None,
        "has_snapshot": True,
        "has_clip": True,
        "active": True,
        "stationary": False,
        "motionless_count": 0,
        "position_changes": seconds,
        "attributes": {"face": 0.71},
        "current_attributes": [{"label": "face", "box": [left + 40, 190, left + 80, 240], "score": 0.71}],
        "current_estimated_speed": 0.64,
        "average_estimated_speed": 0.58,
        "velocity_angle": 90,
        "recognized_license_plate": None,
        "recognized_license_plate_score": None,
    }
