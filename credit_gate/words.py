"""The gate's sentences, in Chinese and English, each saying what happened or what to do."""

from datetime import datetime

from credit_gate.policy import Condition, Ground, Way
from credit_gate.reason import Reason
from credit_gate.standing import Event
from credit_gate.tier import Tier

APPLICATION_GOES_ON = Reason(
    "application_goes_on",
    "您的申请照常办理，工作人员将与您约定上门踏勘的时间。",
    "Your application goes on as usual; staff will agree with you on a time for the survey on the spot.",
)
UPLOAD_ONLY = Reason(
    "upload_only",
    "只需上传现场照片，由各部门联合审查，不用视频通话。",
    "Photos of the site are enough: the departments review them together, without a video call.",
)
LIVE_INSTEAD = Reason(
    "live_instead",
    "当前信用等级不适用仅上传资料的方式，改为视频踏勘。",
    "This credit tier does not open the upload-only way; the survey is held live instead.",
)
REPRESENTATIVE_COUNTS = Reason(
    "representative_counts",
    "企业暂无信用记录，经授权按法定代表人的信用等级办理。",
    "The enterprise has no credit record yet; by authorisation its legal representative's standing counts.",
)
NO_RECORD = Reason(
    "no_record",
    "信用登记中没有该主体的记录。",
    "The credit register has no record of this subject.",
)
SOURCE_SILENT = Reason(
    "source_silent",
    "信用信息暂时无法查询，这不是您的原因。",
    "The credit information cannot be read at the moment; this is not your doing.",
)
REPAIR = Reason(
    "way_back_repair",
    "可在“信用中国”网站或信用修复窗口一次提交信用修复申请，修复后立即生效，再申请即可远程踏勘。",
    "Apply for credit repair on the Credit China site or at the repair desk, all records in one submission; "
    "it takes effect at once, and a new application can then be surveyed remotely.",
)
APPEAL = Reason(
    "way_back_appeal",
    "如认为记录有误，可向记录的认定单位提出异议，或要求工作人员人工复核本决定。",
    "If a record is wrong, object to the authority that made it, or ask for this decision to be reviewed by a person.",
)
BECOME_KNOWN = Reason(
    "way_back_known",
    "可稍后重新申请；新设企业可由法定代表人授权使用其个人信用等级，也可要求工作人员人工复核。",
    "Apply again later; a new firm's legal representative may authorise the use of their own standing, "
    "and you may ask for a review by a person.",
)


def admitted(tier: Tier) -> Reason:
    """The tier opens the remote way."""
    return Reason(
        "tier_admitted",
        f"信用等级为{tier.zh}，可以远程踏勘。",
        f"The credit tier is {tier.en}: a remote survey is open.",
    )


def on_site(tier: Tier, way: Way) -> Reason:
    """The tier leads on-site because `way` is closed to it."""
    if tier is Tier.UNKNOWN:
        return Reason(
            "standing_unknown",
            "目前无法确认信用等级，改为现场踏勘。",
            "The credit tier cannot be established at present, so the survey is held on the spot.",
        )
    if way == "pre_siting":
        return Reason(
            "pre_siting_closed",
            f"信用等级为{tier.zh}，不适用远程预选址服务，改为现场办理。",
            f"The credit tier is {tier.en}, which does not open remote advice before a lease; it is given on the spot.",
        )
    return Reason(
        "tier_on_site",
        f"信用等级为{tier.zh}，该事项改为现场踏勘。",
        f"The credit tier is {tier.en}: this item is surveyed on the spot.",
    )


def way_back(tier: Tier) -> tuple[Reason, ...]:
    """What opens the remote way again."""
    return (BECOME_KNOWN,) if tier is Tier.UNKNOWN else (REPAIR, APPEAL)


def barred(ground: Ground) -> Reason:
    """The negative list bars the item."""
    return Reason("negative_list", ground.zh, ground.en, ground.rule)


def always_on_site(ground: Ground) -> Reason:
    """The item is always seen on the spot, whatever the standing."""
    return Reason("always_on_site", ground.zh, ground.en, ground.rule)


def condition(what: Condition) -> Reason:
    """A condition of a blue subject's admission."""
    return Reason("condition", f"条件：{what.zh}", f"On condition: {what.en}")


def record_counts(event: Event, end: datetime) -> Reason:
    """A record lowers the tier, and until when."""
    return Reason(
        "record_counts",
        f"有效信用记录：{event.kind_zh}，公示至 {end:%Y-%m-%d}，修复后立即停止计算。",
        f"A record counts: {event.kind_en}, published until {end:%Y-%m-%d}; once repaired it stops counting at once.",
        event.rule,
    )


def out_of_date(as_of: datetime, days: int) -> Reason:
    """The source's answer is older than the policy takes."""
    return Reason(
        "standing_out_of_date",
        f"信用信息更新于 {as_of:%Y-%m-%d}，已超过 {days} 天，不能据此办理。",
        f"The credit information is of {as_of:%Y-%m-%d}, older than the {days} days the policy takes.",
    )


def from_later(as_of: datetime) -> Reason:
    """The source speaks of a time after the moment decided for."""
    return Reason(
        "standing_from_later",
        f"信用信息更新于 {as_of:%Y-%m-%d}，晚于所问时点，不能说明当时的信用等级。",
        f"The credit information is of {as_of:%Y-%m-%d}, after the moment asked about, and cannot tell of that time.",
    )


def last_known(as_of: datetime) -> Reason:
    """The source is silent, and what it said last is fresh enough."""
    return Reason(
        "last_known",
        f"信用信息平台暂时无法查询，按其 {as_of:%Y-%m-%d} 的信息办理。",
        f"The credit platform cannot be asked at the moment; what it said on {as_of:%Y-%m-%d} counts.",
    )
