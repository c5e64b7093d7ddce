"""A restricted case over the API: kept and sealed as before, and read only by whom the law leaves it to."""

import asyncio
import secrets
import sqlite3
from typing import Any
from urllib.parse import quote

from msgspec.structs import replace

from survey_server.flows.client import NodeClient, NodeRefused
from survey_server.wire.admission import InvitationOrder, SessionView
from survey_server.wire.basics import Text
from survey_server.wire.from_person import Hello
from survey_server.wire.life import Withdraw
from survey_server.wire.own import AskedView, OwnView
from survey_server.wire.replay import ReplayView
from survey_server.wire.restriction import LiftForm, RestrictForm, RestrictionGround, RestrictionOrder, RestrictionView
from survey_server.wire.survey import SurveyCard, SurveyView
from tests.cases.test_links import faults, get, talk
from tests.cases.test_reuse import Visit, visit
from tests.nodes import BLACK, ORANGE, ServedNode, application
from tests.photo.pictures import cropped, jpeg, scene

PURPOSE = "复议机关调阅，海府复〔2026〕11 号"


async def officer(client: NodeClient, name: str = "周科长") -> SessionView:
    return await client.start(await client.invite_officer(name))


async def auditor(client: NodeClient, name: str = "审计员") -> SessionView:
    return await client.start(await client.invite_auditor(name))


async def order(client: NodeClient, by: SessionView, form: RestrictionOrder) -> list[RestrictionView]:
    return await client._json("POST", "/api/restrictions", list[RestrictionView], by.session, form)


async def number(client: NodeClient, survey: str, by: SessionView) -> str:
    return (await client.survey(survey, by.session)).case_no


async def restrict(
    client: NodeClient, case_no: str, ground: RestrictionGround = "minors", name: str = "周科长"
) -> list[RestrictionView]:
    return await order(client, await officer(client, name), RestrictForm(case_no, ground, "幼儿园班级入镜"))


async def status(client: NodeClient, who: SessionView, *paths: str, **headers: str) -> list[int]:
    """What each of these answers."""
    found: list[int] = []
    for one in paths:
        method, _, path = one.rpartition(" ")
        said = {"Authorization": f"Bearer {who.session}", **headers}
        async with client.http.request(method or "GET", client.url + path, headers=said) as answer:
            found.append(answer.status)
    return found


def purpose(words: str = PURPOSE) -> dict[str, str]:
    return {"Takan-Purpose": quote(words)}


async def photo_of(client: NodeClient, made: Visit) -> str:
    return (await client.survey(made.survey, made.applicant.session)).photos[0].id


def object_of(served: ServedNode, survey: str) -> int:
    with sqlite3.connect(f"file:{served.data}/takan.db?mode=ro", uri=True) as db:
        return db.execute("select min(id) from stored_object where survey = ?", (survey,)).fetchone()[0]


async def sealed(client: NodeClient, seed: int) -> tuple[Visit, str]:
    """A case with a photo that was withdrawn and sealed, and its number."""
    made = await visit(client)
    await made.send(jpeg(scene(seed)))
    await client.move(made.survey, Withdraw("不办了"), made.applicant.session)
    view = await client.survey(made.survey, made.reviewer.session)
    for _ in range(300):
        if any(seal.kind == "case" and seal.kept for seal in view.seals):
            break
        await asyncio.sleep(0.1)
        view = await client.survey(made.survey, made.reviewer.session)
    assert any(seal.kind == "case" for seal in view.seals)
    return made, view.case_no


async def test_what_is_refused_to_whom_and_what_an_auditors_purpose_opens(
    client: NodeClient, served: ServedNode
) -> None:
    made, case_no = await sealed(client, 700)
    eve, path = await auditor(client), f"/api/surveys/{made.survey}"
    photo = f"{path}/photos/{await photo_of(client, made)}"
    stream = await client.stream(made.survey, eve.session)
    address = stream.url.removeprefix(client.url)
    stored = f"/api/objects/{object_of(served, made.survey)}"
    assert await status(client, eve, photo + "/original", stored) == [200, 200]
    listed = await restrict(client, case_no)
    assert [(one.survey, one.ground_words.zh) for one in listed if one.case_no == case_no] == [
        (made.survey, "画面涉及未成年人")
    ]

    closed = [path, f"{path}/replay", f"{path}/export", f"{path}/report/zh", f"{path}/feedback",
              f"POST {path}/stream", f"{photo}/preview", f"{photo}/original", f"{photo}/live", stored]  # fmt: skip
    assert await status(client, eve, *closed) == [403] * len(closed)
    assert await status(client, made.reviewer, path, f"{photo}/original", f"{path}/report/zh") == [403] * 3
    assert await status(client, made.reviewer, f"{photo}/original", **purpose()) == [403]
    assert await status(client, eve, address) == [403], "an address given out before"
    told, body = await get(client, f"{path}/replay", eve.session)
    assert (told, body["type"]) == (403, "urn:takan:restricted")
    assert "周科长" in body["detail"]["zh"]
    assert await status(client, eve, f"{path}/replay", **purpose("为什么要说")) == [403]
    assert await status(client, eve, f"{path}/replay", **purpose("长" * 201)) == [422]
    assert faults(await talk(client, Hello(made.reviewer.session, stream.expires_at))) == ["restricted"]
    assert await status(client, made.applicant, path, f"{photo}/preview") == [200] * 2, "what concerns them"

    assert await status(client, eve, f"{photo}/original", f"{path}/export", stored, **purpose()) == [200] * 3
    replay = await client._json("GET", f"{path}/replay?purpose={quote(PURPOSE)}", ReplayView, eve.session)
    assert replay.survey.restricted == Text("画面涉及未成年人", "minors are in view")
    lines = [one.text.zh for one in replay.events]
    assert "周科长 对本案限制处理（画面涉及未成年人）：幼儿园班级入镜" in lines
    assert lines.count(f"审计员 查阅限制处理的案件，用途：{PURPOSE}") == 1, "once a minute"
    assert {"审计员 回看", "审计员 导出证据包"} <= set(lines)
    opened = await client._json("POST", f"{path}/stream?purpose={quote(PURPOSE)}", dict[str, Any], eve.session)
    assert await status(client, eve, opened["url"].removeprefix(client.url)) == [404], "nothing was recorded"
    part = (await client._json("GET", "/api/own", OwnView, made.applicant.session)).decisions
    assert next(one.restricted for one in part if one.survey == made.survey) is not None
    with_part = await officer(client, made.reviewer.name)
    for by, form, code in [
        (with_part, LiftForm(case_no, "x"), "no part in the case lifts it"),
        (await officer(client), RestrictForm(case_no, "trade_secret", "x"), "restricted this case already"),
        (await officer(client), LiftForm("没有的编号", "x"), "no case of this number"),
        (eve, LiftForm(case_no, "x"), "403"),
        (made.reviewer, LiftForm(case_no, "x"), "403"),
    ]:
        assert code in await refusal(client, by, form)
    lifted = await order(client, await officer(client, "何科长"), LiftForm(case_no, "已经遮挡"))
    assert case_no not in [one.case_no for one in lifted]
    assert await status(client, eve, path, f"{photo}/original", f"{path}/replay") == [200] * 3
    assert await status(client, made.reviewer, f"{photo}/original") == [200]
    assert await status(client, eve, address) == [404]
    assert "not restricted" in await refusal(client, await officer(client), LiftForm(case_no, "x"))


async def refusal(client: NodeClient, by: SessionView, form: RestrictionOrder) -> str:
    try:
        await order(client, by, form)
    except NodeRefused as told:
        return str(told)
    raise AssertionError("it was carried out")


async def test_until_it_is_concluded_its_reviewers_go_on_and_the_list_names_nobody(client: NodeClient) -> None:
    made, eve = await visit(client), await auditor(client, "审计二")
    case_no = await number(client, made.survey, eve)
    await restrict(client, case_no, "trade_secret")
    await made.send(jpeg(scene(701)))
    original = f"/api/surveys/{made.survey}/photos/{await photo_of(client, made)}/original"
    assert await status(client, made.reviewer, original) == [200]
    view = await client._json("GET", f"/api/surveys/{made.survey}", SurveyView, made.reviewer.session)
    assert view.restricted is not None
    cards = await client._json("GET", "/api/surveys", list[SurveyCard], eve.session)
    card = next(one for one in cards if one.id == made.survey)
    assert (card.case_no, card.restricted, card.subject_name, card.tier) == (case_no, True, "", "unknown")
    assert (card.participants, card.photos, card.limit) == (0, 0, None)
    assert any(one.subject_name for one in cards if not one.restricted) or len(cards) == 1


async def test_every_survey_of_the_case_is_restricted_and_its_number_may_be_long(client: NodeClient) -> None:
    number_ = f"琼审〔2026〕{secrets.token_hex(4)} 号" + "之" * 170
    both = [(await client.apply(replace(application(), case_no=number_))).survey for _ in range(2)]
    listed = await restrict(client, number_)
    assert {one.survey for one in listed if one.case_no == number_} == set(both)
    eve = await auditor(client, "审计五")
    assert await status(client, eve, *(f"/api/surveys/{one}" for one in both)) == [403, 403]
    lifted = await order(client, await officer(client), LiftForm(number_, "x"))
    assert number_ not in [one.case_no for one in lifted]
    assert await status(client, eve, *(f"/api/surveys/{one}" for one in both)) == [200, 200]


async def test_a_photo_of_a_restricted_case_is_found_again_and_not_named(client: NodeClient) -> None:
    first, before = await visit(client), await visit(client, ORANGE)
    picture, crop = jpeg(scene(702)), jpeg(cropped(scene(702)), 75)
    await first.send(picture)
    named = (await before.send(crop))["duplicate_near"]
    assert named.evidence["matches"][0]["survey"] == first.survey
    eve = await auditor(client, "审计三")
    await restrict(client, await number(client, first.survey, eve), "retention")
    after = await visit(client, ORANGE)
    found = await after.send(picture)
    assert found["duplicate_exact"].result == "fail"
    assert {"same_applicant": False, "restricted": True} in found["duplicate_exact"].evidence["matches"]
    for one in (before, after):
        for who in (one.reviewer, eve):
            view = await client.survey(one.survey, who.session)
            assert first.survey not in str(view.photos), "also where it was named before"


async def test_an_officer_still_answers_the_subject_of_a_restricted_case(client: NodeClient) -> None:
    view = await client.apply(application(BLACK, "training-centre"))
    eve, zhou = await auditor(client, "审计四"), await officer(client)
    case_no = await number(client, view.survey, eve)
    path = f"/api/own/{view.survey}/person"
    (link,) = await client.invite(view.survey, [InvitationOrder("subject", "王某")])
    me = await client.start(link)
    await client._json("POST", path, OwnView, me.session, {"words": "记录有误"})
    await restrict(client, case_no, "state_secret_suspected")
    listed = {by.session: await client._json("GET", "/api/asked", list[AskedView], by.session) for by in (eve, zhou)}
    seen = [view.survey in [one.decision.survey for one in listed[by.session]] for by in (eve, zhou)]
    assert seen == [False, True]
    assert view.survey in [one.survey for one in (await client._json("GET", "/api/own", OwnView, me.session)).decisions]
