"""What becomes of a phone in mid-call: put away, called, turned, opened twice. Each is told, is on record, and ends by
itself.

What leaves no trace when it is over happens in one and the same call. The devices are Chromium's own; only that one
is taken away (which no browser can be told to do) is said by script: the track's own events, and a refusal to open it
while the other program holds it.
"""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from survey_server.wire.survey import ParticipantView
from tests.browser.conftest import Browsers, opened_browsers
from tests.call.calls import SMALL, Call, calling
from tests.call.pages import lead, shown
from tests.call.relay import Relay

pytestmark = pytest.mark.usefixtures("built_client")

DEVICES = """
(() => {
  const devices = (window.__devices = { held: {}, tracks: [] });
  const native = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  navigator.mediaDevices.getUserMedia = async (wanted) => {
    for (const kind of ['audio', 'video'])
      if (wanted[kind] && devices.held[kind]) throw new DOMException('held elsewhere', 'NotReadableError');
    const stream = await native(wanted);
    devices.tracks.push(...stream.getTracks());
    return stream;
  };
  devices.live = (kind) => devices.tracks.filter((one) => one.kind === kind && one.readyState === 'live');
  devices.mute = (kind, muted) => {
    for (const one of devices.live(kind)) {
      Object.defineProperty(one, 'muted', { value: muted, configurable: true });
      one.dispatchEvent(new Event(muted ? 'mute' : 'unmute'));
    }
  };
  devices.end = (kind) => {
    devices.held[kind] = true;
    for (const one of devices.live(kind)) { one.stop(); one.dispatchEvent(new Event('ended')); }
  };
})();
"""
HIDE = """(state) => {
  Object.defineProperty(document, 'visibilityState', { get: () => state, configurable: true });
  Object.defineProperty(document, 'hidden', { get: () => state === 'hidden', configurable: true });
  document.dispatchEvent(new Event('visibilitychange'));
}"""


class Observed:
    """A call as the node sees it, through an auditor's eyes."""

    def __init__(self, call: Call, session: str) -> None:
        self.call, self._session = call, session

    async def applicant(self) -> ParticipantView:
        view = await self.call.client.survey(self.call.survey, self._session)
        return next(one for one in view.participants if one.id == "p1")

    async def until(self, true: Callable[[ParticipantView], object], seconds: float = 10.0) -> float:
        """Wait until the node says so of the applicant; how long that took."""
        began, person = time.monotonic(), None
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while not true(person := await self.applicant()):
                    await asyncio.sleep(0.05)
                return time.monotonic() - began
        raise AssertionError(f"never so within {seconds} s: {person}")

    async def events(self) -> Counter[str]:
        """How many events of each kind the applicant has in the replay."""
        replay = await self.call.client.replay(self.call.survey, self._session)
        return Counter(one.kind for one in replay.events if one.participant == "p1")


@asynccontextmanager
async def observing(relay: Relay, browsers: Browsers, camera: Path, folder: Path) -> AsyncIterator[Observed]:
    async with calling(relay, browsers, folder, TAKAN_RETURN_S="8") as call:
        await call.join("p1", script=DEVICES, camera=camera, phone=True, device_scale_factor=1)
        await call.join("p2", **SMALL)
        await call.sees("p2", "p1")
        auditor = await call.client.start(await call.client.invite_auditor("a"))
        yield Observed(call, auditor.session)


SHARED = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def observed(
    relay: Relay, camera: Path, built_client: None, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Observed]:
    async with (
        opened_browsers() as browsers,
        observing(relay, browsers, camera, tmp_path_factory.mktemp("call")) as one,
    ):
        yield one


@pytest.fixture
async def alone(relay: Relay, browsers: Browsers, camera: Path, tmp_path: Path) -> AsyncIterator[Observed]:
    async with observing(relay, browsers, camera, tmp_path) as one:
        yield one


async def moves_again(viewer: Page, since: float, seconds: float = 10.0) -> float:
    """Wait until the applicant's picture moves on this page; how long after `since` that was."""
    async with asyncio.timeout(seconds):
        while not (fresh := [at for at in await shown(viewer, "p1") if at > since]):
            await asyncio.sleep(0.1)
    return fresh[0] - since


async def test_a_second_tab_takes_over_and_the_first_does_not_fight(alone: Observed) -> None:
    call, first = alone.call, alone.call.pages["p1"]
    before = await alone.events()
    second = await first.context.new_page()
    second.set_default_timeout(30_000)
    await lead(second, call.way("p1").udp)
    await second.goto(call.link("p1"))
    await second.get_by_test_id("devices-continue").click()  # the link was started and agreed to in the first
    await expect(first.get_by_test_id("elsewhere")).to_be_visible()
    taken_over = time.time()
    print(f"picture after {await moves_again(call.pages['p2'], taken_over, 20):.2f} s")
    joined = (await alone.events() - before)["joined"]
    await asyncio.sleep(5)
    assert (await alone.events() - before)["joined"] == joined, "nobody comes and goes"
    assert joined <= 2
    await expect(first.get_by_test_id("elsewhere")).to_be_visible()
    await first.bring_to_front()
    await first.get_by_test_id("use-this-page").click()
    await expect(second.get_by_test_id("elsewhere")).to_be_visible()
    assert await moves_again(call.pages["p2"], time.time(), 20) < 15


async def test_a_stale_connection_ends_by_itself(alone: Observed) -> None:
    """The phone's network is gone for good: the node says so, and the person is away without anybody's click."""
    call = alone.call
    dark_at = call.ways["p1"].darken()
    print(f"media missed after {await alone.until(lambda one: not one.connected, 15):.2f} s")
    print(f"the person is away after {await alone.until(lambda one: not one.present, 60):.2f} s more")
    assert (await alone.events())["media_lost"] >= 1
    light_at = call.ways["p1"].lighten(new_address=True)
    assert await moves_again(call.pages["p2"], light_at, 30) < 20
    assert light_at > dark_at


@SHARED
async def test_a_page_in_the_background_is_said_so_and_comes_back(observed: Observed) -> None:
    phone = observed.call.pages["p1"]
    before = await observed.events()
    await phone.evaluate(HIDE, "hidden")
    print(f"said after {await observed.until(lambda one: 'hidden' in one.interruptions):.2f} s")
    await phone.evaluate(HIDE, "visible")
    print(f"over after {await observed.until(lambda one: not one.interruptions):.2f} s")
    assert (await observed.events() - before)["interrupted"] == 2
    assert await moves_again(observed.call.pages["p2"], time.time()) < 5


@SHARED
async def test_a_phone_call_takes_camera_and_microphone_and_gives_them_back(observed: Observed) -> None:
    """As iOS does it: the tracks go mute, and unmute when the phone call is over."""
    phone = observed.call.pages["p1"]
    before = await observed.events()
    await phone.evaluate("for (const kind of ['audio', 'video']) window.__devices.mute(kind, true)")
    taken = {"camera_taken", "microphone_taken"}
    print(f"said after {await observed.until(lambda one: set(one.interruptions) == taken):.2f} s")
    await expect(phone.get_by_test_id("own-camera_taken")).to_be_visible()
    await phone.evaluate("for (const kind of ['audio', 'video']) window.__devices.mute(kind, false)")
    print(f"over after {await observed.until(lambda one: not one.interruptions):.2f} s")
    assert (await observed.events() - before)["interrupted"] == 4
    assert await moves_again(observed.call.pages["p2"], time.time()) < 5


@SHARED
async def test_a_camera_another_program_took_is_had_back_by_itself(observed: Observed) -> None:
    """As Android does it: the track ends and the device can't be opened; no click brings it back."""
    phone = observed.call.pages["p1"]
    await phone.evaluate("window.__devices.end('video')")
    await observed.until(lambda one: "camera_taken" in one.interruptions)
    await asyncio.sleep(3)
    assert "camera_taken" in (await observed.applicant()).interruptions
    await phone.evaluate("window.__devices.held.video = false")
    given_back = time.time()
    print(f"over after {await observed.until(lambda one: not one.interruptions):.2f} s")
    print(f"the viewer's picture moves after {await moves_again(observed.call.pages['p2'], given_back):.2f} s")


@SHARED
async def test_muting_is_told_and_recorded(observed: Observed) -> None:
    phone = observed.call.pages["p1"]
    before = await observed.events()
    await phone.get_by_test_id("mute-mic").click()
    await observed.until(lambda one: not one.audio)
    await phone.get_by_test_id("mute-mic").click()
    await observed.until(lambda one: one.audio)
    assert (await observed.events() - before)["muted"] == 2


@SHARED
async def test_switching_the_camera_is_an_event(observed: Observed) -> None:
    phone = observed.call.pages["p1"]
    before = await observed.events()
    await phone.get_by_test_id("flip").click()
    async with asyncio.timeout(10):
        while not (await observed.events() - before)["device_turned"]:
            await asyncio.sleep(0.1)
    assert await moves_again(observed.call.pages["p2"], time.time()) < 5
