"""The accuracy of every metric under every fault, as the tables of docs/accuracy.md."""

from collections.abc import Iterable, Iterator, Sequence

from pilotbed.bench.accuracy import FaultAccuracy
from pilotbed.bench.told_pilots import DOES
from simulators.accuracy import Accuracy

COLUMNS = ("mean absolute error", "bias", "worst", "present")
FIELDS = ("mean_absolute_error", "bias", "worst")


def cells(of: Accuracy) -> tuple[str, ...]:
    """What stands under `COLUMNS`; a dash where no value is there."""
    return (*(_signed(field, getattr(of, field)) for field in FIELDS), f"{100 * of.present:.0f} %")


def tables(told: Sequence[FaultAccuracy]) -> str:
    """Markdown: what each fault does, then a table a metric; what is beyond its tolerance stands in bold.

    Faults with which a metric is the same to the last digit shown share a row.
    """
    return "\n".join([*_faults(), *_metrics(told)])


def _faults() -> Iterator[str]:
    yield "| fault | what it does |"
    yield "|---|---|"
    yield from (f"| `{fault}` | {does} |" for fault, does in DOES.items())


def _metrics(told: Sequence[FaultAccuracy]) -> Iterator[str]:
    for metric in dict.fromkeys(each.metric for fault in told for each in fault.metrics):
        rows = [(fault.fault, each) for fault in told for each in fault.metrics if each.metric == metric]
        yield ""
        yield f"**`{metric}`** ({rows[0][1].unit}; {_tolerances(rows[0][1])})"
        yield ""
        yield f"| fault | {' | '.join(COLUMNS)} |"
        yield "|---|" + "---|" * len(COLUMNS)
        yield from _rows(rows)


def _rows(rows: Iterable[tuple[str, Accuracy]]) -> Iterator[str]:
    alike: dict[tuple[str, ...], list[str]] = {}
    for fault, each in rows:
        marked = [
            f"**{cell}**" if field in each.beyond else cell
            for field, cell in zip((*FIELDS, "present"), cells(each), strict=True)
        ]
        alike.setdefault(tuple(marked), []).append(f"`{fault}`")
    yield from (f"| {', '.join(faults)} | {' | '.join(marked)} |" for marked, faults in alike.items())


def _tolerances(of: Accuracy) -> str:
    held = (f"{field.replace('_', ' ')} {limit:g}" for field, limit in of.limits.items())
    return "tolerance: " + ", ".join(held)


def _signed(field: str, error: float | None) -> str:
    if error is None:
        return "–"
    sign = "" if field == "mean_absolute_error" else "+"
    digits = 0 if abs(error) >= 100 else 1 if abs(error) >= 10 else 2 if abs(error) >= 1 else 3
    shown = f"{error:{sign}.{digits}f}"
    return shown if float(shown) else "0"
