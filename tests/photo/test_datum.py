"""Map datums against prcoords, the reference implementation, and against themselves there and back."""

import math
import warnings
from itertools import pairwise

import prcoords
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from survey_server.photo import datum as datums
from survey_server.photo.datum import bd_from_gcj, gcj_from_wgs, on_mainland, to_wgs
from survey_server.photo.whereabouts import distance_m

points = st.tuples(st.floats(17.9, 53.6), st.floats(73.5, 135.1))


@given(points)
def test_forward_is_prcoords_within_a_millimetre(point):
    assume(on_mainland(point))
    reference = prcoords.wgs_gcj(prcoords.Coords(*point), False)
    gcj = gcj_from_wgs(point)
    assert distance_m(gcj, (reference.lat, reference.lon)) < 0.001
    reference = prcoords.gcj_bd(prcoords.Coords(*gcj))
    assert distance_m(bd_from_gcj(gcj), (reference.lat, reference.lon)) < 0.001


@given(points)
def test_there_and_back_is_within_a_tenth_of_a_millimetre(point):
    assume(on_mainland(point))
    gcj = gcj_from_wgs(point)
    assert distance_m(to_wgs(gcj, "gcj02"), point) <= 0.0001
    assert distance_m(to_wgs(bd_from_gcj(gcj), "bd09"), point) <= 0.0001


def test_there_and_back_on_the_outline_itself():
    """Its corners, and points along its edges, as far as the rule counts them in."""
    corners = [*datums._MAINLAND, datums._MAINLAND[0]]
    edges = [
        (lat + (lat2 - lat) * part / 7, lon + (lon2 - lon) * part / 7)
        for (lat, lon), (lat2, lon2) in pairwise(corners)
        for part in range(7)
    ]
    inside = [point for point in edges if on_mainland(point)]
    assert len(inside) > 100
    for point in inside:
        gcj = gcj_from_wgs(point)
        assert distance_m(to_wgs(gcj, "gcj02"), point) <= 0.0001
        assert distance_m(to_wgs(bd_from_gcj(gcj), "bd09"), point) <= 0.0001


@pytest.mark.parametrize(
    "city",
    [
        (22.2988, 114.1722),
        (22.1987, 113.5439),
        (25.0330, 121.5654),
        (21.0278, 105.8342),
        (37.5665, 126.9780),
        (47.9184, 106.9177),
    ],
    ids=["Hong Kong", "Macau", "Taipei", "Hanoi", "Seoul", "Ulan Bator"],
)
def test_where_the_shift_is_not_in_use_points_stay(city):
    assert gcj_from_wgs(city) == city and to_wgs(city, "gcj02") == pytest.approx(city, abs=1e-12)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert prcoords.wgs_gcj(prcoords.Coords(*city), False) != prcoords.Coords(*city), "a rectangle would shift it"


@pytest.mark.parametrize(
    "point", [(math.nan, math.nan), (math.nan, 110.0), (20.0, math.nan), (math.inf, 110.0), (20.0, -math.inf)]
)
def test_what_is_no_number_is_left_alone(point):
    for moved in (gcj_from_wgs(point), to_wgs(point, "gcj02"), to_wgs(point, "bd09")):
        assert [str(value) for value in moved] == [str(value) for value in point]


anywhere = st.tuples(st.floats(allow_nan=True), st.floats(allow_nan=True))
earth = st.tuples(st.floats(-90, 90), st.floats(-180, 180))


@given(anywhere | earth)
@example((89.9, 110.35))
@example((90.0, 10.0))
@example((-89.99, 45.0))
@example((1e308, 1e308))
def test_no_point_whatever_raises_or_moves_far(point):
    for datum in ("wgs84", "gcj02", "bd09"):
        moved = to_wgs(point, datum)
        if not all(map(math.isfinite, point)):
            assert [str(value) for value in moved] == [str(value) for value in point]
        else:
            assert moved == pytest.approx(point, abs=0.04)
            assert abs(moved[0]) <= max(90, abs(point[0])), "distances to beyond the pole are no numbers"


def test_the_vector_of_haikou():
    gcj = gcj_from_wgs((20.0440, 110.1999))
    assert gcj == pytest.approx((20.041886, 110.204192), abs=5e-7)
    assert bd_from_gcj(gcj) == pytest.approx((20.047663, 110.210735), abs=5e-7)
