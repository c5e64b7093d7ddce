"""Small edits of session descriptions (RFC 8866) between this server and its peers. Pure text."""

import re

from survey_server.rtc import leniency, transport_feedback

_OPUS = re.compile(r"^a=rtpmap:(\d+) opus/48000/2$", re.MULTILINE | re.IGNORECASE)
_VP8 = re.compile(r"^a=rtpmap:(\d+) VP8/90000$", re.MULTILINE | re.IGNORECASE)
_CODEC = re.compile(r"^a=rtpmap:(\d+) (?:opus|VP8|H264)/.*$", re.MULTILINE | re.IGNORECASE)
_FEEDBACK_ELEMENT = 5
_SENT_ELEMENT = 3
"""aiortc's own number for it in the m-lines of pictures; numbers hold for the whole bundle."""
_H264_FORMAT = re.compile(r"^(a=fmtp:\d+ [^\r\n]*profile-level-id=42e01f)", re.MULTILINE | re.IGNORECASE)


def offered(sdp: str, start_kbps: int, *, feedback: bool = False) -> str:
    """What aiortc leaves out of an offer: retransmission and in-band repair for Opus, and a picture that starts sharp.

    With `feedback`, transport-wide congestion feedback is offered for what we receive, in place of REMB (never both).
    `x-google-start-bitrate` is Chromium's own word for the bitrate its estimator starts from; others ignore it.
    """
    text = sdp.replace("\r\n", "\n")
    text = _OPUS.sub(
        lambda m: f"{m[0]}\na=rtcp-fb:{m[1]} nack\na=fmtp:{m[1]} minptime=10;useinbandfec=1;stereo=0", text
    )
    text = _H264_FORMAT.sub(rf"\1;x-google-start-bitrate={start_kbps}", text)
    text = _VP8.sub(lambda m: f"{m[0]}\na=fmtp:{m[1]} x-google-start-bitrate={start_kbps}", text)
    if feedback:
        head, *media = re.split(r"(?=^m=)", text, flags=re.MULTILINE)
        text = head + "".join(_with_feedback(part) if "a=recvonly" in part else part for part in media)
    return text.replace("\n", "\r\n")


def _with_feedback(media: str) -> str:
    text = re.sub(r"^a=rtcp-fb:\d+ goog-remb\n", "", media, flags=re.MULTILINE)
    text = _CODEC.sub(lambda m: f"{m[0]}\na=rtcp-fb:{m[1]} transport-cc", text)
    text = text.rstrip("\n") + f"\na=extmap:{_FEEDBACK_ELEMENT} {transport_feedback.URI}\n"
    return text if leniency.URI in text else text + f"a=extmap:{_SENT_ELEMENT} {leniency.URI}\n"


def feedback_element(sdp: str) -> int:
    """The identifier under which an answer agrees to count its packets transport-wide; 0 if it does not."""
    fed_back = re.search(r"^a=rtcp-fb:\S+ transport-cc\s*$", sdp, re.MULTILINE)
    return element(sdp, transport_feedback.URI) if fed_back is not None else 0


def element(sdp: str, uri: str) -> int:
    """The identifier of a header extension in a description (RFC 8285 section 5); 0 if it is not there."""
    found = re.search(rf"^a=extmap:(\d+)\S* {re.escape(uri)}\s*$", sdp, re.MULTILINE)
    return int(found[1]) if found is not None else 0


def candidate_host(sdp: str) -> str | None:
    """The address of the first candidate, if there is one."""
    match = re.search(r"^a=candidate:\S+ \d+ udp \d+ (\S+) ", sdp, re.MULTILINE | re.IGNORECASE)
    return match[1] if match is not None else None


def without_candidates(sdp: str) -> str:
    """An answer without its candidates: the server sends only to addresses that spoke to it first.

    The peer then shows up as a peer-reflexive candidate. It also spares one second per `.local` name that can't be
    resolved, and leaving out end-of-candidates keeps ICE from giving up before the peer's first check.
    """
    lines = sdp.replace("\r\n", "\n").split("\n")
    return "\r\n".join(x for x in lines if not x.startswith(("a=candidate:", "a=end-of-candidates")))
