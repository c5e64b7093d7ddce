"""What goes wrong because of what somebody sent, in words they can act on. Translated to HTTP at one edge (api)."""

import re
from collections.abc import Sequence

from survey_server.flows.field_faults import field_fault
from survey_server.survey.refusals import Refusal
from survey_server.wire.basics import Text
from survey_server.wire.node import FieldFault, Problem

_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
"""The escape itself; where its backslash is escaped, it is six letters like any others."""


class Trouble(Exception):
    """A request that can't be carried out. `code` is stable, `detail` says what to do."""

    def __init__(
        self, status: int, code: str, title: Text, detail: Text, *, field: str = "", fields: Sequence[FieldFault] = ()
    ) -> None:
        """`field` is the JSON pointer of the one field that is wrong, `fields` are several, each with its own words."""
        super().__init__(f"{code}: {detail.en}")
        self.status = status
        self.code = code
        self.title = title
        self.detail = detail
        self.fields = [FieldFault(f"#{field}", detail)] if field else list(fields)

    def problem(self) -> Problem:
        """The same for the wire."""
        return Problem(f"urn:takan:{self.code}", self.status, self.title, self.detail, self.fields)


def or_told(refused: Refusal | None) -> bool:
    """False where a rule lets it be; else a Trouble (409) in the rule's words is raised."""
    if refused is not None:
        raise Trouble(409, refused.code, Text("现在不能这样做", "This can't be done now"), refused.text)
    return False


def not_found(what: Text) -> Trouble:
    """The thing named does not exist here."""
    return Trouble(404, "not_found", Text("没有找到", "Not found"), what)


def unknown_link() -> Trouble:
    """A link nobody gave out."""
    return Trouble(
        404,
        "unknown_link",
        Text("这个链接无效", "This link is not valid"),
        Text(
            "请检查链接是否完整；如仍打不开，请联系发给您链接的工作人员重新发送。",
            "Check that the link is complete. If it still does not open, ask the person who sent it for a new one.",
        ),
    )


def spent_link() -> Trouble:
    """A one-time link that another browser already used."""
    return Trouble(
        409,
        "spent_link",
        Text("这个链接已经用过", "This link has been used"),
        Text(
            "链接只能使用一次，并已在另一个浏览器中打开。请回到那个浏览器继续，或联系工作人员重新发送。",
            "A link works once, and it was opened in another browser. Go on there, or ask for a new link.",
        ),
    )


def expired_link() -> Trouble:
    """A link nobody opened in time."""
    return Trouble(
        410,
        "expired_link",
        Text("这个链接已经过期", "This link has expired"),
        Text("请联系工作人员重新发送链接。", "Ask the person who sent it for a new link."),
    )


def no_session() -> Trouble:
    """No session, or one this node does not know."""
    return Trouble(
        401,
        "no_session",
        Text("请重新打开链接", "Please open your link again"),
        Text(
            "没有找到您的登录状态，请从收到的链接重新进入。",
            "Your session was not found. Enter again through your link.",
        ),
    )


def no_key() -> Trouble:
    """No intake key, or a wrong one."""
    return Trouble(
        401,
        "no_key",
        Text("接入密钥不对", "The intake key is wrong or missing"),
        Text(
            "请在 Authorization: Bearer 中给出本节点的 intake_key。",
            "Give this node's intake_key as Authorization: Bearer (command line: --key or TAKAN_INTAKE_KEY).",
        ),
    )


def wrong_role() -> Trouble:
    """The session is good, but not for this."""
    return Trouble(
        403,
        "wrong_role",
        Text("没有权限", "Not allowed"),
        Text("您的身份不能进行这项操作。", "Your role cannot do this."),
    )


def too_large(limit_mb: int) -> Trouble:
    """A photo over the limit."""
    return Trouble(
        413,
        "too_large",
        Text("照片太大", "The photo is too large"),
        Text(
            f"照片不能超过 {limit_mb} MB。请重新拍摄或选较小的照片；原照片仍在手机上。",
            f"A photo may have {limit_mb} MB at most. Take it again or choose a smaller one; it is on your phone.",
        ),
    )


def too_many(limit: int) -> Trouble:
    """More photos than a survey may have."""
    return Trouble(
        409,
        "too_many",
        Text("照片太多", "Too many photos"),
        Text(f"一次踏勘最多 {limit} 张照片。", f"A survey may have {limit} photos at most."),
    )


def too_many_at_once(limit: int) -> Trouble:
    """More uploads under way than anybody needs."""
    return Trouble(
        429,
        "too_many_at_once",
        Text("同时上传的文件太多", "Too many files at once"),
        Text(f"最多同时上传 {limit} 个文件，前面的传完会自动继续。",
             f"At most {limit} files are taken at once; it goes on when others are done."),
    )  # fmt: skip


def video_too_large(limit_gb: int) -> Trouble:
    """A video over the limit."""
    return Trouble(
        413,
        "too_large",
        Text("视频太大", "The video is too large"),
        Text(
            f"一段视频不能超过 {limit_gb} GB。请分几段拍摄，或降低分辨率后重拍；原视频仍在手机上。",
            f"A video may have {limit_gb} GB at most. Take it in several parts, or at a lower resolution; it is still "
            "on your phone.",
        ),
    )


def damaged(expected: str, received: str) -> Trouble:
    """The bytes that came are not the bytes that were announced."""
    return Trouble(
        422,
        "damaged",
        Text("文件在传输中损坏", "The file was damaged on its way"),
        Text(
            "收到的内容与手机计算的摘要不一致，请重新发送。",
            f"What arrived ({received[:12]}) is not what the phone announced ({expected[:12]}). Send it again.",
        ),
    )


def concluded() -> Trouble:
    """The case was concluded while this was on its way."""
    return Trouble(
        409,
        "closed",
        Text("案件已经办结", "The case is concluded"),
        Text("不能再补充照片；请联系审查员。", "Nothing can be added to it any more; please speak to the reviewer."),
    )


def submitted() -> Trouble:
    """The material was submitted while this was on its way."""
    return Trouble(
        409,
        "submitted",
        Text("资料已经提交", "The material is submitted"),
        Text(
            "这个文件仍在手机上；审查员要求补拍时可以再发送。",
            "This file is still on your phone; send it again when a reviewer asks for another.",
        ),
    )


def no_nul(text: bytes) -> bytes:
    """JSON that will be kept. U+0000 is in no sentence, and PostgreSQL can't hold it. Raises Trouble 400."""
    if _NUL.search(text):
        raise Trouble(
            400,
            "nul_character",
            Text("内容含有不能保存的字符", "The text holds a character that can't be kept"),
            Text("请去掉空字符（U+0000）后重新发送。", "Take the null character (U+0000) out and send it again."),
        )
    return text


def malformed(fault: str) -> Trouble:
    """A body or message that isn't what the wire allows; `fault` is msgspec's sentence."""
    wrong = field_fault(fault)
    return Trouble(
        422,
        "malformed",
        Text("内容格式不对", "The request is malformed"),
        Text(f"请检查后重新发送：{wrong.pointer} {wrong.detail.zh}", f"Correct it and send it again: {fault}"),
        fields=[wrong],
    )
