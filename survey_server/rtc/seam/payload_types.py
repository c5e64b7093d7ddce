"""Which payload types a description gives to the codecs that pass here."""

from collections.abc import Sequence
from typing import cast

from aiortc.codecs import is_rtx
from aiortc.rtcrtpparameters import RTCRtpCodecParameters

from survey_server.rtc.codecs import Codec


def payload_types(codecs: Sequence[RTCRtpCodecParameters]) -> tuple[dict[int, Codec], dict[int, int]]:
    """The codec of each payload type, and the original's payload type of each retransmission's (RFC 4588)."""
    named: dict[int, Codec] = {}
    originals: dict[int, int] = {}
    for codec in codecs:
        name = codec.name.lower()
        if codec.payloadType is None:
            continue
        if name in {"opus", "h264", "vp8"}:
            named[codec.payloadType] = cast("Codec", name)
        elif is_rtx(codec) and codec.parameters.get("apt") in named:
            originals[codec.payloadType] = cast("int", codec.parameters["apt"])
    return named, originals
