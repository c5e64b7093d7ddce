"""Weak networks, real Chromium on both ends: what gets into the recording and what a viewer sees.

"Missing" pictures are those the applicant's encoder made while the network was bad and the recording does not hold:
the encoder's own count between two moments, less the recorded samples between the same moments of the survey's line.
"""

import asyncio
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.browser.conftest import Browsers
from tests.call.calibration import calibrate
from tests.call.calls import SMALL, Call, calling
from tests.call.impairment import Impairment
from tests.call.pages import stats, total
from tests.call.recorded import between, gaps, holes, samples, started_at
from tests.call.relay import Relay
from tests.call.scene import write_walk
from tests.flows.bundles import Bundle

pytestmark = pytest.mark.usefixtures("built_client")


@dataclass
class Stretch:
    """What the pages counted between two moments."""

    start: float
    end: float
    encoded: float
    sounds_sent: float
    frozen_s: float
    freezes: float
    concealed: float
    heard: float

    @property
    def seconds(self) -> float:
        return self.end - self.start


@pytest.fixture(scope="session")
def walk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_walk(tmp_path_factory.mktemp("walk") / "walk.mjpeg")


async def counted(call: Call, seconds: float) -> Stretch:
    """Let the call go on for this long and count meanwhile."""
    sender, viewer = call.pages["p1"], call.pages["p2"]

    async def look() -> list[float]:
        sound, frames, at = (
            await total(sender, "outbound-rtp", "audio", "packetsSent")
            - await total(sender, "outbound-rtp", "audio", "retransmittedPacketsSent"),
            await total(sender, "outbound-rtp", "video", "framesEncoded"),
            time.time(),
        )
        return [
            at, frames, sound,
            await total(viewer, "inbound-rtp", "video", "totalFreezesDuration"),
            await total(viewer, "inbound-rtp", "video", "freezeCount"),
            await total(viewer, "inbound-rtp", "audio", "concealedSamples"),
            await total(viewer, "inbound-rtp", "audio", "totalSamplesReceived"),
        ]  # fmt: skip

    before = await look()
    await asyncio.sleep(seconds)
    after = await look()
    return Stretch(before[0], after[0], *(b - a for a, b in zip(before[1:], after[1:], strict=True)))


def missing_pictures(bundle: Bundle, stretch: Stretch) -> float:
    """Share of the encoder's pictures that the recording lacks."""
    zero = started_at(bundle)
    recorded = between(samples(bundle, "p1", "video"), stretch.start - zero, stretch.end - zero)
    return 1 - recorded / stretch.encoded


def recorded_sound(bundle: Bundle, stretch: Stretch) -> float:
    """Share of the sent packets of sound that the recording holds."""
    zero = started_at(bundle)
    return between(samples(bundle, "p1", "audio"), stretch.start - zero, stretch.end - zero) / stretch.sounds_sent


async def told(call: Call, what: Stretch) -> None:
    ways = await stats(call.pages["p1"], "outbound-rtp", "video")
    out = ways[-1]  # of several connections, where the network was bad enough for that
    print(
        f"{what.seconds:.0f} s: {what.encoded:.0f} pictures of {out.get('frameWidth')}x{out.get('frameHeight')} at "
        f"{out.get('targetBitrate', 0) / 1000:.0f} kbit/s, {what.sounds_sent:.0f} packets of sound; viewer: "
        f"{what.freezes:.0f} freezes, {what.frozen_s:.2f} s; sound made up "
        f"{what.concealed / max(what.heard, 1):.2%}"
    )


async def in_call(call: Call, walk: Path) -> None:
    await call.join("p1", camera=walk, phone=True, device_scale_factor=1)
    await call.join("p2", **SMALL)
    await call.sees("p2", "p1")
    await call.pages["p2"].get_by_test_id("mute-video").click()  # two cores are three computers here
    await asyncio.sleep(3)


SHORT_OR_LONG = pytest.mark.parametrize(
    ("seconds", "slack"), [(20, 2.0), pytest.param(180, 1.0, marks=pytest.mark.long)], ids=["short", "long"]
)


@SHORT_OR_LONG
async def test_5_percent_loss_and_150_ms(
    relay: Relay, browsers: Browsers, walk: Path, tmp_path: Path, seconds: int, slack: float
) -> None:
    bad = Impairment(delay_ms=75, loss=0.05)
    print(await calibrate(relay, bad))
    async with calling(relay, browsers, tmp_path, bad=(bad, bad)) as call:
        await in_call(call, walk)
        stretch = await counted(call, seconds)
        await told(call, stretch)
        bundle = await call.bundle(tmp_path)
    missing = missing_pictures(bundle, stretch)
    frozen_a_minute = stretch.frozen_s * 60 / stretch.seconds
    print(f"missing pictures {missing:.2%}, sound recorded {recorded_sound(bundle, stretch):.2%}, "
          f"frozen {frozen_a_minute:.2f} s a minute; gaps: {gaps(bundle, 'p1', 'video')}")  # fmt: skip
    # half a minute on a machine with other work says little: the long form holds the bound itself
    assert stretch.encoded > (15 if slack == 1.0 else 3) * stretch.seconds, "the applicant's picture moves"
    assert missing <= (0.005 if slack == 1.0 else 0.03)
    assert frozen_a_minute < (1.0 if slack == 1.0 else 10.0)


@SHORT_OR_LONG
async def test_sound_at_20_percent_loss(
    relay: Relay, browsers: Browsers, walk: Path, tmp_path: Path, seconds: int, slack: float
) -> None:
    bad = Impairment(delay_ms=75, loss=0.20)
    print(await calibrate(relay, bad))
    async with calling(relay, browsers, tmp_path, bad=(bad, bad)) as call:
        await in_call(call, walk)
        stretch = await counted(call, seconds)
        await told(call, stretch)
        bundle = await call.bundle(tmp_path)
    sound = recorded_sound(bundle, stretch)
    print(f"sound recorded {sound:.2%}, missing pictures {missing_pictures(bundle, stretch):.2%}")
    assert stretch.sounds_sent > 45 * stretch.seconds
    assert sound >= 0.9


@SHORT_OR_LONG
async def test_sound_at_500_kbits(
    relay: Relay, browsers: Browsers, walk: Path, tmp_path: Path, seconds: int, slack: float
) -> None:
    narrow = Impairment(delay_ms=25, rate_kbps=500)
    print(await calibrate(relay, narrow))
    async with calling(relay, browsers, tmp_path) as call:
        await in_call(call, walk)
        call.ways["p1"].impair(narrow)
        await asyncio.sleep(5)  # the encoder finds the new rate; what it sent before fills the queue meanwhile
        stretch = await counted(call, seconds)
        await told(call, stretch)
        bundle = await call.bundle(tmp_path)
    zero = started_at(bundle)
    found = [
        sample for sample in samples(bundle, "p1", "audio")
        if stretch.start - zero <= sample.at_s < stretch.end - zero
    ]  # fmt: skip
    broken = holes(found, 0.06)
    silent_s = sum(end - start for start, end in broken)
    sound = recorded_sound(bundle, stretch)
    print(f"holes in the recorded sound: {len(broken)}, {silent_s:.2f} s; recorded {sound:.2%}")
    assert stretch.encoded > 2 * stretch.seconds, "pictures go on too"
    assert silent_s <= 0.002 * slack * stretch.seconds
    assert sound >= 1 - 0.01 * slack
