"""A survey whose people reach a real node through the relay: pages of the real client, each on a way of its own."""

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.async_api import Page

from survey_server.flows.client import NodeClient
from survey_server.flows.invited import PEOPLE
from survey_server.wire.admission import InvitationLink
from tests.browser.conftest import Browsers
from tests.browser.test_survey import enter, has_picture_of
from tests.call.impairment import Impairment
from tests.call.pages import lead, watch
from tests.call.relay import Relay, Way
from tests.flows.bundles import Bundle
from tests.flows.test_server_killed import sealed_bundle
from tests.nodes import ServedNode, application
from tests.servers import free_port

_names = itertools.count()
SMALL = {"viewport": {"width": 800, "height": 560}}


@dataclass
class Call:
    """A survey in session. `pages` and `ways` are named by participant."""

    node: ServedNode
    client: NodeClient
    relay: Relay
    browsers: Browsers
    survey: str
    links: list[InvitationLink]
    media_port: int
    bad: tuple[Impairment, Impairment] = (Impairment(), Impairment())
    pages: dict[str, Page] = field(default_factory=dict)
    ways: dict[str, Way] = field(default_factory=dict)

    def way(self, participant: str) -> Way:
        """A way for this person, impaired as the call is."""
        if participant not in self.ways:
            number = next(_names)
            made = self.relay.way(f"{participant}-{number}", self.media_port, self.node.port, seed=1 + 2 * number)
            made.impair(*self.bad)
            self.ways[participant] = made
        return self.ways[participant]

    def link(self, participant: str) -> str:
        """This person's link, as it reads on their way."""
        own = self.links[int(participant[1:]) - 1].link
        return own.replace(f"http://127.0.0.1:{self.node.port}", self.way(participant).url)

    async def opened(self, participant: str, browsers: Browsers | None = None, **page: Any) -> Page:
        """A fresh page for this person that will go their way."""
        made = await (browsers or self.browsers).page(**page)
        await lead(made, self.way(participant).udp)
        self.pages[participant] = made
        return made

    async def join(self, participant: str, browsers: Browsers | None = None, *, script: str = "", **page: Any) -> Page:
        """Open this person's link in a page and join the call."""
        made = await self.opened(participant, browsers, **page)
        if script:
            await made.add_init_script(script)
        await enter(made, self.link(participant))
        return made

    async def sees(self, viewer: str, participant: str) -> None:
        """Wait until this person's page shows the other; note its pictures from then on."""
        picture = f'video[aria-label="{PEOPLE[int(participant[1:]) - 1].name}"]'
        await has_picture_of(self.pages[viewer], picture)
        await watch(self.pages[viewer], participant, picture)

    async def bundle(self, folder: Path) -> Bundle:
        """End the session as a reviewer does and take the exported bundle apart."""
        reviewer = self.pages["p2"]
        await reviewer.get_by_test_id("end-session").click()
        await reviewer.get_by_test_id("end-confirm").click()
        return await sealed_bundle(self.client, self.survey, folder)


@asynccontextmanager
async def calling(
    relay: Relay, browsers: Browsers, folder: Path, *, people: int = 2,
    bad: tuple[Impairment, Impairment] | None = None, **environment: str,
) -> AsyncIterator[Call]:  # fmt: skip
    """A node behind the relay and a survey nobody has joined yet. `bad` is how every way is, up and down."""
    port, media_port = free_port(), free_port()
    public = relay.way(f"everybody-{next(_names)}", media_port, port)
    settings = {
        "TAKAN_MEDIA_PORT": str(media_port),
        "TAKAN_MEDIA_PUBLIC_HOST": "127.0.0.1",
        "TAKAN_MEDIA_PUBLIC_PORT": str(public.udp),
    }
    node = ServedNode(folder / "node", settings | environment, port=port)
    try:
        await asyncio.to_thread(node.start)
        async with node.client() as client:
            view = await client.apply(application())
            links = await client.invite(view.survey, list(PEOPLE[:people]))
            yield Call(
                node, client, relay, browsers, view.survey, links, media_port, bad or (Impairment(), Impairment())
            )
    finally:
        await asyncio.to_thread(node.stop)
