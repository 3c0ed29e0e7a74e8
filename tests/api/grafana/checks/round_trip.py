"""Through Grafana's own model of a dashboard and back: what it does not know does not come back."""

import json
import warnings
from collections.abc import Iterator
from typing import Any, Self

with warnings.catch_warnings():
    # The classic dashboard is called deprecated: it is the one that 11.6 to 13 all read from files.
    warnings.simplefilter("ignore", DeprecationWarning)
    from grafana_foundation_sdk.cog import runtime, variants
    from grafana_foundation_sdk.cog.encoder import JSONEncoder
    from grafana_foundation_sdk.cog.plugins import register_default_plugins
    from grafana_foundation_sdk.models.dashboard import Dashboard as Classic

from tests.api.grafana.checks.infinity import PLUGIN
from tests.api.grafana.checks.walker import Dashboard


class _AsItIs(variants.Dataquery):
    """The query of a plugin that the model does not know."""

    def __init__(self, data: dict[str, Any]) -> None:
        self.data = data

    def to_json(self) -> dict[str, object]:
        return self.data

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        return cls(data)


register_default_plugins()
for _identifier in (PLUGIN, "influxdb"):
    runtime.register_dataquery_variant(
        runtime.DataqueryConfig(identifier=_identifier, from_json_hook=_AsItIs.from_json)
    )


def through_the_model(dashboard: Dashboard) -> Any:
    """The dashboard as Grafana's model writes what it has read."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        read = Classic.from_json(json.loads(json.dumps(dashboard)))
        return json.loads(json.dumps(read, cls=JSONEncoder))


def lost(written: Any, back: Any, place: str = "") -> Iterator[str]:
    """What was written and did not come back as it was; what was added does not matter."""
    if isinstance(written, dict) and isinstance(back, dict):
        for key, value in written.items():
            if key not in back:
                yield f"{place}.{key} = {json.dumps(value, ensure_ascii=False)[:100]} is not known"
            else:
                yield from lost(value, back[key], f"{place}.{key}")
    elif isinstance(written, list) and isinstance(back, list) and len(written) == len(back):
        for number, (one, other) in enumerate(zip(written, back, strict=True)):
            yield from lost(one, other, f"{place}[{number}]")
    elif written != back:
        yield f"{place} = {json.dumps(written)[:100]} comes back as {json.dumps(back)[:100]}"


def faults(dashboard: Dashboard) -> list[str]:
    return list(lost(json.loads(json.dumps(dashboard)), through_the_model(dashboard), dashboard["uid"]))
