"""A reminder's way: from what is due to rows of the outbox, and from a row to its message or letter.

**One way each.** What the applicant has to do goes to the approvals platform, which knows how to reach them: no address
of theirs is ever stored here. What officials have to do goes to their mail: a drawn member's from the register, else
the officers' (settings). Where one way is not there the other takes it, and where neither is, nobody is reminded.
Addresses are looked up when a letter is sent and stand in no row.

A row says which reminder it is, no more. Whether that still stands is asked again when it is sent.
"""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import msgspec
from msgspec import Struct

from survey_server.db.outbox import Destination, Message, Outbox, Reminding
from survey_server.flows.delivery import Moot
from survey_server.flows.letters import letter
from survey_server.flows.node import Node
from survey_server.net.smtp import Mailer
from survey_server.survey.obligations import Obligation, Party, Terms, of_feedback, of_survey
from survey_server.survey.panel import BadPanel, load_panel
from survey_server.survey.reminder_words import reminder_words, subject_of
from survey_server.survey.reminders import Reminder, due_now
from survey_server.survey.step import rebuild
from survey_server.survey.survey import Survey
from survey_server.wire.basics import Text
from survey_server.wire.platform import ReminderDue

_log = logging.getLogger(__name__)


class Target(Struct, frozen=True):
    """Where one message goes. `tag` tells a mail address from the others without naming it."""

    destination: Destination
    tag: str = ""
    address: str = ""


class Book(Struct, frozen=True):
    """Who can be reached: by the approvals platform, as an officer, as a member of the register."""

    platform: bool
    officers: Sequence[str] = ()
    members: Mapping[str, str] = {}

    def targets(self, to: Sequence[Party]) -> dict[Target, tuple[Party, ...]]:
        """Where a reminder goes, and for which of its people: each way once, however many they are."""
        found: dict[Target, tuple[Party, ...]] = {}
        for party in to:
            for target in self._of(party):
                found[target] = (*found.get(target, ()), party)
        return found

    def _of(self, party: Party) -> list[Target]:
        platform, officers = Target("approvals"), [_mail(f"officer {one}", one) for one in self.officers]
        own = self.members.get(party.member) if party.member else None
        if own is not None:
            return [_mail(f"member {party.member}", own)]
        if self.platform and (party.who == "applicant" or not officers):
            return [platform]
        return officers


class Body(Struct, frozen=True):
    """What a row holds: the reminder by its key, in the survey or a feedback of it."""

    key: str
    feedback: str = ""
    tag: str = ""


_body: msgspec.json.Decoder[Body] = msgspec.json.Decoder(Body)


def terms(node: Node) -> Terms:
    """The periods as they are set."""
    settings = node.settings
    resting = timedelta(days=settings.material_days)
    return Terms(settings.begin_days, resting, spared_until=node.agenda.spared_until)


async def remind(node: Node, survey: Survey, obligations: Sequence[Obligation], feedback: str = "") -> None:
    """Put the reminders that stand now into the outbox, each once for ever."""
    due = due_now(obligations, node.reminders, node.calendar, node.clock())
    if not due:
        return
    book = await book_of(node, survey)
    rows = [row for one in due for row in _rows(survey, one, book, feedback)]
    there = {one.id for one in await node.outbox.get([row.id for row in rows])}
    new = [row for row in rows if row.id not in there]
    if new:
        await node.outbox.remind(new)
        node.deliveries.wake()


async def reminder_tiding(node: Node, message: Message) -> ReminderDue:
    """The message to the approvals platform. Raises Moot."""
    reminder, to, words, _ = await _standing(node, message)
    then = rebuild([entry for entry in await node.journal.read(message.survey) if entry.seq <= message.seq])
    return ReminderDue(
        timestamp=reminder.at,
        case_no=then.application.case_no,
        survey=then.id,
        line=then.seq,
        state=then.state,
        of=reminder.obligation.of,
        to=list(dict.fromkeys(party.who for party in to)),
        until=reminder.obligation.until,
        words=words,
    )


async def post(node: Node, mailer: Mailer, outbox: Outbox, message: Message) -> None:
    """Hand a reminder's letter to the relay. Raises NotTaken, Moot."""
    reminder, _, words, target = await _standing(node, message)
    survey, settings = (await node.case(message.survey)).survey, node.settings
    head = subject_of(reminder.obligation, survey.application.case_no)
    made = letter(
        message.id, message.created_at or reminder.at, head, words, settings.mail_from, target.address,
        settings.deployment,
    )  # fmt: skip
    await mailer.send(made, target.address)
    await outbox.delivered(message, node.clock())


async def _standing(node: Node, message: Message) -> tuple[Reminder, tuple[Party, ...], Text, Target]:
    """The reminder of a row as it stands now, for whom, in which words, and where to. Raises Moot if it does not."""
    body, survey = _body.decode(message.body), (await node.case(message.survey)).survey
    obligations = of_survey(survey, node.calendar, terms(node))
    if body.feedback:
        feedback = await node.feedbacks.get(body.feedback)
        obligations = [] if feedback is None else of_feedback(feedback)
    book = await book_of(node, survey)
    for one in due_now(obligations, node.reminders, node.calendar, node.clock()):
        for target, to in book.targets(one.to).items() if one.key == body.key else ():
            if target.tag == body.tag:
                application = survey.application
                return (
                    one,
                    to,
                    reminder_words(one.obligation, to, application.case_no, application.item.view.name),
                    target,
                )
    raise Moot


async def book_of(node: Node, survey: Survey) -> Book:
    """Who can be reached about this survey."""
    settings = node.settings
    platform = bool(settings.webhook_url) and not survey.numbered_here
    if not settings.smtp_host:
        return Book(platform)
    members: dict[str, str] = {}
    if settings.panel:
        try:
            register = await asyncio.to_thread(load_panel, Path(settings.panel))
            members = {member.id: member.mail for member in register if member.mail is not None}
        except BadPanel as fault:
            _log.warning("reminders go to the officers instead of the panel: %s", fault)
    return Book(platform, settings.officers, members)


def _rows(survey: Survey, reminder: Reminder, book: Book, feedback: str) -> list[Reminding]:
    rows: list[Reminding] = []
    for target in book.targets(reminder.to):
        number = f"{feedback or survey.id}/r/{reminder.key}{'.' if target.tag else ''}{target.tag}"
        lane = survey.id if target.destination == "approvals" else number
        body = msgspec.json.encode(Body(reminder.key, feedback, target.tag)).decode()
        rows.append(Reminding(number, target.destination, lane, survey.id, survey.seq, body, reminder.at))
    return rows


def _mail(who: str, address: str) -> Target:
    return Target("mail", sha256(who.encode()).hexdigest()[:10], address)
