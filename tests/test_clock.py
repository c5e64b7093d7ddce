"""Beats: who waits for the same one wakes with the others."""

from hypothesis import given
from hypothesis import strategies as st
from pytest import approx

from survey_server.clock import until_beat_s

beats = st.integers(0, 10_000_000)
intervals = st.sampled_from([0.05, 0.2, 1.0])


@given(number=beats, off=st.lists(st.floats(-0.49, 0.49), min_size=2, max_size=5), every_s=intervals)
def test_who_is_nearest_to_one_beat_wakes_at_the_next(number, off, every_s):
    """However early or late each of them is: woken a millisecond before its beat, none takes that for the next."""
    began = [(number + part) * every_s for part in off]
    for now in began:
        assert now + until_beat_s(now, every_s) == approx((number + 1) * every_s, abs=1e-6)


@given(now=st.floats(0, 1e7), every_s=intervals)
def test_the_wait_is_half_an_interval_to_one_and_a_half(now, every_s):
    assert 0.499 * every_s < until_beat_s(now, every_s) < 1.501 * every_s
