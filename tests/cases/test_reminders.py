"""Reminders of a real node: letters to a real relay, messages to a real webhook; a kill between two of them; what is
over is not reminded of; a survey that nobody begins goes over to a visit without a mark.
"""

import asyncio
import contextlib
import os
import signal
import sqlite3
import sys
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from credit_gate.sources.register import DEMO_REGISTER
from survey_server.app import running
from survey_server.clock import utc_now
from survey_server.db.outbox import NOT_NEEDED, Message
from survey_server.flows.admission import admit
from survey_server.flows.case import Case
from survey_server.flows.dues import go_round
from survey_server.flows.life import move
from survey_server.flows.node import Node
from survey_server.flows.second_look import answer, ask
from survey_server.flows.views import card, survey_view
from survey_server.settings import load_settings
from survey_server.survey.events import Invited
from survey_server.wire.basics import Window
from survey_server.wire.life import Arrange
from survey_server.wire.own import UpholdForm
from tests.cases.test_locks import become
from tests.mail_server import MailServer, mail_server
from tests.nodes import BLACK, ROOT, application
from tests.receiver import SECRET, Receiver, receiving

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
PANEL = """
[[member]]
id = "r-1"
name = "林"
employer = "局"
role = "reviewer"
items = ["*"]
mail = "lin@bureau.test"
"""


@dataclass
class Bureau:
    """A node's settings, its clock, the relay and the approvals platform."""

    environment: dict[str, str]
    mail: MailServer
    platform: Receiver
    now: datetime

    @contextlib.asynccontextmanager
    async def node(self) -> AsyncIterator[Node]:
        began = utc_now()
        async with running(load_settings(None, self.environment), clock=lambda: self.now + (utc_now() - began)) as node:
            yield node

    def addresses(self, since: int = 0) -> Counter[str]:
        return Counter(letter.to for letter in self.mail.letters[since:])


@pytest.fixture
def platform(tmp_path: Path) -> Iterator[Receiver]:
    with receiving(tmp_path / "receiver") as receiver:
        yield receiver


@pytest.fixture
async def bureau(tmp_path: Path, platform: Receiver) -> AsyncIterator[Bureau]:
    (tmp_path / "panel.toml").write_text(PANEL)
    async with mail_server(tmp_path) as mail:
        environment = {
            "TAKAN_DATA_DIR": str(tmp_path / "node"),
            "TAKAN_PORT": "0",
            "TAKAN_EMBEDDED": "true",
            "TAKAN_INTAKE_KEY": "k" * 20,
            "TAKAN_REGISTER": str(DEMO_REGISTER),
            "TAKAN_PANEL": str(tmp_path / "panel.toml"),
            "TAKAN_WEBHOOK_URL": platform.url,
            "TAKAN_WEBHOOK_SECRETS": SECRET,
            "TAKAN_SMTP_HOST": "127.0.0.1",
            "TAKAN_SMTP_PORT": str(mail.port),
            "TAKAN_SMTP_SECURITY": "none",
            "TAKAN_MAIL_FROM": "takan@bureau.test",
            "TAKAN_MAIL_OFFICERS": "desk@bureau.test",
        }
        yield Bureau(environment, mail, platform, utc_now())


async def agreed(node: Node, start: datetime) -> Case:
    """A case of the approvals platform with an appointment; one reviewer was drawn and has an address, one has none."""
    now = node.clock()
    form = replace(application(), case_no="琼审〔2026〕7 号", window=Window(now - HOUR, start + 3 * DAY))
    case = await node.case((await admit(node, form)).survey)
    await case.record(
        Invited("p1", "applicant", "王"), Invited("p2", "reviewer", "林", drawn="r-1"), Invited("p3", "reviewer", "陈")
    )
    await move(node, case, None, Arrange(start, officer="周"))
    return case


async def rows(node: Node, case: Case) -> list[Message]:
    return [row for row in await node.outbox.of_survey(case.id) if row.kind == "reminder"]


async def test_each_is_reminded_once_by_one_way_though_the_node_is_killed_in_between(bureau: Bureau) -> None:
    real = bureau.now
    bureau.now = real - 2 * DAY
    async with bureau.node() as node:
        case = await agreed(node, real + DAY - timedelta(minutes=1))
        await go_round(node)
        assert await rows(node, case) == [], "there is nothing to be reminded of yet"
    environment = {**os.environ, **bureau.environment}
    dying = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.cases.dying_letter", cwd=ROOT, env=environment
    )
    assert await asyncio.wait_for(dying.wait(), 60) == -signal.SIGKILL
    assert len(bureau.mail.letters) >= 1
    bureau.now = utc_now()
    async with bureau.node() as node:
        await node.outbox.try_now("mail")
        await node.outbox.try_now("approvals")
        await asyncio.gather(go_round(node), go_round(node))  # as two loops would
        taken = await bureau.platform.until(3)
        await bureau.mail.until(3)
        for _ in range(100):
            if not await node.outbox.count("mail"):
                break
            await asyncio.sleep(0.05)
        await go_round(node)
        assert len(await rows(node, case)) == 3
    ids = Counter(str(letter.message["Message-ID"]) for letter in bureau.mail.letters)
    assert sorted(ids.values()) in ([1, 2], [2, 2]), "what was taken and not noted comes again under its id"
    assert set(bureau.addresses()) == {"lin@bureau.test", "desk@bureau.test"}
    assert "审查人员 陈" in next(one for one in bureau.mail.letters if one.to == "desk@bureau.test").text
    (told,) = [one["body"] for one in taken if one["body"]["type"] == "reminder.due"]
    assert (told["of"], told["to"], told["case_no"]) == ("appointment", ["applicant"], "琼审〔2026〕7 号")
    assert told["words"]["zh"].startswith("远程踏勘即将开始")
    with sqlite3.connect(Path(bureau.environment["TAKAN_DATA_DIR"]) / "takan.db") as db:
        assert not [line for line in db.iterdump() if "bureau.test" in line], "no address is in the database"


async def test_what_is_over_is_not_reminded_of_and_what_is_refused_is_told(bureau: Bureau) -> None:
    async with bureau.node() as node:
        real, mail = bureau.now, bureau.mail
        case = await agreed(node, real + 2 * DAY)
        bureau.now = real + 2 * DAY - 50 * timedelta(minutes=1)
        mail.faults.append("rcpt 450 busy")
        await go_round(node)
        await mail.until(1)
        for _ in range(200):
            waiting = await node.outbox.waiting("mail")
            if len(waiting) == 1 and waiting[0].trouble:
                break
            await asyncio.sleep(0.05)
        assert [row.trouble for row in waiting] == ["450 busy"]
        await move(node, case, None, Arrange(real + 3 * DAY + HOUR, replaces=1, officer="周"))
        await node.outbox.try_now("mail")
        node.deliveries.wake()
        for _ in range(200):
            if not await node.outbox.count("mail"):
                break
            await asyncio.sleep(0.05)
        dropped = [row for row in await rows(node, case) if row.id == waiting[0].id]
        assert [row.trouble for row in dropped] == [NOT_NEEDED]
        assert len(mail.letters) == 1, "the appointment was changed: nobody is reminded of the old one"

        bureau.now = real + 3 * DAY
        mail.faults.append("rcpt 550 nobody of that name")
        await go_round(node)
        await mail.until(2)
        for _ in range(200):
            if not await node.outbox.count("mail"):
                break
            await asyncio.sleep(0.05)
        asked = sum(line.startswith("RCPT") for line in mail.lines)
        await node.outbox.try_now("mail")
        await go_round(node)
        await node.deliveries._judge()
        assert "1 of mail refused for good, the last: 550 nobody" in node.deliveries.trouble
        assert sum(line.startswith("RCPT") for line in mail.lines) == asked, "it is not tried again"

        view = await survey_view(node, case)
        begin = next(limit for limit in view.life.limits if limit.of == "begin")
        assert (begin.side, begin.left > 5) == ("applicant", True)
        assert card(node, case.survey).limit == view.life.limits[0]
        bureau.now = begin.at - DAY
        await go_round(node)
        before = [row.id for row in await rows(node, case) if "/begin." in row.id]
        assert len(before) == 1, "they are told beforehand"
        assert case.survey.state == "scheduled"
        bureau.now = begin.at
        await go_round(node)
        assert case.survey.state == "on_site"
        closing = case.survey.closing
        assert closing is not None
        assert (closing.cause, closing.by) == ("lapsed", "")
        assert "不影响信用" in closing.reason
        assert "apply again" in closing.reason
        await become(lambda: any(seal.kind == "case" for seal in case.survey.seals))
        await go_round(node)
        assert (await admit(node, application())).outcome == "admitted", "nothing of it weighs"


async def test_officers_are_reminded_that_somebody_asked_for_a_person_after_a_restart_too(bureau: Bureau) -> None:
    async with bureau.node() as node:
        form = replace(application(BLACK, "training-centre"), case_no="琼审〔2026〕8 号")
        case = await node.case((await admit(node, form)).survey)
        assert case.survey.state == "refused"
        assert case.id not in await node.journal.awaited()
        await ask(node, case, None, "法定代表人王某", "该记录已经撤销")
        look = case.survey.second_look
        assert look is not None
    bureau.now = look.asked.due - 6 * HOUR
    async with bureau.node() as node:
        assert await node.journal.awaited() == [case.id]
        await bureau.mail.until(1)
        (letter,) = bureau.mail.letters
        assert letter.to == "desk@bureau.test"
        assert "经办人链接" in letter.text
        await answer(node, await node.case(case.id), "周", UpholdForm("记录仍在公示期"))
        assert await node.journal.awaited() == []
        await go_round(node)
        assert len(await rows(node, case)) == 1
