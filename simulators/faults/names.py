"""The faults there are, by name, and what each does."""

from collections.abc import Iterable, Mapping
from enum import StrEnum

from simulators.errors import UnknownFault

NONE, ALL = "none", "all"


class Fault(StrEnum):
    """One thing that goes wrong."""

    TARE_DRIFT = "tare_drift"
    DUVET_ADDED = "duvet_added"
    BAG_ON_BED = "bag_on_bed"
    CARER_ON_BED = "carer_on_bed"
    LINEN_CHANGE = "linen_change"
    TWO_PEOPLE = "two_people"
    PET = "pet"
    RE_TARE = "re_tare"
    NEGATIVE_CLAMP = "negative_clamp"
    RESOLUTION_1KG = "resolution_1kg"
    STUCK_VALUE = "stuck_value"
    MULTIPATH = "multipath"
    COLD_START = "cold_start"
    INDOOR_LOSS = "indoor_loss"
    REPEATED_LAST_FIX = "repeated_last_fix"
    FORGOTTEN_CLOSE = "forgotten_close"
    AUTO_CANCEL = "auto_cancel"
    SEVERAL_AT_ONCE = "several_at_once"


Faults = frozenset[Fault]
"""A set of faults; the empty one is how a story is told unless somebody asks for more."""

FAULTS: Mapping[Fault, str] = {
    Fault.TARE_DRIFT: "the empty bed weighs up to 0.8 kg more or less over a day, and 0.04 kg more every day",
    Fault.DUVET_ADDED: "three nights in ten a duvet of 1-2.5 kg is laid on the sleeper until next day",
    Fault.BAG_ON_BED: "four days in ten a bag of 2-8 kg lies on the bed for 1-12 h, often past bedtime",
    Fault.CARER_ON_BED: "every other night somebody leans on the bed with 10-35 kg for 3-12 min, twice; "
    "by day somebody sits on the empty bed",
    Fault.LINEN_CHANGE: "once a week the mattress is lifted, and bedding of another weight stays (SD 0.8 kg)",
    Fault.TWO_PEOPLE: "three nights in ten somebody of 50-90 kg lies beside the resident for 1-7 h",
    Fault.PET: "six nights in ten an animal of 3-7 kg comes one to three times, for 10-150 min",
    Fault.RE_TARE: "every seventh day the power is gone for 2-40 min; then what lies there is the new zero, "
    "and hours in which it shows less than -50 kg are refused",
    Fault.NEGATIVE_CLAMP: "the scale was zeroed with 0.2-1.2 kg too much on it and shows nothing below zero",
    Fault.RESOLUTION_1KG: "load is shown in whole kilograms",
    Fault.STUCK_VALUE: "every fourth day the bed repeats its last values for 3-14 h",
    Fault.MULTIPATH: "3 % of the fixes lie 30-300 m off and claim to be as good as the others",
    Fault.COLD_START: "each morning and on each walk no fix for the first 1-4 min, then three that are off, "
    "the first of them by 50-400 m",
    Fault.INDOOR_LOSS: "three times a day no fix indoors for 1-6 h",
    Fault.REPEATED_LAST_FIX: "the last fix is repeated for 20-120 min, three times a day and at the start of "
    "every third walk",
    Fault.FORGOTTEN_CLOSE: "every fourth shift and three alarms in ten are never closed in the log",
    Fault.AUTO_CANCEL: "the system cancels what nobody acknowledges in 5 min and logs no stage after that",
    Fault.SEVERAL_AT_ONCE: "every fourth incident raises 1-3 further alarms, which are only closed with it",
}
"""What each fault does, in the order in which they are told."""

TOUCHES: Mapping[Fault, frozenset[str]] = {
    **{fault: frozenset({"bed"}) for fault in Fault},
    Fault.MULTIPATH: frozenset({"gps"}),
    Fault.COLD_START: frozenset({"gps"}),
    Fault.INDOOR_LOSS: frozenset({"gps"}),
    Fault.REPEATED_LAST_FIX: frozenset({"gps"}),
    Fault.FORGOTTEN_CLOSE: frozenset({"visit", "alarm"}),
    Fault.AUTO_CANCEL: frozenset({"alarm"}),
    Fault.SEVERAL_AT_ONCE: frozenset({"alarm"}),
}
"""The streams that each fault changes; most faults are those of beds."""


def chosen(names: Iterable[str]) -> Faults:
    """The faults of names, each one fault, several with commas, `all`, or `none`.

    Raises `UnknownFault`, which names those there are.
    """
    faults: set[Fault] = set()
    for name in (part.strip() for several in names for part in several.split(",")):
        if name == ALL:
            faults.update(Fault)
        elif name in set(Fault):
            faults.add(Fault(name))
        elif name != NONE:
            raise UnknownFault(f'there is no fault "{name}": take {", ".join((NONE, ALL, *Fault))}')
    return frozenset(faults)
