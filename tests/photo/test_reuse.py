"""A photo that comes back changed is recognised, no other is taken for it: the short form of `takan bench photo`."""

import itertools
from datetime import UTC, datetime, timedelta
from pathlib import Path

import cv2
import numpy as np
import pytest

from survey_server import photo
from survey_server.bench.reuse import CHANGES, at_least, measure, seen
from survey_server.photo.agreement import agreement
from survey_server.photo.examination import supplemented
from survey_server.photo.fingerprint import MIRRORED, ORIENTATIONS, fingerprint, orientations
from survey_server.photo.lookup import WORDED, Lookup, words_of
from survey_server.photo.policy import Policy
from survey_server.photo.reuse import Earlier, Resemblance, duplicate_exact, duplicate_near, resemblances, shown_to

from .forge import Tiff, context, with_exif
from .pictures import cropped, jpeg, scene, stamped

POLICY = Policy()
AT = datetime(2026, 7, 1, 3, tzinfo=UTC)


def bits_between(a: bytes, b: bytes) -> int:
    return (int.from_bytes(a, "big") ^ int.from_bytes(b, "big")).bit_count()


def index_of(prints) -> Lookup:
    index = Lookup()
    wholes = np.stack([np.frombuffer(each.whole, np.uint8) for each in prints])
    numbers = np.arange(len(prints))
    index.add(numbers, numbers.astype(np.int32), wholes, [words_of(each.corners, WORDED) for each in prints])
    return index


def repeated(asking, prints, index=None):
    """Which of these photos it repeats."""
    index = index or index_of(prints)
    candidates = index.near(asking.whole, -1, len(prints), bits=48) + index.cropped(asking, -1, len(prints))
    corners = {number: each.corners for number, each in enumerate(prints)}
    return {each.photo: each for each in resemblances(asking, candidates, corners, POLICY)}


@pytest.fixture(scope="module")
def found(samples: Path):
    photos = [(path.name, path.read_bytes()) for path in sorted(samples.glob("*.jpg")) if path.stat().st_size > 100_000]
    return measure([*photos, *((f"scene {n}", jpeg(scene(n))) for n in range(8))], exhaustive=True)


def test_every_change_is_seen_through(found) -> None:
    assert found.photos == 10 and not found.unusable
    assert {recall.change for recall in found.recalls} == set(CHANGES)
    assert {(recall.change, *recall.missed) for recall in found.recalls} == {(change,) for change in CHANGES}


def test_no_distinct_photos_are_taken_for_the_same(found) -> None:
    assert [pairs.named for pairs in found.false_pairs] == [[], [], [], []]
    assert found.false_pairs[3].pairs == 45


def test_on_real_photos_beside_the_source(corpus: Path) -> None:
    gps = corpus / "ianare_exif-samples" / "jpg" / "gps"
    found = measure([(path.name, path.read_bytes()) for path in sorted(gps.glob("DSCN*.jpg"))])
    assert found.photos == 9
    assert [recall.missed for recall in found.recalls if "cropped by 20 %, w" not in recall.change] == [[]] * 8
    assert [pairs.false for pairs in found.false_pairs] == [0, 0, 0]


@pytest.mark.parametrize("way", range(8), ids=ORIENTATIONS)
def test_each_orientation_of_the_hash_is_that_of_the_picture_so_turned(way: int) -> None:
    """ORIENTATIONS names what was done to the earlier photo to get the new one."""
    turns = {"upright": None, "turned_90": 0, "turned_180": 1, "turned_270": 2}
    pixels = scene(3, (512, 512))
    name = ORIENTATIONS[way]
    changed = cv2.flip(pixels, 1) if MIRRORED[way] else pixels
    turn = turns[name.removeprefix("mirrored_") if name != "mirrored" else "upright"]
    changed = changed if turn is None else cv2.rotate(changed, turn)
    asking, kept = fingerprint(changed), fingerprint(pixels)
    distances = [bits_between(bytes(row), kept.whole) for row in orientations(asking.whole)]
    assert distances[way] <= 8 and sorted(distances)[1] > 80
    (candidate,) = index_of([kept]).near(asking.whole, -1, 1, bits=48)
    assert (candidate.orientation, candidate.mirrored) == (way, MIRRORED[way])
    lies = agreement(asking.mirrored if candidate.mirrored else asking.asked, kept.corners)
    assert lies.inliers > 50


def wall(number: int) -> np.ndarray:
    """Bare, unevenly lit, a little noisy."""
    y, x = np.mgrid[0:960, 0:1280]
    light = 190 + 30 * np.sin((x * (number + 1) + y * (3 - number)) / 900)
    noise = np.random.default_rng(number).normal(0, 2, light.shape)
    return np.repeat(np.clip(light + noise, 0, 255).astype(np.uint8)[:, :, None], 3, 2)


@pytest.mark.parametrize("photo_of", [scene, wall])
def test_a_stamp_that_two_photos_share_is_no_reuse(photo_of) -> None:
    prints = [fingerprint(stamped(photo_of(number))) for number in range(5)]
    for asking, kept in itertools.permutations(prints, 2):
        lies = agreement(asking.asked, kept.corners)
        assert lies.inliers < POLICY.duplicate_inliers or lies.share < POLICY.duplicate_share
    assert photo_of is wall or all(list(repeated(asking, prints)) == [number] for number, asking in enumerate(prints))


@pytest.mark.parametrize("grey", [0, 7, 128, 255])
def test_a_picture_of_one_colour_is_like_no_other(grey: int) -> None:
    noise = np.random.default_rng(grey).integers(0, 4, (600, 800, 3), np.uint8)
    for pixels in (np.full((600, 800, 3), grey, np.uint8), np.clip(grey + noise.astype(int), 0, 255).astype(np.uint8)):
        one = fingerprint(pixels)
        assert one.whole is None and not one.corners and not one.asked
    assert duplicate_near(fingerprint(pixels), [], AT).result == "na"


@pytest.mark.parametrize("size", [(1, 1), (1, 4000), (4000, 1), (3, 2000), (20, 20000), (64, 64), (5000, 5000)])
def test_pictures_of_any_shape_have_a_fingerprint(size: tuple[int, int]) -> None:
    chance = np.random.default_rng(1)
    one = fingerprint(chance.integers(0, 256, (*size, 3), np.uint8))
    assert len(one.corners) % 36 == 0 and len(one.asked) <= 3 * 250 * 36
    assert one.whole is None or set(repeated(one, [one, fingerprint(scene(1))])) <= {0}


def test_a_smooth_picture_counts_when_its_hash_is_as_good_as_equal() -> None:
    hazes = [cv2.GaussianBlur(scene(number), (0, 0), 25) for number in range(3)]
    prints = [fingerprint(haze) for haze in hazes]
    assert all(len(each.corners) < 60 * 36 for each in prints)
    again = repeated(seen(jpeg(cv2.resize(hazes[1], (640, 480), interpolation=cv2.INTER_AREA))), prints)
    assert list(again) == [1] and again[1].inliers == 0 and again[1].distance <= 10


def test_the_index_finds_the_same_after_any_order_of_adding() -> None:
    chance = np.random.default_rng(5)
    prints = [fingerprint(scene(number)) for number in range(4)]
    index = Lookup()
    for number in range(3000):
        real = number % 750 == 7
        whole = np.frombuffer(prints[number // 750].whole, np.uint8) if real else chance.integers(0, 256, 32, np.uint8)
        words = words_of(prints[number // 750].corners, WORDED) if real else chance.integers(0, 2**30, 256, np.uint32)
        index.add(np.array([number]), np.array([number % 10], np.int32), whole[None], [words])
    assert len(index) == 3000
    for place, one in enumerate(prints):
        there = place * 750 + 7
        group = there % 10
        assert [each.photo for each in index.near(one.whole, -1, 3000, bits=31)] == [there]
        assert index.cropped(one, -1, 3000)[0].photo == there
        assert index.near(one.whole, group, 3000, bits=31) == [] == index.near(one.whole, -1, there, bits=31)
        assert all(each.photo != there for each in index.cropped(one, group, 3000) + index.cropped(one, -1, there))


def test_every_hash_within_31_bits_is_found() -> None:
    chance = np.random.default_rng(9)
    whole = chance.integers(0, 256, 32, np.uint8)
    for apart in (0, 16, 31):
        wholes = np.array([whole] * 50)
        for row in wholes:
            for bit in chance.permutation(256)[:apart]:
                row[bit // 8] ^= 1 << (bit % 8)
        index = Lookup()
        index.add(np.arange(50), np.zeros(50, np.int32), wholes, [np.zeros(0, np.uint32)] * 50)
        near = index.near(whole.tobytes(), -1, 50, bits=31, most=50)
        assert {(each.photo, each.distance) for each in near} == {(number, apart) for number in range(50)}


def test_a_turned_phone_makes_no_other_photo() -> None:
    """EXIF says how the camera was held; the fingerprint is of the upright picture."""
    pixels = scene(2)
    upright = seen(jpeg(pixels))
    sideways = jpeg(cv2.rotate(pixels, cv2.ROTATE_90_COUNTERCLOCKWISE))
    tagged = seen(with_exif(Tiff().short("ifd0", 0x112, 6).blob(), sideways))
    assert bits_between(upright.whole, tagged.whole) <= 8


def earlier(**changed) -> Earlier:
    facts = {"survey": "s1", "photo": "001-aa", "received_at": AT - timedelta(days=40), "ours": False} | changed
    return Earlier(**facts)


LIES = Resemblance(1, "mirrored", 80, 0.7, 12)


def test_the_same_bytes_fail_and_a_near_picture_is_a_persons_question() -> None:
    one = fingerprint(scene(1))
    assert duplicate_exact([]).result == "pass"
    assert duplicate_exact([earlier()]).result == "fail" == duplicate_exact([earlier(ours=True)]).result
    assert duplicate_near(one, [], AT).result == "pass"
    near = duplicate_near(one, [(earlier(), LIES)], AT)
    assert near.result == "flag"
    (match,) = near.evidence["matches"]
    assert (match["survey"], match["photo"], match["distance"], match["inliers"]) == ("s1", "001-aa", 12, 80)
    assert match["orientation"] == "mirrored"


def test_an_applicants_burst_is_normal_and_an_old_photo_of_their_own_is_not() -> None:
    one = fingerprint(scene(1))
    today = earlier(ours=True, received_at=AT - timedelta(hours=3))
    assert duplicate_near(one, [(today, LIES)], AT).result == "pass"
    assert duplicate_near(one, [(earlier(ours=True), LIES)], AT).result == "flag"
    mixed = duplicate_near(one, [(today, LIES), (earlier(), LIES)], AT)
    assert mixed.result == "flag" and mixed.evidence["count"] == 1


def test_an_applicant_is_not_told_whose_photo_it_was() -> None:
    one = fingerprint(scene(1))
    today = earlier(ours=True, received_at=AT)
    for found in (duplicate_exact([earlier()]), duplicate_near(one, [(earlier(), LIES)], AT),
                  duplicate_near(one, [(today, LIES)], AT)):  # fmt: skip
        told = shown_to("applicant", found)
        assert "s1" not in str(told.evidence) and "001-aa" not in str(told.evidence)
        assert (told.result, told.reason, told.id) == (found.result, found.reason, found.id)
        for role in ("reviewer", "expert", "auditor"):
            assert shown_to(role, found) == found


def test_what_is_found_changes_the_verdict() -> None:
    report = photo.check(jpeg(scene(1)), context())
    assert report.fingerprint is not None and report.fingerprint.whole is not None
    again = supplemented(report, duplicate_exact([earlier()]))
    assert [each.id for each in again.findings] == [each.id for each in report.findings]
    assert {each.id: each.result for each in again.findings}["duplicate_exact"] == "fail"
    assert again.result == "needs_review"


def test_the_bounds_are_those_of_the_tables() -> None:
    """Clopper and Pearson, one-sided 95 %: 0.05 ** (1 / n) for n of n; 9 of 10 from the tables of the binomial."""
    assert at_least(50, 50) == pytest.approx(0.05 ** (1 / 50), abs=1e-9)
    assert at_least(9, 10) == pytest.approx(0.60584, abs=1e-4)
    assert at_least(0, 10) == 0


def test_a_crop_of_a_crop_is_still_recognised() -> None:
    prints = [fingerprint(scene(number)) for number in range(3)]
    assert list(repeated(fingerprint(cropped(scene(1), 4)), prints)) == [1]
