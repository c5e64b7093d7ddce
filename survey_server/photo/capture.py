"""The capture inside the call: a one-time number asked for by a reviewer, answered in time."""

from survey_server.photo.context import Context
from survey_server.photo.finding import finding
from survey_server.wire.basics import Text
from survey_server.wire.photos import Finding


def live_capture(context: Context) -> Finding:
    """Does the photo answer a request made in the call?"""
    facts = {"nonce": context.nonce, "channel": context.channel}
    match context.nonce:
        case "ok" if context.channel == "still":
            return finding(
                "live_capture",
                "pass",
                "照片是在通话中按要求现场拍摄的。",
                "The photo was taken inside the call when asked.",
                **facts,
            )
        case "late":
            return finding(
                "live_capture",
                "flag",
                "照片提交得晚于要求的时限。",
                "The photo came after its time limit.",
                Text(
                    "工作人员会查看。如需要，会请您再拍一张。",
                    "A person will look at it. You may be asked for another one.",
                ),
                **facts,
            )
        case "wrong":
            return finding(
                "live_capture",
                "fail",
                "照片与通话中的拍摄要求对不上。",
                "The photo does not answer a request made in the call.",
                Text(
                    "请等工作人员再次发出拍摄要求后重新拍摄。",
                    "Please wait to be asked and take it again.",
                ),
                **facts,
            )
        case _:
            return finding(
                "live_capture",
                "na",
                "照片是上传的，不是通话中拍摄的。",
                "The photo was uploaded, not taken inside the call.",
                **facts,
            )
