"""Links: ordered by the intake desk, looked at by anyone who has one, started once, recognised afterwards."""

import secrets
from datetime import datetime, timedelta

from msgspec import Struct

from survey_server.db.links import Link
from survey_server.flows.case import Case
from survey_server.flows.disk import disk_low
from survey_server.flows.node import Node
from survey_server.flows.trouble import Trouble, expired_link, no_session, not_found, spent_link, unknown_link
from survey_server.survey.events import Invited, LinkOpened
from survey_server.survey.invitations import link_state, secret_hash, session_of
from survey_server.survey.life import WAITING
from survey_server.survey.rules import may_invite
from survey_server.survey.survey import Participant, Survey
from survey_server.wire.admission import InvitationLink, InvitationOrder, InvitationView, SessionView
from survey_server.wire.basics import Role, Text

_OF_NODE: tuple[Role, ...] = ("auditor", "officer")
_TITLES: dict[Role, Text] = {
    "auditor": Text("档案审计", "Audit of the archive"),
    "officer": Text("虚假材料与信用修复", "False material and credit repair"),
    "subject": Text("关于您的决定与告知", "Decisions and notices about you"),
}


SUBJECT_LINK_DAYS = 30
"""Working days that a subject's link may wait to be opened; another is given out at any time."""


class Visitor(Struct, frozen=True):
    """Somebody with a good session: a person of one survey; or (survey None) an auditor, an officer, or the subject of
    a notice or of an application, whose `participant` is the feedback's id or the survey's.
    """

    survey: str | None
    participant: str
    role: Role
    name: str


async def invite(node: Node, survey: str, orders: list[InvitationOrder]) -> list[InvitationLink]:
    """Fresh links for people of an admitted survey; and for the subject of any, who sees what was decided about it."""
    case = await node.case(survey)
    if any(order.role in _OF_NODE for order in orders):
        raise Trouble(
            422,
            "auditor_of_survey",
            Text("不能邀请", "Nobody can be invited"),
            Text(
                "审计人员和信用经办人员不属于某一次踏勘，请用 /api/invitations。",
                "Auditors and officers belong to no survey: use /api/invitations.",
            ),
        )
    return [
        await subject_link(node, case.id, order.name)
        if order.role == "subject"
        else await _link(node, case.id, await _seat(case, order), order)
        for order in orders
    ]


async def subject_link(node: Node, about: str, name: str) -> InvitationLink:
    """A link for the subject of a survey or of a feedback, good for a month to be opened."""
    expires = node.calendar.due(node.clock(), SUBJECT_LINK_DAYS).at
    token, link = link_for(None, about, "subject", name, expires)
    await node.links.add(link)
    return InvitationLink("subject", name, f"{node.public_url}/j/{token}", expires)


async def invite_drawn(node: Node, survey: str, number: int) -> list[InvitationLink]:
    """Fresh links for those who were drawn and have none yet. Raises Trouble 409 while nobody is drawn."""
    case = await node.case(survey)
    seats: list[Invited] = []

    def invited(value: Survey) -> list[Invited]:
        draw = next((draw for draw in value.draws if draw.number == number), None)
        if draw is None or draw.drawn is None:
            title, words = Text("还没有抽签结果", "Nobody is drawn yet"), Text("请稍后再试。", "Try again in a moment.")
            raise Trouble(409, "not_drawn", title, words)
        invited_already = {person.drawn for person in value.participants.values()}
        fresh = [one for one in draw.seated if one.id not in invited_already]
        first = len(value.participants) + 1
        seats[:] = [
            Invited(f"p{first + at}", draw.role, one.name, one.department, one.id) for at, one in enumerate(fresh)
        ]
        return seats

    await case.decide(invited)
    orders = [(seat.participant, InvitationOrder(seat.role, seat.name, seat.department)) for seat in seats]
    return [await _link(node, case.id, participant, order) for participant, order in orders]


async def _seat(case: Case, order: InvitationOrder) -> str:
    """A place in the survey for one more person. Raises Trouble in words when nobody can be invited to it."""
    participant = ""

    def invited(survey: Survey) -> list[Invited]:
        nonlocal participant
        refused = may_invite(survey, order.role, order.department)
        if refused is not None:
            raise Trouble(409, refused.code, Text("不能邀请", "Nobody can be invited"), refused.text)
        participant = f"p{len(survey.participants) + 1}"
        return [Invited(participant, order.role, order.name, order.department, credential=order.credential.strip())]

    await case.decide(invited)
    return participant


async def invite_of_node(node: Node, order: InvitationOrder) -> InvitationLink:
    """A link for an auditor, who sees every survey, or an officer, who decides about false material. Raises Trouble for
    any other role.
    """
    if order.role not in _OF_NODE:
        raise Trouble(
            422,
            "not_auditor",
            Text("不能邀请", "Nobody can be invited"),
            Text(
                "这个地址只发审计和信用经办人员的链接；其他人请在踏勘下邀请。",
                "Only auditors and officers are invited here; others belong to a survey.",
            ),
        )
    return await _link(node, None, f"{order.role}-{secrets.token_hex(4)}", order)


async def look(node: Node, token: str) -> InvitationView:
    """What the link's page may show. Changes nothing."""
    link = await _find(node, token)
    now = node.clock()
    state = link_state(link.key_hash, link.expires_at, now)
    if link.survey is None:
        return InvitationView(link.role, link.name, state, _TITLES[link.role], "", "", None, now)
    survey = (await node.case(link.survey)).survey
    application = survey.application
    return InvitationView(
        link.role,
        link.name,
        state,
        application.item.view.name,
        application.case_no,
        application.site.address,
        survey.state,
        now,
        survey.mode,
    )


async def start(node: Node, token: str, key: str) -> SessionView:
    """Spend the link for this key, or recognise the key it was spent for.

    Where there is no room for the survey to begin, the link stays as it is.
    """
    link = await _find(node, token)
    session = session_of(token, key)
    if link.key_hash is None and node.clock() >= link.expires_at:
        raise expired_link()
    if link.survey is not None and node.disk.low and (await node.case(link.survey)).survey.state in WAITING:
        raise disk_low()
    if link.key_hash is None:
        won = await node.links.spend(link.token_hash, secret_hash(key), secret_hash(session))
        link = await _find(node, token)
        if won and link.survey is not None:
            await (await node.case(link.survey)).record(LinkOpened(link.participant))
    if link.key_hash != secret_hash(key):
        raise spent_link()
    return SessionView(session, link.role, link.name, link.participant, link.survey)


async def visitor(node: Node, session: str) -> Visitor:
    """Who this session is. Raises no_session()."""
    link = await node.links.of_session(secret_hash(session)) if session else None
    if link is None:
        raise no_session()
    return Visitor(link.survey, link.participant, link.role, link.name)


async def member(node: Node, who: Visitor) -> tuple[Case, Participant]:
    """The visitor's case and their place in it."""
    if who.survey is None:
        raise not_found(Text("您不参加踏勘。", "You take no part in a survey."))
    case = await node.case(who.survey)
    return case, case.survey.participants[who.participant]


async def _link(node: Node, survey: str | None, participant: str, order: InvitationOrder) -> InvitationLink:
    expires = node.clock() + timedelta(hours=node.settings.link_hours)
    token, link = link_for(survey, participant, order.role, order.name, expires)
    await node.links.add(link)
    return InvitationLink(order.role, order.name, f"{node.public_url}/j/{token}", expires)


def link_for(survey: str | None, participant: str, role: Role, name: str, expires: datetime) -> tuple[str, Link]:
    """A fresh secret, and the link that is kept of it."""
    token = secrets.token_urlsafe(24)
    return token, Link(secret_hash(token), survey, participant, role, name, expires)


async def _find(node: Node, token: str) -> Link:
    link = await node.links.find(secret_hash(token))
    if link is None:
        raise unknown_link()
    return link
