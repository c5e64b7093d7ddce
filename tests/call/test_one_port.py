"""Everybody's media go through one UDP port, over IPv4 and IPv6, and names nobody can resolve delay nobody."""

import asyncio
import contextlib
import re
import shutil
import subprocess
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import aiohttp
import msgspec
import pytest

from survey_server.flows.client import NodeClient
from survey_server.flows.invited import PEOPLE
from survey_server.flows.person import Person
from survey_server.rtc.description import candidate_host
from survey_server.wire.admission import InvitationLink
from survey_server.wire.to_person import SdpOffer, ToPerson
from tests.media.chromium import BrowserPerson, chromium, pages
from tests.media.people import Person as RoomPerson
from tests.media.people import room, until
from tests.media.prepared import small
from tests.media.test_one_port import has_ipv6
from tests.nodes import application, serving
from tests.servers import require

_decoder = msgspec.json.Decoder(ToPerson)


def udp_ports(pid: int) -> set[int]:
    """The UDP ports a process has open, by the kernel's tables (proc(5))."""
    own: set[str] = set()
    for link in Path(f"/proc/{pid}/fd").iterdir():
        with contextlib.suppress(OSError):
            own.add(str(link.readlink()))
    rows = [row.split() for name in ("udp", "udp6") for row in Path(f"/proc/net/{name}").read_text().splitlines()[1:]]
    return {int(row[1].rpartition(":")[2], 16) for row in rows if f"socket:[{row[9]}]" in own}


def ports_of_ss(pid: int) -> set[int]:
    """The same as iproute2 tells it."""
    told = subprocess.run(["ss", "-lunpH"], capture_output=True, text=True, check=True).stdout
    return {int(line.split()[3].rpartition(":")[2]) for line in told.splitlines() if f"pid={pid}," in line}


async def everybody_in(client: NodeClient, arrive: Callable[[int, InvitationLink], object], count: int) -> list[Person]:
    view = await client.apply(application())
    links = await client.invite(view.survey, list(PEOPLE[:count]))
    people = [await arrive(number, link) for number, link in enumerate(links)]
    await asyncio.gather(*(one.in_call() for one in people))
    return people


async def see_each_other(people: list[Person]) -> None:
    for one in people:
        await one.until(
            lambda one=one: len(one.media.frames) == len(people) - 1 and min(one.media.frames.values()) > 20,
            "everybody else's picture",
        )


async def test_four_people_are_served_on_one_port(tmp_path: Path) -> None:
    with serving(tmp_path / "node") as node:
        async with node.client() as client:
            people = await everybody_in(client, lambda _, link: Person.arrive(client, link, small()), 4)
            await see_each_other(people)
            assert node.process is not None
            open_here = udp_ports(node.process.pid)
            assert len(open_here) == 1
            spoken_to = {one.media._connection._ice._nominated[1].remote_addr[1] for one in people}
            assert spoken_to == open_here
            if shutil.which("ss"):
                assert ports_of_ss(node.process.pid) == open_here
            for one in people:
                await one.leave()


class OneFamilyPerson(Person):
    """Somebody whose network knows one family of addresses only."""

    keep = "."
    hosts: tuple[str, ...] = ()

    async def _read(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        await super()._read(self._narrowed(socket))

    async def _narrowed(self, socket: aiohttp.ClientWebSocketResponse) -> AsyncIterator[aiohttp.WSMessage]:
        async for frame in socket:
            message = _decoder.decode(frame.data) if frame.type is aiohttp.WSMsgType.TEXT else None
            if isinstance(message, SdpOffer):
                self.hosts = tuple(re.findall(r"^a=candidate:\S+ \d+ udp \d+ (\S+) ", message.sdp, re.MULTILINE))
                lines = message.sdp.split("\r\n")
                kept = [
                    line for line in lines
                    if not line.startswith("a=candidate") or self.keep in (candidate_host(line) or "")
                ]  # fmt: skip
                message = msgspec.structs.replace(message, sdp="\r\n".join(kept))
                yield frame._replace(data=msgspec.json.encode(message).decode())
            else:
                yield frame


class NewPerson(OneFamilyPerson):
    keep = ":"


async def test_one_person_over_ipv4_and_one_over_ipv6_see_each_other(tmp_path: Path) -> None:
    if not has_ipv6():
        pytest.skip("this machine has no IPv6 on its loopback")
    environment = {"TAKAN_MEDIA_HOST": "::", "TAKAN_MEDIA_PUBLIC_HOST": "127.0.0.1,::1"}
    with serving(tmp_path / "node", **environment) as node:
        async with node.client() as client:
            kinds = (OneFamilyPerson, NewPerson)
            people = await everybody_in(client, lambda number, link: kinds[number].arrive(client, link, small()), 2)
            await see_each_other(people)
            for one in people:
                assert set(one.hosts) == {"127.0.0.1", "::1"}, "the offer names both"
            assert [one.media._connection._ice._nominated[1].remote_addr[0] for one in people] == ["127.0.0.1", "::1"]
            assert node.process is not None
            assert len(udp_ports(node.process.pid)) == 1
            for one in people:
                await one.leave()


GATHERED = """() => {
  const plain = answer;
  window.answer = async (...given) => {
    await plain(...given);
    for (let n = 0; pc.iceGatheringState !== 'complete' && n < 100; n++) await new Promise((go) => setTimeout(go, 20));
    window.__answered = Date.now() / 1000;
    return pc.localDescription.sdp;
  };
}"""


async def test_a_browser_that_hides_its_addresses_joins_without_delay(tmp_path: Path) -> None:
    """Without a camera Chromium tells names under .local in place of addresses; looking one up would cost a second."""
    require("chromium", chromium())
    async with pages(1) as (with_camera,), room(tmp_path / "spool") as place:
        publisher = await RoomPerson(place, "publisher", small()).join()
        took: list[float] = []
        for number in range(3):
            page = await (await with_camera.context.browser.new_context(permissions=[])).new_page()
            await page.goto(with_camera.url)
            await page.evaluate(GATHERED)
            browser = BrowserPerson(place.session, f"viewer{number}", page, kinds=())
            await browser.join()
            assert re.search(r"^a=candidate:\S+ 1 udp \d+ \S+\.local ", browser.answer, re.MULTILINE)
            await until(lambda peer=browser.peer: peer.state == "connected")
            took.append(time.time() - await page.evaluate("window.__answered"))
            await until_decoded(browser)
            await browser.leave()
        await publisher.leave()
        await place.session.close()
        await place.recording.close()
        print("connected after the answer", [f"{s:.2f} s" for s in took])
        assert min(took) < 0.9 + place.late.total_s


async def until_decoded(browser: BrowserPerson) -> None:
    async with asyncio.timeout(20):
        while not any(track["kind"] == "video" and track["frames"] > 5 for track in (await browser.stats())["inbound"]):
            await asyncio.sleep(0.05)
