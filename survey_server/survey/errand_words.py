"""What a check of an errand answers beside its state, in a sentence that says what to do."""

from collections.abc import Mapping
from typing import Final

from survey_server.wire.basics import Text
from survey_server.wire.errands import ErrandState

STANDS: Final[Mapping[ErrandState, Text]] = {
    "valid": Text("此人现在受派参加这次踏勘。", "This person has been sent to this survey."),
    "expired": Text(
        "请对方重新打开页面，出示新的码。",
        "Ask them to open their page again, which shows a new code.",
    ),
    "taken_off": Text(
        "此人已退出这次踏勘，不再参加。", "This person has been taken off this survey and takes no part in it any more."
    ),
    "over": Text("这次踏勘已经办结，此码不再有效。", "This survey is over, and the code with it."),
    "forged": Text(
        "可能是伪造的，也可能输错了。请再核对一遍；如果没有输错，不要让对方看现场，并联系受理窗口。",
        "It is forged, or mistyped. Compare it once more; if it is the same, don't show the premises, and call "
        "the office.",
    ),
}
