"""The codecs that cross this server, as they are negotiated and recorded; none is ever run."""

from typing import Literal

from survey_server.wire.basics import Kind

Codec = Literal["opus", "h264", "vp8"]
KIND: dict[Codec, Kind] = {"opus": "audio", "h264": "video", "vp8": "video"}
CLOCK_RATE: dict[Kind, int] = {"audio": 48_000, "video": 90_000}
"""RTP clock of each kind (RFC 7587, RFC 6184, RFC 7741), hertz."""
