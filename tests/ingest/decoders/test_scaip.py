"""SCAIP: the chain of an alarm in many makers' dialects, and no way for XML to do harm."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.decoders.models.model import Model
from ingest.decoders.native import admit
from ingest.decoders.scaip import FORMAT
from ingest.decoders.told import Heard, SetAside, Told
from ingest.refusal import Refused
from store import STREAMS
from tests.parts import shared

RECEIVED_US = 1_771_200_900_000_000


def no_model(address: str) -> Model:
    raise AssertionError(f"nobody asks for a model of {address}")


def decoded(payload: bytes) -> Told:
    return FORMAT.decode("scaip/in", payload, no_model)


def mrq(**tags: str | None) -> bytes:
    """A request; a tag that is None is left out."""
    chosen = {
        "ref": "a1",
        "mty": "ME",
        "cid": "4670123456",
        "did": "TRG1",
        "dty": "0003",
        "stc": "0010",
    } | tags
    inner = "".join(f"<{tag}>{text}</{tag}>" for tag, text in chosen.items() if text is not None)
    return f"<mrq>{inner}</mrq>".encode()


def mrs(snu: str, ref: str = "a1") -> bytes:
    return f"<mrs><ref>{ref}</ref><snu>{snu}</snu></mrs>".encode()


def the_one(answer: Told) -> Heard:
    assert list(answer.set_aside) == []
    (heard,) = answer.readings
    return heard


def chain(payload: bytes) -> tuple[object, object]:
    """Stage and cause of the alarm that a message is about."""
    heard = the_one(decoded(payload))
    assert heard.stream == "alarm"
    assert heard.time is None
    admit(STREAMS["alarm"], heard.values, heard.time, RECEIVED_US)
    return heard.values["stage"], heard.values.get("cause")


def refused(payload: bytes) -> Refused:
    with pytest.raises(Refused) as caught:
        decoded(payload)
    return caught.value


# -- the constructed examples ------------------------------------------------------------------------------


def example(name: str) -> bytes:
    return shared(f"payloads/scaip-constructed/{name}_constructed.xml").read_bytes()


def test_the_bed_monitor_raises_an_exit_from_bed() -> None:
    heard = the_one(decoded(example("mrq_bed_monitor")))
    assert heard.address == "BED00017"
    assert heard.values == {"alarm": "a1b2c3d4e5f6a7b8", "stage": "raised", "cause": "bed_exit"}


def test_the_tracker_raises_a_press_of_the_button_and_says_where_it_was() -> None:
    alarm, position = decoded(example("mrq_gps_sos")).readings
    assert alarm.values == {"alarm": "gps0000000000001", "stage": "raised", "cause": "button"}
    assert alarm.time is None
    assert position.stream == "gps"
    assert position.values == {"lat": 59.336111, "lon": 18.072778}
    assert position.time == 1_768_439_625_000_000  # 2026-01-15 02:13:45 at +01


def test_the_answer_says_that_the_alarm_was_received() -> None:
    heard = the_one(decoded(example("mrs_ok")))
    assert heard.address is None
    assert heard.values == {"alarm": "a1b2c3d4e5f6a7b8", "stage": "received"}


# -- the chain ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("snu", ["1", "2", "3", "4", "5", "6", "7", "99", "x"])
def test_an_answer_that_does_not_take_the_alarm_is_no_stage(snu: str) -> None:
    """Held, busy, not treated: nobody has received it."""
    assert decoded(mrs(snu)) == Told(set_aside=(SetAside(None, "not_a_reading"),))


@pytest.mark.parametrize(
    ("stc", "stage"),
    [
        ("0005", "acknowledged"),
        ("0004", "acknowledged"),
        ("0088", "arrived"),
        ("0111", "closed"),
        ("0093", "closed"),
        ("0019", "cancelled"),
        ("0002", "cancelled"),
    ],
)
def test_what_follows_an_alarm_is_a_stage_of_its_chain(stc: str, stage: str) -> None:
    for message_type in ("ME", "IN", "RE", None):
        assert chain(mrq(stc=stc, mty=message_type)) == (stage, None)


@pytest.mark.parametrize("stc", [None, "0010", "0070", "9999"])
def test_a_reset_closes_the_alarm_whatever_its_status(stc: str | None) -> None:
    assert chain(mrq(mty="RE", stc=stc)) == ("closed", None)


@pytest.mark.parametrize(
    ("dty", "stc", "cause"),
    [
        ("0003", "0010", "button"),
        ("0007", "0011", "button"),
        ("0003", None, "button"),
        ("0005", "0009", "fall"),
        ("0005", "0010", "button"),
        ("0012", "0009", "bed_exit"),
        ("0012", "0003", "bed_exit"),
        ("0015", "0009", "geofence"),
        ("0051", "0106", "geofence"),
        ("0003", "0016", "low_battery"),
        ("0002", "0014", "low_battery"),
        ("0002", "0085", "technical"),
        ("0038", "0009", "technical"),
        ("0002", "0102", "test"),
        ("0023", "0009", None),
        ("0003", "0009", None),
    ],
)
def test_status_and_type_of_device_say_why_an_alarm_was_raised(
    dty: str, stc: str | None, cause: str | None
) -> None:
    assert chain(mrq(dty=dty, stc=stc)) == ("raised", cause)


def test_a_tracker_beyond_its_fence_says_so_by_the_place() -> None:
    assert chain(mrq(dty="0051", stc="0009", lco="019")) == ("raised", "geofence")


@pytest.mark.parametrize("dty", ["9999", "0000", "", "x", None])
@pytest.mark.parametrize("stc", ["0777", "", "x", "99999999999", "٣", None])
def test_a_code_that_nobody_knows_loses_no_alarm(dty: str | None, stc: str | None) -> None:
    assert chain(mrq(dty=dty, stc=stc)) == ("raised", None)


def test_a_kind_of_message_that_nobody_knows_loses_no_alarm() -> None:
    assert chain(mrq(mty="XX")) == ("raised", "button")


@pytest.mark.parametrize("stc", ["0010", "0016", "0110"])
def test_an_information_that_calls_for_help_is_raised(stc: str) -> None:
    assert chain(mrq(mty="IN", stc=stc))[0] == "raised"


@pytest.mark.parametrize(("mty", "stc"), [("IN", "0076"), ("IN", None), ("ME", "0062"), ("ME", "0117")])
def test_a_state_is_no_alarm(mty: str, stc: str | None) -> None:
    answer = decoded(mrq(mty=mty, stc=stc))
    assert list(answer.readings) == []
    assert list(answer.set_aside) == [SetAside("TRG1", "not_a_reading")]


@pytest.mark.parametrize(
    ("mty", "stc"),
    [("PI", None), ("PI", "102"), ("PI", "0009"), ("pi", "0016"), ("ME", "0070"), (None, "0070")],
)
def test_a_heartbeat_says_that_the_device_is_there_and_raises_nothing(
    mty: str | None, stc: str | None
) -> None:
    heard = the_one(decoded(mrq(mty=mty, stc=stc)))
    assert (heard.stream, heard.values) == ("status", {"online": True})


def test_a_heartbeat_needs_no_name() -> None:
    answer = decoded(mrq(mty="PI", ref=None))
    assert the_one(answer).values == {"online": True}
    assert answer.key is None


# -- dialects ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tags", "address"),
    [
        ({}, "TRG1"),
        ({"did": None}, "4670123456"),
        ({"did": ""}, "4670123456"),
        ({"did": "00"}, "4670123456"),
        ({"did": "Anna Andersson"}, "4670123456"),
        ({"did": None, "cid": " 8031372"}, "8031372"),
        ({"did": None, "cid": "+123456"}, "+123456"),
    ],
)
def test_a_device_is_named_by_itself_else_by_its_controller(
    tags: dict[str, str | None], address: str
) -> None:
    assert the_one(decoded(mrq(**tags))).address == address


@pytest.mark.parametrize(("dty", "stc"), [("3", "10"), ("03", "010"), ("003", "0010")])
def test_codes_come_with_and_without_leading_zeros(dty: str, stc: str) -> None:
    assert chain(mrq(dty=dty, stc=stc)) == ("raised", "button")


def test_tags_stand_in_any_order_and_the_message_type_may_be_missing() -> None:
    payload = b"<mrq><stc>10</stc><dty>4</dty><cid>10149471</cid><crd>gsm:</crd><ref>1193308443</ref></mrq>"
    assert chain(payload) == ("raised", "button")


@pytest.mark.parametrize(
    "payload",
    [
        b'<?xml version="1.0"?><scaip>%s</scaip>',
        b'<?xml version="1.0" encoding="UTF-8"?>\r\n<x:mrq xmlns:x="urn:a">%s</x:mrq>\r\n',
        b'\n  <?xml version="1.0"?><MRQ a="b"><!-- a --><ver>01.00</ver>%s</MRQ>',
        b"\xef\xbb\xbf<mrq>%s</mrq>",
        b"<envelope><body><mrq>%s</mrq></body></envelope>",
    ],
)
def test_the_message_is_found_in_whatever_is_around_it(payload: bytes) -> None:
    inner = b"<ref>a1</ref><cid>7</cid><dty>0003</dty><stc> 0010\n</stc>"
    assert chain(payload % inner) == ("raised", "button")


def test_a_message_in_utf_16_is_read() -> None:
    payload = '<?xml version="1.0" encoding="UTF-16"?>' + mrq().decode()
    assert chain(payload.encode("utf-16")) == ("raised", "button")


@pytest.mark.parametrize("declared", [b"", b'<?xml version="1.0" encoding="UTF-8"?>'])
def test_a_text_in_another_encoding_than_declared_loses_no_alarm(declared: bytes) -> None:
    assert chain(declared + mrq(lte="Kök").decode().encode("latin-1")) == ("raised", "button")


def test_the_first_of_two_tags_stands() -> None:
    assert chain(mrq(x="<stc>0005</stc>")) == ("raised", "button")


def test_several_messages_in_one_payload_are_refused() -> None:
    assert refused(b"<all>" + mrq() + mrq(ref="b2") + b"</all>").code == "wrong_type"


# -- repeats -----------------------------------------------------------------------------------------------


def test_what_sip_sends_again_is_known_again() -> None:
    first = decoded(mrq()).key
    assert first is not None
    assert decoded(mrq()).key == first
    assert decoded(mrq().replace(b"><", b">\n<")).key == first


@pytest.mark.parametrize(
    "other", [mrq(ref="a2"), mrq(did="TRG2"), mrq(stc="0088"), mrq(mty="RE"), mrq(mty="PI"), mrs("0")]
)
def test_another_message_is_not_taken_for_the_first(other: bytes) -> None:
    assert decoded(other).key != decoded(mrq()).key


# -- positions ---------------------------------------------------------------------------------------------


def placed(geo: str, tim: str | None = "2026-01-15T02:13:45+01") -> Told:
    inner = f"<geo>{geo}</geo>" + (f"<tim>{tim}</tim>" if tim is not None else "")
    return decoded(mrq(lge=inner))


@pytest.mark.parametrize("geo", ["59.336111,18.072778", " 59.336111, 18.072778 ", "-33.5,-70.25", "59,18"])
def test_a_position_is_told_beside_the_alarm(geo: str) -> None:
    alarm, position = placed(geo).readings
    assert alarm.values["stage"] == "raised"
    admit(STREAMS["gps"], position.values, position.time, RECEIVED_US)


@pytest.mark.parametrize(
    "tim", [None, "", "yesterday", "2026-01-15T02:13:45", "1980-01-06T00:00:00+00", "2026-13-15T02:13:45+01"]
)
def test_a_position_without_the_time_of_its_fix_is_none_and_loses_no_alarm(tim: str | None) -> None:
    answer = placed("59.3,18.1", tim)
    assert [heard.stream for heard in answer.readings] == ["alarm"]
    assert list(answer.set_aside) == [SetAside("TRG1", "no_fix")]


@pytest.mark.parametrize(
    "geo", ["91,18", "59,181", "0.0,-0.00", "59.3", "N59 E18", "nan,nan", "1e1,1e1", "59,3,18,1", "٣,٣"]
)
def test_what_is_no_position_loses_no_alarm(geo: str) -> None:
    answer = placed(geo)
    assert [heard.stream for heard in answer.readings] == ["alarm"]
    assert list(answer.set_aside) == [SetAside("TRG1", "no_fix")]


# -- whatever comes ----------------------------------------------------------------------------------------

LAUGHS = b"".join(b'<!ENTITY l%d "%s">' % (n, b"&l%d;" % (n - 1) * 10) for n in range(1, 10))


@pytest.mark.parametrize(
    "payload",
    [
        b'<!DOCTYPE mrq [<!ENTITY l0 "ha">' + LAUGHS + b"]><mrq><ref>&l9;</ref></mrq>",
        b'<!DOCTYPE mrq [<!ENTITY a SYSTEM "file:///etc/hostname">]><mrq><ref>&a;</ref></mrq>',
        b'<!DOCTYPE mrq SYSTEM "http://example.org/a.dtd"><mrq></mrq>',
        b"<!DOCTYPE mrq><mrq></mrq>",
    ],
)
def test_entities_neither_grow_nor_lead_elsewhere(payload: bytes) -> None:
    error = refused(payload)
    assert error.code == "not_xml"
    assert str(error) == "the payload has a document type, which SCAIP has not"


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        (b"", "empty"),
        (b" " * 262_145, "too_large"),
        (b" ", "not_xml"),
        (b"{}", "not_xml"),
        (b"<mrq>", "not_xml"),
        (b"<mrq><ref>&nobody;</ref></mrq>", "not_xml"),
        (b'<?xml version="1.0" encoding="nonsense"?><mrq></mrq>', "not_xml"),
        (b'<?xml version="1.0" encoding="utf-7"?><mrq></mrq>', "not_xml"),
        (b"<mrq>\x00</mrq>", "not_xml"),
        (b"<a>" * 80_000, "not_xml"),
        (b"<mrq></mrq>", "missing"),
        (mrq(ref=None), "missing"),
        (mrq(ref="Anna Andersson"), "missing"),
        (mrq(did=None, cid=None), "missing"),
        (mrq(did="00", cid="0"), "missing"),
        (mrs("0", ref=""), "missing"),
    ],
)
def test_what_is_no_message_is_refused(payload: bytes, code: str) -> None:
    error = refused(payload)
    assert error.code == code
    assert "Anna" not in str(error)
    assert "nobody;" not in str(error)


TAGS = ["ref", "mty", "cid", "did", "dty", "stc", "lco", "geo", "tim", "snu", "lte", "mrq", "mrs"]
TEXTS = st.text(st.characters(exclude_characters="<&", exclude_categories=("Cs", "Cc")), max_size=30)
MESSAGES = st.builds(
    lambda tags: mrq(**dict(tags)),
    st.lists(
        st.tuples(st.sampled_from(TAGS), TEXTS | st.sampled_from(["PI", "RE", "0", "59,18"])), max_size=6
    ),
)
MUTATED = st.builds(
    lambda payload, at, put: payload[: at % len(payload)] + put + payload[at % len(payload) + 1 :],
    MESSAGES,
    st.integers(0, 10_000),
    st.binary(max_size=4),
)


@given(MESSAGES | MUTATED | st.binary(max_size=200))
def test_nothing_but_a_refusal_comes_of_any_payload(payload: bytes) -> None:
    try:
        answer = decoded(payload)
        for heard in answer.readings:
            admit(STREAMS[heard.stream], heard.values, heard.time, RECEIVED_US)
    except Refused:
        pass


@given(st.text(st.characters(codec="ascii"), max_size=12))
def test_no_declared_encoding_does_harm(encoding: str) -> None:
    with contextlib.suppress(Refused):
        decoded(f'<?xml version="1.0" encoding="{encoding}"?>'.encode() + mrq())
