"""RTP arithmetic over wraps, reordering and loss."""

from aiortc.rtcrtpparameters import RTCRtpHeaderExtensionParameters, RTCRtpParameters
from aiortc.rtp import HeaderExtensionsMap, RtpPacket
from hypothesis import given, settings
from hypothesis import strategies as st

from survey_server.rtc.rtp import (
    SEQUENCES,
    TIMESTAMPS,
    History,
    MissingPackets,
    Reception,
    Unwrapper,
    nack_order,
    newer,
    one_byte_extension,
    packet_bytes,
)

sequences = st.integers(0, SEQUENCES - 1)


def shuffled_within(window: int, count: int, random) -> list[int]:
    return sorted(range(0, count, 97), key=lambda n: n + random.uniform(0, window))


@settings(max_examples=20)
@given(start=sequences, random=st.randoms(use_true_random=True))
def test_unwrapping_restores_the_line_over_wraps_and_reordering(start, random):
    unwrap = Unwrapper(SEQUENCES)
    order = [0, *shuffled_within(500, 140_000, random)[1:]]
    found = [unwrap((start + n) % SEQUENCES) for n in order]
    assert [f - found[0] for f in found] == order


@given(start=st.integers(0, TIMESTAMPS - 1), steps=st.lists(st.integers(1, 90_000 * 60), max_size=50))
def test_timestamps_unwrap_likewise(start, steps):
    unwrap, at = Unwrapper(TIMESTAMPS), start
    unwrap(start)
    for step in steps:
        at += step
        assert unwrap(at % TIMESTAMPS) == at


@given(a=sequences, ahead=st.integers(1, SEQUENCES // 2 - 1))
def test_newer_is_a_strict_order_over_the_wrap(a, ahead):
    b = (a + ahead) % SEQUENCES
    assert newer(b, a)
    assert not newer(a, b)
    assert not newer(a, a)


@given(
    sequence=sequences, timestamp=st.integers(0, TIMESTAMPS - 1), marker=st.integers(0, 1),
    payload=st.binary(max_size=1400), mid=st.from_regex(r"[0-9]{1,3}", fullmatch=True),
)  # fmt: skip
def test_packets_read_back_by_another_implementation(sequence, timestamp, marker, payload, mid):
    uri = "urn:ietf:params:rtp-hdrext:sdes:mid"
    extensions = HeaderExtensionsMap()
    extensions.configure(RTCRtpParameters(headerExtensions=[RTCRtpHeaderExtensionParameters(id=1, uri=uri)]))
    data = packet_bytes(
        payload_type=101, marker=marker, sequence=sequence, timestamp=timestamp, ssrc=7,
        extension=one_byte_extension(1, mid.encode()), payload=payload,
    )  # fmt: skip
    read = RtpPacket.parse(data, extensions)
    assert (read.payload_type, read.marker, read.sequence_number, read.timestamp, read.ssrc) == (
        101, marker, sequence, timestamp, 7,
    )  # fmt: skip
    assert read.payload == payload
    assert read.extensions.mid == mid


@given(start=sequences, lost=st.sets(st.integers(1, 199), max_size=40))
def test_exactly_the_missing_are_asked_for_and_again_until_they_come(start, lost):
    missing = MissingPackets(retry_s=0.1, give_up_s=1)
    for n in range(201):
        if n not in lost:
            assert missing.received((start + n) % SEQUENCES, 0)
    wanted = {(start + n) % SEQUENCES for n in lost}
    assert set(missing.due(0)) == wanted
    assert missing.due(0.05) == []
    found = set(list(wanted)[::2])
    for sequence in found:
        missing.received(sequence, 0.06)
    assert set(missing.due(0.1)) == wanted - found
    assert missing.due(1.2) == []
    assert len(missing) == 0


def test_a_hole_too_wide_asks_for_a_keyframe_instead():
    missing = MissingPackets(limit=256)
    assert missing.received(65_000, 0)
    assert not missing.received(1000, 0)
    assert missing.due(0) == []


@given(start=sequences)
def test_history_remembers_the_last_and_knows_what_came_before(start):
    history: History[int] = History(size=64)
    for n in range(200):
        assert history.put((start + n) % SEQUENCES, n)
    for n in range(136, 200):
        assert history.get((start + n) % SEQUENCES) == n
        assert not history.put((start + n) % SEQUENCES, n)
    assert history.get((start + 135) % SEQUENCES) is None
    assert not history.put((start + 100) % SEQUENCES, 100)


def test_loss_is_reported_as_rfc_3550_counts_it():
    reception = Reception(90_000)
    assert reception.report() is None
    for n in range(100):
        if n % 4:
            reception.add((65_500 + n) % SEQUENCES, n * 3000, n / 30)
    report = reception.report()
    assert report is not None
    assert report.packets_lost == 24
    assert report.highest_sequence == 65_599
    assert 60 <= report.fraction_lost <= 64
    assert report.jitter == 0
    again = reception.report()
    assert again is not None
    assert again.fraction_lost == 0


def test_a_nack_lists_sequences_in_sending_order():
    assert nack_order([2, 65_534, 0, 65_535]) == [65_534, 65_535, 0, 2]
