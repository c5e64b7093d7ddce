"""A tiny page that joins through the system's Chromium: answers offers, shows what it receives, replays."""

import asyncio
import base64
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from aiohttp import web

PAGE = Path(__file__).with_name("chromium.html")
ARGUMENTS = [
    "--no-sandbox", "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream", "--disable-quic",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run",
    "--allow-loopback-in-peer-connection", "--autoplay-policy=no-user-gesture-required",
]  # fmt: skip


def chromium() -> str | None:
    return shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


@asynccontextmanager
async def pages(count: int) -> AsyncIterator[list]:
    from playwright.async_api import async_playwright  # noqa: PLC0415 - only where a browser is

    async def index(_: web.Request) -> web.Response:
        return web.Response(text=PAGE.read_text(), content_type="text/html")

    app = web.Application()
    app.add_routes([web.get("/", index)])
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    async with async_playwright() as p:
        browser = await p.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
        try:
            made = []
            for _ in range(count):
                context = await browser.new_context(permissions=["camera", "microphone"])
                page = await context.new_page()
                page.on("console", lambda m: print("console:", m.text))
                page.on("pageerror", lambda e: print("page error:", e))
                await page.goto(f"http://127.0.0.1:{port}/")
                made.append(page)
            yield made
        finally:
            await browser.close()
            await runner.cleanup()


class BrowserPerson:
    """Drives one page as one participant."""

    def __init__(self, session, who: str, page, kinds=("audio", "video")) -> None:
        self.session, self.who, self.page, self.kinds = session, who, page, list(kinds)
        self.offers = 0
        self.mids: dict[str, tuple[str, str, bool]] = {}

    async def join(self) -> None:
        self._changed = asyncio.Event()
        self.peer = await self.session.join(self.who, self._changed.set)
        await self._negotiate()
        self._task = asyncio.create_task(self._renegotiate())

    async def _negotiate(self) -> None:
        sdp, tracks = await self.peer.offer()
        self.offers += 1
        self.mids = {t.mid: (t.participant, t.kind, t.own) for t in tracks}
        listed = [{"mid": t.mid, "kind": t.kind, "own": t.own} for t in tracks]
        answer = await self.page.evaluate("([s, t, k]) => answer(s, t, k)", [sdp, listed, self.kinds])
        self.answer = answer
        await self.peer.answer(answer)

    async def _renegotiate(self) -> None:
        while True:
            await self._changed.wait()
            self._changed.clear()
            await self._negotiate()

    async def stats(self) -> dict:
        return await self.page.evaluate("() => stats()")

    async def leave(self) -> None:
        self._task.cancel()
        await self.peer.close()


async def replay(page, mime: str, parts: list[bytes], start: float, seconds: float) -> dict:
    coded = [base64.b64encode(p).decode() for p in parts]
    return await page.evaluate("([m, p, s, n]) => replay(m, p, s, n)", [mime, coded, start, seconds])
