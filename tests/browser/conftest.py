"""Real Chromium, with a camera that shows the moving code."""

import os
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Page, async_playwright

from tests.browser.codes import write_mjpeg
from tests.nodes import ROOT, ServedNode, serving
from tests.servers import require

FLAGS = [
    "--no-sandbox",
    "--use-fake-ui-for-media-stream",
    "--allow-loopback-in-peer-connection",
    "--autoplay-policy=no-user-gesture-required",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-quic",
    "--disable-features=WebRtcHideLocalIpsWithMdns",
    "--disable-backgrounding-occluded-windows",
    "--disable-renderer-backgrounding",
]


@pytest.fixture(scope="session")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedNode]:
    if not (ROOT / "web_client" / "dist" / "index.html").exists():
        if "chromium" in os.environ.get("TAKAN_REQUIRE", ""):
            pytest.fail("the web client is not built: run `make setup`", pytrace=False)
        pytest.skip("the web client is not built: run `make setup`")
    panel = ROOT / "tests" / "data" / "panel.toml"
    with serving(tmp_path_factory.mktemp("node"), TAKAN_PANEL=str(panel)) as served:
        yield served


@pytest.fixture(scope="session")
def camera(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_mjpeg(tmp_path_factory.mktemp("camera") / "codes.mjpeg")


class Browsers:
    """Opens pages of people; each person has a profile of their own."""

    def __init__(self, stack: AsyncExitStack, playwright: Any, program: str) -> None:
        self._stack = stack
        self._playwright = playwright
        self._program = program
        self._started: dict[tuple[str, ...], Browser] = {}

    async def page(self, *, camera: Path | None = None, phone: bool = False, **context: Any) -> Page:
        # two cores draw and encode every page: only the premises move at full rate
        fake = "--use-fake-device-for-media-stream"
        flags = (fake, f"--use-file-for-fake-video-capture={camera}") if camera else (f"{fake}=fps=8",)
        browser = self._started.get(flags)
        if browser is None:
            browser = await self._playwright.chromium.launch(executable_path=self._program, args=[*FLAGS, *flags])
            self._stack.push_async_callback(browser.close)
            self._started[flags] = browser
        options: dict[str, Any] = {"locale": "en-GB", "viewport": {"width": 1440, "height": 900}}
        if phone:
            options = {**self._playwright.devices["iPhone 13"], "locale": "en-GB"}
            options.pop("default_browser_type")
        options |= {
            "permissions": ["camera", "microphone", "geolocation"],
            "geolocation": {"latitude": 43.4674, "longitude": 11.8851, "accuracy": 10},
            **context,
        }
        opened = await browser.new_context(**options)
        page = await opened.new_page()
        page.set_default_timeout(30_000)
        return page


@asynccontextmanager
async def opened_browsers() -> AsyncIterator[Browsers]:
    program = require("chromium")
    async with AsyncExitStack() as stack:
        playwright = await stack.enter_async_context(async_playwright())
        yield Browsers(stack, playwright, str(program))


@pytest.fixture
async def browsers() -> AsyncIterator[Browsers]:
    async with opened_browsers() as opened:
        yield opened
