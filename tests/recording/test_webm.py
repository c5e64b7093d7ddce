"""Pictures in VP8 are kept in WebM by the same rules: on the survey's line, a hole a hole, whole each second."""

import subprocess

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey_server.recording import lanes_from_objects, read_fragments, recover, webm
from survey_server.recording.samples import ReadRun, Run, Sample
from survey_server.rtc.vp8 import PictureSize
from tests.media.chromium import chromium, pages, replay
from tests.media.prepared import small
from tests.recording.lane import Fed, accounts_for_every_second, decodes_silently, epoch_files, stored
from tests.recording.vp8_clip import pictures
from tests.servers import require

MIME = 'video/webm; codecs="vp8,opus"'


def checked(fed: Fed, lane, tmp_path) -> None:
    fed.spool.close()
    accounts_for_every_second(lane)
    for file in epoch_files(lane, stored(fed.directory), tmp_path):
        decodes_silently(file)


def fed_vp8(tmp_path, **options) -> Fed:
    fed = Fed(tmp_path / "spool", small(), vp8=pictures(), **options)
    fed.connect(0)
    return fed


def times(file, kind: str) -> list[float]:
    """Presentation times as ffprobe reads them."""
    command = [require("ffprobe"), "-v", "error", "-select_streams", kind, "-show_entries", "packet=pts_time",
               "-of", "csv=p=0", file]  # fmt: skip
    out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return [float(line.strip(",")) for line in out.split() if line.strip(",")]


def test_sound_and_picture_are_one_epoch_in_short_parts(tmp_path):
    fed = fed_vp8(tmp_path)
    fed.run(0.2, 34.2)
    lane = fed.finish()
    (epoch,) = lane.epochs
    assert (epoch.kinds, epoch.width, epoch.height, epoch.mime) == (("video", "audio"), 320, 240, MIME)
    assert lane.gaps == ()
    assert {(t.kind, t.codec): round(t.seconds, 1) for t in epoch.tracks} == {
        ("video", "vp8"): 34.0, ("audio", "opus"): 34.0,
    }  # fmt: skip
    assert len(epoch.parts) >= 3
    assert all(o.key.endswith(".webm") for o in fed.segments.objects)
    checked(fed, lane, tmp_path)
    seen, heard = (times(tmp_path / "p1-0.mp4", kind) for kind in "va")
    assert seen[0] == pytest.approx(0.2, abs=0.001)
    assert heard[0] == pytest.approx(0.2, abs=0.002)
    assert len(seen) == 34 * 30
    assert seen == sorted(seen)
    assert max(abs(at - 0.2 - n / 30) for n, at in enumerate(seen)) < 0.002


def test_a_hole_stays_a_hole(tmp_path):
    fed = fed_vp8(tmp_path)
    fed.run(0, 3)
    fed.run(4.5, 7, lost=40)
    lane = fed.finish()
    assert {(g.kind, g.cause, round(g.start_s, 1), round(g.end_s, 1)) for g in lane.gaps} == {
        ("audio", "network", 3.0, 4.5), ("video", "network", 3.0, 4.5),
    }  # fmt: skip
    checked(fed, lane, tmp_path)
    seen = times(tmp_path / "p1-0.mp4", "v")
    assert [at for at in seen if 3.0 <= at < 4.49] == []


def test_uneven_pictures_and_pictures_alone(tmp_path):
    fed = fed_vp8(tmp_path)
    fed.writer.expect(frozenset({"video"}))
    fed.run(0, 6, audio=False, fps=20, jitter=lambda n: (n * 7 % 20) / 1000)
    lane = fed.finish()
    assert [e.mime for e in lane.epochs] == ['video/webm; codecs="vp8"']
    checked(fed, lane, tmp_path)


def test_another_codec_or_another_size_begins_another_epoch(tmp_path):
    fed = fed_vp8(tmp_path)
    fed.run(0, 4)
    fed.vp8 = pictures(160, 120)
    fed.run(4, 8)
    fed.writer.new_source("video")
    fed.vp8 = None
    fed.run(8, 12)
    fed.run(12, 14, video=False)
    fed.mute("video", True)
    fed.run(14, 16, video=False)
    lane = fed.finish()
    assert [(e.mime.partition(";")[0], e.width) for e in lane.epochs] == [
        ("video/webm", 320), ("video/webm", 160), ("video/mp4", 320), ("audio/mp4", 0),
    ]  # fmt: skip
    assert {t.codec for t in lane.epochs[2].tracks} == {"opus", fed.codec_of_prepared()}
    assert [g for g in lane.gaps if g.kind == "audio"] == []
    checked(fed, lane, tmp_path)


@pytest.mark.parametrize("cut", [0, 1, 7, 500, 4000])
def test_a_killed_server_loses_at_most_its_last_fragment(tmp_path, cut):
    fed = fed_vp8(tmp_path)
    fed.run(0, 3)
    fed.run(5, 8.5, lost=3)
    before = list(fed.segments.objects)
    fed.spool.close()
    (torn,) = (tmp_path / "spool").glob("*.open")
    if cut:
        torn.write_bytes(torn.read_bytes()[:-cut])
    again = Fed(tmp_path / "spool", small())
    (found,) = recover(again.spool.abandoned())
    again.spool.close()
    (lane,) = lanes_from_objects([*before, found])
    assert lane.epochs[0].parts[-1].end_s > 8.5 - (1.2 if not cut else 2.3)
    assert [(g.cause, round(g.start_s), round(g.end_s)) for g in lane.gaps] == [("network", 3, 5)] * 2
    about = msgspec.convert(found.about["tracks"], dict)
    assert about["video"]["first_rtp"] == fed.first_video
    assert about["video"]["codec"] == "vp8"
    accounts_for_every_second(lane)
    for file in epoch_files(lane, stored(tmp_path / "spool"), tmp_path):
        decodes_silently(file)


runs = st.lists(
    st.builds(lambda n, d: Sample(b"\x11" + bytes(n), d, sync=False), st.integers(0, 300), st.integers(1, 9000)),
    min_size=1, max_size=40,
)  # fmt: skip


@given(video=runs, audio=runs, at=st.integers(0, 3600 * 24), notes=st.binary(max_size=300), cut=st.integers(1, 400))
def test_a_cluster_tells_every_tick_and_a_torn_one_nothing(video, audio, at, notes, cut):
    written = webm.fragment([Run("video", at * 90_000 + 7, video), Run("audio", at * 48_000 + 3, audio)], notes)
    (read,) = read_fragments(written)
    assert (read.end, read.notes) == (len(written), notes)
    assert read.runs == (told("video", at * 90_000 + 7, video), told("audio", at * 48_000 + 3, audio))
    both = [f.end for f in read_fragments(written + written)]
    assert both == [len(written), 2 * len(written)]
    assert [f.end for f in read_fragments((written + written)[:-cut])] == [len(written)][: cut <= len(written)]


def told(kind, at: int, samples: list[Sample]) -> ReadRun:
    return ReadRun(kind, at, sum(s.duration for s in samples), len(samples), samples[-1].duration)


@given(junk=st.binary(max_size=200))
def test_foreign_bytes_are_no_fragments(junk):
    assert list(read_fragments(junk)) == []
    assert list(read_fragments(webm.CLUSTER + junk)) == []
    assert list(read_fragments(webm.init_segment(PictureSize(320, 240), audio=True) + junk)) == []


async def test_a_browsers_player_takes_it(tmp_path):
    require("chromium", chromium())
    pytest.importorskip("playwright")
    fed = fed_vp8(tmp_path)
    fed.run(12, 16)
    fed.run(18, 20, lost=60)
    lane = fed.finish()
    fed.spool.close()
    objects = stored(fed.directory)
    (epoch,) = lane.epochs
    async with pages(1) as (page,):
        parts = [objects[epoch.init.key], *(objects[p.key] for p in epoch.parts)]
        played = await replay(page, epoch.mime, parts, 12.2, 1.5)
    assert played.get("error") is None
    assert played["w"] == 320
    assert played["frames"] > 10
    assert played["at"] > 12.7
    assert [[round(edge, 1) for edge in span] for span in played["ranges"]] == [[12.0, 16.0], [18.0, 20.0]]
