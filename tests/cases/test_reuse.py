"""A photo sent with another application is found by the running node; reviewers alone are told whose it was."""

import asyncio
import hashlib
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import numpy as np

from survey_server.flows.client import NodeClient
from survey_server.flows.invited import PEOPLE
from survey_server.wire.admission import SessionView
from survey_server.wire.from_person import Consent, Hello
from survey_server.wire.photos import Finding, PhotoForm, PhotoView
from tests.cases.test_links import talk
from tests.nodes import ORANGE, RED, ServedNode, application, serving
from tests.photo.pictures import cropped, jpeg, scene, stamped


class Visit:
    """One survey with its applicant and a reviewer."""

    def __init__(self, client: NodeClient, survey: str, applicant: SessionView, reviewer: SessionView) -> None:
        self.client, self.survey, self.applicant, self.reviewer = client, survey, applicant, reviewer

    async def send(self, data: bytes) -> dict[str, Finding]:
        """Send a photo and wait for its findings, as a reviewer sees them."""
        form = PhotoForm("site.jpg", "upload", hashlib.sha256(data).hexdigest())
        sent = await self.client.send_photo(self.survey, self.applicant.session, form, data)
        return {each.id: each for each in (await self.seen(sent.id, self.reviewer)).findings}

    async def seen(self, photo: str, by: SessionView) -> PhotoView:
        for _ in range(300):
            view = await self.client.survey(self.survey, by.session)
            found = next(one for one in view.photos if one.id == photo)
            if found.result is not None:
                return found
            await asyncio.sleep(0.1)
        raise AssertionError("no verdict")


async def visit(client: NodeClient, code: str = RED) -> Visit:
    survey = (await client.apply(application(code))).survey
    links = await client.invite(survey, list(PEOPLE))
    people = [await client.start(link) for link in links[:2]]
    for one in people:
        await talk(client, Hello(one.session, datetime.now(UTC)), Consent("recording-2026-11b"))
    return Visit(client, survey, *people)


def rows(served: ServedNode, survey: str) -> list[str]:
    with sqlite3.connect(f"file:{served.data}/takan.db?mode=ro", uri=True) as db:
        return [photo for (photo,) in db.execute("select photo from fingerprint where survey = ?", (survey,))]


def results(findings: dict[str, Finding]) -> list[str]:
    return [findings[check].result for check in ("duplicate_exact", "duplicate_near")]


async def test_the_same_file_in_another_survey_fails_and_in_the_same_it_is_normal(
    client: NodeClient, served: ServedNode
) -> None:
    first, second = await visit(client), await visit(client)
    picture = scene(100)
    assert results(await first.send(jpeg(picture))) == ["pass", "pass"]
    assert results(await first.send(jpeg(stamped(picture), 70))) == ["pass", "pass"]
    same = (await second.send(jpeg(picture)))["duplicate_exact"]
    assert same.result == "fail"
    assert [(one["survey"], one["same_applicant"]) for one in same.evidence["matches"]] == [(first.survey, True)]
    assert results(await second.send(jpeg(scene(101)))) == ["pass", "pass"]
    assert [len(rows(served, each.survey)) for each in (first, second)] == [2, 2]


async def test_another_applicants_picture_is_a_persons_question_and_its_owner_is_not_named(client: NodeClient) -> None:
    first, second = await visit(client), await visit(client, ORANGE)
    await first.send(jpeg(scene(200)))
    findings = await second.send(jpeg(cropped(scene(200)), 75))
    assert results(findings) == ["pass", "flag"]
    (match,) = findings["duplicate_near"].evidence["matches"]
    assert (match["survey"], match["same_applicant"]) == (first.survey, False) and match["inliers"] >= 25
    mirrored = (await second.send(jpeg(stamped(np.ascontiguousarray(scene(200)[:, ::-1])), 70)))["duplicate_near"]
    assert mirrored.evidence["matches"][0]["orientation"] == "mirrored"
    for view in (await second.client.survey(second.survey, second.applicant.session)).photos:
        assert view.result == "needs_review"
        assert first.survey not in msgspec.json.encode(view).decode()


async def test_a_node_that_was_killed_knows_earlier_photos_and_makes_no_second_row(tmp_path: Path) -> None:
    with serving(tmp_path) as served:
        async with served.client() as client:
            first = await visit(client)
            await first.send(jpeg(scene(300)))
            second = await visit(client, ORANGE)
            data = jpeg(np.ascontiguousarray(scene(300)[::-1, ::-1]), 70)
            form = PhotoForm("site.jpg", "upload", hashlib.sha256(data).hexdigest())
            sent = await client.send_photo(second.survey, second.applicant.session, form, data)
            served.kill()  # its check is under way
            await asyncio.to_thread(served.start)
            found = {each.id: each for each in (await second.seen(sent.id, second.reviewer)).findings}
            assert results(found) == ["pass", "flag"]
            assert found["duplicate_near"].evidence["matches"][0]["orientation"] == "turned_180"
            assert results(await first.send(data)) == ["fail", "pass"]
            assert [len(rows(served, each.survey)) for each in (first, second)] == [2, 1]
