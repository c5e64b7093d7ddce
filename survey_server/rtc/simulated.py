"""A simulated person's media, for rehearsals: the client end of the server's offers.

It sends prepared packets in real time and counts what it receives; it neither encodes nor decodes.
"""

import asyncio
import secrets
import time
from collections.abc import Callable, Sequence

from survey_server.rtc import description, h264
from survey_server.rtc.assembler import H264Assembler
from survey_server.rtc.codecs import CLOCK_RATE, KIND, Codec
from survey_server.rtc.prepared import FRAMES_PER_SECOND, OPUS_SAMPLES, PreparedMedia, prepare
from survey_server.rtc.rtp import SEQUENCES, History, MissingPackets, Packet, Reception, Unwrapper
from survey_server.rtc.seam import (
    DatagramPort,
    Lane,
    OwnPort,
    PacketConnection,
    PacketReceiver,
    PacketSender,
    SenderReport,
)
from survey_server.wire.basics import Kind
from survey_server.wire.to_person import OfferedTrack

__all__ = ["PreparedMedia", "SimulatedMedia", "prepare"]

_NTP_EPOCH_S = 2_208_988_800
_REPORT_S = 1.0
_TICK_S = 0.05
_STALL_S = 0.5
_ASK_S = 0.3


class _SentTrack:
    """One own track: numbers its packets and answers requests for them."""

    def __init__(self, sender: PacketSender, codec: Codec) -> None:
        self.codec: Codec = codec
        self.rate = CLOCK_RATE[KIND[codec]]
        self.muted = False
        self.keyframe_asked = False
        self.sender = sender
        self._sequence = secrets.randbelow(1 << 15)
        self._origin = secrets.randbelow(1 << 32)
        self._history: History[tuple[int, int, bytes]] = History()
        sender.sink = self

    def started(self) -> None:
        """Sending is paced elsewhere."""

    def missing(self, sequences: Sequence[int]) -> None:
        for sequence in sequences:
            newest = self._sequence - 1
            kept = self._history.get(newest - (newest - sequence) % SEQUENCES)
            if kept is not None:
                self.sender.send_again(
                    self.codec, marker=kept[0], sequence=sequence, timestamp=kept[1], payload=kept[2]
                )

    def keyframe_wanted(self) -> None:
        self.keyframe_asked = True

    def reported(self, loss: float, round_trip_s: float | None) -> None:
        """Prepared media can't be sent any smaller."""

    def send(self, ticks: int, payloads: Sequence[bytes], *, marked: bool) -> None:
        """One frame at this many clock ticks since the start."""
        if self.muted:
            return
        timestamp = (self._origin + ticks) & 0xFFFFFFFF
        for number, payload in enumerate(payloads):
            marker = int(marked and number == len(payloads) - 1)
            self._history.put(self._sequence, (marker, timestamp, payload))
            self.sender.send_packet(
                self.codec, marker=marker, sequence=self._sequence, timestamp=timestamp, payload=payload
            )
            self._sequence += 1

    def report(self, ticks: int) -> None:
        ntp = int((time.time() + _NTP_EPOCH_S) * (1 << 32))
        self.sender.send_report(ntp, self._origin + ticks)


class _ReceivedTrack:
    """One track of somebody else: repairs loss, counts whole frames."""

    def __init__(self, receiver: PacketReceiver, kind: Kind, on_frame: Callable[[bool], None]) -> None:
        self.frames = 0
        self.lost = 0
        self._receiver, self._kind, self._on_frame = receiver, kind, on_frame
        self._assembler = H264Assembler(self._need_keyframe)
        self._unwrap = Unwrapper(SEQUENCES)
        self._reception = Reception(CLOCK_RATE[kind])
        self._missing = MissingPackets()
        self._heard: SenderReport | None = None
        self._keyframe_needed = False
        self._asked_at = 0.0
        receiver.sink = self

    def packet(self, packet: Packet, codec: Codec, *, repaired: bool) -> None:  # noqa: ARG002
        now = time.monotonic()
        place = self._unwrap(packet.sequence)
        if not repaired:
            self._reception.add(place, packet.timestamp, now)
        self._missing.received(place, now)
        if self._kind == "audio":
            self._count(keyframe=True, lost=0)
            return
        for frame in self._assembler.push(packet.sequence, packet.timestamp, packet.marker, packet.payload, now):
            self._count(keyframe=frame.keyframe, lost=frame.lost)
        self.tick(now)

    def report(self, ntp: int, timestamp: int) -> None:
        self._heard = SenderReport(ntp, timestamp, time.monotonic())

    def tick(self, now: float) -> None:
        """Ask for what is missing."""
        self._receiver.ask_again(self._missing.due(now))
        if self._keyframe_needed and now - self._asked_at > _ASK_S:
            self._keyframe_needed, self._asked_at = False, now
            self._receiver.ask_keyframe()

    def send_report(self, now: float) -> None:
        reception = self._reception.report()
        if reception is not None:
            self._receiver.send_report(reception, self._heard, now, None)

    def _count(self, *, keyframe: bool, lost: int) -> None:
        self.frames += 1
        self.lost += lost
        self._on_frame(keyframe)

    def _need_keyframe(self) -> None:
        self._keyframe_needed = True


class SimulatedMedia:
    """One person's end. Answer each offer of the server with `answer`; everything else goes by itself."""

    def __init__(
        self, media: PreparedMedia | None = None, *, port: DatagramPort | None = None,
        kinds: frozenset[Kind] = frozenset({"audio", "video"}),
    ) -> None:  # fmt: skip
        """Without media the person sends nothing. `port` is a fresh socket towards the server unless given."""
        self.first_frame_ms: float | None = None
        self.first_frames_ms: dict[str, float] = {}
        self._media = media
        self._kinds: frozenset[Kind] = kinds if media is not None else frozenset()
        self._own_port = OwnPort()
        self._connection = PacketConnection(port or self._own_port)
        self._sent: dict[Kind, _SentTrack] = {}
        self._received: dict[tuple[str, Kind], _ReceivedTrack] = {}
        self._started_at: float | None = None
        self._report_at = 0.0
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def connected(self) -> bool:
        """Does the connection stand?"""
        return self._connection.state == "connected"

    async def established(self) -> None:
        """Return once the connection stands."""
        await self._connection.established()

    @property
    def frames(self) -> dict[str, int]:
        """Whole pictures received, by participant."""
        return {who: track.frames for (who, kind), track in self._received.items() if kind == "video"}

    @property
    def sounds(self) -> dict[str, int]:
        """Sound packets received, by participant."""
        return {who: track.frames for (who, kind), track in self._received.items() if kind == "audio"}

    async def answer(self, sdp: str, tracks: Sequence[OfferedTrack]) -> str:
        """Answer an offer. Sending starts as soon as the connection stands."""
        by_mid = {track.mid: track for track in tracks}
        if self._started_at is None:
            self._started_at = time.monotonic()
            self._own_port.toward = description.candidate_host(sdp) or self._own_port.toward
        answer = await self._connection.answer_offer(sdp, lambda lane: self._prepare(lane, by_mid.get(lane.mid)))
        if not self._tasks:
            loop = asyncio.get_running_loop()
            self._tasks = [loop.create_task(self._send()), loop.create_task(self._tick())]
        return answer

    def mute(self, kind: Kind, muted: bool) -> None:
        """Stop or resume sending one kind."""
        if kind in self._sent:
            self._sent[kind].muted = muted

    async def close(self) -> None:
        """Hang up."""
        for task in self._tasks:
            task.cancel()
        await self._connection.close()

    def vanish(self) -> None:
        """Stop without a word, as a phone that lost its network."""
        for task in self._tasks:
            task.cancel()
        self._connection.go_silent()

    def _prepare(self, lane: Lane, track: OfferedTrack | None) -> None:
        if track is None:
            return
        if track.own:
            lane.transceiver.direction = "sendonly" if track.kind in self._kinds else "inactive"
            if track.kind in self._kinds and track.kind not in self._sent:
                self._sent[track.kind] = _SentTrack(lane.sender, "h264" if track.kind == "video" else "opus")
        elif (track.participant, track.kind) not in self._received:
            lane.transceiver.direction = "recvonly"
            self._received[track.participant, track.kind] = _ReceivedTrack(
                lane.receiver, track.kind, lambda keyframe: self._frame(track, keyframe)
            )

    def _frame(self, track: OfferedTrack, keyframe: bool) -> None:
        if track.kind != "video" or not keyframe or track.participant in self.first_frames_ms:
            return
        assert self._started_at is not None
        took = (time.monotonic() - self._started_at) * 1000
        self.first_frames_ms[track.participant] = took
        if self.first_frame_ms is None:
            self.first_frame_ms = took

    async def _send(self) -> None:
        media = self._media
        if media is None:
            return
        await self._connection.established()
        start, picture, shown, sound = time.monotonic(), 0, 0, 0
        while True:
            now = time.monotonic()
            picture_at, sound_at = start + picture / FRAMES_PER_SECOND, start + sound * OPUS_SAMPLES / 48_000
            if now > min(picture_at, sound_at) + _STALL_S:
                picture = int((now - start) * FRAMES_PER_SECOND) + 1
                sound = int((now - start) * 48_000 / OPUS_SAMPLES) + 1
            elif picture_at <= now:
                shown = self._send_picture(media, picture, shown)
                picture += 1
            elif sound_at <= now:
                if "audio" in self._sent:
                    packet = media.sounds[sound % len(media.sounds)]
                    self._sent["audio"].send(sound * OPUS_SAMPLES, [packet], marked=sound == 0)
                sound += 1
            else:
                self._report(start, now)
                await asyncio.sleep(min(picture_at, sound_at) - now)

    def _report(self, start: float, now: float) -> None:
        if now < self._report_at:
            return
        self._report_at = now + _REPORT_S
        for track in self._sent.values():
            track.report(int((now - start) * track.rate))

    def _send_picture(self, media: PreparedMedia, number: int, shown: int) -> int:
        """Send the next picture of the loop, or, when one was asked for, the next keyframe. Returns the one after."""
        video = self._sent.get("video")
        if video is None:
            return shown
        if video.keyframe_asked:
            video.keyframe_asked = False
            while not media.keyframes[shown % len(media.pictures)]:
                shown += 1
        ticks = number * 90_000 // FRAMES_PER_SECOND
        video.send(ticks, h264.packetize(media.pictures[shown % len(media.pictures)]), marked=True)
        return shown + 1

    async def _tick(self) -> None:
        report_at = 0.0
        while True:
            await asyncio.sleep(_TICK_S)
            now = time.monotonic()
            for track in self._received.values():
                track.tick(now)
                if now >= report_at:
                    track.send_report(now)
            if now >= report_at:
                report_at = now + _REPORT_S
