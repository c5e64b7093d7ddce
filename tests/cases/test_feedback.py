"""False material over the API: who may do what, what is refused in words, two officers or several records at once."""

import asyncio
import json
import sqlite3
from collections.abc import Iterator
from typing import Any

import aiohttp
import pytest

from survey_server.flows.client import NodeClient, NodeRefused
from survey_server.wire.admission import InvitationOrder
from survey_server.wire.feedback import ObjectEvidence, PhotoEvidence, RecordingEvidence, RulesView
from tests.cases.feedbacks import Matter, firms, matter, register_of
from tests.nodes import BLUE, ServedNode, application, serving

FIRMS = iter(firms(100))


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedNode]:
    """A node of its own: elsewhere somebody else's surveys would end on site."""
    folder = tmp_path_factory.mktemp("feedback")
    (folder / "register.toml").write_text(register_of(firms(100)))
    with serving(folder / "node", TAKAN_REGISTER=str(folder / "register.toml")) as node:
        yield node


@pytest.fixture
async def case(client: NodeClient) -> Matter:
    return await matter(client, next(FIRMS))


async def problem(client: NodeClient, method: str, path: str, session: str, body: Any = None) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {session}"}
    async with client.http.request(method, client.url + path, headers=headers, json=body) as answer:
        assert answer.status >= 400, await answer.text()
        assert answer.content_type == "application/problem+json"
        told = await answer.json()
        assert told["detail"]["zh"]
        assert told["detail"]["en"]
        return told


async def test_from_the_finding_to_the_repair(case: Matter) -> None:
    found = await case.record()
    assert (found.state, found.open) == ("recorded", [])
    assert found.evidence[0].photo == case.photo
    he, lin, shen = case.officers
    shown = await case.show(found.feedback)
    assert set(shown.open) == {"confirmed", "dismissed"}
    await case.act(he, found.feedback, "confirm")
    subject = await case.notice(found.feedback)
    told = await case.show(found.feedback, subject)
    assert [one.what for one in told.notices] == ["hearing"]
    assert told.due is not None
    assert told.due.left in range(4, 6)
    assert told.open == ["answered"]
    assert not told.deliveries
    with pytest.raises(NodeRefused, match="409 The subject may answer until the end of"):
        await case.deduct(found.feedback, told.seq)
    answered = await case.act(subject, found.feedback, "answer")
    charged = await case.deduct(found.feedback, answered.seq, officer=1)
    assert [one.what for one in charged.notices] == ["hearing", "decision", "repair"]
    assert charged.event == f"TK-{found.feedback}"
    assert [row.delivered_at for row in charged.deliveries] == [
        None
    ]  # this node has no platform: it counts all the same
    await case.act(subject, found.feedback, "appeal")
    with pytest.raises(NodeRefused, match="409 An appeal is decided by an officer who had no part"):
        await case.act(lin, found.feedback, "uphold")
    await case.act(shen, found.feedback, "uphold")
    asked = (await case.ask_repair(subject, found.feedback))[0]
    assert asked.due is not None
    assert asked.due.left in range(4, 6)
    done = (await case.answer_repair(asked.application, **{found.feedback: True}))[0]
    assert done.state == "repaired"
    assert done.open == ["linked"]


async def test_every_step_is_a_record_in_the_archive_with_its_own_entry(case: Matter, served: ServedNode) -> None:
    charged, _ = await case.charged()
    view = await case.delivered(charged.feedback, 0)
    assert len(view.steps) == 5
    with sqlite3.connect(f"file:{served.data}/takan.db?mode=ro", uri=True) as db:
        keys = [
            row[0]
            for row in db.execute("select key from stored_object where survey = ? order by key", (charged.feedback,))
        ]
    assert [key.split("/")[-1].split("-")[1] for key in keys] == [
        "recorded",
        "confirmed",
        "notified",
        "answered",
        "deducted",
    ]
    for _ in range(100):
        with sqlite3.connect(f"file:{served.data}/ledger.db?mode=ro", uri=True) as book:
            entered = [row[0] for row in book.execute("select key from entry where survey = ?", (charged.feedback,))]
        if set(entered) == set(keys):
            break
        await asyncio.sleep(0.1)
    assert sorted(entered) == keys


async def test_of_two_officers_at_once_one_wins_and_the_other_is_told_why(case: Matter) -> None:
    found = await case.record()
    he, lin, _ = case.officers
    both = await asyncio.gather(
        case.act(he, found.feedback, "confirm", found.seq),
        case.act(lin, found.feedback, "dismiss", found.seq),
        return_exceptions=True,
    )
    refused = [one for one in both if isinstance(one, NodeRefused)]
    assert len(refused) == 1
    assert "409 It is" in str(refused[0])
    assert (await case.show(found.feedback)).state in ("confirmed", "dismissed")


async def test_an_answer_that_came_meanwhile_is_read_before_anything_is_decided(case: Matter) -> None:
    found = await case.record()
    await case.act(case.officers[0], found.feedback, "confirm")
    subject = await case.notice(found.feedback)
    first = await case.act(subject, found.feedback, "answer")
    await case.act(subject, found.feedback, "answer")
    with pytest.raises(NodeRefused, match="Something came in after you looked"):
        await case.deduct(found.feedback, first.seq)


async def test_who_recorded_it_is_no_second_officer_though_they_hold_an_officers_link(case: Matter) -> None:
    found = await case.record()
    again = await case.client.start(await case.client.invite_officer(" 李审查"))
    with pytest.raises(NodeRefused, match="This takes another officer"):
        await case.act(again, found.feedback, "confirm")


async def test_several_records_are_repaired_by_one_submission(client: NodeClient) -> None:
    firm = next(FIRMS)
    cases = [await matter(client, firm), await matter(client, firm)]  # both, before either counts
    charged = [await one.charged() for one in cases]
    assert (await client.apply(application(firm))).outcome == "on_site"
    here, subject = cases[0], charged[0][1]
    ids = [one.feedback for one, _ in charged]
    assert {one.feedback for one in await here.all(subject)} >= set(ids)
    asked = await here.ask_repair(subject, *ids)
    assert len({one.application for one in asked}) == 1
    with pytest.raises(NodeRefused, match="409 Answer about each record"):
        await here.answer_repair(asked[0].application, **{ids[0]: True})
    done = await here.answer_repair(asked[0].application, **{ids[0]: True, ids[1]: False})
    assert [one.state for one in done] == ["repaired", "deducted"]
    assert (await client.apply(application(firm))).outcome == "on_site"  # one still counts
    again = await here.ask_repair(subject, ids[1])
    await here.answer_repair(again[0].application, **{ids[1]: True})
    assert (await client.apply(application(firm))).outcome == "admitted"


async def test_what_counts_here_is_named_in_the_preserved_decision(case: Matter, served: ServedNode) -> None:
    charged, _ = await case.charged("XK-79")
    view = await case.client.apply(application(case.code))
    assert view.outcome == "on_site"
    assert view.tier == "black"
    assert any("第七十九条" in reason.zh for reason in view.reasons)
    auditor = await case.client.start(await case.client.invite_auditor("审计员"))
    for _ in range(100):
        with sqlite3.connect(f"file:{served.data}/takan.db?mode=ro", uri=True) as db:
            query = "select id from stored_object where survey = ? and key like '%/admission/decision%'"
            found = db.execute(query, (view.survey,)).fetchone()
        if found is not None:
            break
        await asyncio.sleep(0.1)
    headers = {"Authorization": f"Bearer {auditor.session}"}
    async with case.client.http.get(f"{case.client.url}/api/objects/{found[0]}", headers=headers) as answer:
        assert json.loads(await answer.read())["events"] == [charged.event]


async def test_evidence_must_be_there(case: Matter) -> None:
    for evidence, told in (
        (PhotoEvidence("nope"), "There is no photo nope"),
        (ObjectEvidence("v1/demo/2026/11/other/photos/1"), "no such object"),
        (RecordingEvidence(1, 2), "not sealed yet"),
    ):
        with pytest.raises(NodeRefused, match=f"422 .*{told}"):
            await case.record(evidence)
    with pytest.raises(NodeRefused, match="422"):
        await case.record(words="  ")
    with pytest.raises(NodeRefused, match="Choose one of the published catalogue"):
        await case.record(rule="XK-1")


async def test_the_same_is_recorded_once_while_it_is_under_way(case: Matter) -> None:
    both = await asyncio.gather(case.record(), case.record(), return_exceptions=True)
    assert sum(isinstance(one, NodeRefused) and "409 A finding that rests on the same" in str(one) for one in both) == 1
    found = next(one for one in both if not isinstance(one, BaseException))
    await case.act(case.officers[0], found.feedback, "dismiss")
    assert (await case.record()).state == "recorded"


async def test_a_code_of_somebody_else_is_refused(case: Matter) -> None:
    found = await case.record()
    await case.act(case.officers[0], found.feedback, "confirm")
    subject = await case.notice(found.feedback)
    answered = await case.act(subject, found.feedback, "answer")
    with pytest.raises(NodeRefused, match="422 Enter the subject's code again"):
        await case.deduct(found.feedback, answered.seq, code=BLUE)
    with pytest.raises(NodeRefused, match=r"422 .*check character"):
        await case.deduct(found.feedback, answered.seq, code=case.code[:-1] + ("1" if case.code[-1] != "1" else "2"))
    assert (await case.show(found.feedback)).state == "answered"


async def test_each_sees_and_does_what_is_theirs(case: Matter) -> None:
    found = await case.record()
    client, path = case.client, f"/api/feedback/{found.feedback}"
    act = {"act": "confirm", "words": "x"}
    assert (await problem(client, "POST", f"{path}/acts", case.reviewer.session, act))["type"] == "urn:takan:wrong_role"
    assert (await problem(client, "GET", path, "nobody"))["status"] == 401
    await case.act(case.officers[0], found.feedback, "confirm")
    subject = await case.notice(found.feedback)
    assert (await problem(client, "POST", f"{path}/acts", subject.session, act))["status"] == 403
    answer = {"act": "answer", "words": "x"}
    assert (await problem(client, "POST", f"{path}/acts", case.officers[0].session, answer))["status"] == 403
    other = await (await matter(client, case.code)).record()  # about the same subject, who was not told of it yet
    assert (await problem(client, "GET", f"/api/feedback/{other.feedback}", subject.session))["status"] == 403
    assert other.feedback not in {one.feedback for one in await case.all(subject)}
    stranger = await matter(client, next(FIRMS))
    assert (await problem(client, "GET", path, stranger.reviewer.session))["status"] == 403
    for method, of_survey in (("GET", ""), ("POST", "/photos"), ("GET", "/replay")):
        told = await problem(client, method, f"/api/surveys/{case.survey}{of_survey}", subject.session)
        assert told["status"] == 403
        told = await problem(client, method, f"/api/surveys/{stranger.survey}{of_survey}", case.officers[0].session)
        assert told["status"] == 403
    auditor = await client.start(await client.invite_auditor("审计员"))
    assert (await case.show(found.feedback, auditor)).open == []
    assert (await problem(client, "POST", f"{path}/notice", auditor.session))["status"] == 403
    assert (await problem(client, "GET", "/api/feedback/f000", auditor.session))["status"] == 404


async def test_nobody_is_invited_into_a_survey_as_officer_or_subject(case: Matter) -> None:
    for role in ("officer", "auditor"):
        with pytest.raises(NodeRefused, match="belong to no survey"):
            await case.client.invite(case.survey, [InvitationOrder(role, "x")])
    (link,) = await case.client.invite(case.survey, [InvitationOrder("subject", "x")])
    assert (await case.client.start(link)).survey is None, "it sees what was decided, and takes no part"
    with pytest.raises(NodeRefused, match="422"):
        await case.client._json(
            "POST", "/api/invitations", dict, case.client._intake_key, InvitationOrder("subject", "x")
        )


async def test_a_failed_photo_check_is_no_finding(case: Matter) -> None:
    """Nothing but a reviewer's words makes one: the photo of this survey is judged, and nobody is charged."""
    view = await case.client.survey(case.survey, case.reviewer.session)
    assert view.photos
    path = f"/api/surveys/{case.survey}/feedback"
    async with case.client.http.get(
        case.client.url + path, headers={"Authorization": f"Bearer {case.reviewer.session}"}
    ) as it:
        assert await it.json() == []


async def test_the_rules_are_published(client: NodeClient) -> None:
    async with aiohttp.ClientSession() as anybody, anybody.get(f"{client.url}/api/rules") as answer:
        told = await answer.json()
    rules = await client._json("GET", "/api/rules", RulesView)
    assert told["digest"] == rules.digest
    assert [rule.number for rule in rules.rules] == ["XK-78", "XK-79", "TK-07"]


async def test_the_officer_who_is_to_decide_sees_the_photo_and_others_do_not(case: Matter) -> None:
    he, lin, _ = case.officers
    path = f"/api/surveys/{case.survey}"
    preview = f"{path}/photos/{case.photo}/preview"
    assert (await problem(case.client, "GET", preview, he.session))["type"] == "urn:takan:nothing_to_decide"
    found = await case.record()
    view = await case.client.survey(case.survey, he.session)
    (photo,) = [one for one in view.photos if one.id == case.photo]
    assert photo.sha256 == found.evidence[0].sha256
    async with case.client.http.get(
        case.client.url + preview, headers={"Authorization": f"Bearer {he.session}"}
    ) as picture:
        assert (picture.status, picture.content_type) == (200, "image/jpeg")
    original = f"{path}/photos/{case.photo}/original"
    assert (await problem(case.client, "GET", original, he.session))["type"] == "urn:takan:wrong_role"
    took_part = await case.client.start(await case.client.invite_officer("李 审查"))
    assert (await problem(case.client, "GET", preview, took_part.session))["type"] == "urn:takan:own_case"
    await case.act(he, found.feedback, "dismiss")
    for officer in (he, lin):
        assert (await problem(case.client, "GET", path, officer.session))["type"] == "urn:takan:nothing_to_decide"
