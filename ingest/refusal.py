"""Why a message is refused as a whole."""

from typing import Literal

RefusalCode = Literal[
    "empty",
    "too_large",
    "topic",
    "unknown_pilot",
    "unknown_device",
    "wrong_stream",
    "not_json",
    "not_xml",
    "encrypted",
    "no_model",
    "wrong_type",
    "out_of_range",
    "missing",
    "unequal_columns",
    "time",
    "future",
    "too_old",
    "milliseconds",
    "store_refused",
    "decoder_failed",
    "broker_overrun",
]
"""The kinds of refusal, as `/metrics` counts them."""


class Refused(Exception):
    """A message cannot become readings.

    `str()` says why, for a human; `code` groups it for counting; `device` is pilot and name of the device
    that a foreign message was of.
    """

    def __init__(self, code: RefusalCode, reason: str) -> None:
        super().__init__(reason)
        self.code: RefusalCode = code
        self.device: tuple[str, str] | None = None
