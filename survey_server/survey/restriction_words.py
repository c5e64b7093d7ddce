"""Restrictions in words, for the time line and for whoever is refused."""

from survey_server.survey.restriction_events import Restricted, RestrictionEvent, RestrictionLifted
from survey_server.wire.basics import Text
from survey_server.wire.restriction import RestrictionGround

GROUNDS: dict[RestrictionGround, Text] = {
    "retention": Text("申请删除，法定保存期未满", "erasure asked for, the retention period has not ended"),
    "erasure_hard": Text("技术上难以删除", "erasure is technically hard"),
    "minors": Text("画面涉及未成年人", "minors are in view"),
    "trade_secret": Text("涉及商业秘密", "commercial secrets"),
    "state_secret_suspected": Text("疑似涉及国家秘密，待确认", "possibly a state secret, to be settled"),
}


def restriction_sentence(event: RestrictionEvent) -> Text:
    """One event in both languages."""
    match event:
        case Restricted(officer=officer, ground=ground, reason=reason):
            why = GROUNDS[ground]
            return Text(
                f"{officer} 对本案限制处理（{why.zh}）：{reason}",
                f"{officer} restricted the case ({why.en}): {reason}",
            )
        case RestrictionLifted(officer=officer, reason=reason):
            return Text(f"{officer} 解除限制处理：{reason}", f"{officer} lifted the restriction: {reason}")
