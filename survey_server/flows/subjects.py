"""Who stands behind a link: the subject that decisions and findings are about."""

from survey_server.flows.invitation import Visitor
from survey_server.flows.node import Node
from survey_server.flows.trouble import not_found
from survey_server.wire.basics import Text


async def subject_behind(node: Node, who: Visitor) -> tuple[str, str]:
    """The keyed reference and name of the subject who holds this link: of a survey, or of a notice."""
    survey = who.survey if who.survey is not None else who.participant
    case = await node.docket.case(survey)
    if case is not None:
        return case.survey.application.subject, case.survey.application.subject_name
    told = await node.feedbacks.get(who.participant)
    if told is None:
        raise not_found(Text("没有这条记录。", "There is no such record."))
    return told.recorded.subject, told.recorded.subject_name
