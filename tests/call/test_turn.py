"""Calls through a TURN server: a real coturn, credentials that expire, and a Chromium that may use nothing else."""

import asyncio
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from aioice import stun, turn
from playwright.async_api import Page, async_playwright

from survey_server.flows.invited import PEOPLE
from survey_server.flows.person import Person
from survey_server.net.turn import ice_servers, password
from survey_server.rtc.simulated import prepare
from survey_server.settings import BadSettings, load_settings
from survey_server.wire.from_person import EndSession
from tests.browser.conftest import FLAGS
from tests.browser.test_survey import enter
from tests.flows.clips import clip
from tests.nodes import ServedNode, application, serving
from tests.servers import Turn, coturn, require

NOW = datetime(2026, 11, 22, 1, tzinfo=UTC)
ENOUGH_BYTES = 200_000

RELAYED = """([part]) => {
  const Real = window.RTCPeerConnection;
  window.__connections = [];
  window.RTCPeerConnection = class extends Real {
    constructor(config = {}) {
      const iceServers = (config.iceServers ?? []).map((one) => ({
        ...one, urls: [one.urls].flat().filter((url) => url === part),
      }));
      super({ ...config, iceServers, iceTransportPolicy: "relay" });
      window.__connections.push(this);
    }
  };
}"""
PATHS = """async () => {
  const out = [];
  for (const connection of window.__connections) {
    const report = [...(await connection.getStats()).values()];
    for (const pair of report.filter((one) => one.type === "candidate-pair" && one.nominated)) {
      const local = report.find((one) => one.id === pair.localCandidateId);
      out.push([local.candidateType, local.relayProtocol, pair.bytesSent, pair.bytesReceived]);
    }
  }
  return out;
}"""


@pytest.fixture(scope="module")
def relay(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Turn]:
    with coturn(tmp_path_factory.mktemp("turn")) as running:
        yield running


@pytest.fixture(scope="module")
def node(relay: Turn, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedNode]:
    urls = ",".join(relay.urls.values())
    with serving(tmp_path_factory.mktemp("node"), TAKAN_TURN_URLS=urls, TAKAN_TURN_SECRET=relay.secret) as served:
        yield served


def test_credentials_name_their_end_and_hold_its_hash() -> None:
    assert ice_servers([], "secret", "p1", NOW, 3600) == []
    urls = ["turn:a:3478?transport=udp", "turns:a:5349?transport=tcp"]
    (server,) = ice_servers(urls, "north", "p1", NOW, 3600)
    assert server.urls == urls
    assert server.username == f"{int(NOW.timestamp()) + 3600}:p1"
    # printf '1433895918:506eb3a8640c8' | openssl dgst -sha1 -hmac north -binary | base64
    assert password("north", "1433895918:506eb3a8640c8") == "dnI6Bree7y2zDlVs73wMOS1BiYc="


@pytest.mark.parametrize(
    ("urls", "secret", "words"),
    [
        ("turn:a.example", "", "turn_secret"),
        ("stun:a.example", "s", "stun:a.example"),
        ("turn:a.example, turn:b c", "s", "turn:b c"),
        ("turn:a.example?transport=sctp", "s", "transport=udp"),
        ("http://a.example", "s", "http://a.example"),
    ],
)
def test_settings_that_cannot_work_are_named(urls: str, secret: str, words: str) -> None:
    with pytest.raises(BadSettings, match=words.replace("?", ".")):
        load_settings(None, {}, embedded=True, intake_key="k" * 20, turn_urls=urls, turn_secret=secret)


def test_settings_that_work() -> None:
    urls = "turn:turn.example.gov:3478?transport=udp, turns:[2001:db8::1]:5349?transport=tcp"
    settings = load_settings(None, {}, embedded=True, intake_key="k" * 20, turn_urls=urls, turn_secret="s")
    assert settings.turn_servers == urls.split(", ")


async def allocated(relay: Turn, username: str, secret: str) -> bool:
    """Does the server give this user a relay address?"""
    try:
        transport, _ = await turn.create_turn_endpoint(
            asyncio.DatagramProtocol, ("127.0.0.1", relay.port), username, password(secret, username)
        )
    except stun.TransactionFailed as failed:
        assert failed.response.attributes["ERROR-CODE"][0] == 401
        return False
    transport.close()
    await asyncio.sleep(0.2)
    return True


async def test_credentials_are_good_until_they_expire_and_nobody_else_makes_them(relay: Turn) -> None:
    now = int(time.time())
    assert await allocated(relay, f"{now + 60}:p1", relay.secret)
    assert not await allocated(relay, f"{now - 5}:p1", relay.secret)
    assert not await allocated(relay, f"{now + 60}:p1", "another secret")


@pytest.mark.parametrize("way", ["udp", "tcp", "tls"])
async def test_a_page_that_may_only_be_relayed_is_in_the_call(
    way: str, relay: Turn, node: ServedNode, tmp_path: Path
) -> None:
    media = await asyncio.to_thread(lambda: prepare(clip(tmp_path / "clip.mp4"), tmp_path))
    flags = [*FLAGS, "--use-fake-device-for-media-stream=fps=15", "--ignore-certificate-errors"]
    async with node.client() as client, async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=str(require("chromium")), args=flags)
        view = await client.apply(application())
        links = await client.invite(view.survey, list(PEOPLE[:2]))
        reviewer = await Person.arrive(client, links[1], media)
        context = await browser.new_context(
            permissions=["camera", "microphone", "geolocation"], geolocation={"latitude": 43.4674, "longitude": 11.8851}
        )
        page = await context.new_page()
        await page.add_init_script(f"({RELAYED})([{relay.urls[way]!r}])")
        await enter(page, links[0].link)
        await reviewer.in_call()
        paths = await used_paths(page)
        assert {(kind, protocol) for kind, protocol, *_ in paths} == {("relay", way)}
        assert reviewer.media is not None
        await reviewer.until(lambda: reviewer.media.frames.get("p1", 0) > 20, "the applicant's pictures")
        await reviewer.until(lambda: recorded(reviewer) > ENOUGH_BYTES / 4, "the applicant's recording")
        await reviewer.send(EndSession())
        await reviewer.leave()
        await browser.close()


def recorded(by: Person) -> int:
    return sum(one.bytes for one in by.light.participants if one.participant == "p1") if by.light else 0


async def used_paths(page: Page) -> list[tuple[str, str, int, int]]:
    """The nominated paths, once enough went over one of them both ways."""
    ends = time.monotonic() + 25
    paths: list[tuple[str, str, int, int]] = []
    while time.monotonic() < ends:
        paths = await page.evaluate(PATHS)
        if any(min(sent, received) > ENOUGH_BYTES for _, _, sent, received in paths):
            return paths
        await asyncio.sleep(0.3)
    raise AssertionError(f"too little went over {paths}")
