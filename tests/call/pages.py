"""What a test puts into a page before the client's own script: a person's own way, and eyes on their connections.

The client under test is not changed. Its offers name the node's one public port; each person's page is led to the port
of that person's way instead, as if every phone had a network of its own.
"""

from typing import Any

from playwright.async_api import Page

_EYES = """
(() => {
  const port = __PORT__;
  const connections = (window.__connections = []);
  const newest = (window.__stats = []);
  const Native = window.RTCPeerConnection;
  window.RTCPeerConnection = class extends Native {
    constructor(...given) { super(...given); connections.push(this); }
    setRemoteDescription(told) {
      const sdp = told.sdp.replace(/(a=candidate:\\S+ \\d+ udp \\d+ \\S+ )\\d+/gi, `$1${port}`);
      return super.setRemoteDescription({ type: told.type, sdp });
    }
  };
  const KEPT = ['inbound-rtp', 'outbound-rtp', 'remote-inbound-rtp', 'candidate-pair', 'codec'];
  const look = () => Promise.all(connections.map(async (connection, number) => {
    if (connection.connectionState === 'closed') return;
    const report = await connection.getStats();
    newest[number] = [...report.values()].filter((one) => KEPT.includes(one.type)).map((one) => {
      const mid = one.mid ?? null;
      return { ...one, mid };
    });
  }));
  window.__look = async () => { await look(); return newest; };
  setInterval(look, 500);
})();
"""

_WATCH = """
([selector, name]) => {
  const shown = ((window.__pictures ??= {})[name] = []);
  let watched = null;
  const each = (video) => () => {
    if (video !== watched) return;
    shown.push(performance.timeOrigin + performance.now());
    video.requestVideoFrameCallback(each(video));
  };
  setInterval(() => {
    const video = document.querySelector(selector);
    if (!video || video === watched) return;
    watched = video;
    video.requestVideoFrameCallback(each(video));
  }, 50);
}
"""


async def lead(page: Page, udp: int) -> None:
    """Every connection this page makes goes through this UDP port."""
    await page.add_init_script(_EYES.replace("__PORT__", str(udp)))


async def stats(page: Page, kind: str, medium: str) -> list[dict[str, Any]]:
    """The newest statistics of this type ("inbound-rtp", ...) and medium, over all connections the page ever had."""
    looked: list[list[dict[str, Any]] | None] = await page.evaluate("window.__look()")
    return [one for each in looked for one in each or [] if one["type"] == kind and one.get("kind") == medium]


async def total(page: Page, kind: str, medium: str, name: str) -> float:
    """A counter's sum over all connections."""
    return sum(one.get(name, 0) for one in await stats(page, kind, medium))


async def payload_types(page: Page) -> dict[str, int]:
    """The RTP payload type this page sends each medium as."""
    looked: list[list[dict[str, Any]] | None] = await page.evaluate("window.__look()")
    found: dict[str, int] = {}
    for each in looked:
        codecs = {one["id"]: one["payloadType"] for one in each or [] if one["type"] == "codec"}
        found |= {one["kind"]: codecs[one["codecId"]] for one in each or [] if one["type"] == "outbound-rtp"}
    return found


async def connections(page: Page) -> int:
    """How many peer connections the page has made."""
    return await page.evaluate("window.__connections.length")


async def watch(page: Page, participant: str, selector: str) -> None:
    """From now on note when a picture of this participant is shown by the video element that matches."""
    await page.evaluate(_WATCH, [selector, participant])


async def shown(page: Page, participant: str) -> list[float]:
    """When pictures of this participant were shown since `watch`, seconds of the wall clock."""
    return [at / 1000 for at in await page.evaluate("(name) => window.__pictures[name]", participant)]
