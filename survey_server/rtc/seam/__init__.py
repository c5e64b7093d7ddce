"""Every private name of aiortc 1.16, aioice 0.13 and pylibsrtp 1.0 that this project touches is touched here.

**tests/rtc/test_seam.py holds the libraries to the shape of each.** The rest of the server knows only what follows.

aiortc decodes and encodes by default. Its DTLS router only asks for objects with a few methods, so the sender and the
receiver of each transceiver are exchanged for two that hand packets over as they are. aioice lists the machine's own
addresses; here the addresses to use are given instead, which also makes loopback work.

Packets take one of two ways. The library's own goes through its queue and tasks. The direct one (`fast`) goes from the
socket through SRTP to the sink and back within one call of the event loop; everything else stays with the library.
"""

from aioice.ice import StunProtocol

from survey_server.rtc.seam.connection import ConnectionState, Lane, PacketConnection
from survey_server.rtc.seam.port import DatagramPort, MediaEdge, OnMedia, Opened, OwnPort
from survey_server.rtc.seam.receiver import PacketReceiver, PacketSink, SenderReport
from survey_server.rtc.seam.sender import FeedbackSink, PacketSender

__all__ = [
    "ConnectionState",
    "DatagramPort",
    "FeedbackSink",
    "Lane",
    "MediaEdge",
    "OnMedia",
    "Opened",
    "OwnPort",
    "PacketConnection",
    "PacketReceiver",
    "PacketSender",
    "PacketSink",
    "SenderReport",
    "StunProtocol",
]
