"""VP8: from packets to frames, nothing invented, nothing in doubt kept."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from survey_server.rtc import vp8
from survey_server.rtc.assembler import VP8Assembler
from survey_server.rtc.rtp import SEQUENCES, TIMESTAMPS
from tests.recording.vp8_clip import KEY_EVERY, pictures

KEY = b"\x10\x02\x00\x9d\x01\x2a\x80\x02\xe0\x41" + bytes(2000)
DELTA = b"\x11\x02\x00" + bytes(2000)


@given(frame=st.binary(min_size=1, max_size=5000), room=st.integers(1, 1300), number=st.integers(0, 70_000))
def test_what_is_packetized_unpacks_to_the_same(frame, room, number):
    payloads = vp8.packetize(frame, number, room)
    assert all(len(p) <= room + 4 for p in payloads)
    assert vp8.unpack(payloads) == (frame,)


@given(junk=st.lists(st.binary(max_size=20), max_size=6))
def test_junk_is_refused_not_raised(junk):
    found = vp8.unpack(junk)
    assert found is None or found[0]
    for payload in junk:
        vp8.begins_keyframe(payload)
        vp8.picture_size((payload,))


@pytest.mark.parametrize(
    "descriptor",
    [b"\x10", b"\x90\x00", b"\x90\x80\x05", b"\x90\x80\x81\x05", b"\x90\xe0\x81\x05\x07\x20", b"\x90\xb0\x05\x20",
     b"\x90\x40\x07", b"\x90\x20\x40"],
)  # fmt: skip
def test_every_form_of_the_payload_descriptor_is_understood(descriptor):
    """RFC 7741 section 4.2: none, picture identifiers of 7 and 15 bits, layer index, layer and key index."""
    assert vp8.begins_keyframe(descriptor + KEY)
    assert not vp8.begins_keyframe(descriptor + DELTA)
    assert not vp8.begins_keyframe(bytes([descriptor[0] & ~0x10]) + descriptor[1:] + KEY)
    assert not vp8.begins_keyframe(bytes([descriptor[0] | 1]) + descriptor[1:] + KEY)
    assert not vp8.begins_keyframe(descriptor)
    assert vp8.unpack([descriptor + KEY]) == (KEY,)


def test_the_size_is_in_the_keyframe_without_the_scaling_bits():
    size = vp8.picture_size((KEY,))
    assert size == vp8.PictureSize(640, 480)
    assert vp8.picture_size((DELTA,)) is None
    real = vp8.picture_size((pictures()[0],))
    assert real is not None
    assert real.size == (320, 240)


def test_a_frame_without_its_beginning_is_none():
    payloads = vp8.packetize(KEY, 1)
    assert vp8.unpack(payloads[1:]) is None
    assert vp8.unpack([*payloads, payloads[0]]) is None


def stream(first_sequence: int, first_timestamp: int):
    sequence = first_sequence
    for n, picture in enumerate(pictures()):
        payloads = vp8.packetize(picture, n)
        for k, payload in enumerate(payloads):
            timestamp = (first_timestamp + n * 3000) % TIMESTAMPS
            yield sequence % SEQUENCES, timestamp, int(k == len(payloads) - 1), payload
            sequence += 1


@settings(max_examples=30, deadline=None)
@given(
    first=st.integers(0, SEQUENCES - 1), stamp=st.integers(0, TIMESTAMPS - 1), random=st.randoms(use_true_random=False),
    lost=st.sets(st.integers(1, 200), max_size=6),
)  # fmt: skip
def test_only_decodable_frames_come_out_in_order(first, stamp, random, lost):
    sent = list(stream(first, stamp))
    kept = [n for n in range(len(sent)) if n not in lost]
    packets = [sent[n] for n in kept]
    noticed = len(packets) <= kept[-1]  # nobody can miss what nothing follows
    order = sorted(range(len(packets)), key=lambda n: n + (random.uniform(0, 6) if n else -1))
    asked: list[int] = []
    assembler = VP8Assembler(lambda: asked.append(1), patience_s=0.2)
    frames = []
    for step, n in enumerate(order):
        frames += assembler.push(*packets[n], step / 300)
    frames += assembler.tick(100)
    numbers = [(f.timestamp - frames[0].timestamp) // 3000 for f in frames]
    assert numbers == sorted(set(numbers))
    assert all(f.units == (pictures()[n],) for n, f in zip(numbers, frames, strict=True))
    assert [n for n, f in zip(numbers, frames, strict=True) if f.keyframe] == [n for n in numbers if n % KEY_EVERY == 0]
    for before, frame in pairwise(frames):
        if frame.timestamp - before.timestamp != 3000:
            assert frame.keyframe
            assert frame.lost > 0
    assert bool(asked) == noticed
    assert len(frames) == len(pictures()) or len(packets) < len(sent)
