"""The earlier case of a re-survey: found when it is applied for, held while its people are here."""

from survey_server.flows.case import Case
from survey_server.flows.node import Node
from survey_server.flows.trouble import Trouble
from survey_server.survey.events import ReSurveyed
from survey_server.survey.rectification import may_re_survey
from survey_server.wire.basics import SurveyState, Text

_UNDER_WAY: tuple[SurveyState, ...] = ("admitted", "scheduled", "in_session", "ended")


async def case_to_go_back_to(node: Node, survey: str, subject: str, item: str) -> Case:
    """The case that an application for a re-survey names. Raises Trouble in words when there can be no re-survey."""
    earlier = await node.case(survey)
    refused = may_re_survey(earlier.survey, subject, item)
    if refused is not None:
        raise Trouble(409, refused.code, Text("不能复验", "No re-survey"), refused.text)
    for other in earlier.survey.re_surveys:
        again = await node.docket.case(other)  # none where its filing was cut off: the line here came first
        if again is not None and again.survey.state in _UNDER_WAY:
            raise _under_way(other)
    return earlier


async def announce(earlier: Case, re_survey: ReSurveyed) -> None:
    """Tell the earlier case of its re-survey. Raises Trouble if another one was quicker."""
    known = earlier.survey.re_surveys
    if not await earlier.record(re_survey, unless=lambda survey: survey.re_surveys != known):
        raise _under_way(earlier.survey.re_surveys[-1])


async def earlier_case(node: Node, case: Case) -> Case | None:
    """The case that this re-survey goes back to; whoever holds it keeps it in memory."""
    named = case.survey.application.earlier
    return None if named is None else await node.case(named.survey)


def _under_way(survey: str) -> Trouble:
    return Trouble(
        409,
        "re_survey_under_way",
        Text("已有复验", "There is a re-survey already"),
        Text(f"复验 {survey} 正在进行，请在那里继续。", f"Re-survey {survey} is under way: go on there."),
    )
