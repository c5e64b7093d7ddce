"""RTP arithmetic over wraps, reordering and loss."""

from itertools import pairwise

from aiortc.rtcrtpparameters import RTCRtpHeaderExtensionParameters, RTCRtpParameters
from aiortc.rtp import HeaderExtensionsMap, RtpPacket
from hypothesis import given, settings
from hypothesis import strategies as st

from survey_server.rtc.rtp import (
    SEQUENCES,
    TIMESTAMPS,
    Allowance,
    History,
    MissingPackets,
    Packet,
    Reception,
    Unwrapper,
    extension_element,
    one_byte_extension,
    packet_bytes,
    parse,
)

sequences = st.integers(0, SEQUENCES - 1)


def shuffled_within(window: int, count: int, random) -> list[int]:
    return sorted(range(0, count, 97), key=lambda n: n + random.uniform(0, window))


@settings(max_examples=20)
@given(start=sequences, random=st.randoms(use_true_random=True))
def test_unwrapping_restores_the_line_over_wraps_and_reordering(start, random):
    unwrap = Unwrapper(SEQUENCES)
    order = [0, *shuffled_within(500, 140_000, random)[1:]]
    found = [unwrap(start + n) for n in order]
    assert [f - found[0] for f in found] == order


@given(start=st.integers(0, TIMESTAMPS - 1), steps=st.lists(st.integers(1, 90_000 * 60), max_size=50))
def test_timestamps_unwrap_likewise(start, steps):
    unwrap, at = Unwrapper(TIMESTAMPS), start
    unwrap(start)
    for step in steps:
        at += step
        assert unwrap(at % TIMESTAMPS) == at


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
            assert missing.received(start + n, 0)
    wanted = {start + n for n in lost}
    assert set(missing.due(0)) == wanted
    assert missing.due(0.05) == []
    found = set(list(wanted)[::2])
    for sequence in found:
        missing.received(sequence, 0.06)
    assert set(missing.due(0.1)) == wanted - found
    assert missing.due(1.2) == []
    assert not missing.places


def test_a_hole_too_wide_asks_for_a_keyframe_instead():
    missing = MissingPackets(limit=256)
    assert missing.received(65_000, 0)
    assert not missing.received(66_536, 0)
    assert missing.due(0) == []


@given(start=sequences)
def test_history_remembers_the_last_and_knows_what_came_before(start):
    history: History[int] = History(size=64)
    for n in range(200):
        assert history.put(start + n, n)
    for n in range(136, 200):
        assert history.get(start + n) == n
        assert not history.put(start + n, n)
    assert history.get(start + 135) is None
    assert not history.put(start + 100, 100)


def test_loss_is_reported_as_rfc_3550_counts_it():
    reception = Reception(90_000)
    assert reception.report() is None
    for n in range(100):
        if n % 4:
            reception.add(65_500 + n, n * 3000, n / 30)
    report = reception.report()
    assert report is not None
    assert report.packets_lost == 24
    assert report.highest_sequence == 65_599
    assert 60 <= report.fraction_lost <= 64
    assert report.jitter == 0
    again = reception.report()
    assert again is not None
    assert again.fraction_lost == 0


elements = st.dictionaries(st.integers(1, 14), st.binary(min_size=1, max_size=16), max_size=6)


def on_the_wire(
    packet: Packet, sources: list[int], extensions: dict[int, bytes], gaps: list[int], padding: int
) -> bytes:
    """A packet as RFC 3550 section 5.1 and RFC 8285 section 4.2 draw it; `gaps` are padding between the elements."""
    body = b""
    for number, (identifier, value) in enumerate(extensions.items()):
        body += bytes([identifier << 4 | len(value) - 1]) + value + bytes(gaps[number % len(gaps)])
    body += bytes(-len(body) % 4)
    extension = b"\xbe\xde" + (len(body) // 4).to_bytes(2) + body if extensions else b""
    first = 0x80 | (0x20 if padding else 0) | (0x10 if extensions else 0) | len(sources)
    head = bytes([first, packet.marker << 7 | packet.payload_type]) + packet.sequence.to_bytes(2)
    head += packet.timestamp.to_bytes(4) + packet.ssrc.to_bytes(4) + b"".join(s.to_bytes(4) for s in sources)
    return head + extension + packet.payload + (bytes(padding - 1) + bytes([padding]) if padding else b"")


packets = st.builds(
    Packet, payload_type=st.integers(0, 127), marker=st.integers(0, 1), sequence=sequences,
    timestamp=st.integers(0, TIMESTAMPS - 1), ssrc=st.integers(0, TIMESTAMPS - 1), payload=st.binary(max_size=1200),
)  # fmt: skip


@given(
    packet=packets, sources=st.lists(st.integers(0, TIMESTAMPS - 1), max_size=15), extensions=elements,
    gaps=st.lists(st.integers(0, 3), min_size=1, max_size=4), padding=st.integers(0, 255),
)  # fmt: skip
def test_packets_are_read_as_another_implementation_reads_them(packet, sources, extensions, gaps, padding):
    data = on_the_wire(packet, sources, extensions, gaps, padding)
    assert parse(data) == packet
    read = RtpPacket.parse(data, HeaderExtensionsMap())
    assert (read.payload_type, read.marker, read.sequence_number, read.timestamp, read.ssrc, read.payload) == packet
    for identifier in range(1, 15):
        assert extension_element(data, identifier) == extensions.get(identifier)


@given(data=st.binary(max_size=80), first=st.integers(0, 255))
def test_arbitrary_bytes_are_read_or_refused_never_raised(data, first):
    for junk in (data, bytes([first]) + data, bytes([first, 0x80 | 96]) + data + bytes(12)):
        read = parse(junk)
        assert read is None or len(read.payload) <= len(junk) - 12
        if len(junk) >= 12:
            for identifier in (1, 5, 14):
                extension_element(junk, identifier)


@given(packet=packets, cut=st.integers(0, 40), extensions=elements)
def test_a_packet_cut_short_is_refused_or_only_shorter(packet, cut, extensions):
    data = on_the_wire(packet, [1, 2], extensions, [0], 0)
    read = parse(data[:cut])
    assert read is None or packet.payload.startswith(read.payload)


@given(packet=packets, value=st.binary(min_size=1, max_size=16), identifier=st.integers(1, 14))
def test_what_is_written_is_read_back(packet, value, identifier):
    data = packet_bytes(**packet._asdict(), extension=one_byte_extension(identifier, value))
    assert parse(data) == packet
    assert extension_element(data, identifier) == value


@settings(max_examples=60, deadline=None)
@given(
    start=sequences, random=st.randoms(use_true_random=False), loss=st.sampled_from([0.0, 0.05, 0.2, 0.5]),
    retry_s=st.sampled_from([0.03, 0.1]),
)  # fmt: skip
def test_over_a_lossy_way_each_hole_is_asked_for_on_time_until_filled_or_given_up(start, random, loss, retry_s):
    """A hundred packets a second for four seconds, each answer lost as likely as a packet; looked at every 10 ms."""
    missing = MissingPackets(retry_s=retry_s, give_up_s=1.0)
    history: History[int] = History(size=1024)
    asked: dict[int, list[float]] = {}
    came: dict[int, float] = {}
    for n in range(400):
        now = n / 100
        if n == 0 or random.random() >= loss:
            assert missing.received(start + n, now)
            assert history.put(start + n, n)
            came[n] = now
        due = missing.due(now)
        assert len(due) == len(set(due))
        for sequence in due:
            number = sequence - start
            assert number < n
            assert number not in came
            asked.setdefault(number, []).append(now)
            if random.random() >= loss:
                missing.received(sequence, now)
                assert history.put(sequence, number)
                assert not history.put(sequence, number), "the same packet a second time"
                came[number] = now
    newest = max(n for n in came if n not in asked)
    for number in range(newest):
        if number not in came:
            assert asked[number], "whoever is missing is asked for"
    for times in asked.values():
        waits = [after - before for before, after in pairwise(times)]
        assert all(wait >= retry_s - 1e-9 for wait in waits)
        assert all(wait <= retry_s + 0.011 for wait in waits)
        assert times[-1] - times[0] <= 1.0 + 1e-9
    for number in came:
        assert history.get(start + number) == number


@given(per_s=st.integers(1, 500), steps=st.lists(st.floats(0, 3), max_size=300))
def test_an_allowance_is_never_exceeded(per_s, steps):
    """In any stretch of time: what is saved up, at most a second's worth, and what comes meanwhile."""
    allowance, now, taken = Allowance(per_s, at=0.0), 0.0, []
    for step in steps:
        now += step / 100
        taken += [now] * sum(allowance.take(now) for _ in range(3))
    for first in range(0, len(taken), 7):
        assert len(taken) - first <= per_s + (now - taken[first]) * per_s + 1.001
    assert Allowance(per_s, at=0.0).take(0.0)
