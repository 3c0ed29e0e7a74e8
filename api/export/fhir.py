"""Nightly weights as a bundle of FHIR R4 observations, for a record system that wants to look at them.

Each is `preliminary`: a scale under a bed is no weighing, and nobody has signed it.
"""

import uuid
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from api.instants import local_instant
from pilots.civil_time import noon
from pilots.plan import Plan
from pilots.records import Assignment, DailyValue, Device

Resource = dict[str, Any]

WEIGHT = "weight_kg"
LOINC_BODY_WEIGHT = "29463-7"
_LOINC, _UCUM = "http://loinc.org", "http://unitsofmeasure.org"
_CATEGORIES = "http://terminology.hl7.org/CodeSystem/observation-category"
_METHOD = "Median over still minutes of the night of the load under the bed less the empty bed's"


def weight_bundle(
    plan: Plan,
    weights: Sequence[DailyValue],
    devices: Sequence[Device],
    assignments: Sequence[Assignment],
) -> Resource:
    """The participants' weights that exist, by participant and night, and the beds they were made by.

    A participant is known by the pilot's code alone, as an identifier; there is no Patient. The same
    weights give the same bundle, ids included.
    """
    beds = {device.device: device for device in devices if device.kind == "bed"}
    stood: dict[str, list[Assignment]] = {}
    for assignment in assignments:
        if assignment.device in beds:
            stood.setdefault(assignment.participant, []).append(assignment)
    observations, used = [], set[str]()
    for weight in weights:
        if weight.value is None:
            continue
        start, end = noon(weight.day, plan.zone), noon(weight.day + timedelta(days=1), plan.zone)
        bed = next(
            (
                each.device
                for each in stood.get(weight.participant, ())
                if each.start_us < end and (each.end_us is None or each.end_us > start)
            ),
            None,
        )
        if bed is not None:
            used.add(bed)
        observations.append(_observation(plan, weight, bed))
    return {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [
            *(_entry(_device(plan, beds[name])) for name in sorted(used)),
            *(_entry(each) for each in observations),
        ],
    }


def _observation(plan: Plan, weight: DailyValue, bed: str | None) -> Resource:
    start = noon(weight.day, plan.zone)
    end = noon(weight.day + timedelta(days=1), plan.zone)
    found: Resource = {
        "resourceType": "Observation",
        "id": _id(plan, weight.participant, weight.day),
        "status": "preliminary",
        "category": [{"coding": [{"system": _CATEGORIES, "code": "vital-signs"}]}],
        "code": {"coding": [{"system": _LOINC, "code": LOINC_BODY_WEIGHT, "display": "Body weight"}]},
        "subject": {
            "type": "Patient",
            "identifier": {"system": f"urn:pilotbed:{plan.pilot}:participant", "value": weight.participant},
        },
        "effectivePeriod": {
            "start": local_instant(start, plan.zone),
            "end": local_instant(end, plan.zone),
        },
        "valueQuantity": _kilograms(weight.value),
        "method": {"text": _METHOD},
    }
    if bed is not None:
        found["device"] = {"reference": f"urn:uuid:{_id(plan, 'device', bed)}"}
    limits = (("lower", weight.ci_low), ("upper", weight.ci_high))
    components = [
        {"code": {"text": f"95 % interval, {which} limit"}, "valueQuantity": _kilograms(limit)}
        for which, limit in limits
        if limit is not None
    ]
    if components:
        found["component"] = components
    return found


def _device(plan: Plan, bed: Device) -> Resource:
    return {
        "resourceType": "Device",
        "id": _id(plan, "device", bed.device),
        "identifier": [{"system": f"urn:pilotbed:{plan.pilot}:device", "value": bed.device}],
        "type": {"text": "Load cells under a bed"},
    }


def _entry(resource: Resource) -> Resource:
    return {"fullUrl": f"urn:uuid:{resource['id']}", "resource": resource}


def _kilograms(value: float | None) -> Mapping[str, object]:
    return {"value": value, "unit": "kg", "system": _UCUM, "code": "kg"}


def _id(plan: Plan, *parts: str | date) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, ":".join(("urn:pilotbed", plan.pilot, *map(str, parts)))))
