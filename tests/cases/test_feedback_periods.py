"""A node whose clock is moved: the period passes without an answer, which is reminded of; an appeal takes the deduction
back; a repair is reminded of until it is answered.
"""

from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from survey_server.app import running
from survey_server.clock import utc_now
from survey_server.flows.client import NodeClient, NodeRefused
from survey_server.flows.dues import go_round
from tests.cases.feedbacks import matter
from tests.flows.ageing import settings
from tests.mail_server import mail_server
from tests.nodes import RED, application


async def test_a_silent_period_is_waited_for_and_noted_and_a_reversal_counts_at_once(tmp_path: Path) -> None:
    passed = timedelta()
    async with (
        mail_server(tmp_path) as mail,
        running(
            replace(
                settings(tmp_path / "node"),
                smtp_host="127.0.0.1",
                smtp_port=mail.port,
                smtp_security="none",
                mail_from="takan@bureau.test",
                mail_officers="desk@bureau.test",
            ),
            clock=lambda: utc_now() + passed,
        ) as node,
        NodeClient(node.public_url, "k" * 20) as client,
    ):
        case = await matter(client, RED)
        found = await case.record()
        await case.act(case.officers[0], found.feedback, "confirm")
        subject = await case.notice(found.feedback)
        told = await case.show(found.feedback)
        assert told.due is not None
        await go_round(node)
        assert await node.outbox.waiting("mail") == mail.letters == [], "there are five days to answer yet"
        passed = told.due.at - utc_now() - timedelta(minutes=1)
        await go_round(node)
        letter = await mail.about("有告知待答复")
        assert "提醒对象：申请人" in letter.text, "no way leads to them but the officers'"
        assert "虚假" not in letter.text, "what was found is in no letter"
        assert told.open == ["linked"]
        with pytest.raises(NodeRefused, match="409 The subject may answer until"):
            await case.deduct(found.feedback, told.seq)
        passed += timedelta(minutes=1)
        told = await case.show(found.feedback)
        assert told.due is not None
        assert told.due.left == 0
        assert set(told.open) == {"linked", "dropped", "deducted"}
        charged = await case.deduct(found.feedback, told.seq)
        assert [step.act.en for step in charged.steps][-2:] == ["note that the period passed", "deduct"]
        assert (await client.apply(application(RED))).outcome == "on_site"
        await case.act(subject, found.feedback, "appeal")
        assert (await client.apply(application(RED))).outcome == "on_site"  # an appeal alone takes nothing back
        taken_back = await case.act(case.officers[2], found.feedback, "reverse")
        assert [row.what.en for row in taken_back.deliveries] == ["the deduction", "the reversal"]
        assert (await client.apply(application(RED))).outcome == "admitted"
