"""A survey by photos alone against a real node: separate reviews, restarts, what is refused, rest of days."""

import asyncio
import shutil
from pathlib import Path

import msgspec
import pytest

from survey_server.flows.client import NodeClient, NodeRefused
from survey_server.flows.invited import TWO_DEPARTMENTS as DEPARTMENTS
from survey_server.flows.material_rehearsal import gather, sealed
from survey_server.flows.person import Person
from survey_server.wire.admission import InvitationOrder
from survey_server.wire.from_person import (
    AnswerPoint,
    AskShot,
    AskStill,
    Conclude,
    ExplainShot,
    GiveOpinion,
    JoinMedia,
    SubmitMaterial,
)
from survey_server.wire.material import MaterialView
from survey_server.wire.survey import SurveyView
from tests.flows.bundles import unpack
from tests.nodes import ORANGE, ServedNode, application, serving, takan, takan_json

PHOTOS = sorted((Path(__file__).parent.parent / "data" / "photos").glob("*.jpg"), key=lambda path: path.stat().st_size)


def wish(code: str = "91460108TAKAN0017C", item: str = "outdoor-advert"):
    return msgspec.structs.replace(application(code, item), mode="upload_only")


def view(person: Person) -> SurveyView:
    assert person.survey is not None
    return person.survey


def handed_in(person: Person) -> MaterialView:
    material = view(person).material
    assert material is not None
    return material


def points(person: Person) -> list[str]:
    return [point.id for point in view(person).item.points]


async def told(person: Person, code: str) -> None:
    await person.until(lambda: any(fault.code == code for fault in person.faults), f"the refusal {code}")
    person.faults.clear()


async def collect(applicant: Person) -> None:
    """One photo, explanations for the rest, submitted."""
    first, *rest = points(applicant)
    await applicant.upload(PHOTOS[0].name, PHOTOS[0].read_bytes(), point=first)
    for point in rest:
        await applicant.send(ExplainShot(point, "拍不到"))
    await applicant.send(SubmitMaterial())
    await applicant.until(lambda: view(applicant).state == "ended", "the submission")


async def review(reviewer: Person) -> None:
    for point in points(reviewer):
        await reviewer.send(AnswerPoint(point, "ok"))


def given(person: Person) -> list[bool]:
    return [one.given for one in view(person).reviews]


async def leave(people: list[Person]) -> None:
    for person in people:
        await person.leave()


async def test_policy_decides_and_what_makes_no_sense_is_refused(client: NodeClient) -> None:
    assert (await client.apply(wish(ORANGE))).mode == "upload_only"
    closed = await client.apply(wish(ORANGE, "food-business"))
    assert (closed.outcome, closed.mode) == ("admitted", "live")
    assert any("live instead" in reason.en for reason in closed.reasons)
    admission = await client.apply(wish())
    assert any("Photos of the site" in reason.en for reason in admission.reasons)
    with pytest.raises(NodeRefused, match="say which one"):
        await client.invite(admission.survey, [InvitationOrder("reviewer", "林")])
    people = await gather(client, admission.survey)
    applicant, first, _ = people
    assert (view(applicant).mode, view(applicant).material) == ("upload_only", view(first).material)
    await applicant.send(JoinMedia())
    await told(applicant, "no_call")
    await first.send(AskStill("x"))
    await told(first, "no_call")
    await first.send(GiveOpinion("approve"))
    await told(first, "not_submitted")
    await applicant.send(SubmitMaterial())
    await told(applicant, "incomplete")
    with pytest.raises(NodeRefused, match="no such checklist point"):
        await applicant.upload("a.jpg", PHOTOS[0].read_bytes(), point="roof")
    await collect(applicant)
    with pytest.raises(NodeRefused, match="submitted"):
        await applicant.upload("late.jpg", PHOTOS[1].read_bytes(), point="size")
    await leave(people)


async def test_departments_see_nothing_of_each_other_until_both_are_in(client: NodeClient) -> None:
    survey = (await client.apply(wish())).survey
    people = await gather(client, survey)
    applicant, first, second = people
    await collect(applicant)
    await review(first)
    await first.send(GiveOpinion("rectify", "缺一块标识"))
    await first.until(lambda: given(first) == [True, False], "the own opinion")
    await second.until(lambda: given(second) == [True, False], "word that the other has one")
    for who in (second, applicant):
        seen = await client.survey(survey, who.session.session)
        assert [(one.opinion, one.answers) for one in seen.reviews] == [(None, []), (None, [])]
        assert "缺一块标识" not in msgspec.json.encode(seen).decode()
    own = await client.survey(survey, first.session.session)
    assert own.reviews[0].opinion
    assert len(own.reviews[0].answers) == len(points(first))
    await second.send(Conclude("pass"))
    await told(second, "opinions_missing")
    await review(second)
    await second.send(GiveOpinion("approve"))
    for reviewer in (first, second):
        await reviewer.until(lambda reviewer=reviewer: view(reviewer).reviews_open, "the opening")
        assert [one.opinion.value for one in view(reviewer).reviews if one.opinion] == ["rectify", "approve"]
    assert all(one.opinion is None for one in view(applicant).reviews)
    await leave(people)


async def test_a_node_killed_while_departments_review_goes_on(tmp_path: Path) -> None:
    with serving(tmp_path / "node") as node:
        async with node.client() as client:
            survey = (await client.apply(wish())).survey
            people = await gather(client, survey)
            applicant, first, second = people

            async def restart() -> None:
                await leave(people)
                node.kill()
                await asyncio.to_thread(node.start)
                for person in people:
                    await person.connect()

            point = points(applicant)[0]
            await applicant.upload(PHOTOS[0].name, PHOTOS[0].read_bytes(), point=point)
            await collect(applicant)  # the same photo again is the same photo
            assert len(view(applicant).photos) == 1
            await first.until(lambda: sealed(first, "recording"), "the material's seal", 60)
            await review(first)
            await first.send(GiveOpinion("approve"))
            await first.until(lambda: given(first) == [True, False], "an opinion")
            await second.send(AskShot(point, "看不清"))
            await second.until(lambda: bool(handed_in(second).asked), "the request")
            await restart()
            assert [photo.point for photo in view(applicant).photos] == [point]
            await applicant.upload(PHOTOS[1].name, PHOTOS[1].read_bytes(), point=point)
            await applicant.send(SubmitMaterial())
            await first.until(lambda: given(first) == [False, False], "the opinion of earlier material to lapse")
            for reviewer in (first, second):
                await review(reviewer)
                await reviewer.send(GiveOpinion("approve"))
            for reviewer in (first, second):
                await reviewer.until(lambda reviewer=reviewer: view(reviewer).reviews_open, "the opening")
                await reviewer.send(Conclude("pass", "齐全"))
            await first.until(lambda: sealed(first, "case"), "the case seal", 60)
            await leave(people)
            auditor = await client.start(await client.invite_auditor("审计员"))
            replay = await client.replay(survey, auditor.session)
            kinds = [event.kind for event in replay.events]
            assert kinds.count("material_submitted") == 2
            assert (replay.lanes, replay.seconds, replay.survey.recording) == ([], 0.0, None)
            assert all(event.text.zh and event.text.en for event in replay.events)
            await client.bundle(survey, auditor.session, tmp_path / "out.zip")
            vkey = (await client.ledger()).vkeys[0]
    manifests = unpack(tmp_path / "out.zip", tmp_path / "bag").manifests
    assert [one["kind"] for one in manifests] == ["recording", "case"]
    assert len(manifests[0]["material"]["submissions"]) == 1
    assert "reviews" not in manifests[0]
    assert [one["department"]["zh"] for one in manifests[1]["reviews"]] == [one.zh for one in DEPARTMENTS]
    assert takan("verify", str(tmp_path / "out.zip"), "--vkey", vkey)[0] == 0


async def test_left_alone_it_rests_for_days_and_is_then_reviewed_as_it_stands(tmp_path: Path) -> None:
    days = 2 / 86_400
    with serving(tmp_path / "node", TAKAN_MATERIAL_DAYS=str(days), TAKAN_IDLE_SEAL_S="0.1") as node:
        async with node.client() as client:
            survey = (await client.apply(wish())).survey
            people = await gather(client, survey)
            applicant, first, _ = people
            await applicant.upload(PHOTOS[0].name, PHOTOS[0].read_bytes(), point=points(applicant)[0])
            await leave([applicant])
            await asyncio.sleep(1)
            assert view(first).state == "admitted", "a minute's rest, or whatever ends a call, ends nothing"
            await first.until(lambda: view(first).state == "ended", "the end after days", 20)
            await first.until(lambda: sealed(first, "recording"), "the seal of what there is", 60)
            await review(first)
            await first.send(GiveOpinion("approve"))
            await told(first, "waiting_for_applicant")
            await applicant.connect()
            await collect(applicant)
            await applicant.until(lambda: handed_in(applicant).rounds == 1, "it")
            await leave(people)


def test_the_rehearsal_of_it(tmp_path: Path, served: ServedNode) -> None:
    photos = tmp_path / "photos"
    photos.mkdir()
    for path in PHOTOS[:2]:
        shutil.copy(path, photos)
    status, report = takan_json(
        "rehearse", "--mode", "upload_only", "--photos", str(photos), "--server", served.url, "--key", served.key,
        "--export", str(tmp_path / "out.zip"),
    )  # fmt: skip
    assert status == 0
    assert (report["admission"]["mode"], report["conclusion"], report["tracks"]) == ("upload_only", "pass", [])
    assert [one["opinion"] for one in report["reviews"]] == ["approve", "approve"]
    assert len(report["photos"]) == 3
    assert all(photo["point"] and photo["result"] for photo in report["photos"])
    assert report["sealed_ms"] > 0
    status, out, _err = takan("verify", str(tmp_path / "out.zip"), "--vkey", report["vkeys"][0])
    assert status == 0, out


def test_where_policy_wants_a_call_the_rehearsal_says_so(tmp_path: Path, served: ServedNode) -> None:
    shutil.copy(PHOTOS[0], tmp_path)
    status, report = takan_json(
        "rehearse", "--mode", "upload_only", "--photos", str(tmp_path), "--server", served.url, "--key", served.key,
        "--subject", ORANGE,
    )  # fmt: skip
    assert status == 1
    assert (report["admission"]["outcome"], report["admission"]["mode"]) == ("admitted", "live")
    status, _out, words = takan("rehearse", "--photos", str(tmp_path))
    assert status == 2
    assert "--video" in words
