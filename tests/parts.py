"""Real parts that tests need: skipped with the reason on a laptop, a failure where CI requires them."""

import os
import shutil
from pathlib import Path

import pytest

DEBIAN_PACKAGES = {
    "go": "golang-go",
    "mosquitto": "mosquitto",
    "mosquitto_passwd": "mosquitto",
    "mosquitto_pub": "mosquitto-clients",
    "openssl": "openssl",
    "prometheus": "prometheus",
    "promtool": "prometheus",
    "systemd-analyze": "systemd",
    "chromium": "chromium",
    "pdftoppm": "poppler-utils",
}
"""The Debian package that brings each program."""

SHARED = Path(__file__).resolve().parents[2] / "shared"
"""Real measurements and payloads that lie beside the project; they are never copied in."""


def required() -> frozenset[str]:
    """The parts that must be here: `PILOTBED_REQUIRE=mosquitto,chromium,shared`."""
    return frozenset(part for part in os.environ.get("PILOTBED_REQUIRE", "").split(",") if part)


def absent(part: str, reason: str) -> None:
    """Skip the test with the reason, or fail it where the part is required."""
    if part in required():
        pytest.fail(f"{reason}, and PILOTBED_REQUIRE names {part!r}")
    pytest.skip(reason)


def require(part: str) -> str:
    """The path of a program, or a skip (a failure under `PILOTBED_REQUIRE`) that says how to get it."""
    found = shutil.which(part, path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")
    if found is None:
        absent(part, f"{part} is not installed (Debian package {DEBIAN_PACKAGES.get(part, part)})")
    return str(found)


def require_influxd() -> str:
    """The path of an InfluxDB 2 server, in PATH or where `deploy/dev/influxd.sh` puts it, or a skip."""
    cache = os.environ.get("PILOTBED_CACHE") or (
        Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "pilotbed"
    )
    found = shutil.which("influxd") or next(map(str, sorted(Path(cache).glob("influxd-*/influxd"))), None)
    if found is None:
        absent("influxd", "influxd 2 is not here: make it with deploy/dev/influxd.sh")
    return str(found)


def require_postgres() -> Path:
    """The folder with the programs of the newest PostgreSQL server, from 15 on, or a skip."""
    debian = {int(folder.parent.name): folder for folder in Path("/usr/lib/postgresql").glob("[0-9]*/bin")}
    newest = max(debian, default=0)
    # Databases sorted by ICU, as the tests have them, are new in 15.
    if newest < 15 or not (debian[newest] / "postgres").exists():
        absent("postgres", "PostgreSQL 15 or later is not installed (Debian package postgresql)")
    return debian[newest]


def shared(relative: str) -> Path:
    """A file or folder under `../shared`, or a skip (a failure when `shared` is required)."""
    path = SHARED / relative
    if not path.exists():
        absent("shared", f"../shared/{relative} is not here: it holds measured data that is not ours to copy")
    return path
