"""Two pictures of one place are told from two places; a key picture of a live video is as good as a photo."""

import io
from fractions import Fraction
from itertools import combinations

import av
import cv2
import msgspec
import numpy as np
import pytest
from PIL import Image

from survey_server.photo.key_frame import MAX_JPEG, look
from survey_server.photo.live_match import Comparison, LiveFrame, compare, live_match
from survey_server.photo.policy import Policy
from survey_server.photo.scene import DRAWN, FEATURES, Features, best_match, features, match
from survey_server.recording.epochs import LaneWriter
from survey_server.recording.steps import Fragment
from survey_server.rtc.assembler import Frame
from survey_server.rtc.h264 import split_annex_b
from tests.recording.vp8_clip import pictures

NEEDED = Policy().scene_inliers
NAMES = ("DSCN0010.jpg", "landscape_6.jpg")


@pytest.fixture(scope="session")
def photos(samples) -> dict[str, np.ndarray]:
    return {name: cv2.imread(str(samples / name)) for name in NAMES}


def taken_again(picture: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The same place by another camera: turned, cropped, darker, smaller, compressed; and where points went."""
    height, width = picture.shape[:2]
    turned = cv2.getRotationMatrix2D((width / 2, height / 2), 7, 1.25)
    darker = (cv2.warpAffine(picture, turned, (width, height)) * 0.7).astype(np.uint8)
    jpeg = cv2.imencode(".jpg", cv2.resize(darker, None, fx=0.8, fy=0.8), [cv2.IMWRITE_JPEG_QUALITY, 55])[1]
    return cv2.imdecode(jpeg, cv2.IMREAD_COLOR), turned


def test_a_place_is_recognised_and_its_points_lie_where_they_should(photos):
    for name, picture in photos.items():
        again, turned = taken_again(picture)
        found = match(features(picture), features(again))
        assert found.inliers >= 3 * NEEDED, name
        assert len(found.points) == DRAWN
        height, width = picture.shape[:2]
        for x, y, x2, y2 in found.points:
            there = turned @ (x * width, y * height, 1)
            assert np.hypot(x2 * width - there[0], y2 * height - there[1]) < 0.01 * width, name


def test_no_two_places_are_taken_for_one(photos):
    once = [features(picture) for picture in photos.values()]
    again = [features(taken_again(picture)[0]) for picture in photos.values()]
    assert all(one.count <= FEATURES for one in once + again)
    assert max(match(one, other).inliers for one in (once[0], again[0]) for other in (once[1], again[1])) < NEEDED / 2


def test_two_streets_of_two_towns(corpus):
    """The pairs of PHOTOS.md: views of one place, metres apart."""
    folder = corpus / "mapillary_OpenSfM" / "data"
    views = {path.parts[-3:]: features(cv2.imread(str(path))) for path in sorted(folder.glob("*/images/*.jpg"))}
    assert len(views) == 5
    for a, b in combinations(views, 2):
        inliers = match(views[a], views[b]).inliers
        assert inliers >= NEEDED if a[0] == b[0] else inliers < NEEDED / 2, (a, b)


def test_the_best_of_many_is_found(photos):
    known = [features(taken_again(picture)[0]) for picture in photos.values()]
    crowd = [*[known[1]] * 21, known[0], known[1]]
    assert best_match(features(photos["DSCN0010.jpg"]), crowd)[0] == 21
    assert best_match(known[0], []) is None


def test_nothing_to_see_is_no_match(photos):
    plain = features(np.full((480, 640, 3), 200, np.uint8))
    assert plain.count == 0
    assert match(plain, features(photos["DSCN0010.jpg"])).inliers == 0
    assert match(plain, plain).inliers == 0
    once = features(photos["DSCN0010.jpg"])
    few = Features(once.width, once.height, once.places[: 4 * 5], once.words[: 128 * 5])
    assert match(few, once).inliers == 0


def jpeg(picture: np.ndarray, **options) -> bytes:
    out = io.BytesIO()
    Image.fromarray(picture[..., ::-1]).save(out, "JPEG", **options)
    return out.getvalue()


def coded(picture: np.ndarray, codec: str) -> bytes:
    """One key picture of a live video at 500 kbit/s."""
    height, width = 360, round(360 * picture.shape[1] / picture.shape[0]) // 2 * 2
    encoder = av.CodecContext.create(codec, "w")
    encoder.width, encoder.height, encoder.pix_fmt = width, height, "yuv420p"
    encoder.framerate, encoder.time_base, encoder.bit_rate = Fraction(15), Fraction(1, 15), 500_000
    encoder.options = (
        {"preset": "veryfast", "tune": "zerolatency", "profile": "baseline"}
        if codec == "libx264"
        else {"deadline": "realtime", "lag-in-frames": "0"}
    )
    frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="bgr24")
    frame = frame.reformat(width=width, height=height, format="yuv420p")
    frame.pts, frame.time_base = 0, encoder.time_base
    return b"".join(bytes(packet) for packet in [*encoder.encode(frame), *encoder.encode(None)])


@pytest.mark.parametrize(("name", "encoder"), [("h264", "libx264"), ("vp8", "libvpx")])
def test_a_key_picture_of_either_codec_shows_the_place(photos, name, encoder):
    picture = photos["landscape_6.jpg"]
    seen = look(coded(picture, encoder), name)
    assert Image.open(io.BytesIO(seen.jpeg)).size == (seen.features.width, seen.features.height)
    assert len(seen.jpeg) < MAX_JPEG
    files = [msgspec.msgpack.encode(one) for one in (features(photos["DSCN0010.jpg"]), seen.features)]
    found = compare(jpeg(taken_again(picture)[0], quality=80), [b"", b"no features", *files])
    assert (found.compared, found.best) == (2, 3)
    assert found.inliers >= NEEDED


@pytest.mark.parametrize("codec", ["h264", "vp8"])
def test_a_broken_key_picture_shows_nothing_and_raises_nothing(photos, codec):
    whole = coded(photos["landscape_6.jpg"], "libx264")
    for stream in (b"", b"\0\0\0\1", bytes(5000), whole[:40], whole[:9] + bytes(200) + whole[209:]):
        assert look(stream, codec).features.count <= FEATURES


def test_the_recorder_hands_on_what_it_keeps_at_its_moment(photos):
    """H.264, the second time without its parameter sets, and VP8: each key picture can be decoded alone."""
    units = tuple(unit for unit in split_annex_b(coded(photos["landscape_6.jpg"], "libx264")) if unit[0] & 31 != 6)
    slices = tuple(unit for unit in units if unit[0] & 31 == 5)
    for codec, frames in (("h264", (units, slices)), ("vp8", ((pictures()[0],),) * 2)):
        writer, steps = LaneWriter(lambda: None, resumed_after={}), []
        writer.connected(0)
        writer.expect(frozenset({"video"}))
        for n, frame in enumerate(frames):
            at = 10.0 + 3 * n
            steps += writer.frames([("video", Frame(270_000 * n, frame, True, at, 0, codec))], at) + writer.tick(at + 2)
        steps += writer.disconnected(20.0, "left")
        shown = [step.key_picture for step in steps if isinstance(step, Fragment) and step.key_picture is not None]
        assert [round(picture.at_s) for picture in shown] == [10, 13], codec
        for picture in shown:
            start = b"\0\0\0\1" if codec == "h264" else b""
            assert look(b"".join(start + unit for unit in picture.units), codec).jpeg, codec


def test_the_finding_says_what_was_found():
    frame = LiveFrame("p1", 205.4, "v1/key", "ab" * 32)
    seen = Comparison(detail=900, compared=9, best=2, inliers=112, points=[(0.1, 0.2, 0.3, 0.4)])
    passed = live_match(seen, frame, "in_the_call", NEEDED)
    assert (passed.result, passed.evidence["participant"], passed.evidence["moment_s"]) == ("pass", "p1", 205.4)
    assert passed.evidence["points"] == [[0.1, 0.2, 0.3, 0.4]]
    assert "03:25" in passed.reason.zh and "03:25" in passed.reason.en
    none = msgspec.structs.replace(seen, inliers=8)
    answers = {
        "flag": live_match(none, None, "in_the_call", NEEDED),
        "na": live_match(none, None, "outside_the_call", NEEDED),
        "plain": live_match(msgspec.structs.replace(none, detail=20), None, "in_the_call", NEEDED),
        "few": live_match(msgspec.structs.replace(none, compared=2), None, "in_the_call", NEEDED),
        "no video": live_match(None, None, "in_the_call", NEEDED),
        "none usable": live_match(Comparison(0, 0), None, "in_the_call", NEEDED),
    }
    assert {name: one.result for name, one in answers.items()} == {"flag": "flag"} | dict.fromkeys(
        ["na", "plain", "few", "no video", "none usable"], "na"
    )
    assert len({one.reason.en for one in answers.values()}) == 5
    assert all("points" not in one.evidence for one in answers.values())
