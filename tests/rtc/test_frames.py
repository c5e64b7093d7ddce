"""From packets to frames: nothing invented, nothing out of order, loss said."""

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from survey_server.rtc import h264
from survey_server.rtc.assembler import H264Assembler, OpusAssembler
from survey_server.rtc.rtp import SEQUENCES, TIMESTAMPS

units = st.builds(
    lambda kind, body: bytes([0x60 | kind]) + body + b"\x80", st.sampled_from([1, 5, 6, 7, 8]),
    st.integers(1, 4000).map(lambda size: bytes(range(1, 200)) * (size // 199 + 1)),
)  # fmt: skip


@given(picture=st.lists(units, min_size=1, max_size=6), room=st.integers(100, 1300))
def test_what_is_packetized_unpacks_to_the_same(picture, room):
    payloads = h264.packetize(picture, room)
    assert all(len(p) <= room + 2 for p in payloads)
    assert h264.unpack(payloads) == tuple(picture)


@given(junk=st.lists(st.binary(max_size=60), max_size=8))
def test_junk_is_refused_not_raised(junk):
    found = h264.unpack(junk)
    assert found is None or all(isinstance(u, bytes) for u in found)
    for payload in junk:
        h264.begins_keyframe(payload)


@given(sps=st.binary(min_size=4, max_size=80))
def test_a_hostile_parameter_set_has_no_size_at_worst(sps):
    width, height = h264.ParameterSets(b"\x67" + sps, b"\x68").size
    assert isinstance(width, int)
    assert isinstance(height, int)


def test_the_start_of_a_keyframe_is_seen_in_every_packaging():
    sps, idr, delta = b"\x67abc", b"\x65" + bytes(3000), b"\x41" + bytes(3000)
    assert h264.begins_keyframe(sps)
    assert h264.begins_keyframe(h264.packetize([sps, b"\x68x"])[0])
    assert [h264.begins_keyframe(p) for p in h264.packetize([idr])] == [True, False, False]
    assert not any(h264.begins_keyframe(p) for p in h264.packetize([delta]))


def pictures(count: int, key_every: int = 10):
    for n in range(count):
        body = n.to_bytes(4) * 800
        yield [b"\x67aaaa", b"\x68bb", b"\x65" + body] if n % key_every == 0 else [b"\x41" + body]


def stream(count: int, first_sequence: int, first_timestamp: int):
    sequence = first_sequence
    for n, picture in enumerate(pictures(count)):
        payloads = h264.packetize(picture)
        for k, payload in enumerate(payloads):
            yield (
                n,
                sequence % SEQUENCES,
                (first_timestamp + n * 3000) % TIMESTAMPS,
                int(k == len(payloads) - 1),
                payload,
            )
            sequence += 1


@settings(max_examples=30, deadline=None)
@given(
    first=st.integers(0, SEQUENCES - 1), stamp=st.integers(0, TIMESTAMPS - 1), random=st.randoms(use_true_random=False),
    lost=st.sets(st.integers(1, 119), max_size=6),
)  # fmt: skip
def test_only_decodable_frames_come_out_in_order(first, stamp, random, lost):
    """With packets lost and shuffled a little: every frame is whole, in order, and follows a keyframe unbroken."""
    packets = [p for n, p in enumerate(stream(40, first, stamp)) if n not in lost]
    order = sorted(range(len(packets)), key=lambda n: n + (random.uniform(0, 6) if n else -1))
    asked: list[int] = []
    assembler = H264Assembler(lambda: asked.append(1), patience_s=0.2)
    frames = []
    for step, n in enumerate(order):
        _, sequence, timestamp, marker, payload = packets[n]
        frames += assembler.push(sequence, timestamp, marker, payload, step / 300)
    frames += assembler.tick(100)
    frames += assembler.tick(200)
    numbers = [(f.timestamp - frames[0].timestamp) // 3000 for f in frames]
    assert numbers == sorted(set(numbers))
    whole = {tuple(u) for u in pictures(40)}
    assert all(f.units in whole for f in frames)
    for before, frame in pairwise(frames):
        if frame.timestamp - before.timestamp != 3000:
            assert frame.keyframe
            assert frame.lost > 0
    if not lost:
        assert len(frames) == 40
        assert not asked
    elif frames and len(frames) < 40:
        assert asked


def test_sound_waits_a_little_for_what_is_missing_and_then_goes_on():
    assembler = OpusAssembler(patience_s=0.4)
    assert [f.units for f in assembler.push(65_535, 0, 0, b"a", 0.0)] == [(b"a",)]
    assert assembler.push(1, 1920, 0, b"c", 0.04) == []
    late = assembler.push(0, 960, 0, b"b", 0.05)
    assert [(f.units[0], f.lost) for f in late] == [(b"b", 0), (b"c", 0)]
    assert assembler.push(3, 3840, 0, b"e", 0.1) == []
    assert assembler.tick(0.3) == []
    assert [(f.units[0], f.lost, f.at) for f in assembler.tick(0.6)] == [(b"e", 1, 0.1)]


def test_a_wanted_interruption_is_no_loss():
    asked: list[int] = []
    assembler = H264Assembler(lambda: asked.append(1))
    packets = list(stream(40, 100, 0))
    frames = []
    for n, sequence, timestamp, marker, payload in packets:
        if n == 12:
            assembler.resync()
        if not 12 <= n < 22:
            frames += assembler.push(sequence, timestamp, marker, payload, n / 30)
    assert [f.timestamp // 3000 for f in frames] == [*range(12), *range(30, 40)]
    assert all(f.lost == 0 for f in frames)
