"""The journal told in words: one sentence for each event, in both languages."""

from typing import assert_never

from survey_server.survey.decision_events import DecisionUpheld, Overruled, PersonAsked, RefusalLifted
from survey_server.survey.draw_events import (
    DrawCovered,
    DrawLapsed,
    Drawn,
    DrawOpened,
    DrawRefused,
    DrawReplaced,
    DrawSeeded,
    NumberCommitted,
    NumberRevealed,
)
from survey_server.survey.events import (
    Acknowledged,
    AnyEvent,
    AppealDecided,
    Appealed,
    Applied,
    Cancelled,
    Concluded,
    Condensed,
    Consented,
    Decided,
    DeviceChecked,
    DeviceTurned,
    Ended,
    Exported,
    Interrupted,
    Invited,
    Joined,
    Left,
    LinkOpened,
    LocksEnding,
    LocksExtended,
    LocksRenewed,
    MaterialSubmitted,
    MediaConnected,
    MediaLost,
    Missed,
    Muted,
    OpinionGiven,
    PhotoChecked,
    PhotoReceived,
    PointAnswered,
    QuestionAsked,
    Rated,
    Referred,
    Replayed,
    Reported,
    ReportFailed,
    ReSurveyed,
    Scheduled,
    Sealed,
    ServerRestarted,
    ShotAsked,
    ShotExplained,
    Signed,
    Started,
    StillAsked,
    StillCommitted,
    VideoChecked,
    VideoKept,
    VideoReceived,
)
from survey_server.survey.life_words import life_sentence
from survey_server.survey.panel_events import ErrandGiven, ExpertOpinion, Recused
from survey_server.survey.panel_words import OPINION, panel_sentence
from survey_server.survey.restriction_events import Restricted, RestrictionLifted
from survey_server.survey.restriction_words import restriction_sentence
from survey_server.survey.second_look_words import second_look_sentence
from survey_server.survey.survey import Survey
from survey_server.wire.basics import Interruption, Text
from survey_server.wire.items import ItemView
from survey_server.wire.survey import SealKind

OUTCOME = {
    "admitted": Text("准予远程踏勘", "admitted to a remote survey"),
    "on_site": Text("转现场踏勘", "sent to an on-site survey"),
    "refused": Text("不予受理", "refused"),
}
RESULT = {
    "accepted": Text("通过", "accepted"),
    "needs_review": Text("请核对", "needs review"),
    "rejected": Text("未通过", "rejected"),
}
ANSWER = {
    "ok": Text("符合", "in order"),
    "not_ok": Text("不符合", "not in order"),
    "unsure": Text("存疑", "unsure"),
}
CONCLUSION = {
    "pass": Text("踏勘通过", "passed"),
    "rectify": Text("整改后复验", "rectify, then survey again"),
    "refer_on_site": Text("转现场核实", "referred to an on-site visit"),
    "not_pass": Text("踏勘不通过", "not passed"),
}
LEFT = {
    "closed": Text("关闭了页面", "closed the page"),
    "lost": Text("连接中断", "lost the connection"),
    "replaced": Text("换了页面", "went on in another page"),
    "ended": Text("离开", "left"),
    "server_restart": Text("因服务重启离线", "was cut off by a server restart"),
}
ENDED = {
    "reviewer": Text("审查员结束踏勘", "A reviewer ended the session"),
    "applicant": Text("申请人结束踏勘", "The applicant finished"),
    "idle": Text("无人在线，自动结束", "Ended by itself: nobody was connected"),
    "server_restart": Text("服务重启后结束", "Ended after a server restart"),
    "disk_full": Text("服务器磁盘将满，系统结束踏勘", "Ended by the server: its disk was running full"),
}
INTERRUPTED: dict[Interruption, Text] = {
    "hidden": Text("页面转入后台或锁屏", "the page went to the background or the screen was locked"),
    "camera_taken": Text("摄像头被来电或其他程序占用", "a call or another program took the camera"),
    "microphone_taken": Text("麦克风被来电或其他程序占用", "a call or another program took the microphone"),
}
OVER: dict[Interruption, Text] = {
    "hidden": Text("页面回到前台", "the page is in front again"),
    "camera_taken": Text("摄像头恢复", "the camera is back"),
    "microphone_taken": Text("麦克风恢复", "the microphone is back"),
}
FACING = {"environment": Text("后置镜头", "back camera"), "user": Text("前置镜头", "front camera")}
ORIENTATION = {"portrait": Text("竖屏", "upright"), "landscape": Text("横屏", "on its side")}
SEALED: dict[SealKind, Text] = {
    "recording": Text("录制封存", "Recording sealed"),
    "case": Text("案件封存", "Case sealed"),
    "addendum": Text("补充封存", "Addendum sealed"),
}
MATERIAL_SEALED = Text("资料封存", "Material sealed")
COLLECTED = Text("长时间没有提交，停止收集资料", "Nobody went on with it: collecting is closed")
REPORTS = {
    "muted": Text("开关声音画面", "sound and picture switched"),
    "interrupted": Text("设备中断", "interruptions"),
    "device_turned": Text("设备转向", "the device turned"),
    "device_checked": Text("设备检查", "device checks"),
}
TRACK = {"audio": Text("声音", "sound"), "video": Text("画面", "picture")}


def sentence(event: AnyEvent, survey: Survey, item: ItemView) -> Text:  # noqa: C901, PLR0912, PLR0915 - an arm each
    """What happened, for the auditor's time line."""

    def name(participant: str) -> str:
        person = survey.participants.get(participant)
        return person.name if person else participant

    match event:
        case Applied(case_no=case_no):
            return Text(f"收到申请 {case_no}", f"Application {case_no} received")
        case Decided(outcome=outcome):
            return Text(f"信用准入：{OUTCOME[outcome].zh}", f"Credit gate: {OUTCOME[outcome].en}")
        case Invited(participant=who):
            return Text(f"邀请 {name(who)}", f"{name(who)} invited")
        case LinkOpened(participant=who):
            return Text(f"{name(who)} 打开链接", f"{name(who)} opened the link")
        case Joined(participant=who, clock_offset_ms=offset):
            far = abs(offset) > 300_000
            zh, en = (
                (f"（设备时钟偏差 {_span(offset).zh}）", f" (device clock off by {_span(offset).en})")
                if far
                else ("", "")
            )
            return Text(f"{name(who)} 进入{zh}", f"{name(who)} joined{en}")
        case Left(participant=who, cause=cause):
            return Text(f"{name(who)} {LEFT[cause].zh}", f"{name(who)} {LEFT[cause].en}")
        case Consented(participant=who):
            return Text(f"{name(who)} 同意录制告知", f"{name(who)} agreed to the recording notice")
        case DeviceChecked(participant=who):
            return Text(f"{name(who)} 完成设备检查", f"{name(who)} checked the device")
        case Started():
            return Text("录制开始", "Recording began")
        case MediaConnected(participant=who):
            return Text(f"{name(who)} 音视频接通", f"{name(who)}: sound and picture connected")
        case MediaLost(participant=who):
            return Text(f"{name(who)} 音视频中断", f"{name(who)}: sound and picture lost")
        case Muted(participant=who, track=track, muted=muted):
            kind = TRACK[track]
            return Text(
                f"{name(who)} {'关闭' if muted else '打开'}{kind.zh}",
                f"{name(who)} switched {kind.en} {'off' if muted else 'on'}",
            )
        case Interrupted(participant=who, what=what, over=over):
            word = (OVER if over else INTERRUPTED)[what]
            return Text(f"{name(who)} {word.zh}", f"{name(who)}: {word.en}")
        case DeviceTurned(participant=who, facing=facing, orientation=orientation):
            return Text(
                f"{name(who)} {FACING[facing].zh}，{ORIENTATION[orientation].zh}",
                f"{name(who)}: {FACING[facing].en}, {ORIENTATION[orientation].en}",
            )
        case Condensed(participant=who, reports=reports, count=count, seconds=seconds):
            kind = REPORTS[reports]
            return Text(
                f"{name(who)} {seconds:.0f} 秒内连续报告 {count} 次（{kind.zh}），未逐条登记",
                f"{name(who)}: {count} reports in {seconds:.0f} s ({kind.en}), not written one by one",
            )
        case StillAsked(participant=who, note=note, point=point, outside=outside):
            zh, en = _asked_of(item, point, note, outside=outside)
            return Text(f"{name(who)} 请求拍照{zh}", f"{name(who)} asked for a still{en}")
        case QuestionAsked(participant=who, text=text, point=point, outside=outside):
            zh, en = _asked_of(item, point, text, outside=outside)
            return Text(f"{name(who)} 提问{zh}", f"{name(who)} asked{en}")
        case StillCommitted(participant=who):
            return Text(f"{name(who)} 拍摄照片（摘要已登记）", f"{name(who)} took a still (its hash is committed)")
        case PhotoReceived() | PhotoChecked():
            return _of_a_photo(event, survey)
        case ShotExplained(point=point, reason=reason):
            title = _title(item, point)
            return Text(f"说明拍不了：{title.zh}（{reason}）", f"Can't be shown: {title.en} ({reason})")
        case MaterialSubmitted(participant=who):
            return Text(f"{name(who)} 提交资料", f"{name(who)} submitted the material")
        case ShotAsked(participant=who, point=point, reason=reason):
            title = _title(item, point)
            return Text(
                f"{name(who)} 要求补拍 {title.zh}：{reason}",
                f"{name(who)} asked for another shot, {title.en}: {reason}",
            )
        case OpinionGiven(participant=who, value=value):
            return Text(
                f"{name(who)} 提出部门意见：{OPINION[value].zh}", f"{name(who)}'s department {OPINION[value].en}"
            )
        case VideoReceived() | VideoKept() | VideoChecked():
            return _of_a_video(event, survey)
        case PointAnswered(participant=who, point=point, value=value):
            title = _title(item, point)
            return Text(
                f"{title.zh}：{ANSWER[value].zh}（{name(who)}）", f"{title.en}: {ANSWER[value].en} ({name(who)})"
            )
        case Ended(cause=cause):
            return ENDED[cause] if survey.mode == "live" else COLLECTED
        case Signed(participant=who, result=result, points=points, days=days):
            zh, en = _concluding(result, points, days, item)
            of = _for_department(survey, who)
            return Text(f"{name(who)}{of.zh} 签署：{zh}", f"{name(who)}{of.en} signed: {en}")
        case Concluded(result=result, points=points, days=days):
            zh, en = _concluding(result, points, days, item)
            return Text(f"结论：{zh}", f"Conclusion: {en}")
        case ReSurveyed(case_no=case_no):
            return Text(f"收到复验申请 {case_no}", f"Re-survey {case_no} applied for")
        case Scheduled() | Missed() | Referred() | Cancelled() | Rated() | Appealed() | AppealDecided():
            return life_sentence(event, survey)
        case Reported() | ReportFailed() | Acknowledged():
            return _of_the_record(event, survey)
        case Sealed(seal=seal):
            return MATERIAL_SEALED if survey.mode == "upload_only" and seal == "recording" else SEALED[seal]
        case LocksExtended(until=until):
            return Text(f"保管期锁定至 {until:%Y-%m-%d}", f"Locked for keeping until {until:%Y-%m-%d}")
        case LocksRenewed(until=until):
            return Text(f"锁定延长至 {until:%Y-%m-%d}", f"Locks extended until {until:%Y-%m-%d}")
        case LocksEnding(first=first):
            return Text(
                f"无人继续办理，锁定将自 {first:%Y-%m-%d} 起到期",
                f"Nobody goes on with this case; its locks run out from {first:%Y-%m-%d} on",
            )
        case (
            DrawOpened() | NumberCommitted() | DrawCovered() | DrawSeeded() | NumberRevealed() | Drawn() | DrawLapsed()
            | DrawRefused() | DrawReplaced() | Recused() | ExpertOpinion() | ErrandGiven()
        ):  # fmt: skip
            return panel_sentence(event, survey)
        case PersonAsked() | DecisionUpheld() | Overruled() | RefusalLifted():
            return second_look_sentence(event)
        case ServerRestarted():
            return Text("服务重启，其间为缺口", "The server restarted; what lies between is a gap")
        case Restricted() | RestrictionLifted():
            return restriction_sentence(event)
        case Replayed(auditor=auditor, purpose=purpose, file=True):
            zh, en = (f"，用途：{purpose}", f": {purpose}") if purpose else ("", "")
            return Text(f"{auditor} 为作出决定查阅案卷{zh}", f"{auditor}, who is to decide, read the case file{en}")
        case Replayed(auditor=auditor, purpose=purpose) if purpose:
            return Text(
                f"{auditor} 查阅限制处理的案件，用途：{purpose}", f"{auditor} read the restricted case: {purpose}"
            )
        case Replayed(auditor=auditor):
            return Text(f"{auditor} 回看", f"Replayed by {auditor}")
        case Exported(auditor=auditor, sha256=sha256) if survey.report is not None and sha256 in {
            file.sha256 for file in survey.report.files
        }:
            return Text(f"{auditor} 下载踏勘笔录", f"Record downloaded by {auditor}")
        case Exported(auditor=auditor):
            return Text(f"{auditor} 导出证据包", f"Bundle exported by {auditor}")
        case _:
            assert_never(event)


def _title(item: ItemView, point: str) -> Text:
    return next((one.title for one in item.points if one.id == point), Text(point, point))


def _asked_of(item: ItemView, point: str | None, note: str, *, outside: bool) -> tuple[str, str]:
    of = Text("（清单之外）", " (outside the checklist)") if outside else Text("", "")
    if point is not None:
        title = _title(item, point)
        of = Text(f"（{title.zh}）", f" ({title.en})")
    return (f"{of.zh}：{note}", f"{of.en}: {note}") if note else (of.zh, of.en)


def _for_department(survey: Survey, who: str) -> Text:
    """In a joint inspection: whose conclusion it is."""
    person = survey.participants.get(who)
    if not survey.joint or person is None or person.department is None:
        return Text("", "")
    return Text(f"（{person.department.zh}）", f" ({person.department.en})")


def _concluding(result: str, points: list[str], days: int | None, item: ItemView) -> tuple[str, str]:
    """A conclusion with the points to put right and the limit for it."""
    said = CONCLUSION[result]
    if not points:
        return said.zh, said.en
    titles = [_title(item, point) for point in points]
    zh, en = "、".join(one.zh for one in titles), "; ".join(one.en for one in titles)
    limit = Text("", "") if days is None else Text(f"，限 {days} 个工作日", f", within {days} working days")
    return f"{said.zh}（{zh}{limit.zh}）", f"{said.en} ({en}{limit.en})"


def _of_a_photo(event: PhotoReceived | PhotoChecked, survey: Survey) -> Text:
    match event:
        case PhotoReceived(name=photo, channel=channel):
            zh, en = ("通话内照片", "Still") if channel == "still" else ("上传照片", "Upload")
            return Text(f"收到{zh} {photo}", f"{en} {photo} received")
        case PhotoChecked(photo=photo, result=result):
            called = survey.photos[photo].received.name
            return Text(f"照片 {called}：{RESULT[result].zh}", f"Photo {called}: {RESULT[result].en}")


def _of_a_video(event: VideoReceived | VideoKept | VideoChecked, survey: Survey) -> Text:
    called = survey.videos[event.video].received.name
    match event:
        case VideoReceived():
            return Text(f"收到现场视频 {called}", f"Site video {called} received")
        case VideoKept():
            return Text(f"视频 {called} 已归档", f"Video {called} is archived")
        case VideoChecked(result=result):
            return Text(f"视频 {called}：{RESULT[result].zh}", f"Video {called}: {RESULT[result].en}")


def _of_the_record(event: Reported | ReportFailed | Acknowledged, survey: Survey) -> Text:
    match event:
        case Reported():
            return Text("踏勘笔录已生成", "The record was written")
        case ReportFailed():
            return Text("踏勘笔录暂未生成，将补充封存", "The record could not be written yet; it comes as an addendum")
        case Acknowledged(participant=who):
            called = survey.participants[who].name
            return Text(f"{called} 确认已阅知", f"{called} confirmed having read the record")


def _span(milliseconds: int) -> Text:
    minutes = abs(milliseconds) // 60_000
    if minutes >= 48 * 60:
        return Text(f"{minutes // 1440} 天", f"{minutes // 1440} days")
    if minutes >= 120:
        return Text(f"{minutes // 60} 小时", f"{minutes // 60} hours")
    return Text(f"{minutes} 分钟", f"{minutes} minutes")
