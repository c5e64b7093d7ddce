"""Kinds of survey against a real node: advice before a lease, three departments at once, what was put right."""

import asyncio
import shutil
from pathlib import Path
from typing import Any

import msgspec
import pytest

from survey_server.flows.client import NodeClient, NodeRefused
from survey_server.flows.invited import of_each
from survey_server.flows.live_rehearsal import own_points
from survey_server.flows.person import Person
from survey_server.wire.admission import ApplicationForm, Department, InvitationOrder
from survey_server.wire.from_person import AnswerPoint, AskQuestion, AskStill, Conclude, EndSession
from survey_server.wire.survey import SurveyView
from tests.flows.bundles import Bundle, unpack
from tests.flows.clips import clip
from tests.flows.test_order import answered
from tests.nodes import ORANGE, ServedNode, application, takan, takan_json

PHOTO = Path(__file__).parent.parent / "data" / "photos" / "DSCN0010.jpg"
WINDOW = "2008-10-22T00:00+02:00/2008-10-23T00:00+02:00"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("kinds")
    clip(folder / "walk.mp4")
    (folder / "photos").mkdir()
    shutil.copy(PHOTO, folder / "photos")
    return folder


def rehearse(node: ServedNode, folder: Path, kind: str, export: Path) -> dict[str, Any]:
    status, report = takan_json(
        "rehearse", "--server", node.url, "--key", node.key, "--kind", kind, "--video", str(folder / "walk.mp4"),
        "--photos", str(folder / "photos"), "--site", "43.4674,11.8851", "--radius", "1000", "--window", WINDOW,
        "--profile", "thin", "--seconds", "1", "--export", str(export),
    )  # fmt: skip
    assert status == 0, report
    return report


def verified(report: dict[str, Any], bundle: Path, work: Path) -> Bundle:
    status, out, err = takan("verify", str(bundle), "--vkey", report["vkeys"][0])
    assert status == 0, out + err
    assert "VERIFIED" in out
    return unpack(bundle, work)


def test_advice_before_a_lease(served: ServedNode, folder: Path, tmp_path: Path) -> None:
    report = rehearse(served, folder, "pre_siting", tmp_path / "out.zip")
    assert report["conclusion"] == "pass"
    assert verified(report, tmp_path / "out.zip", tmp_path / "bag").manifest["item"]["code"].endswith("-siting")


def test_three_departments_at_once_each_conclude(served: ServedNode, folder: Path, tmp_path: Path) -> None:
    report = rehearse(served, folder, "joint_inspection", tmp_path / "out.zip")
    manifest = verified(report, tmp_path / "out.zip", tmp_path / "bag").manifest
    assert manifest["conclusion"] == "pass"
    assert [one["result"] for one in manifest["conclusions"]] == ["pass"] * 3
    assert len({one["department"]["zh"] for one in manifest["conclusions"]}) == 3
    of = {person["id"]: person.get("department") for person in manifest["people"]}
    assert {msgspec.json.encode(of[one["by"]]) for one in manifest["answers"].values()} == {
        msgspec.json.encode(one["department"]) for one in manifest["conclusions"]
    }, "each answered its own"


def test_what_was_to_be_put_right_is_looked_at_again(served: ServedNode, folder: Path, tmp_path: Path) -> None:
    report = rehearse(served, folder, "re_survey", tmp_path / "out.zip")
    before = verified(report, tmp_path / "out-earlier.zip", tmp_path / "before").manifest
    after = verified(report, tmp_path / "out.zip", tmp_path / "after").manifest
    assert (before["conclusion"], after["conclusion"]) == ("rectify", "pass")
    named = before["signatures"][0]["points"]
    assert len(named) == 2
    assert set(after["answers"]) == {*named, "frontage"}
    assert after["earlier"]["survey"] == before["survey"]
    assert after["earlier"]["points"] == named
    assert after["decision"]["key"] != before["decision"]["key"], "decided anew"


async def in_session(client: NodeClient, form: ApplicationForm, people: list[InvitationOrder]) -> list[Person]:
    admission = await client.apply(form)
    assert admission.outcome == "admitted"
    here = [await Person.arrive(client, link, None) for link in await client.invite(admission.survey, people)]
    await asyncio.gather(*(person.in_call() for person in here))
    return here


def view(person: Person) -> SurveyView:
    assert person.survey is not None
    return person.survey


async def told(person: Person, code: str) -> None:
    await person.until(lambda: any(fault.code == code for fault in person.faults), f"the refusal {code}")
    person.faults.clear()


async def concluded(reviewers: list[Person], *endings: Conclude) -> None:
    """End the session and sign; the case is sealed when this returns."""
    await reviewers[0].send(EndSession())
    for reviewer, ending in zip(reviewers, endings, strict=True):
        await reviewer.until(lambda one=reviewer: view(one).state == "ended", "the end")
        await reviewer.send(ending)
    first = reviewers[0]
    await first.until(lambda: any(one.kind == "case" and one.kept for one in view(first).seals), "the seal", 60)


async def previewed(client: NodeClient, person: Person, survey: str, photo: str) -> int:
    headers = {"Authorization": f"Bearer {person.session.session}"}
    url = f"{client.url}/api/surveys/{survey}/photos/{photo}/preview"
    async with client.http.get(url, headers=headers) as answer:
        return answer.status


async def test_a_joint_inspection_and_the_re_survey_of_one_department(client: NodeClient) -> None:
    form = application(item="hotel-joint")
    item = next(one for one in await client.items() if one.code == "hotel-joint")
    admission = await client.apply(form)
    stranger = InvitationOrder("reviewer", "生", Department("教育局", "Education Bureau"))
    with pytest.raises(NodeRefused, match="one of its departments"):
        await client.invite(admission.survey, [stranger])

    people = await in_session(client, form, of_each(item.departments))
    applicant, police, fire, health = people
    survey = view(applicant).id
    await police.send(AnswerPoint("exits", "ok"))
    await told(police, "other_department")
    await police.send(AskStill("仓库后门", None))
    await fire.send(AskStill("看门后", "exits"))
    await health.send(AskQuestion("谁负责布草？"))
    await applicant.until(lambda: len(view(applicant).requests) == 3, "what is asked for")
    assert {(one.kind, one.outside) for one in view(applicant).requests} == {
        ("still", True), ("still", False), ("question", True),
    }  # fmt: skip
    for point in ("exits", "cups"):
        await applicant.upload(f"{point}.jpg", PHOTO.read_bytes() + point.encode(), point=point)
    for reviewer in people[1:]:
        for point in own_points(reviewer):
            await reviewer.send(AnswerPoint(point, "not_ok" if point == "exits" else "ok", "门后堆物"))
    await health.until(lambda: len(view(health).answers) == len(item.points), "everybody's answers, readable by all")
    await concluded(people[1:], Conclude("pass"), Conclude("rectify", "堆物", ["exits"], 10), Conclude("pass"))
    done = view(police)
    assert [one.result for one in done.conclusions] == ["pass", "rectify", "pass"]
    assert done.conclusion == "rectify"
    assert done.rectification is not None
    assert (done.rectification.points, done.rectification.days) == (["exits"], 10)
    assert done.rectification.due is not None

    with pytest.raises(NodeRefused, match="another subject"):
        await client.apply(msgspec.structs.replace(application(ORANGE, "hotel-joint"), earlier=survey))
    again = await in_session(client, msgspec.structs.replace(form, earlier=survey), [
        InvitationOrder("applicant", "王"), InvitationOrder("reviewer", "陈"), InvitationOrder("reviewer", "吴"),
    ])  # fmt: skip
    with pytest.raises(NodeRefused, match="under way"):
        await client.apply(msgspec.structs.replace(form, earlier=survey))
    seen = view(again[1])
    assert [point.id for point in seen.item.points] == ["frontage", "exits"]
    assert seen.earlier is not None
    assert {(one.point, one.value) for one in seen.earlier.answers} == {("frontage", "ok"), ("exits", "not_ok")}
    assert [photo.point for photo in seen.earlier.photos] == ["exits"]
    assert view(again[0]).earlier.answers == [], "an applicant reads no answers"  # type: ignore[union-attr]
    photos = {photo.point: photo.id for photo in done.photos}
    assert await previewed(client, again[1], survey, photos["exits"]) == 200
    assert await previewed(client, again[1], survey, photos["cups"]) == 403
    assert await previewed(client, police, view(again[0]).id, photos["exits"]) == 403, "the way back only"
    await answered(again[1:])
    await concluded(again[1:], Conclude("pass"), Conclude("pass"))

    auditor = await client.start(await client.invite_auditor("a"))
    earlier = await client.replay(survey, auditor.session)
    assert earlier.survey.re_surveys == [seen.id]
    words = [event.text for event in earlier.events]
    assert any("清单之外" in one.zh and "outside the checklist" in one.en for one in words)
    assert any("asked (outside the checklist): 谁负责布草" in one.en for one in words)
    assert any("Exits and escape stairs clear" in one.en and "asked for a still" in one.en for one in words)
    assert any("Fire and Rescue Brigade" in one.en and "within 10 working days" in one.en for one in words)
    assert any(one.en.startswith("Re-survey TK-") for one in words)
    for person in people + again:
        await person.leave()
