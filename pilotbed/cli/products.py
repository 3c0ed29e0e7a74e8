"""What products must do and what was measured of them: as a table, as a file, side by side."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pilotbed.cli.analysing import Language
from pilotbed.cli.options import AsJson, Data, PilotName
from pilotbed.cli.output import notices, print_json, print_table, results
from pilotbed.installation import open_readings, open_registry, running_service
from pilotbed.settings import settings

if TYPE_CHECKING:
    from api.wording import Wording

Item = Mapping[str, Any]


class AnnexForm(StrEnum):
    csv = "csv"
    xlsx = "xlsx"
    json = "json"


def requirements(
    pilot: PilotName,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", metavar="FILE", help="Write it as the annex to a procurement."),
    ] = None,
    form: Annotated[AnnexForm, typer.Option("--format", help="Form of the annex.")] = AnnexForm.xlsx,
    language: Annotated[Language, typer.Option("--lang", help="Language of the annex.")] = Language.sv,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Show the plan's requirements on its products, each with what was measured and whether it is met.

    In the annex devices of fewer than five participants are hidden, since it is passed on.
    """
    chosen = settings(data=data)
    path = f"/api/v1/pilots/{pilot}/requirements"
    service = running_service(chosen)
    items: list[Item] = []
    annex = b""
    if service is not None:
        if output is None:
            items = service.get(path).json()["items"]
        else:
            annex = service.get(path, format=form.value, lang=language.value).content
        service.close()
    else:
        from api.remembered import Remembered
        from api.requirement_items import requirement_item
        from api.requirements_annex import requirements_annex
        from api.results import Results

        with open_registry(chosen) as registry, open_readings(chosen) as store:
            found = Results(registry, store, Remembered())
            rows = found.requirements(pilot, suppress=output is not None)
            if output is None:
                items = [requirement_item(row).model_dump() for row in rows]
            else:
                annex = requirements_annex(registry.pilot(pilot).plan, rows, form.value, language.value)
    if output is not None:
        output.parent.mkdir(parents=True, exist_ok=True)
        output.write_bytes(annex)
        results.print(str(output), markup=False, highlight=False, soft_wrap=True)
    elif as_json:
        print_json(items)
    else:
        _print_requirements(items)


def compare(
    products: Annotated[
        list[str],
        typer.Argument(metavar="PILOT[:PRODUCT]", help="A product of a pilot; without a name, all of its."),
    ],
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Stand products side by side, of one pilot or of several, by the same measures."""
    chosen = settings(data=data)
    service = running_service(chosen)
    if service is not None:
        body = service.get("/api/v1/products", product=products).json()
        service.close()
    else:
        from api.remembered import Remembered
        from api.requirement_items import comparison_body, product_asked
        from api.results import Results

        with open_registry(chosen) as registry, open_readings(chosen) as store:
            found = Results(registry, store, Remembered())
            asked = [product_asked(each) for each in products]
            body = comparison_body(found.compared(asked, suppress=False)).model_dump()
    if as_json:
        print_json(body)
    else:
        _print_comparison(body)


def _print_requirements(items: Sequence[Item]) -> None:
    say = _words()
    print_table(
        ("requirement", "product", "limit", "measured", "95 % interval", "rests on", "outcome", "because"),
        (
            (
                item["requirement"],
                item["product"],
                _limit(item, say),
                _figure(item, item["measured"], say),
                _interval(item, say),
                _rests_on(item, say),
                say.text(f"requirements.outcomes.{item['outcome']}"),
                say.name("reasons", item["reason"]) if item["reason"] else None,
            )
            for item in items
        ),
        empty="The plan asks nothing of its products: list what they must do under requirements.",
    )


def _print_comparison(body: Mapping[str, Any]) -> None:
    say = _words()
    columns = [(each["pilot"], each["product"]) for each in body["products"]]
    lines: dict[tuple[object, ...], dict[tuple[str, str | None], Item]] = {}
    for item in body["items"]:
        line = (item["requirement"], item["measure"], item["at_most"], item["at_least"])
        lines.setdefault(line, {})[item["pilot"], item["product"]] = item
    several = len({pilot for pilot, _ in columns}) > 1
    titles = [
        f"{pilot}: {product or 'all devices'}" if several else product or pilot for pilot, product in columns
    ]
    print_table(
        ("measure", "limit", *titles),
        (
            (
                say.text(f"requirements.measures.{next(iter(cells.values()))['measure']}"),
                _limit(next(iter(cells.values())), say),
                *(_cell(cells.get(column), say) for column in columns),
            )
            for cells in lines.values()
        ),
        empty="None of the measures is of these products' kinds of device.",
    )
    if body["other_residents"]:
        notices.print(say.text("requirements.other_residents"), soft_wrap=True)


def _cell(item: Item | None, say: "Wording") -> str | None:
    """Figure, interval and outcome, or why there is none."""
    if item is None:
        return None
    if item["measured"] is None:
        return say.name("reasons", item["reason"] or "no_data")
    parts = [str(_figure(item, item["measured"], say))]
    interval = _interval(item, say)
    parts += [f"({interval})"] if interval else []
    parts += [say.text(f"requirements.outcomes.{item['outcome']}")] if item["requirement"] else []
    return " ".join(parts)


def _limit(item: Item, say: "Wording") -> str | None:
    for bound in ("at_most", "at_least"):
        if item[bound] is not None:
            return say.text(f"requirements.{bound}", value=f"{item[bound]:g} {say.unit(item['unit'])}")
    return None


def _interval(item: Item, say: "Wording") -> str | None:
    if item["ci_low"] is None:
        return None
    low, high = (say.number(item[end], _DECIMALS) for end in ("ci_low", "ci_high"))
    return f"{low} to {high}"


def _rests_on(item: Item, say: "Wording") -> str | None:
    n = item["n"]
    return None if n is None else say.text(f"requirements.counted.{item['counted']}", n=say.number(n, 0))


def _figure(item: Item, value: float | None, say: "Wording") -> str | None:
    return None if value is None else f"{say.number(value, _DECIMALS)} {say.unit(item['unit'])}"


_DECIMALS = 2


def _words() -> "Wording":
    from zoneinfo import ZoneInfo

    from api.wording import Wording

    return Wording("en", ZoneInfo("UTC"))


def register(pilot: typer.Typer, app: typer.Typer) -> None:
    pilot.command()(requirements)
    app.command()(compare)
