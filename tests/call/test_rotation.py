"""A phone is turned and its picture changes size in mid-call: every epoch decodes and the auditor's player takes it.

The picture comes from a canvas whose size the test changes, which is what a turned phone's camera track does; encoder,
recorder and player are the real ones.
"""

import asyncio
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from tests.browser.conftest import Browsers
from tests.call.calls import SMALL, calling
from tests.call.recorded import lane_of
from tests.call.relay import Relay
from tests.flows.bundles import check_lengths, play_silently

pytestmark = pytest.mark.usefixtures("built_client")

SIZES = [(640, 360), (360, 640), (640, 480), (480, 640), (1280, 720), (360, 640)]
STEP_S = 3.0
TURNING = """
(() => {
  const canvas = document.createElement('canvas');
  window.__turn = ([width, height]) => { canvas.width = width; canvas.height = height; };
  window.__turn([640, 360]);
  let turn = 0;
  setInterval(() => {
    const context = canvas.getContext('2d'), { width, height } = canvas;
    turn += 1;
    context.fillStyle = `hsl(${turn * 3 % 360} 60% 50%)`;
    context.fillRect(0, 0, width, height);
    context.fillStyle = '#000';
    context.fillRect(turn * 7 % width, turn * 3 % height, 60, 60);
  }, 40);
  const native = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  const stream = canvas.captureStream(25);
  navigator.mediaDevices.getUserMedia = async (wanted) => {
    const sound = wanted.audio ? (await native({ audio: true })).getTracks() : [];
    return new MediaStream([...(wanted.video ? stream.getVideoTracks().map((one) => one.clone()) : []), ...sound]);
  };
})();
"""
_LOOK = """
(lane) => {
  window.__played = [];
  setInterval(() => {
    const figure = document.querySelector(`[data-testid="lane-${lane}"]`);
    const video = figure?.querySelector('video');
    const size = video ? `${video.videoWidth}x${video.videoHeight}` : '';
    const error = video?.error?.message ?? '';
    window.__played.push([figure?.dataset.state ?? 'gone', size, error, video?.currentTime ?? 0]);
  }, 100);
}
"""


async def play_through(page: Page, link: str, survey: str, seconds: float) -> list[tuple[str, str, str, float]]:
    """The auditor plays the whole survey; ten times a second: the lane's state, its picture's size, its errors."""
    await page.goto(link)
    await page.get_by_test_id("start").click()
    await page.get_by_test_id(f"audit-row-{survey}").click()
    await page.get_by_test_id("play").click()
    await page.evaluate(_LOOK, "p1")
    await asyncio.sleep(seconds)
    return [tuple(one) for one in await page.evaluate("window.__played")]


async def test_turning_the_phone(relay: Relay, browsers: Browsers, tmp_path: Path) -> None:
    async with calling(relay, browsers, tmp_path) as call:
        phone = await call.join("p1", script=TURNING, phone=True, device_scale_factor=1)
        await call.join("p2", **SMALL)
        await call.sees("p2", "p1")
        desk = call.pages["p2"].locator('video[data-participant="p1"]')
        for width, height in SIZES:
            await phone.evaluate("window.__turn", [width, height])
            await expect(desk).to_have_js_property("videoWidth", min(width, round(width * 720 / min(width, height))))
            await asyncio.sleep(STEP_S)
        bundle = await call.bundle(tmp_path)
        auditor = await browsers.page(**SMALL)
        length = bundle.manifest["recording"]["lanes"][0]["epochs"][-1]["parts"][-1]["end_s"]
        link = (await call.client.invite_auditor("审计员")).link
        played = await play_through(auditor, link, call.survey, length + 5)
    assert play_silently(bundle, tmp_path) >= len(SIZES)
    check_lengths(bundle)
    epochs = [epoch for epoch in lane_of(bundle, "p1")["epochs"] if "video" in epoch["kinds"]]
    recorded = [(epoch["width"], epoch["height"]) for epoch in epochs]
    print(f"recorded: {recorded}; played: {sorted({size for _, size, _, _ in played})}")
    for width, height in SIZES:
        assert (width, height) in recorded
        assert f"{width}x{height}" in {size for _, size, _, _ in played}
    assert {state for state, _, _, _ in played} <= {"loading", "shown", "blank"}, "the lane never breaks"
    assert {error for _, _, error, _ in played} == {""}
    assert max(at for _, _, _, at in played) > length - 1.5, "it plays to the end"
