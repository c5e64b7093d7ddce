"""Transport-wide feedback, read back by a decoder of its own, written from the draft
(draft-holmer-rmcat-transport-wide-cc-extensions-01, section 3.1)."""

from dataclasses import dataclass

from hypothesis import given, settings
from hypothesis import strategies as st

from survey_server.rtc.rtp import SEQUENCES
from survey_server.rtc.transport_feedback import Arrivals

TICK_US, REFERENCE_US = 250, 64_000
MOST = 600
"""How many packets one feedback tells of at most, besides the newest."""


@dataclass(frozen=True)
class Told:
    """A decoded feedback: for each count from `base` its arrival in microseconds, or None for lost."""

    base: int
    number: int
    arrivals: list[int | None]


def decode(packet: bytes) -> Told:
    version, padded, kind = packet[0] >> 6, packet[0] >> 5 & 1, packet[0] & 31
    assert (version, kind, packet[1]) == (2, 15, 205)
    assert len(packet) == 4 * (int.from_bytes(packet[2:4]) + 1)
    body = packet[12 : len(packet) - (packet[-1] if padded else 0)]
    base, count = int.from_bytes(body[:2]), int.from_bytes(body[2:4])
    at = int.from_bytes(body[4:7], signed=True) * REFERENCE_US
    symbols: list[int] = []
    place = 8
    while len(symbols) < count:
        chunk = int.from_bytes(body[place : place + 2])
        place += 2
        if chunk >> 15 == 0:
            symbols += [chunk >> 13 & 3] * (chunk & 0x1FFF)
        elif chunk >> 14 & 1 == 0:
            symbols += [chunk >> bit & 1 for bit in range(13, -1, -1)]
        else:
            symbols += [chunk >> bit & 3 for bit in range(12, -1, -2)]
    arrivals: list[int | None] = []
    for symbol in symbols[:count]:
        if symbol == 0:
            arrivals.append(None)
            continue
        width = {1: 1, 2: 2}[symbol]
        at += TICK_US * int.from_bytes(body[place : place + width], signed=width == 2)
        place += width
        arrivals.append(at)
    assert place == len(body), "nothing is left over"
    return Told(base, body[7], arrivals)


@settings(max_examples=80, deadline=None)
@given(
    start=st.integers(0, SEQUENCES - 1), clock=st.integers(0, 1 << 39), random=st.randoms(use_true_random=False),
    rounds=st.integers(1, 4), size=st.integers(1, 90), slowest_us=st.sampled_from([300, 64_000, 1_500_000]),
)  # fmt: skip
def test_every_packet_is_told_once_with_its_time(start, clock, random, rounds, size, slowest_us):
    """Lost, reordered, doubled, over the wrap of the count: a round tells of exactly what is new in it."""
    arrivals = Arrivals()
    following = 0
    for number in range(rounds):
        first_here = following if number else 0
        came: dict[int, int] = {}
        order = [first_here + n for n in range(size) if n == 0 or random.random() < 0.8]
        order.sort(key=lambda count: count + random.uniform(0, 4))
        if not number:
            order.sort(key=lambda count: count != 0)  # what comes before the very first was never waited for
        for count in order:
            clock += random.randrange(slowest_us)
            came[count] = clock
            arrivals.add((start + count) % SEQUENCES, clock)
            if random.random() < 0.3:
                arrivals.add((start + count) % SEQUENCES, clock + 999)
        if number:
            arrivals.add((start + following - 1) % SEQUENCES, clock)  # told of before: too late to matter
        packet = arrivals.feedback(1, 2)
        assert packet is not None
        told = decode(packet)
        assert told.base == (start + first_here) % SEQUENCES
        assert told.number == number % 256
        following = max(came) + 1
        assert len(told.arrivals) == following - first_here
        wraps = (1 << 24) * REFERENCE_US
        for count in range(first_here, following):
            at = told.arrivals[count - first_here]
            if count not in came:
                assert at is None
            else:
                assert at is not None
                off = (at - came[count] + wraps // 2) % wraps - wraps // 2
                assert abs(off) <= TICK_US
        assert arrivals.feedback(1, 2) is None, "everything is told"


def test_after_a_great_gap_the_newest_are_told():
    arrivals = Arrivals()
    arrivals.add(0, 0)
    assert decode(arrivals.feedback(1, 2) or b"").arrivals == [0]
    for count in range(20_000, 20_010):
        arrivals.add(count, count * 20)
    told = decode(arrivals.feedback(1, 2) or b"")
    assert told.base == 20_009 - MOST
    assert len(told.arrivals) == MOST + 1
    came = [at for at in told.arrivals[-10:] if at is not None]
    assert all(abs(at - (20_000 + n) * 20) <= TICK_US for n, at in enumerate(came))
    assert len(came) == 10
    assert told.arrivals[:-10] == [None] * (MOST - 9)


def test_what_was_sent_into_a_dead_way_is_not_told_as_lost():
    arrivals = Arrivals()
    for count, at_us in ((0, 0), (1, 20_000), (500, 620_000), (502, 640_000), (520, 1_100_000)):
        arrivals.add(count, at_us)
        told = decode(arrivals.feedback(1, 2) or b"")
        lost = [(told.base + place) for place, at in enumerate(told.arrivals) if at is None]
        assert lost == {502: [501], 520: list(range(503, 520))}.get(count, []), "lost on a living way: told"


def test_the_first_after_a_silence_is_to_be_told_of_soon():
    arrivals = Arrivals()
    assert arrivals.add(0, 900_000)
    assert not arrivals.add(1, 910_000)
    arrivals.feedback(1, 2)
    assert not arrivals.add(2, 1_400_000), "half a second is no silence"
    arrivals.feedback(1, 2)
    assert arrivals.add(500, 6_400_000)
    assert not arrivals.add(501, 6_410_000)


def test_the_feedback_count_wraps_at_a_byte():
    arrivals = Arrivals()
    numbers = []
    for count in range(300):
        arrivals.add(count, count * 1000)
        numbers.append(decode(arrivals.feedback(1, 2) or b"").number)
    assert numbers == [n % 256 for n in range(300)]


def test_packets_keep_their_numbers_over_the_wraps_of_the_count():
    """Six rounds of the 16-bit count, a feedback every 500 packets."""
    arrivals = Arrivals()
    for count in range(0, 400_000, 500):
        for n in range(count, count + 500, 7):
            arrivals.add(n % SEQUENCES, n * 300)
        told = decode(arrivals.feedback(1, 2) or b"")
        assert sum(at is not None for at in told.arrivals) == len(range(count, count + 500, 7))
        assert (told.base + len(told.arrivals) - 1) % SEQUENCES == (count + 497) % SEQUENCES
