"""A recording made long: what people sent for some seconds is played again into the node's recording.

The packets go the way of live ones, from the assembler to synced fragments and parts, on a line of time that is wound
on as they are played. What people send meanwhile is left out; afterwards they are recorded as from a new source.
"""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from survey_server.clock import utc_now
from survey_server.media.publication import RecordingSink
from survey_server.recording import Recording, survey_seconds
from survey_server.rtc.codecs import CLOCK_RATE, KIND, Codec
from survey_server.rtc.rtp import SEQUENCES, TIMESTAMPS
from survey_server.wire.basics import Kind

_MOST_BEHIND_S = 20.0
"""So much of what was played may wait for the disk; it waits in memory."""
_LOOK_S = 0.02


class Line:
    """The time of a node, which can be wound on."""

    def __init__(self) -> None:
        self.ahead_s = 0.0

    def clock(self) -> datetime:
        """The time as the node is to see it."""
        return utc_now() + timedelta(seconds=self.ahead_s)

    def seconds_since(self, started_at: datetime) -> Callable[[], float]:
        """Seconds on the line of a survey that began then."""
        seconds = survey_seconds(started_at - timedelta(seconds=self.ahead_s))
        begun_s = self.ahead_s
        return lambda: seconds() - begun_s + self.ahead_s


class _Packet(NamedTuple):
    at_s: float
    codec: Codec
    sequence: int
    timestamp: int
    marker: int
    payload: bytes
    source: int


class Tape:
    """One person's packets on their way into the recording."""

    def __init__(self, sink: RecordingSink, now_s: Callable[[], float]) -> None:
        self._sink, self._now_s = sink, now_s
        self._taped: list[_Packet] = []
        self._live, self._sources_before = True, 0
        self._spans: dict[Kind, tuple[int, int]] = {}
        """By how much sequence numbers and timestamps grow from one round to the next."""

    def rtp(
        self, codec: Codec, sequence: int, timestamp: int, marker: int, payload: bytes, source: int
    ) -> None:  # fmt: skip
        """A packet of a live person."""
        if self._live:
            source += self._sources_before
            self._taped.append(_Packet(self._now_s(), codec, sequence, timestamp, marker, payload, source))
            self._sink.rtp(codec, sequence, timestamp, marker, payload, source)

    def sender_report(self, kind: Kind, ntp: int, timestamp: int) -> None:
        """The clock of a live person."""
        if self._live:
            self._sink.sender_report(kind, ntp, timestamp)

    def mute(self, kind: Kind, muted: bool) -> None:
        """As the recording takes it."""
        self._sink.mute(kind, muted)

    def expect(self, kinds: frozenset[Kind]) -> None:
        """As the recording takes it."""
        self._sink.expect(kinds)

    def closed(self, cause: str) -> None:
        """As the recording takes it."""
        self._sink.closed(cause)

    def cut(self, seconds: int) -> list[tuple[float, _Packet]]:
        """What came in the last so many seconds, each with its second among them. Nothing live is taken any more."""
        self._live = False
        cut: list[tuple[float, _Packet]] = []
        ends_s = max((packet.at_s for packet in self._taped), default=0.0)
        for kind in ("video", "audio"):
            mine = [packet for packet in self._taped if KIND[packet.codec] == kind]
            if not mine:
                continue
            ticks, newest = seconds * CLOCK_RATE[kind], mine[-1]
            mine = [packet for packet in mine if (newest.timestamp - packet.timestamp) % TIMESTAMPS < ticks]
            self._spans[kind] = (newest.sequence - mine[0].sequence) % SEQUENCES + 1, ticks
            cut += [(max(0.0, packet.at_s - ends_s + seconds), packet) for packet in mine]
        return cut

    def play(self, packet: _Packet, turn: int) -> None:
        """A packet of the cut for the so-manyth time, counted from 1."""
        _, codec, sequence, timestamp, marker, payload, source = packet
        more, ticks = self._spans[KIND[codec]]
        sequence, timestamp = (sequence + turn * more) % SEQUENCES, (timestamp + turn * ticks) % TIMESTAMPS
        self._sink.rtp(codec, sequence, timestamp, marker, payload, source)

    def go_on(self) -> None:
        """Live again."""
        self._taped.clear()
        self._live, self._sources_before = True, self._sources_before + 1


class TapedRecording:
    """A recording as a media session sees it, with a tape for each connection."""

    def __init__(self, recording: Recording, now_s: Callable[[], float]) -> None:
        self.tapes: list[Tape] = []
        self._recording, self._now_s = recording, now_s

    def participant(self, participant: str, ask_keyframe: Callable[[], None]) -> RecordingSink:
        """A sink for a new connection."""
        tape = Tape(self._recording.participant(participant, ask_keyframe), self._now_s)
        self.tapes.append(tape)
        return tape

    async def repeat(self, seconds: int, turns: int, line: Line) -> None:
        """Record the last so many seconds so many times more, as fast as the disk takes it."""
        cuts = [(tape, *each) for tape in self.tapes for each in tape.cut(seconds)]
        cuts.sort(key=lambda cut: cut[1])
        begins_s, lag_s = self._now_s(), self._behind_s()
        for turn in range(1, turns + 1):
            await self._turn(cuts, turn, begins_s + (turn - 1) * seconds, line)
            while self._behind_s() - lag_s > _MOST_BEHIND_S:  # noqa: ASYNC110 - a recording tells nobody
                await asyncio.sleep(_LOOK_S)
        for tape in self.tapes:
            tape.go_on()

    async def _turn(
        self, cuts: Sequence[tuple[Tape, float, _Packet]], turn: int, begins_s: float, line: Line
    ) -> None:  # fmt: skip
        rest_at = begins_s
        for tape, second, packet in cuts:
            line.ahead_s += max(0.0, begins_s + second - self._now_s())
            tape.play(packet, turn)
            if self._now_s() > rest_at:
                rest_at = self._now_s() + 1
                await asyncio.sleep(0)

    def _behind_s(self) -> float:
        return self._now_s() - min((one.seconds for one in self._recording.light()), default=0.0)
