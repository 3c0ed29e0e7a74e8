"""Figures, times and names as a reader of Swedish or English writes them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_datetime
from babel.numbers import format_decimal, format_percent

from analysis.catalogue import METRICS
from api.languages import Language
from api.texts import methods_in_swedish, texts

ABSENT = "–"
_LOCALES: Mapping[Language, Locale] = {"sv": Locale.parse("sv_SE"), "en": Locale.parse("en_GB")}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Wording:
    """Words and figures of one language, times in one zone."""

    language: Language
    zone: ZoneInfo

    @property
    def locale(self) -> Locale:
        return _LOCALES[self.language]

    def text(self, key: str, **values: object) -> str:
        """The text of that key, with its places filled."""
        found = texts(self.language)[key]
        return found.format(**values) if values else found

    def name(self, family: str, word: str) -> str:
        """The reader's word for one of ours (a stage, a group, a reason), or ours where there is none."""
        if family == "phases" and word.startswith("round_"):
            return self.text("phases.round", number=word.removeprefix("round_"))
        return texts(self.language).get(f"{family}.{word}", word.replace("_", " "))

    def number(self, value: float | None, decimals: int) -> str:
        if value is None:
            return ABSENT
        shown = round(value, decimals) + 0.0  # no "−0.0"
        return format_decimal(shown, format=_pattern(decimals), locale=self.locale).replace("-", "−")

    def short(self, value: float | None, decimals: int = 1) -> str:
        """Without decimals where it is whole."""
        return self.number(value, 0 if value is not None and value == round(value) else decimals)

    def signed(self, value: float | None, decimals: int) -> str:
        """With its sign, also when it is a plus: a change."""
        if value is None:
            return ABSENT
        return ("+" if round(value, decimals) > 0 else "") + self.number(value, decimals)

    def percent(self, share: float | None) -> str:
        """A share of 1 in whole percent; 99.6 % is not everything, and 0.4 % is not nothing."""
        if share is None:
            return ABSENT
        whole = round(share * 100)
        fine = (whole == 100 and share < 1) or (whole == 0 and share > 0)
        if fine:
            share = min(max(share, 0.001), 0.999)
        sign = "\N{NO-BREAK SPACE}%" if self.language == "sv" else "%"
        return format_percent(share, format=("0.0" if fine else "0") + sign, locale=self.locale)

    def p_value(self, p: float | None) -> str:
        if p is None:
            return ABSENT
        return f"<{self.number(0.001, 3)}" if p < 0.001 else self.number(p, 3)

    def unit(self, unit: str) -> str:
        return self.name("units", unit).replace("_", " ")

    def metric(self, name: str) -> str:
        return METRICS[name].title[self.language]

    def method(self, metric: str) -> str:
        """How a metric's daily values are made, in a sentence."""
        if self.language == "en":
            return METRICS[metric].method
        return methods_in_swedish("metrics")[metric]

    def comparison(self, method: str) -> str:
        """How two phases were compared: the words of `EvaluationItem.method`, whose parts stand at commas."""
        if self.language == "en":
            return method
        known = methods_in_swedish("comparisons")
        for said in sorted(known, key=len, reverse=True):
            method = method.replace(said, known[said])
        return method

    def input(self, name: str) -> str:
        """An input of the economy: a price or a time of the plan, or a measured change."""
        if name in METRICS:
            return self.metric(name)
        return self.text(f"report.inputs.{name}")

    def kronor(self, value: float | None) -> str:
        if value is None:
            return ABSENT
        return f"{self.number(value, 0)}\N{NO-BREAK SPACE}kr"

    def unit_beside(self, metric: str) -> str:
        """A metric's unit, or nothing where its title says it: "besök per natt" are per night."""
        unit = self.unit(METRICS[metric].unit)
        said = re.findall(r"[\w²%/√]+", self.metric(metric).lower())
        return "" if all(word in said for word in unit.split()) else unit

    def amount(self, metric: str, value: float | None) -> str:
        """A metric's value with its own decimals, without its unit."""
        return self.number(value, METRICS[metric].decimals)

    def change(self, metric: str, value: float | None) -> str:
        """A change in a metric, with its sign and a decimal more than the metric: changes are small."""
        return self.signed(value, METRICS[metric].decimals + 1)

    def day(self, day: date) -> str:
        return format_date(day, format="d MMM y", locale=self.locale)

    def day_of(self, time_us: int) -> str:
        return self.day(self.local(time_us).date())

    def moment(self, time_us: int | None) -> str:
        if time_us is None:
            return ABSENT
        return format_datetime(self.local(time_us), "d MMM y HH:mm", locale=self.locale)

    def duration_s(self, seconds: float | None) -> str:
        """Seconds below two minutes, then minutes and seconds."""
        if seconds is None:
            return ABSENT
        if seconds < 120:
            return self.text("time.seconds", n=self.number(seconds, 0))
        minutes, rest = divmod(round(seconds), 60)
        whole = self.text("time.minutes", n=minutes)
        return f"{whole} {self.text('time.seconds', n=rest)}" if rest else whole

    def silence(self, minutes: float | None) -> str:
        """Minutes up to two hours, hours up to two days, then days."""
        if minutes is None:
            return ABSENT
        if minutes < 120:
            return self.text("time.minutes", n=self.number(minutes, 0))
        if minutes < 2880:
            return self.text("time.hours", n=self.number(minutes / 60, 0))
        return self.text("time.days", n=self.number(minutes / 1440, 0))

    def local(self, time_us: int) -> datetime:
        """The instant in the pilot's zone."""
        return (_EPOCH + timedelta(microseconds=time_us)).astimezone(self.zone)


def _pattern(decimals: int) -> str:
    return "#,##0" + ("." + "0" * decimals if decimals else "")
