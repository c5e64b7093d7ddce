"""Who may do what in a draw, when: each rule answers None (go on) or the refusal in words."""

from datetime import datetime

from evidence_store.ledger.notes import split_note
from survey_server.survey.draw import MOST_ATTEMPTS, number_hash, page_says, page_signed
from survey_server.survey.draw_events import DrawOpened, DrawRefused, DrawReplaced, NumberCommitted
from survey_server.survey.draws import Draw, lapsed_attempts, standing, under_way
from survey_server.survey.life import leads_to
from survey_server.survey.refusals import Refusal, role
from survey_server.survey.survey import Participant, Survey
from survey_server.wire.basics import Text
from survey_server.wire.draws import CommitNumber, DrawnRole, ReplacementOrder, RevealNumber

_NO_DRAW = Refusal(
    "no_draw",
    Text("现在没有需要您参与的抽签。", "There is no draw at the moment that waits for you."),
)
_OVER = Refusal(
    "not_admitted",
    Text(
        "这次申请没有获准远程踏勘，或踏勘已经结束。",
        "This application was not admitted to a remote survey, or its survey has ended.",
    ),
)
OTHER_NUMBER = Refusal(
    "other_number",
    Text(
        "公布的随机数与登记的不一致，抽签不能继续；请刷新页面。",
        "The number revealed is not the one committed, or its signature does not fit: reload the page.",
    ),
)


_OF_DEPARTMENTS = Refusal(
    "departments_name_them",
    Text(
        "联合检查的审查员由各部门分别指派，请按部门邀请；专家可以抽签。",
        "Each department of a joint inspection names its reviewers: invite them by department. Experts can be drawn.",
    ),
)
"""One list would leave it to the lot whether a department is there at all."""


def may_draw(survey: Survey, drawn: DrawnRole, seats: int, listed: int, now: datetime) -> Refusal | None:
    """May people of this role be drawn now, out of so many? An attempt that is overdue counts as lapsed.

    Check `again` first: that one is put on record.
    """
    if leads_to(survey.mode, survey.state, DrawOpened) is None:
        return _OVER
    if survey.joint and drawn == "reviewer":
        return _OF_DEPARTMENTS
    if any(person.role == drawn and person.drawn is None for person in survey.participants.values()):
        return Refusal(
            "invited_already",
            Text(
                "已经直接邀请过这类人员，不能再抽签。",
                "People of this role were invited by name already; a draw would come too late.",
            ),
        )
    running = under_way(survey.draws)
    if running is not None and not overdue(running, now):
        return Refusal("draw_running", Text("另一项抽签正在进行，请稍候。", "Another draw is under way; wait for it."))
    lapsing = running is not None and running.role == drawn
    if lapsed_attempts(survey.draws, drawn) + lapsing >= MOST_ATTEMPTS:
        return Refusal(
            "attempts_used_up",
            Text(
                "抽签多次未能完成，请在现场当面抽取。",
                "Too many attempts came to nothing: draw the panel on site, before the applicant's eyes.",
            ),
        )
    if listed < max(seats, 2):
        return Refusal(
            "too_few",
            Text(
                f"合格且无利害关系的只有 {listed} 人，不够抽 {seats} 人。",
                f"Only {listed} are qualified and not in conflict: too few to draw {seats} from.",
            ),
        )
    return None


def again(survey: Survey, drawn: DrawnRole, now: datetime) -> Draw | None:
    """The draw because of which another for this role must not be made, if there is one."""
    draw = standing(survey.draws, drawn)
    over = leads_to(survey.mode, survey.state, DrawRefused) is None
    return None if draw is None or over or overdue(draw, now) else draw


def overdue(draw: Draw, now: datetime) -> bool:
    """Has the applicant's page not done its part in time?"""
    return draw.state in ("waiting", "committed", "revealing") and now >= draw.opened.until


def draw_refusal(survey: Survey, person: Participant, message: CommitNumber | RevealNumber) -> Refusal | None:
    """May the applicant's page say this? What it said before it may say again."""
    refused = role(person, "applicant")
    if refused is not None:
        return refused
    draw = next((draw for draw in survey.draws if draw.number == message.draw and draw.lapsed is None), None)
    if draw is None or leads_to(survey.mode, survey.state, NumberCommitted) is None:
        return _NO_DRAW
    match message:
        case CommitNumber(sha256=sha256, key=key):
            said = draw.committed
            return None if said is None or (said.sha256, said.key) == (sha256, key) else _NO_DRAW
        case RevealNumber():
            return _revealing(survey.id, draw, message)


def _revealing(survey: str, draw: Draw, message: RevealNumber) -> Refusal | None:
    committed, covered, seeded = draw.committed, draw.covered, draw.seeded
    if committed is None or covered is None or seeded is None:
        return _NO_DRAW
    said = page_says(survey, draw.number, covered.sha256, split_note(seeded.note)[0])
    fits = number_hash(bytes.fromhex(message.number)) == committed.sha256
    return None if fits and page_signed(committed.key, message.signature, said) else OTHER_NUMBER


def may_replace(survey: Survey, draw: Draw | None, order: ReplacementOrder) -> Refusal | None:
    """May this drawn person give their seat to the next?"""
    if leads_to(survey.mode, survey.state, DrawReplaced) is None:
        return _OVER
    if draw is None or order.member not in {candidate.id for candidate in draw.seated}:
        return Refusal(
            "not_seated",
            Text("这个人不在抽中的名单上。", "This person is not among those who were drawn."),
        )
    if len(draw.replaced) + draw.opened.seats >= len(draw.opened.candidates):
        return Refusal(
            "nobody_left",
            Text(
                "抽签顺序已用完，没有可以递补的人。",
                "The drawn order is used up: nobody is left to take the seat.",
            ),
        )
    return None
