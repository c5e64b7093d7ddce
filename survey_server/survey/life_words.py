"""What moved a survey outside of its session, in words for its time line."""

from credit_gate.working_days import CHINA
from survey_server.survey.events import AppealDecided, Appealed, Cancelled, Missed, Rated, Referred, Scheduled
from survey_server.survey.life_rules import name_of_teller
from survey_server.survey.survey import Survey
from survey_server.wire.basics import AppealResult, ReferralCause, Side, Text

SIDE: dict[Side, Text] = {
    "applicant": Text("申请人", "The applicant"),
    "bureau": Text("审查人员", "The reviewers"),
}
REFERRAL: dict[ReferralCause, Text] = {
    "applicant_wish": Text("申请人希望现场踏勘", "the applicant wishes a visit"),
    "location_declined": Text("申请人不提供定位", "the applicant does not want to be located"),
    "no_show": Text("多次未到", "appointments were missed"),
    "lapsed": Text("逾期未办", "its time ran out"),
    "officer": Text("经办人决定", "an officer decided so"),
}
APPEAL: dict[AppealResult, Text] = {
    "stands": Text("维持结论", "the conclusion stands"),
    "survey_again": Text("重新踏勘", "the survey is held again"),
    "on_site": Text("转现场核实", "a visit on the spot decides"),
}


def life_sentence(
    event: Scheduled | Missed | Referred | Cancelled | Rated | Appealed | AppealDecided, survey: Survey
) -> Text:
    """One event in both languages."""
    match event:
        case Scheduled(start=start):
            who, at = _by(event, survey), f"{start.astimezone(CHINA):%Y-%m-%d %H:%M}"
            return Text(f"{who} 预约 {at}", f"{who} made an appointment for {at} (UTC+8)")
        case Missed(side=side):
            who = SIDE[side]
            return Text(f"{who.zh}未到预约", f"{who.en} did not come to the appointment")
        case Referred(cause=cause):
            why = REFERRAL[cause]
            return Text(f"转现场踏勘：{why.zh}", f"Referred to a visit: {why.en}")
        case Cancelled():
            who = _by(event, survey)
            return Text(f"{who} 撤回申请", f"{who} withdrew the application")
        case Rated(stars=stars):
            return Text(f"申请人评价 {stars} 星", f"The applicant gave {stars} of 5 stars")
        case Appealed():
            return Text("申请人提出申诉", "The applicant appealed")
        case AppealDecided(result=result, officer=officer):
            told = APPEAL[result]
            return Text(f"{officer} 处理申诉：{told.zh}", f"{officer} decided the appeal: {told.en}")


def _by(event: Scheduled | Cancelled, survey: Survey) -> str:
    return name_of_teller(survey, event.participant or event.officer)
