"""Names of things in the record that no other screen needs, and how it writes times."""

from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import Final

from survey_server.survey.survey import Survey
from survey_server.wire.basics import Text

ZONE: Final = timezone(timedelta(hours=8))
"""China Standard Time: the record is read where it is kept."""
ROLE: Final[Mapping[str, Text]] = {
    "applicant": Text("申请人", "applicant"),
    "reviewer": Text("审查员", "reviewer"),
    "expert": Text("专家", "expert"),
    "auditor": Text("审计", "auditor"),
}
KIND: Final[Mapping[str, Text]] = {
    "remote_survey": Text("远程踏勘", "remote survey"),
    "pre_siting": Text("预选址指导", "pre-siting advice"),
    "joint_inspection": Text("综合查一次", "joint inspection"),
    "re_survey": Text("复验", "re-survey"),
}
MODE: Final[Mapping[str, Text]] = {
    "live": Text("视频通话", "by video call"),
    "upload_only": Text("上传照片，各部门分别审查", "by photos, reviewed by each department"),
}
TIER: Final[Mapping[str, Text]] = {
    "red": Text("红", "red"),
    "orange": Text("橙", "orange"),
    "blue": Text("蓝", "blue"),
    "black": Text("黑", "black"),
    "unknown": Text("未知", "unknown"),
}
CHANNEL: Final[Mapping[str, Text]] = {
    "still": Text("通话中拍摄", "taken in the call"),
    "upload": Text("上传", "uploaded"),
}
CAUSE: Final[Mapping[str, Text]] = {
    "mute": Text("本人关闭", "switched off by the person"),
    "left": Text("离开", "left"),
    "ended": Text("离开", "left"),
    "loss": Text("网络丢包", "packets lost"),
    "network": Text("网络中断", "network away"),
    "silent": Text("没有数据到达", "nothing arrived"),
    "disconnected": Text("断开后重新接通", "disconnected, then connected again"),
    "hidden": Text("页面在后台", "page in the background"),
    "camera_taken": Text("摄像头被占用", "camera taken by a call or another app"),
    "microphone_taken": Text("麦克风被占用", "microphone taken by a call or another app"),
    "server_restart": Text("服务器重启", "server restarted"),
    "disk_full": Text("服务器磁盘已满", "server's disk full"),
}
NOBODY: Final = Text("无", "none")


def named(words: Mapping[str, Text], code: str) -> Text | str:
    """The code in words; one without words, as a later version may have written it, as it is."""
    return words.get(code, code)


def moment(at: datetime | None) -> str:
    """A time of day to the second, or a dash."""
    return "—" if at is None else at.astimezone(ZONE).strftime("%Y-%m-%d %H:%M:%S")


def on_the_line(seconds: float | None) -> str:
    """A place on the recording's line, or a length: hours only where there are any."""
    if seconds is None:
        return "—"
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes:02}:{rest:02}"


def name_of(survey: Survey, participant: str) -> str:
    """A person's name as they were invited."""
    person = survey.participants.get(participant)
    return participant if person is None else person.name
