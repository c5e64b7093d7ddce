"""The approvals platform and a real node: cases come in by number, and what becomes of them arrives once."""

import asyncio
import hashlib
import json
import re
import secrets
import subprocess
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import aiohttp
import msgspec
import pytest
from yarl import URL

from survey_server.flows import live_rehearsal, material_rehearsal
from survey_server.flows.client import NodeClient
from survey_server.flows.invited import PEOPLE, PHOTO_PEOPLE
from survey_server.flows.person import Person
from survey_server.rtc.prepared import prepare
from survey_server.wire.admission import InvitationLink
from survey_server.wire.basics import Site
from survey_server.wire.from_person import Conclude
from survey_server.wire.platform import AnyTiding, CaseView
from tests.cases.test_material import PHOTOS
from tests.nodes import BLUE, RED, ROOT, ServedNode, serving, takan
from tests.receiver import SECRET, Receiver, documented, receiving
from tests.servers import require

KEY_ID, KEY = "approvals", "platform secret of 32 characters"
CASES = "/api/platform/cases"
signed_headers = documented("signed_headers")


@pytest.fixture(scope="module")
def receiver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Receiver]:
    with receiving(tmp_path_factory.mktemp("receiver")) as receiver:
        yield receiver


@pytest.fixture(scope="module")
def node(receiver: Receiver, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedNode]:
    settings = {
        "TAKAN_PLATFORM_KEYS": f"other:{KEY[::-1]},{KEY_ID}:{KEY}",
        "TAKAN_WEBHOOK_URL": receiver.url,
        "TAKAN_WEBHOOK_SECRETS": SECRET,
    }
    with serving(tmp_path_factory.mktemp("platform-node"), **settings) as node:
        yield node


@dataclass
class Answer:
    status: int
    body: Any


@dataclass
class Platform:
    """The platform's side: it signs as the documentation says."""

    http: aiohttp.ClientSession
    node: ServedNode

    async def ask(self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None) -> Answer:
        data = b"" if body is None else json.dumps(body, ensure_ascii=False).encode()
        said = headers or signed_headers(KEY_ID, KEY, method, path, data)
        url = URL(self.node.url + path, encoded=True)
        async with self.http.request(method, url, data=data or None, headers=said) as answer:
            return Answer(answer.status, json.loads(await answer.read()))

    async def case(self, case_no: str) -> CaseView:
        answer = await self.ask("GET", f"{CASES}/{quote(case_no)}")
        assert answer.status == 200, answer
        return msgspec.convert(answer.body, CaseView)


def fresh() -> str:
    """A number that no test used before, nor this one at its first try."""
    return f"琼审〔2026〕{secrets.token_hex(4)} 号"


@pytest.fixture
async def platform(node: ServedNode) -> AsyncIterator[Platform]:
    async with aiohttp.ClientSession() as http:
        yield Platform(http, node)


def case(case_no: str, code: str = RED, item: str = "outdoor-advert", mode: str = "upload_only") -> dict[str, Any]:
    start = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1)
    return {
        "case_no": case_no,
        "subject": {"code": code, "name": "海口虚构椰风餐饮有限公司"},
        "item": item,
        "site": {"lat": 43.4674, "lon": 11.8851, "radius_m": 1000, "address": "虚构路 12 号"},
        "window": {"start": start.isoformat(), "end": (start + timedelta(hours=8)).isoformat()},
        "mode": mode,
    }


def told(taken: list[dict[str, Any]], case_no: str) -> list[AnyTiding]:
    """What was told of a case, in the order of arrival; each once, in the form that is promised."""
    mine = [one for one in taken if one["body"]["case_no"] == case_no]
    assert len({one["id"] for one in mine}) == len(mine)
    tidings = [msgspec.convert(one["body"], AnyTiding) for one in mine]
    assert [one.line for one in tidings] == sorted(one.line for one in tidings)
    assert [one["id"] for one in mine] == [f"{one.survey}/{one.line}" for one in tidings]
    return tidings


async def until_told(receiver: Receiver, case_no: str, count: int) -> list[AnyTiding]:
    for _ in range(600):
        if len(found := told(await receiver.taken(), case_no)) >= count:
            return found
        await asyncio.sleep(0.05)
    raise AssertionError(f"{case_no}: {count} messages expected, there are {found}")


async def test_a_case_is_filed_once_under_its_number(platform: Platform, receiver: Receiver) -> None:
    form = case(fresh())
    answers = await asyncio.gather(*(platform.ask("POST", CASES, form) for _ in range(4)))
    assert sorted(one.status for one in answers) == [200, 200, 200, 201]
    assert len({one.body["survey"] for one in answers}) == 1
    view = await platform.case(form["case_no"])
    assert (view.outcome, view.state, view.mode, view.result, view.files) == (
        "admitted",
        "admitted",
        "upload_only",
        None,
        [],
    )
    assert all(reason.zh and reason.en for reason in view.reasons)
    (decided,) = await until_told(receiver, form["case_no"], 1)
    assert (decided.outcome, decided.survey) == ("admitted", view.survey)


async def test_other_content_under_the_number_is_refused_field_by_field(platform: Platform) -> None:
    form = case(fresh())
    assert (await platform.ask("POST", CASES, form)).status == 201
    form["site"]["lat"], form["mode"], form["subject"]["code"] = 43.5, "live", BLUE
    answer = await platform.ask("POST", CASES, form)
    assert answer.status == 409
    assert answer.body["type"] == "urn:takan:other_content"
    assert [one["pointer"] for one in answer.body["errors"]] == ["#/subject/code", "#/site/lat", "#/mode"]
    assert "was 43.4674, is now 43.5" in answer.body["detail"]["en"]
    assert "先前是 43.4674，现在是 43.5" in answer.body["detail"]["zh"]
    assert BLUE not in json.dumps(answer.body)


@pytest.mark.parametrize(
    ("at", "value", "pointer", "words"),
    [
        (("subject", "code"), "123", "#/subject/code", "18"),
        (("subject", "name"), " ", "#/subject/name", "填写"),
        (("item",), "moon-base", "#/item", "没有代码为 moon-base"),
        (("site", "lat"), "20", "#/site/lat", "须为数字，而不是文字"),
        (("site", "radius_m"), 0, "#/site/radius_m", "须 > 0"),
        (("window", "start"), "2026-11-23T08:00:00", "#/window/start", "时区"),
        (("window", "end"), "2026-01-01T08:00:00+08:00", "#/window/end", "晚于"),
        (("mode",), "radio", "#/mode", "不能取值 'radio'"),
        (("case_no",), "a/b", "#/case_no", "格式"),
        (("colour",), "blue", "#/colour", "没有这一项"),
        (("case_no",), None, "#/case_no", "缺少这一项"),
    ],
)
async def test_what_is_wrong_is_named(
    platform: Platform, at: tuple[str, ...], value: object, pointer: str, words: str
) -> None:
    form: dict[str, Any] = case(fresh())
    inside = form if len(at) == 1 else form[at[0]]
    if value is None:
        del inside[at[-1]]
    else:
        inside[at[-1]] = value
    answer = await platform.ask("POST", CASES, form)
    assert answer.status == 422, answer
    (fault,) = answer.body["errors"]
    assert fault["pointer"] == pointer
    assert words in fault["detail"]["zh"]
    assert fault["detail"]["en"]


async def test_who_does_not_sign_is_refused(platform: Platform, node: ServedNode) -> None:
    number = fresh()
    form = case(number)
    data = json.dumps(form, ensure_ascii=False).encode()
    once = signed_headers(KEY_ID, KEY, "POST", CASES, data)
    bad = [
        {"Authorization": f"Bearer {node.key}"},
        signed_headers(KEY_ID, KEY + "!", "POST", CASES, data),
        signed_headers("other", KEY, "POST", CASES, data),
        signed_headers(KEY_ID, KEY, "POST", CASES + "/x", data),
        signed_headers(KEY_ID, KEY, "POST", CASES, data + b" "),
    ]
    for headers in bad:
        answer = await platform.ask("POST", CASES, form, headers)
        assert (answer.status, answer.body["type"]) == (401, "urn:takan:bad_signature")
    assert (await platform.ask("GET", f"{CASES}/{quote(number)}")).status == 404
    assert (await platform.ask("POST", CASES, form, once)).status == 201
    again = await platform.ask("POST", CASES, form, once)
    assert (again.status, "used before" in again.body["detail"]["en"]) == (401, True)


async def test_a_case_is_withdrawn_before_its_survey(platform: Platform, receiver: Receiver, node: ServedNode) -> None:
    number, other = fresh(), fresh()
    form = case(number, item="food-business", mode="live")
    path = f"{CASES}/{quote(number)}"
    await platform.ask("POST", CASES, form)
    links = await platform.ask("POST", f"{path}/invitations", [{"role": "applicant", "name": "王"}])
    assert links.status == 201
    for _ in range(2):
        answer = await platform.ask("POST", f"{path}/cancel", {"reason": "申请人撤回"})
        assert (answer.status, answer.body["state"]) == (200, "cancelled")
    tidings = (await until_told(receiver, number, 2))[:2]
    assert [(type(one).__name__, one.state) for one in tidings] == [
        ("CaseDecided", "admitted"),
        ("CaseCancelled", "cancelled"),
    ]
    refused = await platform.ask("POST", f"{path}/invitations", [{"role": "reviewer", "name": "林"}])
    assert refused.status == 409
    async with node.client() as client:
        look = await client.http.get(f"{node.url}/api/invitations/{links.body[0]['link'].rpartition('/')[2]}")
        assert (await look.json())["survey_state"] == "cancelled"
    on_site = case(other, code=BLUE, item="food-business")
    assert (await platform.ask("POST", CASES, on_site)).body["outcome"] == "on_site"
    assert (await platform.ask("POST", f"{CASES}/{quote(other)}/cancel", {"reason": "x"})).status == 409


async def test_the_documented_shell_function_files_a_case(platform: Platform, node: ServedNode) -> None:
    for program in ("curl", "openssl", "bash"):
        require(program)
    text = (ROOT / "docs" / "platform.md").read_text()
    shell = next(block for block in re.findall(r"```sh\n(.*?)```", text, re.DOTALL) if "call() {" in block)
    day = f"{datetime.now(UTC):%Y-%m-%d}"
    shell = shell.replace("NODE=https://survey.example.gov KEY_ID=approvals KEY_SECRET=...", "").replace(
        "2026-11-23T", f"{day}T"
    )
    env = {"NODE": node.url, "KEY_ID": KEY_ID, "KEY_SECRET": KEY, "PATH": "/usr/bin:/bin"}
    done = await asyncio.to_thread(
        subprocess.run, ["bash", "-c", shell], env=env, capture_output=True, text=True, check=True
    )
    filed, shown = re.findall(r"\{.*?\}(?=\{\"case_no\"|$)", done.stdout, re.DOTALL)
    assert json.loads(filed)["case_no"] == json.loads(shown)["case_no"] == "琼美食许2026-0001"
    assert (await platform.case("琼美食许2026-0001")).outcome == "admitted"


ARRIVES = {
    "upload_only": (
        "CaseDecided", "MaterialHandedIn", "CaseSealed", "MaterialHandedIn", "CaseConcluded", "CaseSealed",
    ),
    "live": ("CaseDecided", "SurveyStarted", "SurveyEnded", "CaseSealed", "CaseConcluded", "CaseSealed"),
}  # fmt: skip


async def surveyed(client: NodeClient, links: list[InvitationLink], mode: str, video: Path) -> None:
    """The whole survey, by photos alone or in a call of a second, and its conclusion."""
    ending, site = Conclude("pass", "齐全"), Site(43.4674, 11.8851, 1000)
    photos = [(path.name, path.read_bytes()) for path in PHOTOS[:2]]
    media = await asyncio.to_thread(prepare, video, video.parent) if mode == "live" else None
    people = [await Person.arrive(client, link, media, call=mode == "live") for link in links]
    if mode == "live":
        await asyncio.gather(*(person.in_call() for person in people))
        await live_rehearsal.hold(people, site, 1, photos[0][1], photos)
        await live_rehearsal.conclude(people, ending)
    else:
        await material_rehearsal.run(people, site, photos, ending)
    for person in people:
        await person.leave()


@pytest.mark.parametrize("mode", ["upload_only", "live"])
async def test_a_case_is_surveyed_and_its_result_arrives_once_though_the_receiver_was_down(
    mode: str, platform: Platform, receiver: Receiver, node: ServedNode, video: Path
) -> None:
    """The receiver is down from before the survey; the node is killed with everything still to tell."""
    if receiver.process is None or receiver.process.poll() is not None:  # left down by a first try
        receiver.start()
    number = fresh()
    filed = (await platform.ask("POST", CASES, case(number, mode=mode))).body
    await until_told(receiver, number, 1)
    receiver.kill()
    async with node.client() as client:
        orders = msgspec.to_builtins(PEOPLE if mode == "live" else PHOTO_PEOPLE)
        links = await platform.ask("POST", f"{CASES}/{quote(number)}/invitations", orders)
        assert links.status == 201, links
        await surveyed(client, msgspec.convert(links.body, list[InvitationLink]), mode, video)
    node.kill()
    status, out, _ = takan("outbox", "--data", str(node.data))
    assert status == 1
    assert "not reached" in out
    assert f"{filed['survey']}/" in out
    await asyncio.to_thread(node.start)
    receiver.start()
    tidings = await until_told(receiver, number, len(ARRIVES[mode]))
    assert tuple(type(one).__name__ for one in tidings) == ARRIVES[mode]
    concluded, sealed = tidings[-2:]
    assert concluded.result == "pass"
    assert {one.name for one in concluded.signatures} == {"林审查员", "陈审查员"}
    assert (sealed.seal, sealed.result, sealed.state) == ("case", "pass", "concluded")
    kinds = [(link.kind, link.language) for link in sealed.files]
    assert kinds == [("manifest", ""), ("report", "zh"), ("report", "en")]
    for link in sealed.files:
        async with platform.http.get(link.url) as answer:
            data = await answer.read()
        assert (answer.status, len(data), hashlib.sha256(data).hexdigest()) == (200, link.size, link.sha256)
    manifest = next(link for link in sealed.files if link.kind == "manifest")
    async with platform.http.get(manifest.url) as answer:
        assert (await answer.json(content_type=None))["conclusion"] == "pass"
    async with platform.http.get(manifest.url[:-2]) as answer:
        assert answer.status == 403
    view = await platform.case(number)
    assert (view.result, view.line >= sealed.line) == ("pass", True)
    assert [link.sha256 for link in view.files] == [link.sha256 for link in sealed.files]
    await asyncio.sleep(0.5)
    mine = [one for one in await receiver.taken() if one["body"]["case_no"] == number]
    assert [one["came"] for one in mine] == [1] * len(tidings)
    async with platform.http.get(f"{node.url}/api/health") as answer:
        assert (await answer.json())["outbox_trouble"] == ""
