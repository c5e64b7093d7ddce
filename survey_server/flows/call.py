"""One person's part in a live session: their peer connection, and the message line its offers go out on.

The connection outlives the line. When a page comes back on a new line it may take the connection over: a fresh offer is
made then, and whatever waited for an answer is void. Revisions only grow, over lines, connections and restarts, so an
answer always finds its offer or none.
"""

import asyncio
import contextlib
import math
from collections.abc import Callable, Coroutine, Iterator
from typing import Any, Protocol

from survey_server.media.session import Peer
from survey_server.wire.basics import Kind
from survey_server.wire.to_person import OfferedTrack


class Line(Protocol):
    """A person's message line, as far as their call needs one."""

    @property
    def current(self) -> bool:
        """Is it the person's newest, and not given up?"""
        ...

    async def offer(self, revision: int, sdp: str, tracks: list[OfferedTrack]) -> None:
        """Send an offer. Raises ConnectionError when the line is gone."""
        ...


class Call:
    """A peer connection and the line it is negotiated on."""

    def __init__(
        self, peer: Peer, line: Line, revisions: Iterator[int], spawn: Callable[[Coroutine[Any, Any, None]], None]
    ) -> None:
        self.peer = peer
        self.line = line
        self._revisions = revisions
        self._revision = 0
        self._spawn = spawn
        self._offering = asyncio.Lock()

    @property
    def silent_s(self) -> float:
        """Seconds since something came from the person; infinite when nothing can come any more."""
        return math.inf if self.peer.closed else self.peer.heard_s

    def held_as(self, username: str) -> bool:
        """Does a page that holds a connection with this ICE user name hold this one, alive?"""
        peer = self.peer
        return bool(username) and peer.username == username and not peer.closed and peer.state == "connected"

    def taken_over(self, line: Line) -> None:
        """The person's newest line: a fresh offer goes out on it."""
        self.line = line
        self.renew()

    def renew(self) -> None:
        """Another offer is due."""
        self._revision = next(self._revisions)
        self._spawn(self._offer(self._revision))

    async def answer(self, revision: int, sdp: str) -> None:
        """Apply the answer to the newest offer; one to an older is passed over. Raises ValueError if it is bad."""
        if revision == self._revision:
            await self.peer.answer(sdp)

    def mute(self, kind: Kind, *, muted: bool) -> None:
        """The person switched a track off or on."""
        self.peer.mute(kind, muted)

    async def _offer(self, revision: int) -> None:
        with contextlib.suppress(ConnectionError):  # closed or gone meanwhile: whoever comes next gets a fresh offer
            async with self._offering:
                if revision != self._revision:
                    return
                sdp, tracks = await self.peer.offer()
            if revision == self._revision:
                await self.line.offer(revision, sdp, tracks)
