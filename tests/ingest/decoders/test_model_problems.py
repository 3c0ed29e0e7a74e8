"""A model that does not hold: every error at once, with its line and the way out."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.decoders.models.reading import ModelError, read_model
from tests.ingest.decoders.written_models import ALARM, BED, HEAD


def problems(text: str) -> list[str]:
    with pytest.raises(ModelError) as caught:
        read_model(text, "m.yaml")
    return str(caught.value).splitlines()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "line 1: the model is empty: it needs name, title, formats, quality, source and readings"),
        ("- a", "line 1: the model should be a mapping (name: …, title: …)"),
        (
            HEAD + "readings: []",
            "line 6: readings should be a list with at least one: lines that start with -",
        ),
        (HEAD, 'line 1: "readings" is missing'),
        (
            HEAD.replace("[chirpstack]", "[chirpstac]") + f"readings:\n{BED}",
            'line 3: adapter "chirpstac" is not one of chirpstack, tts, emfit, esphome, tasmota, mqtt-bed, '
            'zigbee2mqtt: did you mean "chirpstack"?',
        ),
        (
            HEAD.replace("decodes", "good") + f"readings:\n{BED}",
            'line 4: quality "good" is not one of decodes, handles silence and repeats, checked against ',
        ),
        (
            HEAD.replace("name: m", "name: My bed") + f"readings:\n{BED}",
            'line 1: name "My bed" is not allowed: lower-case a-z, digits and hyphens, at most 63',
        ),
        (
            HEAD + f"colour: red\nreadings:\n{BED}",
            'line 6: unknown key "colour": known keys are name, title, ',
        ),
        (
            HEAD + f"readings:\n{BED.replace('bed', 'beds')}",
            'line 7: stream "beds" is not one of bed, gps, camera, visit, alarm, status: did you mean "bed"?',
        ),
        (
            HEAD + f"readings:\n{BED.replace('occupied', 'ocupied')}",
            'line 8: stream bed has no column "ocupied": did you mean "occupied"?',
        ),
        (
            HEAD + "readings:\n  - stream: bed\n    columns: {weight_kg: {field: w}}\n",
            "line 8: weight_kg needs the unit of its field, one of kg, g, lb",
        ),
        (
            HEAD + "readings:\n  - stream: gps\n    columns: {speed_mps: {field: v, unit: kg}}\n",
            'line 8: unit "kg" is of another kind than speed_mps (m/s): use one of m/s, km/h, knots, mph, or '
            "say by line what two values are worth, such as {3000: 0, 4200: 100}",
        ),
        (
            HEAD + "readings:\n  - stream: status\n    columns: {battery_pct: {field: v, unit: mV}}\n",
            'line 8: unit "mV" is of another kind than battery_pct (%): use one of %, 1, or say by line what '
            "two values are worth, such as {3000: 0, 4200: 100}",
        ),
        (
            HEAD + "readings:\n  - stream: gps\n    columns: {speed_mps: {field: v, unit: kmh}}\n",
            'line 8: unit "kmh" is not one of m/s, km/h, knots, mph: did you mean "km/h"?',
        ),
        (
            HEAD + "readings:\n  - stream: bed\n    columns: {occupied: {field: v, unit: kg}}\n",
            'line 8: occupied has no unit: take unit "kg" away',
        ),
        (
            HEAD + "readings:\n  - stream: bed\n    columns: {occupied: {field: v, values: {on: yes}}}\n",
            'line 8: occupied "yes" should be true or false',
        ),
        (
            HEAD + "readings:\n  - stream: bed\n    columns: {load_kg: {field: v, unit: kg, line: {1: 2}}}\n",
            "line 8: line should be two points, what the field holds and what it is worth: {3000: 0, ",
        ),
        (
            HEAD + f"readings:\n{ALARM.replace('raised', 'risen')}",
            'line 10: stage "risen" is not one of raised, received, acknowledged, dispatched, arrived, '
            'closed, cancelled: did you mean "raised"?',
        ),
        (
            HEAD + f"readings:\n{ALARM.replace('stage', 'outcome')}",
            "line 8: stage is missing: a reading of stream alarm needs it",
        ),
        (
            HEAD + f"readings:\n{ALARM.replace('{id}', '')}",
            'line 9: text "sos-" has no field in braces: use value, or {time} or {day} in it',
        ),
        (
            HEAD + f"readings:\n{ALARM.replace('sos-', 'hej på dig ')}",
            'line 9: alarm "hej på dig {id}" is not allowed: it must match',
        ),
        (
            HEAD + "readings:\n  - stream: gps\n    columns: {lat: {field: lat, unit: deg}}\n",
            "line 8: lat and lon come together: one of them is missing",
        ),
        (
            HEAD + f"readings:\n{BED}{BED}",
            "line 10: occupied of stream bed is read on line 8 already: keep one, or say when",
        ),
        (
            HEAD + "readings:\n  - stream: bed\n    columns: {occupied: {value: true}}\n",
            "line 8: the reading of bed takes nothing from the device: give a column a field, or say when",
        ),
        (
            HEAD + f"readings:\n{BED}    when: {{field: a, is: 1, present: true}}\n",
            "line 9: a condition has a field and one of is, is_not and present",
        ),
        (
            HEAD + f"readings:\n{BED}    set_aside: {{stales: {{field: a, is: 1}}}}\n",
            'line 9: unknown key "stales": did you mean "stale"?',
        ),
        (
            HEAD.replace("[chirpstack]", "[tts, tasmota]")
            + f"time: {{field: t, unit: s_ago}}\nreadings:\n{BED}",
            "line 3: s_ago counts from when a network heard the device: tasmota has none",
        ),
        (HEAD + f"time: {{field: t}}\nreadings:\n{BED}", 'line 6: "unit" is missing'),
        (
            HEAD + f"time: {{field: t, unit: sec}}\nreadings:\n{BED}",
            'line 6: unit of time "sec" is not one of s, ms, unix, s_ago, rfc3339, local',
        ),
        (
            HEAD + f"time: {{field: t, unit: local, zone: Europe/Stokholm}}\nreadings:\n{BED}",
            'line 6: zone "Europe/Stokholm" is not a known time zone: did you mean "Europe/Stockholm"?',
        ),
        (
            HEAD + f"time: {{field: t, unit: s, zone: UTC}}\nreadings:\n{BED}",
            "line 6: zone belongs to unit local: a time in any other unit is an instant",
        ),
    ],
)
def test_a_problem_is_said_with_its_line_and_the_way_out(text: str, said: str) -> None:
    assert any(each.startswith(f"m.yaml {said}") for each in problems(text)), problems(text)


def test_every_problem_is_said_at_once() -> None:
    text = HEAD.replace("[chirpstack]", "[x]") + "readings:\n  - stream: bed\n    columns: {a: {}, b: 1}\n"
    assert [each.split(":")[0] for each in problems(text)] == [
        "m.yaml line 3",
        "m.yaml line 8",
        "m.yaml line 8",
    ]


@given(st.text(max_size=200))
def test_any_text_is_a_model_or_a_list_of_problems(text: str) -> None:
    with suppress(ModelError):
        read_model(text, "x.yaml")


KEYS = [
    *("field", "unit", "line", "values", "unknown", "value", "text", "is", "present", "when", "set_aside"),
    *("stream", "columns", "occupied", "stage", "alarm", "weight_kg", "each", "zone", "stale", "0"),
]
PARTS = st.recursive(
    st.sampled_from(
        ["field", "bed", "kg", "s", "on", "true", "1", "-5", "x.y", "{", "[]", "{}", "fall-{a}", ""]
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda items: f"[{', '.join(items)}]"),
        st.dictionaries(
            st.sampled_from(KEYS),
            inner,
            max_size=4,
        ).map(lambda items: "{" + ", ".join(f"{key}: {each}" for key, each in items.items()) + "}"),
    ),
    max_leaves=12,
)


@given(PARTS, PARTS, PARTS)
def test_no_part_of_a_model_breaks_its_reading(time: str, formats: str, readings: str) -> None:
    text = f"{HEAD}time: {time}\nreadings: [{readings}]".replace("[chirpstack]", formats)
    with suppress(ModelError):
        read_model(text, "m.yaml")
