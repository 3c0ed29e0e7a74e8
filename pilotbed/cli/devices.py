"""Add, assign and list devices."""

from typing import Annotated, Any

import typer

from ingest.accounts import hash_password, new_password
from pilotbed.broker_files import BrokerFiles, check_name
from pilotbed.cli.options import AsJson, Data, PilotName, one_of
from pilotbed.cli.output import fail, print_json, print_table, results
from pilotbed.cli.passwords import say_who_reads_it, show_password
from pilotbed.cli.proposals import proposals
from pilotbed.cli.trying import try_payload
from pilotbed.errors import SettingsError
from pilotbed.installation import formats_of, open_registry
from pilotbed.settings import settings
from pilots.civil_time import parse_time, to_rfc3339
from pilots.plan import DEVICE_KINDS
from pilots.pseudonyms import parse_code

app = typer.Typer(name="device", help="Devices, and who wears or uses them when.", no_args_is_help=True)
app.command("try")(try_payload)

DeviceName = Annotated[str, typer.Argument(metavar="DEVICE", help="The device's name.")]


@app.command()
def add(
    pilot: PilotName,
    device: DeviceName,
    kind: Annotated[str, typer.Option("--kind", callback=one_of(DEVICE_KINDS), help="|".join(DEVICE_KINDS))],
    adapter: Annotated[str, typer.Option("--adapter", help="The format it publishes.")] = "native",
    address: Annotated[
        str | None, typer.Option("--address", help="How a foreign format names it in its topic or payload.")
    ] = None,
    interval_s: Annotated[
        float | None, typer.Option("--interval-s", help="Expected seconds between readings.")
    ] = None,
    model: Annotated[
        str | None, typer.Option("--model", help="The mapping of its fields, where its format needs one.")
    ] = None,
    product: Annotated[
        str | None,
        typer.Option(
            "--product",
            metavar="NAME",
            help="The plan's product that it is; needed where the plan has several of its kind.",
            show_default=False,
        ),
    ] = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Register a device; from then on its messages are readings."""
    from store import KINDS

    chosen = settings(data=data)
    formats = formats_of(chosen)
    formats.check(adapter, address, kind, model)
    with open_registry(chosen) as registry:
        added = registry.add_device(pilot, device, kind, adapter, address, interval_s, model, product)
        if files := BrokerFiles.of(chosen):
            files.write(registry)
    own = [each for each, family in formats.filters([added]).items() if family.name == adapter]
    topics = own or [f"pilotbed/{pilot}/{device}/{stream}" for stream in KINDS[kind]]
    if as_json:
        print_json({"device": added.device, "pilot": pilot, "kind": kind, "topics": topics})
    else:
        results.print("It may publish on\n  " + "\n  ".join(topics), markup=False, highlight=False)


@app.command()
def adapters(data: Data = None, as_json: AsJson = False) -> None:
    """List the formats that devices may publish, the models each knows, and how far each is proven."""
    from ingest.decoders.formats import FORMATS

    formats = formats_of(settings(data=data))
    models = formats.models().values()
    found: list[dict[str, Any]] = [
        {
            "adapter": family.name,
            "title": family.title,
            "kinds": list(family.kinds),
            "topics": list(formats.topics(family.name)),
            "address": family.address,
            "models": sorted(each.name for each in models if family.name in each.formats),
            "quality": family.quality,
        }
        for family in FORMATS.values()
    ]
    if as_json:
        print_json(found)
        return
    for each in found:
        print_table(
            ("adapter", each["adapter"]),
            (
                ("devices", each["title"]),
                ("kinds", ", ".join(each["kinds"]) or "none: it proposes devices of the other formats"),
                ("topics", "\n".join(each["topics"])),
                ("--address", each["address"]),
                ("--model", "\n".join(each["models"]) or None),
                ("proven", each["quality"]),
            ),
            empty="",
        )
        results.print()


@app.command()
def assign(
    pilot: PilotName,
    device: DeviceName,
    code: Annotated[str, typer.Argument(metavar="CODE", help="The participant's code.")],
    start: Annotated[
        str, typer.Option("--from", metavar="TIME", help="RFC 3339, or the pilot's local time.")
    ],
    end: Annotated[
        str | None, typer.Option("--to", metavar="TIME", help="Until then; open when left out.")
    ] = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Say with whom a device stands, from when. The same again with --to ends it."""
    with open_registry(settings(data=data)) as registry:
        zone = registry.pilot(pilot).plan.zone
        start_us, end_us = parse_time(start, zone), None if end is None else parse_time(end, zone)
        registry.assign(pilot, device, code, start_us, end_us)
    if as_json:
        print_json({"device": device} | _stay(parse_code(code), start_us, end_us))


@app.command("list")
def list_devices(pilot: PilotName, data: Data = None, as_json: AsJson = False) -> None:
    """List a pilot's devices and with whom each stands now."""
    with open_registry(settings(data=data)) as registry:
        registry.pilot(pilot)
        found = registry.devices(pilot)
        assignments = registry.assignments(pilot)
    if as_json:
        print_json(
            [
                {
                    "device": each.device,
                    "kind": each.kind,
                    "adapter": each.adapter,
                    "address": each.address,
                    "model": each.model,
                    "interval_s": each.interval_s,
                    "product": each.product,
                    "assignments": [
                        _stay(one.participant, one.start_us, one.end_us)
                        for one in assignments
                        if one.device == each.device
                    ],
                }
                for each in found
            ]
        )
        return
    current = {one.device: one.participant for one in assignments if one.end_us is None}
    print_table(
        ("device", "kind", "adapter", "participant"),
        ((each.device, each.kind, each.adapter, current.get(each.device)) for each in found),
        empty=f"{pilot} has no devices yet. Add one with: pilotbed device add {pilot} DEVICE --kind bed",
    )


app.command()(proposals)


def _stay(code: str, start_us: int, end_us: int | None) -> dict[str, str | None]:
    return {
        "participant": code,
        "from": to_rfc3339(start_us),
        "to": None if end_us is None else to_rfc3339(end_us),
    }


@app.command()
def password(
    pilot: PilotName,
    device: DeviceName,
    revoke: Annotated[bool, typer.Option("--revoke", help="Take the device's account away.")] = False,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Give a device a new password at the broker. It is shown once; only its hash is kept."""
    chosen = settings(data=data)
    files = BrokerFiles.of(chosen)
    secret = None if revoke else new_password()
    with open_registry(chosen) as registry:
        if secret is None:
            if not registry.remove_account(device, pilot=pilot):
                fail(f"{device} has no account; nothing was revoked")
        else:
            check_name(chosen, device)
            registry.set_account(device, hash_password(secret), pilot=pilot)
        if files:
            files.write(registry)
    if as_json:
        print_json({"device": device, "user": device, "password": secret})
    elif secret is not None:
        show_password(secret)
    say_who_reads_it(files)


@app.command()
def accounts(data: Data = None) -> None:
    """Write the broker's passwords and ACL anew: before its first start, or when its own password changed."""
    chosen = settings(data=data)
    files = BrokerFiles.of(chosen)
    if files is None:
        raise SettingsError("name the folder of Mosquitto's files as PILOTBED_MQTT_ACCOUNTS")
    with open_registry(chosen) as registry:
        files.write(registry)
    say_who_reads_it(files)
