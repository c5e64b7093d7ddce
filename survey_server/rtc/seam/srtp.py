"""SRTP through libsrtp, without the allocations that pylibsrtp makes for each packet: they were a third of its time."""

from typing import Any

import pylibsrtp
from pylibsrtp._binding import ffi, lib

# pyright: reportPrivateUsage=false, reportAttributeAccessIssue=false, reportUnknownMemberType=false


class Srtp:
    """One direction of a connection. Every call raises ValueError if a packet is too long or not authentic."""

    def __init__(self, session: pylibsrtp.Session) -> None:
        self._session = session  # owns the memory
        self._context: Any = session._srtp[0]
        self._start: Any = session._cdata
        self._bytes: Any = session._buffer
        self._room = len(session._cdata)
        self._size: Any = ffi.new("int *")

    def protect(self, packet: bytes) -> bytes:
        """RTP to SRTP."""
        return self._run(lib.srtp_protect, packet, pylibsrtp.SRTP_MAX_TRAILER_LEN)

    def protect_control(self, packet: bytes) -> bytes:
        """RTCP to SRTCP."""
        return self._run(lib.srtp_protect_rtcp, packet, pylibsrtp.SRTP_MAX_SRTCP_TRAILER_LEN)

    def unprotect(self, packet: bytes) -> bytes:
        """SRTP to RTP."""
        return self._run(lib.srtp_unprotect, packet)

    def unprotect_control(self, packet: bytes) -> bytes:
        """SRTCP to RTCP."""
        return self._run(lib.srtp_unprotect_rtcp, packet)

    def _run(self, step: Any, packet: bytes, trailer: int = 0) -> bytes:
        size = len(packet)
        if size + trailer > self._room:
            raise ValueError("the packet is too long")
        self._size[0] = size
        self._bytes[0:size] = packet
        fault = step(self._context, self._start, self._size)
        if fault:
            raise ValueError(f"libsrtp refuses the packet: error {fault}")
        return self._bytes[0 : self._size[0]]
