"""The media of one survey: who is connected, who hears and sees whom.

The server makes every offer. The first two m-lines carry a person's own sound and picture, each further one a track of
somebody else; an m-line stays that track's for good and goes inactive when its owner leaves.
"""

from collections.abc import Callable
from functools import partial
from typing import Protocol

from survey_server.media.peer import KINDS, MuxPort, Peer, PeerState
from survey_server.media.publication import Publication, RecordingSink, Source
from survey_server.net.udp_mux import UdpMux
from survey_server.wire.basics import Kind

__all__ = ["MediaSession", "Peer", "PeerState", "Recording"]


class Recording(Protocol):
    """Where a session's media are kept. Calls return at once."""

    def participant(self, participant: str, ask_keyframe: Callable[[], None]) -> RecordingSink:
        """A sink for a new connection of this participant; `ask_keyframe` is called when it needs a keyframe."""
        ...


class MediaSession:
    """All connections of one survey on this node. Use from one event loop."""

    def __init__(self, mux: UdpMux, recording: Recording | None = None, *, fast: bool = True) -> None:
        """`fast`: packets go from socket to socket at once; else by the library's tasks."""
        self._mux, self._recording, self._fast = mux, recording, fast
        self._peers: dict[str, Peer] = {}
        self._sources: dict[Source, Publication | None] = {}

    async def join(self, participant: str, on_tracks_changed: Callable[[], None], *, rank: int = 0) -> Peer:
        """A new connection for this participant; one they had is closed ("disconnected").

        `on_tracks_changed` is called, on the event loop, whenever a new offer is due; never before the first offer is
        answered nor while an offer waits for its answer. Pictures of a higher rank go on when not all can.
        """
        former = self._peers.pop(participant, None)
        if former is not None:
            for kind in KINDS:
                if (participant, kind) in self._sources:
                    self._sources[participant, kind] = None
            await former.shut("disconnected")
        recorder = None if self._recording is None else partial(self._recording.participant, participant)
        peer = Peer(self, participant, MuxPort(self._mux), recorder, on_tracks_changed, rank=rank, fast=self._fast)
        self._peers[participant] = peer
        self._tell_others(peer)
        return peer

    def sources(self, besides: str) -> dict[Source, Publication | None]:
        """What there is to receive; None while its owner is reconnecting."""
        return {s: p for s, p in self._sources.items() if s[0] != besides}

    def published(self, peer: Peer, publications: dict[Kind, Publication]) -> None:
        """A peer's answer names what it sends. One that left while its answer was applied sends nothing."""
        if self._peers.get(peer.participant) is not peer:
            return
        for kind in KINDS:
            if kind in publications:
                self._sources[peer.participant, kind] = publications[kind]
            else:
                self._sources.pop((peer.participant, kind), None)
        self._tell_others(peer)

    async def leave(self, peer: Peer, cause: str) -> None:
        """A peer is gone."""
        if self._peers.get(peer.participant) is peer:
            del self._peers[peer.participant]
            for kind in KINDS:
                self._sources.pop((peer.participant, kind), None)
            self._tell_others(peer)
        await peer.shut(cause)

    async def close(self) -> None:
        """End every connection."""
        peers = list(self._peers.values())
        self._peers.clear()
        self._sources.clear()
        for peer in peers:
            await peer.shut("ended")

    def _tell_others(self, peer: Peer) -> None:
        for other in list(self._peers.values()):
            if other is not peer:
                other.sources_changed()
