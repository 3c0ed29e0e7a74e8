"""The foreign formats of an installation: their topics, as chosen, and the models of devices they know."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from paho.mqtt.matcher import MQTTMatcher

from ingest.decoders.foreign import Format
from ingest.decoders.formats import FORMATS, NATIVE
from ingest.decoders.models.model import Model
from ingest.decoders.models.reading import ModelError
from ingest.decoders.models.shelf import load, load_good
from ingest.topics import ROOT, TopicFilterError, check_filter
from pilots.errors import InvalidDevice
from pilots.records import Device

_ADDRESS = "{address}"


class Formats:
    """`topics` chooses other topic filters for a format than its own; `models` is a folder of mappings beside
    those that come with the software.

    Raises `TopicFilterError` for a format there is not, one whose topics cannot be chosen, or a filter that
    is none.
    """

    def __init__(self, topics: Mapping[str, Sequence[str]] | None = None, models: Path | None = None) -> None:
        self._topics = {name: family.topics for name, family in FORMATS.items()}
        for name, chosen in (topics or {}).items():
            if name not in FORMATS:
                raise TopicFilterError(f"there is no format {name!r}; formats are {', '.join(FORMATS)}")
            if any(_ADDRESS in each for each in FORMATS[name].topics):
                raise TopicFilterError(f"format {name!r} takes its topics from its devices' addresses")
            for each in chosen:
                check_filter(each)
                if each.partition("/")[0] in (ROOT, "+"):
                    raise TopicFilterError(
                        f"topic filter {each!r}: below {ROOT}/ devices speak our own format"
                    )
            self._topics[name] = tuple(chosen)
        self._models = models

    def topics(self, adapter: str) -> tuple[str, ...]:
        """The topic filters of a format; `{address}` in one stands for each device's address."""
        return self._topics[adapter]

    def models(self) -> dict[str, Model]:
        """By name, read anew. Raises `ModelError` where one of the folder is wrong."""
        return load(self._models)

    def good_models(self) -> tuple[dict[str, Model], list[ModelError]]:
        """As `models`, without those that are wrong; and what is wrong with these."""
        return load_good(self._models)

    def filters(self, devices: Iterable[Device]) -> dict[str, Format]:
        """The topic filters to subscribe to for these devices, and what is read by each.

        A format without a device is not subscribed to, except one that proposes devices.
        """
        by_format: dict[str, list[str]] = {}
        for device in devices:
            if device.adapter in FORMATS and device.address is not None:
                by_format.setdefault(device.adapter, []).append(device.address)
        found: dict[str, Format] = {}
        for name, family in FORMATS.items():
            if name not in by_format and family.kinds:
                continue
            for each in self._topics[name]:
                for address in by_format[name] if _ADDRESS in each else [""]:
                    found.setdefault(each.replace(_ADDRESS, address), family)
        return found

    def denied(self, devices: Iterable[Device]) -> tuple[str, ...]:
        """Topic filters of every format that carry pictures, sound or names: nobody may publish on them."""
        addresses: dict[str, list[str]] = {}
        for device in devices:
            if device.address is not None:
                addresses.setdefault(device.adapter, []).append(device.address)
        return tuple(
            dict.fromkeys(
                each.replace(_ADDRESS, address)
                for family in FORMATS.values()
                for each in family.denied
                for address in (addresses.get(family.name, []) if _ADDRESS in each else [""])
            )
        )

    def check(self, adapter: str, address: str | None, kind: str, model: str | None) -> None:
        """Raises `InvalidDevice` where a device cannot be read so, with the way out."""
        if adapter == NATIVE:
            if model is not None or address is not None:
                raise InvalidDevice(
                    "a device that publishes our own format has neither --address nor --model: name the "
                    f"format by --adapter, one of {', '.join(FORMATS)}"
                )
            return
        family = FORMATS.get(adapter)
        if family is None or not family.kinds:
            known = ", ".join((NATIVE, *(name for name, each in FORMATS.items() if each.kinds)))
            raise InvalidDevice(f'there is no adapter "{adapter}": it is one of {known}')
        if not address:
            raise InvalidDevice(f"adapter {adapter} needs --address: {family.address}")
        own = [
            each.replace(_ADDRESS, address) for each in (*family.topics, *family.denied) if _ADDRESS in each
        ]
        if own:
            if any(sign in address for sign in "+#"):
                raise InvalidDevice(
                    f'address "{address}": it becomes part of a topic filter, without + and #'
                )
            if address.partition("/")[0] == ROOT:
                raise InvalidDevice(f'address "{address}": below {ROOT}/ devices speak our own format')
            try:
                for each in own:
                    check_filter(each)
            except TopicFilterError as error:
                raise InvalidDevice(f'address "{address}": {error}') from error
        if kind not in family.kinds:
            raise InvalidDevice(
                f"adapter {adapter} reads devices of kind {', '.join(family.kinds)}, not {kind}"
            )
        if model is None:
            if family.needs_model:
                raise InvalidDevice(
                    f"adapter {adapter} needs --model: {', '.join(self._fitting(adapter)) or 'write one'}"
                )
            return
        if model not in self._fitting(adapter):
            _, wrong = self.good_models()
            raise InvalidDevice(
                f'adapter {adapter} has no model "{model}": there are '
                f"{', '.join(self._fitting(adapter)) or 'none'}; your own stand in "
                f"{self._models or 'the folder models of the installation'}, as NAME.yaml"
                + "".join(f"\n{error}" for error in wrong)
            )

    def _fitting(self, adapter: str) -> list[str]:
        models, _ = self.good_models()
        return sorted(name for name, model in models.items() if adapter in model.formats)


class TopicMap:
    """Which format reads a topic. A filter without wildcards comes before one with."""

    def __init__(self, filters: Mapping[str, Format]) -> None:
        self._matcher = MQTTMatcher()  # type: ignore[no-untyped-call]
        for each, family in filters.items():
            self._matcher[each] = ("+" in each or "#" in each, family.name, family)
        self._retained = {
            family.name: {topic.rpartition("/")[2] for topic in family.retained}
            for family in filters.values()
        }

    def of(self, topic: str) -> Format | None:
        """None where nobody's."""
        if "+" in topic or "#" in topic:
            return None
        matches = self._matcher.iter_match(topic)  # type: ignore[no-untyped-call]
        family: Format | None = min(matches, default=(False, "", None), key=lambda each: each[:2])[2]
        return family

    def tells_now(self, topic: str) -> bool:
        """A retained message of this topic says something about now."""
        family = self.of(topic)
        return family is not None and topic.rpartition("/")[2] in self._retained[family.name]
