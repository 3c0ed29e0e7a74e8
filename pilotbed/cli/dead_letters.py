"""List, show, replay and drop messages that could not be decoded."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any, Protocol

import typer

from pilotbed.cli.options import AsJson, Data
from pilotbed.cli.output import fail, print_json, print_table, results
from pilotbed.errors import ServiceUnreachable
from pilotbed.installation import open_readings, open_registry, running_service
from pilotbed.settings import Settings, settings
from pilots.civil_time import to_rfc3339

if TYPE_CHECKING:
    from pilotbed.service_client import ServiceClient
    from store import StoredDeadLetter

app = typer.Typer(name="dead-letters", help="Messages that could not be decoded.", no_args_is_help=True)

Number = Annotated[int, typer.Argument(metavar="ID", help="The dead letter's id.")]

PAGE = 1000


class _Letters(Protocol):
    """The dead letters of an installation, however they are reached."""

    def listed(self) -> list[dict[str, Any]]: ...
    def shown(self, number: int) -> dict[str, Any] | None: ...
    def replayed(self, number: int) -> tuple[int, str | None]: ...
    def dropped(self, number: int) -> bool: ...


class _OverHttp:
    """Through the service that owns the readings; payloads do not leave it."""

    def __init__(self, service: "ServiceClient") -> None:
        self._service = service

    def listed(self) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = []
        cursor = None
        while True:
            page = self._service.get(
                "/api/v1/dead-letters", limit=PAGE, **({"cursor": cursor} if cursor else {})
            ).json()
            items += page["items"]
            cursor = page["next"]
            if cursor is None:
                return items

    def shown(self, number: int) -> dict[str, Any] | None:
        return next((item for item in self.listed() if item["id"] == number), None)

    def replayed(self, number: int) -> tuple[int, str | None]:
        try:
            return self._service.post(f"/api/v1/dead-letters/{number}/replay").json()["readings"], None
        except ServiceUnreachable as error:
            return 0, str(error)

    def dropped(self, number: int) -> bool:
        if self.shown(number) is None:
            return False
        self._service.delete(f"/api/v1/dead-letters/{number}")
        return True


class _InStore:
    """Directly, where no service runs or the store has room for several."""

    def __init__(self, chosen: Settings) -> None:
        self._settings = chosen

    def listed(self) -> list[dict[str, Any]]:
        with open_readings(self._settings) as store:
            items: list[dict[str, Any]] = []
            while page := store.dead_letters(PAGE, after=items[-1]["id"] if items else 0):
                items += [_listed(stored) for stored in page]
            return items

    def shown(self, number: int) -> dict[str, Any] | None:
        with open_readings(self._settings) as store:
            stored = store.dead_letter(number)
        if stored is None:
            return None
        payload = stored.letter.payload
        return _listed(stored) | {
            "sha256": stored.letter.sha256,
            "fields": list(stored.letter.fields),
            "payload": None if payload is None else payload.decode(errors="replace"),
        }

    def replayed(self, number: int) -> tuple[int, str | None]:
        from ingest.replay import replay

        with open_registry(self._settings) as registry, open_readings(self._settings) as store:
            stored = store.dead_letter(number)
            if stored is None:
                return 0, f"there is no dead letter {number}"
            done = replay(stored, registry, store)
            return done.readings, done.reason

    def dropped(self, number: int) -> bool:
        with open_readings(self._settings) as store:
            return store.drop_dead_letter(number)


def _listed(stored: "StoredDeadLetter") -> dict[str, Any]:
    letter = stored.letter
    return {
        "id": stored.id,
        "received": to_rfc3339(letter.received),
        "topic": letter.topic,
        "reason": letter.reason,
        "size": letter.size,
    }


@contextmanager
def _letters(chosen: Settings) -> Iterator[_Letters]:
    service = running_service(chosen) if chosen.store_has_one_owner else None
    if service is None:
        yield _InStore(chosen)
        return
    try:
        yield _OverHttp(service)
    finally:
        service.close()


@app.command("list")
def list_letters(data: Data = None, as_json: AsJson = False) -> None:
    """List dead letters, oldest first."""
    with _letters(settings(data=data)) as letters:
        items = letters.listed()
    if as_json:
        print_json(items)
        return
    print_table(
        ("id", "received", "topic", "reason"),
        ((item["id"], item["received"], item["topic"], item["reason"]) for item in items),
        empty="There are no dead letters: every message could be decoded.",
    )


@app.command()
def show(number: Number, data: Data = None, as_json: AsJson = False) -> None:
    """Show one dead letter; with a DuckDB store its payload only while no service runs."""
    with _letters(settings(data=data)) as letters:
        item = letters.shown(number)
    if item is None:
        fail(f"There is no dead letter {number}; see: pilotbed dead-letters list")
    if as_json:
        print_json(item)
    else:
        print_table(("", ""), item.items(), empty="")


@app.command("replay")
def replay_letter(number: Number, data: Data = None, as_json: AsJson = False) -> None:
    """Try a dead letter again, after its device was registered or a decoder mended."""
    with _letters(settings(data=data)) as letters:
        readings, reason = letters.replayed(number)
    if reason is not None:
        fail(f"The dead letter stays. {reason}")
    if as_json:
        print_json({"id": number, "readings": readings})
    else:
        stored = "1 reading" if readings == 1 else f"{readings} readings"
        results.print(f"{stored} stored; dead letter {number} is gone.")


@app.command()
def drop(number: Number, data: Data = None, as_json: AsJson = False) -> None:
    """Remove a dead letter for good."""
    with _letters(settings(data=data)) as letters:
        dropped = letters.dropped(number)
    if not dropped:
        fail(f"There is no dead letter {number}; see: pilotbed dead-letters list")
    if as_json:
        print_json({"id": number})
