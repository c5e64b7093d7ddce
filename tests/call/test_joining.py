"""How soon a late viewer is connected and sees the first picture: a real Chromium desk onto a running call.

`TAKAN_JOINS` says how many joins (default 8; the figures are told of 30). The bounds are for a machine of its own; what
this one falls behind meanwhile is allowed for.
"""

import asyncio
import contextlib
import os
import statistics
from dataclasses import dataclass
from pathlib import Path

from playwright.async_api import Page

from survey_server.flows.invited import PEOPLE
from survey_server.flows.person import Person
from tests.browser.conftest import opened_browsers
from tests.media.people import Lateness
from tests.media.prepared import media
from tests.nodes import application, serving

JOINS = int(os.environ.get("TAKAN_JOINS", "8"))
CONNECTED_MS, FIRST_FRAME_MS = 700.0, 400.0
SHORT_FORM_MS = 300.0
"""Of few joins the 95th percentile is nearly the worst one."""
STEPS = ("start", "consent-agree", "devices-continue", "join")

STOPWATCH = """
(() => {
  const at = (window.__at = {});
  const now = () => performance.timeOrigin + performance.now();
  addEventListener('click', () => { if (!at.asked) at.pressed = now(); }, true);
  const send = WebSocket.prototype.send;
  WebSocket.prototype.send = function (data) {
    if (typeof data === 'string' && data.includes('"join_media"')) at.asked ??= now();
    return send.call(this, data);
  };
  const decoded = async (connection) => {
    while (!at.decoded && connection.connectionState !== 'closed') {
      for (const one of (await connection.getStats()).values())
        if (one.type === 'inbound-rtp' && one.kind === 'video' && one.framesDecoded > 0) at.decoded ??= now();
      await new Promise((go) => setTimeout(go, 10));
    }
  };
  const Native = window.RTCPeerConnection;
  window.RTCPeerConnection = class extends Native {
    constructor(...given) {
      super(...given);
      this.addEventListener('connectionstatechange', () => {
        if (this.connectionState !== 'connected' || at.connected) return;
        at.connected = now();
        void decoded(this);
      });
    }
  };
})();
"""


@dataclass(frozen=True)
class Joined:
    """One join, in milliseconds."""

    connected: float
    """From the request for media to a connection with DTLS."""
    first_frame: float
    """From there to the first decoded picture."""
    pressed_to_frame: float
    """From the press of the button to the first decoded picture, the camera's start included."""


async def join(page: Page, link: str) -> Joined:
    """Open the link, press whatever it shows until the page has joined."""
    await page.goto(link)
    async with asyncio.timeout(40):
        while not await page.evaluate("Boolean(window.__at.asked)"):
            for step in STEPS:
                button = page.get_by_test_id(step)
                if await button.count() and await button.is_enabled():
                    with contextlib.suppress(Exception):  # it went while it was being pressed
                        await button.click(timeout=500)
            await asyncio.sleep(0.02)
        while "decoded" not in (at := await page.evaluate("window.__at")):
            await asyncio.sleep(0.1)
    return Joined(at["connected"] - at["asked"], at["decoded"] - at["connected"], at["decoded"] - at["pressed"])


def p95(values: list[float]) -> float:
    return max(values) if len(values) < 20 else statistics.quantiles(values, n=20)[-1]


def table(name: str, values: list[float]) -> str:
    ranked = sorted(values)
    return (
        f"{name}: median {statistics.median(ranked):.0f} ms, p95 {p95(ranked):.0f} ms, "
        f"from {ranked[0]:.0f} to {ranked[-1]:.0f} ms"
    )


async def test_a_late_viewer_is_soon_connected_and_sees(tmp_path: Path, built_client: None) -> None:
    with serving(tmp_path / "node") as node:
        async with node.client() as client, opened_browsers() as browsers:
            view = await client.apply(application())
            links = await client.invite(view.survey, list(PEOPLE[:2]))
            applicant = await Person.arrive(client, links[0], media())
            await applicant.in_call()
            page = await browsers.page(viewport={"width": 800, "height": 560})
            await page.add_init_script(STOPWATCH)
            await join(page, links[1].link)  # the browser's first: it loads and compiles everything
            late = Lateness()
            watching = asyncio.create_task(late.watch())
            joins: list[Joined] = []
            for _ in range(JOINS):
                await page.goto("about:blank")
                await asyncio.sleep(0.5)
                joins.append(await join(page, links[1].link))
            watching.cancel()
            await applicant.leave()
    connected = [one.connected for one in joins]
    first_frame = [one.first_frame for one in joins]
    print(table("join to connected", connected))
    print(table("connected to the first decoded picture", first_frame))
    print(table("press of the button to the first decoded picture", [one.pressed_to_frame for one in joins]))
    print(late)
    allowed = 1000 * late.total_s / JOINS * 4 + (SHORT_FORM_MS if JOINS < 20 else 0.0)
    assert p95(connected) < CONNECTED_MS + allowed
    assert p95(first_frame) < FIRST_FRAME_MS + allowed
