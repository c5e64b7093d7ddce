"""A 300 MB site video from a phone: the server is killed in the middle, the page goes on, and it ends sealed."""

import asyncio
import hashlib
import os
from pathlib import Path

from playwright.async_api import Request, expect

from evidence_store.ledger.notes import VerifierKey
from evidence_store.verify import verify
from survey_server.flows.client import NodeClient
from survey_server.flows.invited import PEOPLE
from survey_server.flows.person import Person
from survey_server.wire.from_person import Conclude, EndSession
from survey_server.wire.survey import SurveyView
from tests.browser.conftest import Browsers
from tests.browser.test_survey import enter
from tests.flows.bundles import unpack
from tests.flows.clips import clip
from tests.flows.test_order import answered
from tests.nodes import application, serving

SIZE = 300_000_000


def large_video(path: Path) -> str:
    """A video that plays, in a file of 300 MB: noise in a box that players step over. Its SHA-256."""
    clip(path, 2)
    left = SIZE - path.stat().st_size
    with path.open("ab") as file:
        file.write(left.to_bytes(4) + b"free")
        while (missing := SIZE - file.tell()) > 0:
            file.write(os.urandom(min(missing, 1 << 20)))
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


async def concluded(client: NodeClient, reviewers: list[Person]) -> None:
    """They come back after the kill, sign, and wait for the case seal."""
    for reviewer in reviewers:
        await reviewer.leave()
        await reviewer.connect()
    await answered(reviewers)
    for reviewer in reviewers:
        await reviewer.send(Conclude("pass", "seen"))

    def sealed(survey: SurveyView | None) -> bool:
        return survey is not None and any(seal.kind == "case" and seal.kept for seal in survey.seals)

    await reviewers[0].until(lambda: sealed(reviewers[0].survey), "the case seal", 60)


async def test_300_megabytes_interrupted_and_resumed(browsers: Browsers, tmp_path: Path) -> None:
    digest = large_video(tmp_path / "walk.mp4")
    with serving(tmp_path / "node") as node:
        async with node.client() as client:
            view = await client.apply(application())
            links = await client.invite(view.survey, list(PEOPLE))
            phone = await browsers.page(phone=True)
            await enter(phone, links[0].link)
            reviewers = [await Person.arrive(client, link, None) for link in links[1:3]]
            await phone.get_by_test_id("shutter").wait_for()
            await asyncio.gather(*(reviewer.in_call() for reviewer in reviewers))
            await reviewers[0].send(EndSession())
            await phone.locator("body[data-screen=finish]").wait_for(state="attached")

            offsets: list[int] = []
            fourth = asyncio.Event()

            def asked(request: Request) -> None:
                if request.method == "PATCH":
                    offsets.append(int(request.headers["upload-offset"]))
                    if len(offsets) == 4:
                        fourth.set()

            phone.on("request", asked)
            await phone.get_by_test_id("upload-input").set_input_files(tmp_path / "walk.mp4")
            item = phone.get_by_test_id("video-item")
            await asyncio.wait_for(fourth.wait(), 60)
            node.kill()
            sent = len(offsets)
            await expect(item).to_have_attribute("data-state", "retrying")
            await asyncio.to_thread(node.start)
            await expect(item).to_have_attribute("data-state", "received", timeout=60_000)
            await expect(item).to_have_attribute("data-sha256", digest)
            assert offsets[sent] > 0, "it went on, and did not begin again"
            assert offsets == sorted(offsets)
            await concluded(client, reviewers)
            await expect(item).to_have_attribute("data-result", "needs_review")
            for reviewer in reviewers:
                await reviewer.leave()
            auditor = await client.start(await client.invite_auditor("a"))
            await client.bundle(view.survey, auditor.session, tmp_path / "out.zip")
            keys = [VerifierKey.parse(key) for key in (await client.ledger()).vkeys]
    report = await asyncio.to_thread(verify, tmp_path / "out.zip", keys)
    assert report.result == "verified", report
    bundle = unpack(tmp_path / "out.zip", tmp_path / "bag")
    parts = sorted((bundle.folder / "data" / "videos").glob("*/*.part"))
    whole = hashlib.sha256()
    for part in parts:
        whole.update(part.read_bytes())
    assert whole.hexdigest() == digest, "the parts one behind the other are the file"
