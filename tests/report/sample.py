"""A survey with something in every part of its record: thirty photos, gaps, interruptions, a video, hostile words."""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import cv2
import numpy as np

from evidence_store.ledger.statements import statement
from survey_server.report.content import Sources
from survey_server.report.photos import file_of
from survey_server.report.recording import Track
from survey_server.survey.errands import KIND, Errand, ErrandItem, says
from survey_server.survey.events import (
    AnyEvent,
    Applied,
    Concluded,
    Consented,
    Decided,
    Ended,
    Entry,
    ErrandGiven,
    ExpertOpinion,
    Interrupted,
    Invited,
    ItemRecord,
    Joined,
    Left,
    MediaConnected,
    MediaLost,
    PhotoChecked,
    PhotoReceived,
    PointAnswered,
    QuestionAsked,
    Recused,
    Sealed,
    Signed,
    Started,
    StillAsked,
    StillCommitted,
    VideoChecked,
    VideoReceived,
)
from survey_server.survey.items import load_items
from survey_server.survey.step import rebuild
from survey_server.wire.admission import Department
from survey_server.wire.basics import Position, Site, Text, Window
from survey_server.wire.photos import Finding
from survey_server.wire.replay import Gap
from tests.evidence_store.ledger.test_notes import signer

T0 = datetime(2026, 11, 22, 1, tzinfo=UTC)
ITEM = load_items()["food-business"]
NOTE = "后厨三池分设，标识清楚；冷藏温度 4 ℃。"
HOSTILE = '#panic("x") $x^2$ \\ #import "@preview/x:1.0.0" *a* `c` <l> @ref \u202eabc 😀 \x00 \ue000 שלום ' + "W" * 120
FOUND = [
    Finding("file_safe", "pass", Text("文件完好。", "The file is whole.")),
    Finding(
        "place",
        "flag",
        Text("拍摄位置距登记地点 320 米。", "Taken 320 m from the site."),
        advice=Text("工作人员会核对。", "A person will check."),
    ),
    Finding("c2pa", "na", Text("没有来源凭证。", "It carries no credentials.")),
]


def digest(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()


def errand(person: str, name: str, credential: str = "") -> ErrandGiven:
    until, of = T0 + timedelta(hours=12), Text("市场监督管理局", "Market Regulation")
    item = ErrandItem("food-business", "食品经营许可", "Food business licence")
    role = "expert" if person in ("p4", "p5") else "reviewer"
    said = Errand("s26112201aabbccdd", "QH-2026-11-0042", item, person, 1, name, role, credential, of, T0, until)
    note = signer().sign(statement(KIND, says(said)))
    return ErrandGiven(person, 1, note, "k", hashlib.sha256(note.encode()).hexdigest(), T0, until)


def journal(photos: int = 30, note: str = HOSTILE) -> list[Entry]:
    item = ItemRecord(ITEM.view(), ITEM.statutory_basis, ITEM.retention)
    points = [point.id for point in item.view.points]
    at = Site(19.2583, 110.4747, 150, "gcj02", "海南省琼海市嘉积镇银海路 12 号")
    health, fire = Department("市场监督管理局", "Market Regulation"), Department("消防救援大队", "Fire and Rescue")
    events: list[AnyEvent] = [
        Applied("QH-2026-11-0042", item, "ref", "琼海海味餐饮有限公司", at, Window(T0, T0 + timedelta(hours=8))),
        Decided("admitted", "orange", [Text("信用等级为橙，该事项允许远程踏勘。", "Tier orange: this item allows it.")],
                digest("policy"), "k", digest("decision")),
        Invited("p1", "applicant", "吴海生"), Invited("p2", "reviewer", "林静", health),
        Invited("p3", "reviewer", "陈卫", fire), Invited("p4", "expert", "符教授"), Invited("p5", "expert", "吴教授"),
        errand("p2", "林静", "琼46-0042"), errand("p3", "陈卫"), errand("p4", "符教授"), errand("p5", "吴教授"),
        Recused("p5", "conflict", note),
    ]  # fmt: skip
    for person in ("p1", "p2", "p3", "p4"):
        events += [Joined(person, 0, ""), Consented(person, "recording-2026-11b")]
    events += [Started(), MediaConnected("p1"), Interrupted("p1", "camera_taken", False), MediaLost("p1")]
    events += [Interrupted("p1", "camera_taken", True), Left("p1", "lost"), Joined("p1", 0, "")]
    events += [
        StillAsked("p2", "n1", "请拍下灭火器压力表", T0, points[0]),
        StillCommitted("p1", "n1", "h", 1, None, None, "ok"),
        StillAsked("p3", "n2", note, T0, None, True), QuestionAsked("p4", "排烟管通到哪里？", None, True),
    ]  # fmt: skip
    events += [PointAnswered("p2", point, "ok", NOTE) for point in points[:-2]]
    events += [PointAnswered("p3", points[-2], "not_ok", note)]
    events += [PointAnswered("p2", points[0], "unsure", "招牌反光"), PointAnswered("p3", points[0], "ok", "")]
    for n in range(photos):
        name, kind = f"{n + 1:03}-{digest(str(n))[:8]}", ("accepted", "needs_review", "rejected")[n % 3 if n % 7 else 0]
        where = Position(19.2583, 110.4747, 8, T0) if n % 2 else None
        events += [
            PhotoReceived(name, "p1", note if n == 3 else f"门头{n + 1}.jpg", "still" if n % 2 else "upload", "k",
                          digest(name), 100, "image/jpeg", where, T0, "ok"),
            PhotoChecked(name, kind, FOUND[:1] if kind == "accepted" else FOUND, {}, "k", "h"),
        ]  # fmt: skip
    events += [
        VideoReceived("v1", "p1", "厨房走一圈.mp4", digest("v1"), 10**8, "video/mp4", None, None),
        VideoChecked("v1", "accepted", FOUND[:1], {"seconds": 95.2}, "k", "h"),
        Ended("p2", "reviewer"), Sealed(1, "recording", "k", digest("seal"), 60),
        ExpertOpinion("p4", "rectify", "油烟净化器须清洗。"),
        Signed("p2", "pass", "材料与现场一致。"), Signed("p3", "rectify", note),
        Signed("p3", "pass", "整改后一致。\n第二段说明。"), Concluded("pass", ["p2", "p3"]),
    ]  # fmt: skip
    return [Entry("s26112201aabbccdd", n + 1, T0 + timedelta(seconds=7 * n), event) for n, event in enumerate(events)]


def tracks(gaps: int = 6) -> list[Track]:
    causes = ("loss", "network", "mute")
    holes = [Gap(20.0 * n, 20.0 * n + 1.5, "video", causes[n % 3]) for n in range(gaps)]
    return [
        Track("p1", "video", 411.2, 97.84, holes), Track("p1", "audio", 418.0, 99.5, []),
        Track("p2", "video", 420.0, 100.0, []), Track("p2", "audio", 420.0, 100.0, []),
    ]  # fmt: skip


def sources(entries: Sequence[Entry] | None = None, gaps: int = 6) -> Sources:
    told = entries or journal()
    survey = rebuild(told)
    shown = {number for number, photo in survey.photos.items() if photo.verdict and photo.verdict.result != "rejected"}
    vkey = "takan.example/node1+0fb5d7a5+AWvHSqW1FWZzTHpXs6ot6H4wRf1ZRsTKqzBzbbRhqjUg"
    return Sources(survey, told, tracks(gaps), shown, [vkey], "https://survey.example/verify.html", "takan 0.5.0")


def pictures(of: Sources) -> dict[str, bytes]:
    """As a phone's previews are: 640 px, some upright."""
    made: dict[str, bytes] = {}
    for n, number in enumerate(number for number in of.survey.photos if number in of.shown):
        dice = np.random.default_rng(n)
        wide = cv2.resize(dice.integers(0, 255, (6, 8, 3), dtype=np.uint8), (640, 480), interpolation=cv2.INTER_CUBIC)
        noise = dice.integers(0, 20, wide.shape, dtype=np.uint8)
        picture = cv2.add(wide, noise)
        turned = cv2.rotate(picture, cv2.ROTATE_90_CLOCKWISE) if n % 4 == 0 else picture
        made[file_of(number)] = cv2.imencode(".jpg", turned, [cv2.IMWRITE_JPEG_QUALITY, 80])[1].tobytes()
    return made
