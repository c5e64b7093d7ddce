"""What a recording does when people mute, lose packets, change pictures, drop out and come back."""

import random

import msgspec
import pytest

from survey_server.recording import StoredObject, lanes_from_objects, read_fragments, recover
from survey_server.recording.steps import Fragment, Step
from survey_server.rtc.h264 import ParameterSets, parameter_sets
from tests.media.prepared import media, small
from tests.recording.lane import Fed, accounts_for_every_second, decodes_silently, epoch_files, stored


def check_everything(fed: Fed, lane, tmp_path) -> None:
    fed.spool.close()
    accounts_for_every_second(lane)
    for file in epoch_files(lane, stored(fed.directory), tmp_path):
        decodes_silently(file)


def test_sound_and_picture_over_both_wraps_are_one_epoch_in_short_parts(tmp_path):
    fed = Fed(tmp_path / "spool", small())
    fed.connect(0.2)
    fed.run(0.2, 34.2)
    lane = fed.finish()
    (epoch,) = lane.epochs
    assert (epoch.kinds, epoch.width, epoch.height) == (("video", "audio"), 320, 240)
    assert epoch.mime.startswith('video/mp4; codecs="avc1.42')
    assert lane.gaps == ()
    assert {t.kind: round(t.seconds, 1) for t in epoch.tracks} == {"video": 34.0, "audio": 34.0}
    assert all(p.end_s - p.start_s <= 15 for p in epoch.parts)
    assert len(epoch.parts) >= 3
    objects = stored_after(fed)
    for part in epoch.parts:
        starts = [r.decode_time for f in read_fragments(objects[part.key]) for r in f.runs if r.kind == "video"]
        assert starts == sorted(starts)
    check_everything(fed, lane, tmp_path)


def stored_after(fed: Fed):
    fed.spool.close()
    return stored(fed.directory)


def test_every_second_is_on_disk_within_the_next(tmp_path):
    """What a killed process would lose: never more than two seconds."""
    fed = Fed(tmp_path / "spool", small())
    fed.connect(0)
    for second in range(1, 6):
        fed.run(second - 1, second, key_first=second == 1)
        assert fed.segments.seconds >= second - 1.1
    fed.finish()


def test_an_epochs_first_fragment_holds_something_of_every_kind(tmp_path):
    """Should the server die right after it, what is there plays: no player takes a track without a sample."""
    fed = Fed(tmp_path / "spool", small())
    written: list[Step] = []
    carry_out = fed.segments.carry_out
    fed.segments.carry_out = lambda steps: written.extend(steps) or carry_out(steps)
    fed.connect(0)
    fed.run(0, 0.03)
    fed.run(0.03, 2.5, video=False)
    fragments = [step for step in written if isinstance(step, Fragment)]
    assert set(fragments[0].tracks) == {"video", "audio"}
    assert 1 < fragments[0].end_s < 2, "written within two seconds all the same"
    check_everything(fed, fed.finish(), tmp_path)


def test_uneven_pictures_keep_their_times_and_decode_silently(tmp_path):
    jitter = random.Random(5)
    fed = Fed(tmp_path / "spool", small())
    fed.connect(0)
    wobble = [round(jitter.uniform(0, 0.02), 3) for _ in range(1000)]
    fed.run(0, 12, fps=20, jitter=lambda n: wobble[n])
    lane = fed.finish()
    check_everything(fed, lane, tmp_path)


def test_somebody_without_a_camera_is_recorded(tmp_path):
    fed = Fed(tmp_path / "spool", small())
    fed.connect(0)
    fed.writer.expect(frozenset({"audio"}))
    fed.run(0, 5, video=False)
    lane = fed.finish()
    assert [(e.kinds, e.mime) for e in lane.epochs] == [(("audio",), 'audio/mp4; codecs="opus"')]
    assert lane.epochs[0].tracks[0].seconds == pytest.approx(5, abs=0.05)
    check_everything(fed, lane, tmp_path)


def test_a_picture_that_is_late_is_waited_for_a_moment_only(tmp_path):
    fed = Fed(tmp_path / "spool", small())
    fed.connect(0)
    fed.run(0, 4, video=False)
    assert fed.asked
    fed.run(4, 8)
    lane = fed.finish()
    assert [e.kinds for e in lane.epochs] == [("audio",), ("video", "audio")]
    assert lane.epochs[0].parts[0].start_s == pytest.approx(0, abs=0.05)
    assert sum(t.seconds for e in lane.epochs for t in e.tracks if t.kind == "audio") == pytest.approx(8, abs=0.05)
    check_everything(fed, lane, tmp_path)


def test_a_mute_is_a_gap_with_its_cause_and_the_rest_goes_on(tmp_path):
    fed = Fed(tmp_path / "spool", small())
    fed.connect(0)
    fed.run(0, 4)
    fed.mute("audio", True)
    fed.run(4, 8, audio=False)
    fed.mute("audio", False)
    fed.run(8, 12)
    lane = fed.finish()
    assert [(g.kind, g.cause, round(g.start_s), round(g.end_s)) for g in lane.gaps] == [("audio", "mute", 4, 8)]
    assert [e.kinds for e in lane.epochs] == [("video", "audio"), ("video",), ("video", "audio")]
    assert sum(t.seconds for e in lane.epochs for t in e.tracks if t.kind == "video") == pytest.approx(12, abs=0.1)
    check_everything(fed, lane, tmp_path)


def test_a_mute_stays_a_mute_over_a_lost_connection(tmp_path):
    fed = Fed(tmp_path / "spool", small())
    fed.connect(0)
    fed.run(0, 4)
    fed.mute("audio", True)
    fed.run(4, 6, audio=False)
    fed.disconnect("disconnected")
    fed.connect(7)
    fed.mute("audio", True)
    fed.run(7, 9, audio=False)
    fed.mute("audio", False)
    fed.run(9, 12)
    lane = fed.finish()
    assert {(g.kind, g.cause, round(g.start_s), round(g.end_s)) for g in lane.gaps} == {
        ("audio", "mute", 4, 9), ("video", "disconnected", 6, 7),
    }  # fmt: skip
    check_everything(fed, lane, tmp_path)


def test_a_stopped_clock_is_noticed_when_the_sound_comes_back(tmp_path):
    """Some senders' RTP clock stands still while they are muted: arrival tells where the sound belongs."""
    fed = Fed(tmp_path / "spool", small())
    fed.connect(0)
    fed.writer.expect(frozenset({"audio"}))
    fed.run(0, 4, video=False)
    fed.mute("audio", True)
    fed.idle(9)
    fed.mute("audio", False)
    fed.first_audio -= 5 * 48_000
    fed.run(9, 12, video=False)
    lane = fed.finish()
    assert [(g.cause, round(g.start_s, 1), round(g.end_s, 1)) for g in lane.gaps] == [("mute", 4.0, 9.0)]
    check_everything(fed, lane, tmp_path)


def test_a_dead_network_is_a_hole_in_the_file_and_in_the_list(tmp_path):
    fed = Fed(tmp_path / "spool", small())
    fed.connect(0)
    fed.run(0, 3)
    fed.run(4.2, 8, lost=40)
    lane = fed.finish()
    assert {(g.kind, g.cause) for g in lane.gaps} == {("audio", "network"), ("video", "network")}
    assert all(abs(g.start_s - 3) < 0.1 and abs(g.end_s - 4.2) < 0.1 for g in lane.gaps)
    (epoch,) = lane.epochs
    objects = stored_after(fed)
    jumps = []
    for part in epoch.parts:
        last = None
        for fragment in read_fragments(objects[part.key]):
            for run in fragment.runs:
                if run.kind == "video":
                    if last is not None:
                        jumps.append((run.decode_time - last) / 90_000)
                    last = run.decode_time + run.duration
    assert max(jumps) == pytest.approx(1.2, abs=0.05)
    check_everything(fed, lane, tmp_path)


def test_loss_is_told_from_a_dead_network_and_that_from_silence(tmp_path):
    fed = Fed(tmp_path / "spool", small())
    fed.connect(0)
    fed.run(0, 3)
    fed.run(3, 4, video=False)
    fed.run(4, 7, lost=30)
    fed.run(8, 10, lost=60)
    fed.run(11, 13)
    lane = fed.finish()
    assert [(g.kind, g.cause, round(g.start_s), round(g.end_s)) for g in lane.gaps if g.kind == "video"] == [
        ("video", "loss", 3, 4), ("video", "network", 7, 8), ("video", "silent", 10, 11),
    ]  # fmt: skip
    assert [(g.cause, round(g.start_s)) for g in lane.gaps if g.kind == "audio"] == [("network", 7), ("silent", 10)]
    check_everything(fed, lane, tmp_path)


def test_a_short_hole_is_filled_by_the_picture_before_it(tmp_path):
    fed = Fed(tmp_path / "spool", small())
    fed.connect(0)
    fed.run(0, 3)
    fed.run(3.3, 6, lost=9)
    lane = fed.finish()
    assert lane.gaps == ()
    assert {t.kind: round(t.seconds, 1) for t in lane.epochs[0].tracks} == {"video": 6.0, "audio": 6.0}
    check_everything(fed, lane, tmp_path)


def test_a_new_parameter_set_begins_a_new_epoch(tmp_path):
    fed = Fed(tmp_path / "spool", small())
    fed.connect(0)
    fed.run(0, 4)
    fed.media = media()
    fed.run(4, 8)
    lane = fed.finish()
    assert [(e.width, e.height) for e in lane.epochs] == [(320, 240), (media().width, media().height)]
    assert lane.gaps == ()
    check_everything(fed, lane, tmp_path)


def test_a_new_connection_begins_a_new_epoch_with_the_gap_before_it(tmp_path):
    fed = Fed(tmp_path / "spool", small())
    fed.connect(0)
    fed.run(0, 4)
    fed.disconnect("disconnected")
    fed.first_video, fed.first_audio = 777, 4_000_000_000
    fed.connect(9)
    fed.run(9, 12)
    lane = fed.finish()
    assert [e.connection for e in lane.epochs] == [0, 1]
    assert {(g.kind, g.cause, round(g.start_s), round(g.end_s)) for g in lane.gaps} == {
        ("audio", "disconnected", 4, 9), ("video", "disconnected", 4, 9),
    }  # fmt: skip
    check_everything(fed, lane, tmp_path)


def test_who_left_before_the_end_has_a_last_gap(tmp_path):
    fed = Fed(tmp_path / "spool", small())
    fed.connect(0)
    fed.run(0, 4)
    fed.disconnect("left")
    (lane,) = lanes_from_objects(fed.segments.objects, 10)
    assert {(g.kind, g.cause, round(g.start_s), g.end_s) for g in lane.gaps} == {
        ("audio", "left", 4, 10), ("video", "left", 4, 10),
    }  # fmt: skip
    fed.spool.close()


def test_a_keyframe_is_asked_for_in_time(tmp_path):
    fed = Fed(tmp_path / "spool", small())
    fed.connect(0)
    fed.run(0, 2)
    assert fed.asked == []
    fed.media = msgspec.structs.replace(small(), keyframes=[False] * len(small().keyframes))
    fed.run(2, 9, key_first=False)
    assert fed.asked
    assert 2.5 <= fed.asked[0] <= 3
    assert all(b - a >= 0.59 for a, b in zip(fed.asked, fed.asked[1:], strict=False))
    fed.finish()


def test_lanes_are_made_from_what_objects_say_alone(tmp_path):
    """The list at the close and the list an auditor makes from the store's index are the same, in any order."""
    fed = Fed(tmp_path / "spool", small())
    fed.connect(0)
    fed.run(0, 20)
    lane = fed.finish()
    through_json = [
        StoredObject(msgspec.json.decode(msgspec.json.encode(o.about)), o.key, o.sha256, o.size)
        for o in reversed(fed.segments.objects)
    ]
    strangers = [StoredObject({"what": "photo"}, "k", "0" * 64, 1), StoredObject({}, "k2", "0" * 64, 1)]
    assert lanes_from_objects([*strangers, *through_json], fed.now) == [lane]
    for stored_object in fed.segments.objects:
        assert stored_object.key.startswith("surveys/test/media/p1/0/")
    fed.spool.close()


@pytest.mark.parametrize("cut", [0, 1, 7, 500, 4000, 20_000])
def test_a_killed_server_loses_at_most_its_last_fragment(tmp_path, cut):
    """The segment left open is cut to its last whole fragment; the next run goes on in a new epoch."""
    fed = Fed(tmp_path / "spool", small())
    fed.connect(0)
    fed.run(0, 18.5)
    before = list(fed.segments.objects)
    fed.spool.close()
    (torn,) = (tmp_path / "spool").glob("*.open")
    if cut:
        torn.write_bytes(torn.read_bytes()[:-cut])

    again = Fed(tmp_path / "spool", small())
    found = recover(again.spool.abandoned())
    again.spool.close()
    (lane,) = lanes_from_objects([*before, *found])
    assert lane.epochs[0].parts[-1].end_s > 18.5 - (1.2 if not cut else 3.2)
    accounts_for_every_second(lane)
    for file in epoch_files(lane, stored(tmp_path / "spool"), tmp_path):
        decodes_silently(file)

    resumed = Fed(tmp_path / "spool", small(), earlier=[*before, *found])
    resumed.connect(25)
    resumed.run(25, 28)
    resumed.disconnect("ended")
    (whole,) = lanes_from_objects([*before, *found, *resumed.segments.objects], 28)
    assert [e.number for e in whole.epochs] == [0, 1]
    assert {g.cause for g in whole.gaps} == {"server_restart"}
    assert all(g.end_s == pytest.approx(25, abs=0.1) for g in whole.gaps)
    check_everything(resumed, whole, tmp_path)


def test_recovery_says_what_the_closing_would_have_said(tmp_path):
    fed = Fed(tmp_path / "spool", small())
    fed.connect(0)
    fed.run(0, 3)
    fed.run(5, 8, lost=3)
    fed.idle(11)
    fed.spool.close()
    again = Fed(tmp_path / "spool", small())
    (recovered,) = recover(again.spool.abandoned())
    again.spool.close()
    about = msgspec.convert(recovered.about["tracks"], dict)
    assert [(g["kind"], g["cause"]) for g in recovered.about["gaps"]] == [("video", "network"), ("audio", "network")]
    assert about["video"]["first_rtp"] == fed.first_video
    assert about["audio"]["seconds"] == pytest.approx(6, abs=0.1)
    assert recovered.about["closed"] == "server_restart"


def test_a_disk_that_fails_for_a_while_costs_nothing(tmp_path):
    fed = Fed(tmp_path / "spool", small())
    fed.connect(0)
    fed.run(0, 3)
    part = fed.segments._open
    assert part is not None
    real, part.segment = part.segment, Broken()
    fed.run(3, 6, key_first=False)
    on_disk = fed.segments.bytes
    assert fed.segments.carry_out([]) is False
    assert fed.segments.bytes == on_disk
    part.segment = real
    fed.run(6, 9, key_first=False)
    lane = fed.finish()
    assert {t.kind: round(t.seconds, 1) for t in lane.epochs[0].tracks} == {"video": 9.0, "audio": 9.0}
    assert fed.segments.lost_bytes == 0
    check_everything(fed, lane, tmp_path)


def test_a_part_is_handed_on_when_nothing_comes_any_more(tmp_path):
    fed = Fed(tmp_path / "spool", small())
    fed.connect(0)
    fed.run(0, 4)
    fed.idle(12)
    assert [o.about["part"] for o in fed.segments.objects] == ["init", "media"]
    fed.run(12, 15)
    lane = fed.finish()
    assert [len(e.parts) for e in lane.epochs] == [2]
    assert {(g.kind, g.cause) for g in lane.gaps} == {("audio", "silent"), ("video", "silent")}
    check_everything(fed, lane, tmp_path)


def test_an_epoch_that_a_crash_left_without_media_is_not_taken_for_the_next_one(tmp_path):
    fed = Fed(tmp_path / "spool", small())
    fed.connect(0)
    fed.run(0, 4)
    fed.finish()
    fed.spool.close()
    init = fed.segments.objects[0]
    alone = StoredObject({**init.about, "epoch": 1, "connection": 1}, "other", "0" * 64, 9)
    resumed = Fed(tmp_path / "spool", small(), earlier=[*fed.segments.objects, alone])
    resumed.connect(6)
    resumed.run(6, 8)
    resumed.disconnect("ended")
    (lane,) = lanes_from_objects([*fed.segments.objects, alone, *resumed.segments.objects])
    assert [(e.number, e.connection) for e in lane.epochs] == [(0, 0), (2, 2)]
    check_everything(resumed, lane, tmp_path)


class Broken:
    def append(self, data: bytes) -> None:
        raise OSError("no space left on device")


def test_the_size_of_the_picture_is_read_from_its_parameter_set():
    for prepared, size in ((small(), (320, 240)), (media(), (media().width, media().height))):
        sets = parameter_sets(prepared.pictures[0])
        assert isinstance(sets, ParameterSets)
        assert sets.size == size
