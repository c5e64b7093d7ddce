"""One unbroken stream out of changing sources: nothing twice, nothing out of place, and the way back."""

from dataclasses import dataclass

from hypothesis import given, settings
from hypothesis import strategies as st

from survey_server.rtc.rtp import SEQUENCES, TIMESTAMPS, Rewriter, Unwrapper

RATE = 90_000


@dataclass(frozen=True)
class Source:
    """A stretch of one source: `places` are the packets that came, in the order of their coming."""

    first: int
    timestamp: int
    places: list[int]


@st.composite
def stretches(draw: st.DrawFn) -> Source:
    """Up to 60 packets from anywhere near a wrap, some lost, each overtaken by up to five others."""
    count = draw(st.integers(1, 60))
    lost = draw(st.sets(st.integers(0, count - 1), max_size=count // 2))
    shifts = draw(st.lists(st.integers(0, 5), min_size=count, max_size=count))
    order = sorted((n for n in range(count) if n not in lost), key=lambda n: (n + shifts[n], n))
    near_wrap = st.one_of(st.integers(0, SEQUENCES - 1), st.integers(SEQUENCES - 70, SEQUENCES - 1))
    return Source(draw(near_wrap), draw(st.integers(TIMESTAMPS - 200_000, TIMESTAMPS + 200_000)) % TIMESTAMPS, order)


@settings(max_examples=200)
@given(
    sources=st.lists(stretches(), min_size=1, max_size=5), sequence=st.integers(0, SEQUENCES - 1),
    timestamp=st.integers(0, TIMESTAMPS - 1),
)  # fmt: skip
def test_generations_join_into_one_stream(sources, sequence, timestamp):
    """Within a generation gap for gap and stamp for stamp; over all of them every number once, and only onwards."""
    rewrite = Rewriter(RATE, sequence, timestamp, at=0.0)
    line, clock = Unwrapper(SEQUENCES), Unwrapper(TIMESTAMPS)
    line(sequence)
    clock(timestamp)
    used, ceiling, latest, now = {sequence}, sequence, timestamp, 0.0
    for generation, source in enumerate(sources):
        now += 0.5
        unwrap = Unwrapper(SEQUENCES)
        begun: tuple[int, int, int] | None = None
        highest, newest = ceiling, latest
        for n in source.places:
            place = unwrap((source.first + n) % SEQUENCES)
            stamp = (source.timestamp + 3000 * n) % TIMESTAMPS
            sent = rewrite(generation, place, stamp, now + 0.001 * n)
            if begun is not None and place < begun[0]:
                assert sent is None, "what precedes the generation's first packet has no number"
                continue
            assert sent is not None
            number, sent_stamp = line(sent[0]), clock(sent[1])
            if begun is None:
                begun = (place, number, n)
                assert number == ceiling + 1
                assert sent_stamp > latest, "time goes on"
                first_stamp = sent_stamp
            assert number - begun[1] == place - begun[0], "a gap stays as wide as it was"
            assert sent_stamp - first_stamp == 3000 * (n - begun[2])
            assert number not in used
            assert number > ceiling, "no number from before the change of source is used again"
            used.add(number)
            highest, newest = max(highest, number), max(newest, sent_stamp)
            assert rewrite.source(generation, sent[0]) == place
            assert rewrite.sent_timestamp(generation, stamp) == sent[1]
            assert rewrite.source(generation + 1, sent[0]) is None
            assert rewrite.sent_timestamp(generation - 1, stamp) is None
        if begun is not None:
            for before in range(ceiling - 2, ceiling + 1):
                assert rewrite.source(generation, before % SEQUENCES) is None, "that was another source's"
        ceiling, latest = highest, newest


@given(pauses=st.lists(st.floats(0.02, 3600), min_size=1, max_size=10), start=st.integers(0, TIMESTAMPS - 1))
def test_the_clock_goes_on_by_the_time_a_change_of_source_took(pauses, start):
    rewrite, clock = Rewriter(48_000, 0, start, at=0.0), Unwrapper(TIMESTAMPS)
    clock(start)
    now, last = 0.0, start
    for generation, pause in enumerate(pauses):
        now += pause
        sent = rewrite(generation, 7, 12345, now)
        assert sent is not None
        told = clock(sent[1])
        assert abs((told - last) - pause * 48_000) <= 1.01
        last = told


@settings(max_examples=20, deadline=None)
@given(first=st.integers(0, SEQUENCES - 1), step=st.integers(1, 40))
def test_a_long_stream_goes_through_every_wrap(first, step):
    """Three rounds of the sequence number: each packet is found again under its number while that is unambiguous."""
    rewrite, unwrap, last = Rewriter(RATE, 0, 0, at=0.0), Unwrapper(SEQUENCES), 0
    sent_before: list[tuple[int, int]] = []
    for n in range(0, 3 * SEQUENCES, 97 * step):
        place = unwrap((first + n) % SEQUENCES)
        sent = rewrite(0, place, n, n / 1000)
        assert sent is not None
        assert (sent[0] - last) % SEQUENCES == (97 * step if n else 1)
        last = sent[0]
        sent_before = [*sent_before[-5:], (sent[0], place)]
        for number, was in sent_before:
            assert rewrite.source(0, number) == was
