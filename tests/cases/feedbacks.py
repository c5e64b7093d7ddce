"""What tests need to find false material: a survey with a photo, its reviewers, officers and the subject's page."""

import asyncio
import hashlib
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from credit_gate.subject import credit_code_check
from survey_server.flows.client import NodeClient
from survey_server.wire.admission import InvitationLink, InvitationOrder, SessionView
from survey_server.wire.feedback import (
    ActForm,
    DeductionForm,
    FeedbackForm,
    FeedbackView,
    NoticeLink,
    PhotoEvidence,
    RecordAnswer,
    RepairAnswer,
    RepairForm,
)
from survey_server.wire.from_person import Consent, Hello
from survey_server.wire.photos import PhotoForm
from tests.cases.test_links import talk
from tests.nodes import application

SAMPLE = next(iter(sorted((Path(__file__).parent.parent / "data" / "photos").glob("*.jpg"))))


def firms(count: int) -> list[str]:
    """Codes of invented firms, so that what is held against one firm stays with it."""
    return [body + credit_code_check(body) for body in (f"91460108TAKAN1{number:03}" for number in range(count))]


def register_of(codes: list[str]) -> str:
    """A register in which each of them is of tier red."""
    entries = "".join(f'[[subject]]\ncode = "{code}"\nname = "虚构公司"\ntier = "red"\n' for code in codes)
    return f'name = "register of the tests"\ndemonstration = true\n{entries}'


@dataclass
class Matter:
    """A survey in which something is wrong, and those who deal with it. Names tell people apart."""

    client: NodeClient
    survey: str
    reviewer: SessionView
    officers: list[SessionView]
    photo: str
    code: str

    async def record(
        self, *evidence: Any, words: str = "消防照片不是本店", session: str = "", rule: str = "XK-78"
    ) -> FeedbackView:
        form = FeedbackForm(rule, words, list(evidence) or [PhotoEvidence(self.photo)])
        path = f"/api/surveys/{self.survey}/feedback"
        return await self.client._json("POST", path, FeedbackView, session or self.reviewer.session, form)

    async def act(self, who: SessionView, feedback: str, act: Any, seen: int | None = None) -> FeedbackView:
        path = f"/api/feedback/{feedback}/acts"
        return await self.client._json("POST", path, FeedbackView, who.session, ActForm(act, f"{act}：理由", seen))

    async def notice(self, feedback: str, officer: int = 0) -> SessionView:
        """Give the notice; the subject's session."""
        path = f"/api/feedback/{feedback}/notice"
        told = await self.client._json("POST", path, NoticeLink, self.officers[officer].session)
        return await self.client.start(InvitationLink("subject", "", told.link, told.expires_at))

    async def deduct(
        self, feedback: str, seen: int, officer: int = 0, rule: str = "XK-78", code: str = ""
    ) -> FeedbackView:
        form = DeductionForm(rule, code or self.code, "经核实，照片与现场不符", seen)
        path = f"/api/feedback/{feedback}/deduction"
        return await self.client._json("POST", path, FeedbackView, self.officers[officer].session, form)

    async def show(self, feedback: str, who: SessionView | None = None) -> FeedbackView:
        session = (who or self.officers[0]).session
        return await self.client._json("GET", f"/api/feedback/{feedback}", FeedbackView, session)

    async def all(self, who: SessionView) -> list[FeedbackView]:
        return await self.client._json("GET", "/api/feedback", list[FeedbackView], who.session)

    async def ask_repair(self, subject: SessionView, *feedbacks: str) -> list[FeedbackView]:
        form = RepairForm(list(feedbacks), "已改正")
        return await self.client._json("POST", "/api/repairs", list[FeedbackView], subject.session, form)

    async def answer_repair(self, application: str, officer: int = 0, **granted: bool) -> list[FeedbackView]:
        form = RepairAnswer([RecordAnswer(one, yes, "已核实") for one, yes in granted.items()])
        session = self.officers[officer].session
        return await self.client._json("POST", f"/api/repairs/{application}", list[FeedbackView], session, form)

    async def charged(self, rule: str = "XK-78") -> tuple[FeedbackView, SessionView]:
        """From the finding to the deduction; the subject answers. What came of it, and the subject's session."""
        found = await self.record(rule=rule)
        await self.act(self.officers[0], found.feedback, "confirm")
        subject = await self.notice(found.feedback)
        answered = await self.act(subject, found.feedback, "answer")
        return await self.deduct(found.feedback, answered.seq, officer=1, rule=rule), subject

    async def delivered(self, feedback: str, count: int = 1) -> FeedbackView:
        """Once so many messages of it were acknowledged, that is noted, and its records are in the archive."""
        ends = time.monotonic() + 60
        while True:
            view = await self.show(feedback)
            told = sum(one.delivered_at is not None for one in view.deliveries)
            noted = sum(one.act.en == "note the platform's acknowledgement" for one in view.steps)
            if told == noted == count and all(s.kept for s in view.steps):
                return view
            assert time.monotonic() < ends, view
            await asyncio.sleep(0.1)


async def matter(client: NodeClient, code: str) -> Matter:
    """A fresh admitted survey with one photo of the applicant."""
    view = await client.apply(application(code))
    assert view.outcome == "admitted", view
    orders = [InvitationOrder("applicant", "王店长"), InvitationOrder("reviewer", "李审查")]
    applicant, reviewer = [await client.start(link) for link in await client.invite(view.survey, orders)]
    await talk(client, Hello(applicant.session, datetime.now(UTC)), Consent("recording-2026-11b"))
    data = SAMPLE.read_bytes()
    form = PhotoForm("消防.jpg", "upload", hashlib.sha256(data).hexdigest())
    photo = await client.send_photo(view.survey, applicant.session, form, data)
    officers = [await client.start(await client.invite_officer(name)) for name in ("何科长", "林科长", "沈科长")]
    return Matter(client, view.survey, reviewer, officers, photo.id, code)
