"""What the record says: a survey, its journal and what the recording covers -> the document, in both languages.

It is made at the conclusion, before the case seal; what comes later (the applicant's acknowledgement, who looked) is in
the seals after it. Of a finding it tells what was found, without the advice to whoever took the photo.
"""

from collections.abc import Container, Mapping, Sequence
from typing import Final

from msgspec import Struct

from survey_server.report.assessment import assessed, concluded
from survey_server.report.attendance import course, people
from survey_server.report.document import Block, Cell, Code, Document, Facts, Lines, Paragraph, Section, Tone
from survey_server.report.draws import draws
from survey_server.report.panel import errands, experts, stood_aside
from survey_server.report.photos import photos, videos
from survey_server.report.recording import Track, recording
from survey_server.report.requests import requests
from survey_server.report.words import KIND, MODE, NOBODY, TIER, moment, named
from survey_server.survey.chronicle import CONCLUSION, OUTCOME
from survey_server.survey.decision_events import Overruled, RefusalLifted
from survey_server.survey.events import Entry
from survey_server.survey.second_look_words import second_look_sentence
from survey_server.survey.survey import Survey
from survey_server.wire.basics import Site, Text

_TONES: Final[Mapping[str, Tone]] = {
    "pass": "good",
    "rectify": "doubtful",
    "refer_on_site": "doubtful",
    "not_pass": "bad",
}
_READ: Final = Text(
    "本笔录在结论作出后、案件封存前自动生成。申请人看到结论、本笔录的摘要和录制封存的摘要后，可以确认“已阅知”。"
    "阅知不是签名，也不表示同意；它记入流水，载于案件封存或其后的补充封存。",
    "This record is made by the system after the conclusion and before the case seal. The applicant, shown the result, "
    "this record's digest and the recording seal's, may confirm having read it. That is no signature and no consent; "
    "it is journaled, and is in the case seal or in an addendum after it.",
)
_CHECKING: Final = Text(
    "本笔录的 SHA-256 载于案件封存的清单，清单登入存证账本。核验：导出证据包，用 takan verify 文件 --key 公钥 核对，"
    "或离线打开 verify.html 选择该文件。公钥须另行取得并与下列指纹比对；只写在本笔录里的公钥不能证明它自己。",
    "This record's SHA-256 is in the case seal's manifest, and that is in the ledger. To check: export the bundle and "
    "run takan verify FILE --key VKEY, or open verify.html offline and choose the file. Get the key by another way and "
    "compare it with what is printed here; a key that is found only in this record can't vouch for itself.",
)


class Sources(Struct, frozen=True):
    """Everything the record is made of. `survey` is what `entries` tell; `shown` are photos whose picture is there.

    `vkeys` are the ledger's public keys, `verifier` is the address of the page that checks bundles.
    """

    survey: Survey
    entries: Sequence[Entry]
    tracks: Sequence[Track]
    shown: Container[str]
    vkeys: Sequence[str]
    verifier: str
    software: str


def record(sources: Sources) -> Document:
    """The record of a survey that has a conclusion."""
    survey, entries = sources.survey, sources.entries
    application, result = survey.application, survey.conclusion
    name, item = application.subject_name, application.item.view.name
    told = Text("未作出", "none") if result is None else CONCLUSION[result]
    return Document(
        title=Text("远程踏勘笔录", "Record of a remote site survey"),
        number=application.case_no,
        subject=Text(f"{name} · {item.zh}", f"{name} · {item.en}"),
        result=Text(f"结论：{told.zh}", f"Conclusion: {told.en}"),
        tone="plain" if result is None else _TONES.get(result, "plain"),
        sections=[
            Section(Text("案件", "The case"), [_case(survey)]),
            *_earlier(survey),
            Section(Text("信用准入", "The credit gate's decision"), [_gate(survey)]),
            Section(
                Text("参加人员", "Who took part"),
                [people(survey, entries), *errands(survey), *stood_aside(survey, entries)],
            ),
            *draws(survey),
            Section(Text("过程", "Course"), [course(survey)]),
            *assessed(survey),
            *requests(survey),
            *experts(survey),
            *photos(survey, sources.shown),
            *videos(survey),
            *recording(survey, entries, sources.tracks),
            concluded(survey),
            Section(Text("申请人阅知", "The applicant's acknowledgement"), [Paragraph(_READ)]),
            Section(Text("存证与核验", "Evidence, and how to check it"), _evidence(sources)),
        ],
        page=Text("第 {0} 页，共 {1} 页", "Page {0} of {1}"),
    )


def _case(survey: Survey) -> Facts:
    application = survey.application
    item, window = application.item, application.window
    view, years = item.view, item.retention
    start, end = moment(window.start), moment(window.end)
    kept = Text("永久", "permanently") if years == "permanent" else Text(f"{years} 年", f"for {years} years")
    return Facts([
        (Text("案件编号", "Case number"), application.case_no),
        (Text("踏勘编号", "Survey"), Code(survey.id)),
        (Text("申请单位（人）", "Applicant"), application.subject_name),
        (Text("事项", "Item"), Text(f"{view.name.zh}（{view.code}）", f"{view.name.en} ({view.code})")),
        (Text("类型", "Kind"), named(KIND, view.kind)),
        (Text("方式", "Held"), named(MODE, survey.mode)),
        (Text("主管部门", "Department"), view.department),
        (Text("法律依据", "Legal basis"), item.statutory_basis),
        (Text("保管期限", "Kept"), kept),
        (Text("地点", "Site"), _site(application.site)),
        (Text("拍摄时段", "Window"), Text(f"{start} 至 {end}", f"{start} to {end}")),
        (Text("收到申请", "Application received"), moment(survey.created_at)),
        (Text("时间说明", "Times"), Text("均为北京时间（UTC+8），以服务器时钟为准。",
                                     "China Standard Time (UTC+8) throughout, by the server's clock.")),
    ])  # fmt: skip


def _earlier(survey: Survey) -> list[Section]:
    """Of a re-survey: what it goes back to."""
    earlier = survey.application.earlier
    if earlier is None:
        return []
    titles = {point.id: point.title for point in survey.application.item.view.points}
    days = earlier.days
    limit = NOBODY if days is None else Text(f"{days} 个工作日", f"{days} working days")
    facts = Facts([
        (Text("案件编号", "Case number"), earlier.case_no),
        (Text("踏勘编号", "Survey"), Code(earlier.survey)),
        (Text("结论", "Conclusion"), CONCLUSION["rectify"]),
        (Text("整改要点", "To be put right"), Lines([titles.get(point, point) for point in earlier.points])),
        (Text("整改期限", "Within"), limit),
        (Text("封存 SHA-256", "Its seal, SHA-256"), Code(earlier.seal_sha256)),
    ])  # fmt: skip
    return [Section(Text("原踏勘（本次为复验）", "The earlier survey, to which this one goes back"), [facts])]


def _site(site: Site) -> Lines:
    where = f"{site.lat:.6f}, {site.lon:.6f} ({site.datum.upper()})"
    fence = Text(f"{where}，半径 {site.radius_m:g} 米", f"{where}, within {site.radius_m:g} m")
    return Lines([site.address, fence] if site.address else [fence])


def _gate(survey: Survey) -> Facts:
    decision = survey.decision
    if decision is None:
        return Facts([(Text("决定", "Decision"), NOBODY)])
    return Facts([
        (Text("决定", "Decision"), OUTCOME[decision.outcome]),
        (Text("信用等级", "Tier"), named(TIER, decision.tier)),
        (Text("理由", "Reasons"), Lines([*decision.reasons]) if decision.reasons else NOBODY),
        (Text("政策摘要", "Policy's digest"), Code(decision.policy_digest)),
        (Text("决定记录 SHA-256", "Decision's record, SHA-256"), Code(decision.sha256)),
        *_second_look(survey),
    ])  # fmt: skip


def _second_look(survey: Survey) -> list[tuple[Text, Cell]]:
    """What a person made of the decision, where one was asked."""
    look = survey.second_look
    if look is None:
        return []
    asked = (Text("申请人工复核", "A person was asked"), Lines([moment(look.asked_at), look.asked.words]))
    if look.answer is None or look.answered_at is None:
        return [asked]
    told: list[Text | str] = [second_look_sentence(look.answer), moment(look.answered_at), look.answer.reason]
    if isinstance(look.answer, Overruled | RefusalLifted):
        told += [look.answer.seen, *look.answer.decision.reasons]
    return [asked, (Text("人工复核", "What the person decided"), Lines([*told]))]


def _evidence(sources: Sources) -> list[Block]:
    survey = sources.survey
    first = next((seal for seal in survey.seals if seal.kind == "recording"), None)
    title = Text("录制封存", "Recording seal") if survey.mode == "live" else Text("资料封存", "Material's seal")
    sealed = NOBODY if first is None else Lines([moment(first.at), Code(first.sha256)])
    return [
        Facts([
            (title, sealed),
            (Text("流水", "Journal"), Text(f"本笔录据流水第 1 至 {survey.seq} 行生成",
                                         f"made from lines 1 to {survey.seq}")),
            (Text("账本公钥", "Ledger's keys"), Lines([Code(vkey) for vkey in sources.vkeys])),
            (Text("核验页面", "Page that checks"), sources.verifier or NOBODY),
            (Text("软件", "Software"), sources.software),
        ]),
        Paragraph(_CHECKING),
    ]  # fmt: skip
