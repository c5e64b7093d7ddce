"""HLS playlists: what the parts are, they say, and they only ever grow at the end."""

import itertools
from dataclasses import replace
from datetime import UTC, datetime

from survey_server.flows.playlists import Person, master, media
from survey_server.recording import Epoch, Part

T0 = datetime(2026, 11, 22, 1, tzinfo=UTC)
H264 = 'video/mp4; codecs="avc1.42e01f,opus"'


def part(start_s: float, end_s: float, size: int = 100_000) -> Part:
    return Part(f"k/{start_s}.m4s", "0" * 64, size, start_s, end_s)


def epoch(number: int, *parts: Part, mime: str = H264, size: tuple[int, int] = (640, 360)) -> Epoch:
    init = Part(f"k/{number}.mp4", "0" * 64, 900, parts[0].start_s, parts[0].start_s)
    return Epoch(number, 0, ("video", "audio"), mime, *size, init, parts, ())


def person(*epochs: Epoch, participant: str = "p1", role: str = "applicant") -> Person:
    return Person(participant, "王", role, epochs)


def playlist(who: Person, *, whole: bool = True) -> list[str]:
    return media(who, T0, whole=whole, uri=lambda one: one.key).splitlines()


def test_epochs_parts_dates_and_holes() -> None:
    who = person(
        epoch(0, part(0.5, 15.25), part(15.25, 20.0), part(27.5, 30.0)), epoch(1, part(30.0, 31.0), size=(360, 640))
    )
    assert playlist(who) == [
        "#EXTM3U",
        "#EXT-X-VERSION:7",
        "#EXT-X-TARGETDURATION:16",
        "#EXT-X-PLAYLIST-TYPE:EVENT",
        "#EXT-X-MEDIA-SEQUENCE:0",
        '#EXT-X-MAP:URI="k/0.mp4"',
        "#EXT-X-PROGRAM-DATE-TIME:2026-11-22T01:00:00.500+00:00",
        "#EXTINF:14.7500,",
        "k/0.5.m4s",
        "#EXTINF:4.7500,",
        "k/15.25.m4s",
        "#EXT-X-DISCONTINUITY",
        "#EXT-X-PROGRAM-DATE-TIME:2026-11-22T01:00:27.500+00:00",
        "#EXTINF:2.5000,",
        "k/27.5.m4s",
        "#EXT-X-DISCONTINUITY",
        '#EXT-X-MAP:URI="k/1.mp4"',
        "#EXT-X-PROGRAM-DATE-TIME:2026-11-22T01:00:30.000+00:00",
        "#EXTINF:1.0000,",
        "k/30.0.m4s",
        "#EXT-X-ENDLIST",
    ]


def test_a_live_playlist_grows_at_its_end_only() -> None:
    parts = [part(n * 15.0, n * 15.0 + 15.0) for n in range(4)]
    webm = epoch(1, part(60, 75), part(75, 80), mime='video/webm; codecs="vp8,opus"')
    moments = [
        person(epoch(0, *parts[:1])), person(epoch(0, *parts[:3])),
        person(epoch(0, *parts), replace(webm, parts=webm.parts[:1])), person(epoch(0, *parts), webm),
        person(epoch(0, *parts), webm, epoch(2, part(80, 90))),
    ]  # fmt: skip
    lists = [playlist(who, whole=False) for who in moments] + [playlist(moments[-1])]
    for shorter, longer in itertools.pairwise(lists):
        assert longer[: len(shorter)] == shorter
    assert lists[-1][-1] == "#EXT-X-ENDLIST"
    assert "#EXT-X-ENDLIST" not in lists[-2]


def test_what_hls_cannot_carry_is_left_out_and_said() -> None:
    vp8 = epoch(0, part(0, 15), part(15, 30), mime='video/webm; codecs="vp8,opus"')
    who = person(vp8, epoch(1, part(30, 40)))
    lines = playlist(who)
    assert [line for line in lines if line.startswith("# ")] == [
        "# from 0.0 s on: epoch 0 is video/webm, which HLS can't carry; left out"
    ]
    assert [line for line in lines if not line.startswith("#")] == ["k/30.m4s"]
    assert "#EXT-X-DISCONTINUITY" not in lines, "nothing stands before it"
    assert person(vp8).playable == ()


def test_no_segment_is_longer_than_the_target() -> None:
    lines = playlist(person(epoch(0, part(0, 24.6))))
    assert "#EXT-X-TARGETDURATION:25" in lines
    assert "#EXTINF:24.6000," in lines


def test_the_master_names_everybody_and_plays_the_applicant() -> None:
    sound = epoch(0, part(0, 10, 20_000), mime='audio/mp4; codecs="opus"', size=(0, 0))
    people = [
        person(sound, participant="p2", role="reviewer"),
        person(epoch(0, part(0, 10)), epoch(1, part(10, 20, 300_000), size=(1280, 720))),
    ]
    assert master(people, lambda one: f"{one.participant}.m3u8").splitlines() == [
        "#EXTM3U",
        "#EXT-X-VERSION:7",
        '#EXT-X-MEDIA:TYPE=VIDEO,GROUP-ID="people",NAME="王 (applicant, p1)",DEFAULT=YES,AUTOSELECT=YES',
        '#EXT-X-MEDIA:TYPE=VIDEO,GROUP-ID="people",NAME="王 (reviewer, p2)",DEFAULT=NO,AUTOSELECT=NO,URI="p2.m3u8"',
        '#EXT-X-STREAM-INF:BANDWIDTH=240000,CODECS="avc1.42e01f,opus",RESOLUTION=1280x720,VIDEO="people"',
        "p1.m3u8",
    ]


def test_a_name_cannot_break_out_of_its_quotes() -> None:
    who = replace(person(epoch(0, part(0, 10))), name='x",URI="https://elsewhere"\n#EXTM3U')
    text = master([who], lambda one: f"{one.participant}.m3u8")
    assert text.count('"') == 2 * text.count('="')
    assert text.count("#EXTM3U") == 2
    assert sum(line == "#EXTM3U" for line in text.splitlines()) == 1
