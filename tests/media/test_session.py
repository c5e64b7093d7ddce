"""One publisher and several viewers, over real DTLS, ICE and UDP in this process; all of it is recorded."""

import asyncio
import contextlib
import threading
import time
from pathlib import Path

import pytest

from tests.media.people import Person, Relay, room, until
from tests.media.prepared import media, small
from tests.recording.lane import accounts_for_every_second, decodes_silently, epoch_files, stored

both_ways = pytest.mark.parametrize("fast", [True, False], ids=["from socket to socket", "by the library's tasks"])


async def finished(place, tmp_path):
    """End everything, then check each lane as an auditor would."""
    await place.session.close()
    lanes = {lane.participant: lane for lane in await place.recording.close()}
    place.spool.close()
    objects = stored(tmp_path / "spool")
    for lane in lanes.values():
        accounts_for_every_second(lane)
        for file in epoch_files(lane, objects, tmp_path):
            await asyncio.to_thread(decodes_silently, file)
    return lanes


def udp_sockets() -> int:
    inodes = {line.split()[9] for line in Path("/proc/net/udp").read_text().splitlines()[1:]}
    own: list[str] = []
    for name in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(OSError):
            own.append(str(name.readlink()))
    return sum(f"socket:[{inode}]" in own for inode in inodes)


@both_ways
async def test_a_survey_from_the_first_picture_to_the_last(tmp_path, fast):
    async with room(tmp_path / "spool", fast=fast) as place:
        before = udp_sockets()
        threads = threading.active_count()
        applicant = await Person(place, "applicant", media()).join()
        reviewer = await Person(place, "reviewer", small(), kinds=frozenset({"audio"})).join()
        await until(lambda: reviewer.media.frames.get("applicant", 0) > 30)
        assert udp_sockets() - before == 2, "a socket per person on their side, and the one shared port on ours"

        late = await Person(place, "late", None).join()
        await until(lambda: late.media.first_frame_ms is not None)
        assert late.media.first_frame_ms is not None
        assert late.media.first_frame_ms < 1500 + 1000 * place.late.total_s
        await until(lambda: late.media.sounds.get("reviewer", 0) > 10)
        await until(lambda: applicant.media.sounds.get("reviewer", 0) > 10)
        assert late.offers == 1
        assert applicant.offers == 2, "a second offer when the reviewer's sound came; none for who only looks on"
        assert [(t.participant, t.kind, t.own) for t in applicant.tracks] == [
            ("applicant", "audio", True), ("applicant", "video", True), ("reviewer", "audio", False),
        ]  # fmt: skip
        assert threading.active_count() <= threads + 1, "the recording's thread, and none that decodes"

        await late.leave()
        light = {one.participant: one for one in place.recording.light()}
        assert light["applicant"].bytes > light["reviewer"].bytes > 0
        assert light["applicant"].age_s < 2.5 + place.late.longest_s
        await reviewer.leave()
        await until(lambda: applicant.offers == 3)
        assert len(applicant.tracks) == 2
        lanes = await finished(place, tmp_path)
        assert set(lanes) == {"applicant", "reviewer"}
        assert [e.kinds for e in lanes["applicant"].epochs] == [("video", "audio")]
        assert [e.kinds for e in lanes["reviewer"].epochs] == [("audio",)]
        assert {g.cause for g in place.gaps(lanes["reviewer"])} <= {"left"}


@both_ways
async def test_who_comes_back_after_signal_loss_is_seen_again_without_a_new_offer(tmp_path, fast):
    async with room(tmp_path / "spool", fast=fast) as place:
        applicant = await Person(place, "applicant", small()).join()
        viewer = await Person(place, "viewer", None).join()
        await until(lambda: viewer.media.frames.get("applicant", 0) > 20)
        applicant.vanish()
        await asyncio.sleep(0.8)
        seen = viewer.media.frames["applicant"]
        await applicant.join()
        await until(lambda: viewer.media.frames["applicant"] > seen + 20)
        assert viewer.offers == 1
        assert applicant.states == ["connected", "connected"]
        lanes = await finished(place, tmp_path)
        epochs = lanes["applicant"].epochs
        assert [e.connection for e in epochs] == [0, 1]
        assert {(g.kind, g.cause) for g in place.gaps(lanes["applicant"])} == {
            ("audio", "disconnected"), ("video", "disconnected"),
        }  # fmt: skip


async def test_who_left_and_joins_again_takes_the_same_lines(tmp_path):
    async with room(tmp_path / "spool") as place:
        applicant = await Person(place, "applicant", small()).join()
        viewer = await Person(place, "viewer", None).join()
        await until(lambda: viewer.media.frames.get("applicant", 0) > 5)
        mids = {t.mid for t in viewer.tracks}
        await applicant.leave()
        await until(lambda: viewer.offers == 2)
        assert all(t.own for t in viewer.tracks)
        seen = viewer.media.frames["applicant"]
        await applicant.join()
        await until(lambda: viewer.media.frames["applicant"] > seen + 10)
        assert {t.mid for t in viewer.tracks} == mids
        third = await Person(place, "third", small()).join()
        await until(lambda: viewer.media.frames.get("third", 0) > 5)
        assert {t.mid for t in viewer.tracks} > mids
        await until(lambda: third.media.frames.get("applicant", 0) > 5)


@both_ways
async def test_nothing_of_a_muted_track_is_passed_on_or_kept(tmp_path, fast):
    async with room(tmp_path / "spool", fast=fast) as place:
        applicant = await Person(place, "applicant", small()).join()
        viewer = await Person(place, "viewer", None).join()
        await until(lambda: viewer.media.sounds.get("applicant", 0) > 50)
        applicant.peer.mute("audio", True)
        muted_at = place.now_s()
        await asyncio.sleep(0.1)
        heard, seen = viewer.media.sounds["applicant"], viewer.media.frames["applicant"]
        await asyncio.sleep(1.2)
        await until(lambda: viewer.media.frames["applicant"] > seen + 20)
        assert viewer.media.sounds["applicant"] == heard
        applicant.peer.mute("audio", False)
        took = place.now_s() - muted_at
        await until(lambda: viewer.media.sounds["applicant"] > heard + 20)
        lanes = await finished(place, tmp_path)
        (gap,) = place.gaps(lanes["applicant"])
        assert (gap.kind, gap.cause) == ("audio", "mute")
        assert gap.end_s - gap.start_s == pytest.approx(took, abs=0.2 + 2 * place.late.longest_s)


@both_ways
async def test_loss_is_repaired_and_what_is_not_is_listed(tmp_path, fast):
    """8 % loss both ways, then 2.5 s of nothing: everything kept decodes, every missing second has a cause."""
    relay = Relay()
    port = await relay.open()
    async with room(tmp_path / "spool", announced_port=port, fast=fast) as place:
        relay.lead_to(place.mux.port)
        await Person(place, "applicant", media()).join()
        viewer = await Person(place, "viewer", None).join()
        await until(lambda: viewer.media.frames.get("applicant", 0) > 20)
        relay.loss = 0.08
        before = viewer.media.frames["applicant"]
        began = place.now_s() - place.late.total_s
        await asyncio.sleep(3)
        took = place.now_s() - place.late.total_s - began
        share = 0.6 if place.late.longest_s < 0.1 else 0.2  # a machine that stands still repairs too late
        assert viewer.media.frames["applicant"] - before > took * 30 * share
        assert relay.dropped > 20
        relay.loss = 1.0
        began = place.now_s()
        await asyncio.sleep(2.5)
        relay.loss = 0.0
        dark = place.now_s() - began
        seen = viewer.media.frames["applicant"]
        await until(lambda: viewer.media.frames["applicant"] > seen + 30)
        lanes = await finished(place, tmp_path)
        gaps = lanes["applicant"].gaps
        assert "video" in {g.kind for g in gaps if g.cause == "network"}  # all sound may have been sent again
        assert {g.cause for g in gaps} <= {"network", "loss", "silent"}  # a stalled machine sends nothing at times
        assert any(dark - 0.5 < g.end_s - g.start_s < dark + 3 + place.late.total_s for g in gaps if g.kind == "video")
        accounted = {
            kind: sum(t.seconds for e in lanes["applicant"].epochs for t in e.tracks if t.kind == kind)
            + sum(g.end_s - g.start_s for g in gaps if g.kind == kind)
            for kind in ("audio", "video")
        }
        assert accounted["video"] == pytest.approx(accounted["audio"], abs=1.0 + place.late.longest_s)
    relay.close()


async def test_one_persons_broken_recording_leaves_everybody_elses_alone(tmp_path, monkeypatch):
    async with room(tmp_path / "spool") as place:
        good = await Person(place, "good", small()).join()
        bad = await Person(place, "bad", small()).join()
        recorder = place.recording._participants["bad"]
        monkeypatch.setattr(recorder, "frames", lambda *_: 1 / 0)
        await until(lambda: good.media.frames.get("bad", 0) > 30)
        await until(lambda: bad.media.frames.get("good", 0) > 30)
        await asyncio.sleep(1)
        lanes = await finished(place, tmp_path)
        assert lanes["good"].epochs[0].tracks[0].seconds > 1
        assert "bad" not in lanes


async def test_an_answer_out_of_turn_or_unreadable_is_refused(tmp_path):
    async with room(tmp_path / "spool") as place:
        person = await Person(place, "p", small()).join()
        with pytest.raises(ValueError, match="no offer"):
            await person.peer.answer("v=0")
        await person.peer.offer()
        with pytest.raises(ValueError, match="unusable answer"):
            await person.peer.answer("v=0\r\nm=video 9 UDP/TLS/RTP/SAVPF 0\r\n")


async def test_silence_shows_a_lost_network_within_two_seconds(tmp_path):
    async with room(tmp_path / "spool") as place:
        person = await Person(place, "p", small()).join()
        await until(lambda: person.states == ["connected"])
        await asyncio.sleep(1)
        person.vanish()
        began = time.monotonic()
        await until(lambda: person.states == ["connected", "lost"], 15)
        assert time.monotonic() - began < 2.0 + place.late.longest_s
        await person.media.close()


async def test_whose_devices_are_taken_is_not_lost_again_and_again(tmp_path):
    """Nothing but connectivity checks comes every few seconds: the connection stands."""
    async with room(tmp_path / "spool") as place:
        person = await Person(place, "p", small()).join()
        await until(lambda: person.states == ["connected"])
        await asyncio.sleep(1)
        for task in person.media._tasks:
            task.cancel()
        await asyncio.sleep(15)
        assert person.states.count("lost") <= 1, "at first, when it can't be told from a dead network"
        assert person.states[-1] == "connected"
        await person.media.close()


async def test_what_one_person_sends_too_much_reaches_nobody(tmp_path):
    """Five times what a voice may take: others get what was saved up in a second and what is allowed, no more."""
    async with room(tmp_path / "spool") as place:
        flood = await Person(place, "flood", small(), kinds=frozenset({"audio"})).join()
        viewer = await Person(place, "viewer", None).join()
        await until(lambda: viewer.media.sounds.get("flood", 0) > 10)
        (track,) = (track for track in viewer.peer._slots.values() if track.subscription._publication)
        before, began = track.lane.sender.octets_sent, time.monotonic()
        sender = flood.media._sent["audio"]
        for n in range(400):
            sender.send(n * 960, [bytes(1000)], marked=False)
            await asyncio.sleep(0.0025)
        sent = track.lane.sender.octets_sent - before
        assert 40_000 < sent < 80_000 * (1 + time.monotonic() - began)
        assert flood.states == ["connected"]
        await place.session.close()
        await place.recording.close()
