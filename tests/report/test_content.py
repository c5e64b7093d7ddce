"""What the record says where a survey is not the usual one: by photos alone, closed early, in a flood of gaps."""

import hashlib
import hmac
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from msgspec.structs import replace

from evidence_store.ledger.notes import Checkpoint
from survey_server.report.attendance import presence
from survey_server.report.content import Sources, record
from survey_server.report.document import LANGUAGES, in_language
from survey_server.report.glyphs import printable
from survey_server.report.recording import Track
from survey_server.survey.draw import draw_seed, drawn_order
from survey_server.survey.draw_events import (
    Candidate,
    DrawCovered,
    DrawLapsed,
    Drawn,
    DrawOpened,
    DrawReplaced,
    DrawSeeded,
    LeftOut,
    NumberRevealed,
    Proof,
)
from survey_server.survey.draws import Draw
from survey_server.survey.errands import code_of, in_fours
from survey_server.survey.events import (
    AnyEvent,
    Applied,
    Concluded,
    Decided,
    EarlierCase,
    Entry,
    Invited,
    ItemRecord,
    Joined,
    Left,
    MaterialSubmitted,
    OpinionGiven,
    PhotoReceived,
    PointAnswered,
    Sealed,
    ServerRestarted,
    ShotAsked,
    ShotExplained,
    Signed,
)
from survey_server.survey.step import rebuild
from survey_server.wire.admission import Department
from survey_server.wire.basics import Site, Text, Window
from survey_server.wire.replay import Gap
from tests.evidence_store.ledger.test_notes import signer
from tests.report.sample import ITEM, T0, digest, sources

LIST = [Candidate("A", "甲专家", "x"), Candidate("B", "乙专家", "x"), Candidate("C", "丙专家", "x")]
LEFT_OUT = [LeftOut("D", "丁专家", "declared", "与申请人是亲属"), LeftOut("E", "戊专家", "not_qualified")]
OPENED = DrawOpened(1, "expert", 1, LIST, LEFT_OUT, "11" * 32, T0)
NOTE = signer().sign(Checkpoint("log.example/n1", 7, bytes(32)).text())


def leaves(value: Any) -> Iterator[str]:
    match value:
        case str():
            yield value
        case dict():
            for one in value.values():
                yield from leaves(one)
        case list():
            for one in value:
                yield from leaves(one)
        case _:
            pass


def said(of: Sources, language: Any = "zh") -> str:
    return "\n".join(leaves(in_language(record(of), language)))


def by_photos() -> Sources:
    item = ITEM
    view = item.view()
    fire, city = Department("消防救援局", "Fire and Rescue"), Department("综合行政执法局", "Urban Management")
    first, *others = [point.id for point in view.points]
    applied = Applied(
        "TK-9", ItemRecord(view, Text("法", "law"), "permanent"), "ref", "某店", Site(19, 110, 50),
        Window(T0, T0 + timedelta(hours=8)),
    )  # fmt: skip
    photo = PhotoReceived("001", "p1", "x", "upload", "k", digest("p"), 1, "image/jpeg", None, None, None, point=first)
    events: list[AnyEvent] = [
        applied, Decided("admitted", "red", [], digest("policy"), "k", digest("d"), "upload_only"),
        Invited("p1", "applicant", "吴"), Invited("p2", "reviewer", "林", fire), Invited("p3", "reviewer", "陈", city),
        photo, *(ShotExplained("p1", point, f"拍不了{point}") for point in others), MaterialSubmitted("p1"),
        Sealed(1, "recording", "k", digest("seal"), 20), ShotAsked("p2", first, "看不清门牌"),
        replace(photo, photo="002", sha256=digest("q")), MaterialSubmitted("p1"),
        PointAnswered("p2", first, "ok", "门牌清楚"), PointAnswered("p3", first, "unsure", "招牌偏大"),
        OpinionGiven("p2", "approve", ""), OpinionGiven("p3", "on_site", "请到现场"),
        Signed("p2", "refer_on_site", ""), Signed("p3", "refer_on_site", "到现场看招牌"),
        Concluded("refer_on_site", ["p2", "p3"]),
    ]  # fmt: skip
    entries = [Entry("s2", n + 1, T0 + timedelta(minutes=n), event) for n, event in enumerate(events)]
    return Sources(rebuild(entries), entries, [], set(), [], "", "takan")


def test_a_survey_by_photos_tells_each_departments_answers_and_opinion() -> None:
    told = said(by_photos())
    for words in (
        "上传照片，各部门分别审查", "消防救援局", "门牌清楚", "同意", "招牌偏大", "须现场核实", "请到现场",
        "结论：转现场核实", "到现场看招牌", "永久", "资料封存", digest("seal"), digest("p"), digest("q"), "未检查",
        "看不清门牌", "拍不了",
    ):  # fmt: skip
        assert words in told, words
    assert "覆盖率" not in told, "nothing was recorded, so nothing is said of it"
    assert "Referred to an on-site visit".lower() in said(by_photos(), "en").lower()


def test_who_sits_here_by_lot_is_named_with_the_draws_record() -> None:
    proof = Proof(0, [])
    drawn = Draw(
        OPENED, T0, covered=DrawCovered(1, "k", digest("list"), NOTE, proof),
        seeded=DrawSeeded(1, "k", digest("anchor"), NOTE, "l", proof, proof),
        revealed=NumberRevealed(1, "p1", "22" * 32, "s"), drawn=Drawn(1, ["B", "A", "C"], "k", digest("draw")),
        replaced=(DrawReplaced(1, "B", "no_show", "电话无人接听"),), refused=(T0,),
    )  # fmt: skip
    lapsed = Draw(OPENED, T0, lapsed=DrawLapsed(2, "no_number"))
    at = replace(sources(), survey=replace(sources().survey, draws=(drawn, lapsed)))
    told = said(at)
    for words in (
        "3 人中抽 1 名", "A 甲专家", "丁专家：申报利害关系（与申请人是亲属）", "另 1 人不具备本事项资格",
        "乙专家：未到场（电话无人接听）", "已拒绝", "另有 1 次抽签", "takan draw verify", "log.example/n1",
        "11" * 32, "22" * 32, digest("list"), digest("draw"),
    ):  # fmt: skip
        assert words in told, words
    assert "戊专家" not in told, "who is not qualified is counted, not named"
    assert "seated, replacements included\n甲专家" in said(at, "en").lower()


def test_no_draw_is_no_chapter_about_draws() -> None:
    assert "抽签" not in said(sources())


def by_hand(lines: list[str], title: str) -> str:
    return lines[lines.index(title) + 1]


def test_a_draw_can_be_made_again_from_the_record_and_its_own_words() -> None:
    commitment = b"the list's document"
    covered = DrawCovered(1, "k", hashlib.sha256(commitment).hexdigest(), NOTE, Proof(0, []))
    body = NOTE.split("\n\n")[0] + "\n"
    ids = [one.id for one in LIST]
    order = drawn_order(draw_seed(commitment, body, bytes([0x22]) * 32, bytes([0x11]) * 32), ids)
    draw = Draw(
        OPENED, T0, covered=covered, seeded=DrawSeeded(1, "k", "h", NOTE, "l", Proof(0, []), Proof(0, [])),
        revealed=NumberRevealed(1, "p1", "22" * 32, "s"), drawn=Drawn(1, order, "k", "h"),
    )  # fmt: skip
    told = said(replace(sources(), survey=replace(sources().survey, draws=(draw,)))).split("\n")
    at = told.index("账本检查点")
    key = bytes.fromhex(by_hand(told, "名单文件 SHA-256"))
    numbers = bytes.fromhex(by_hand(told, "申请人的数") + by_hand(told, "受理方的数"))
    text = "".join(f"{line}\n" for line in ["takan-draw-1", *told[at + 1 : at + 4]])
    seed = hmac.digest(hmac.digest(key, numbers, "sha256"), text.encode() + b"\x01", "sha256")
    words = [
        int.from_bytes(hashlib.sha256(seed + number.to_bytes(8)).digest()[8 * place : 8 * place + 8])
        for number in range(4)
        for place in range(4)
    ]
    listed = [one.split()[0] for one in told[told.index("名单（按序）") + 1 :][: len(LIST)]]
    for place in range(len(listed) - 1):
        left = len(listed) - place
        chosen = place + next(word for word in iter(lambda: words.pop(0), None) if word < 2**64 // left * left) % left
        listed[place], listed[chosen] = listed[chosen], listed[place]
    assert listed == [one.split()[0] for one in told[told.index("抽签顺序") + 1 :][: len(LIST)]] == order


def test_what_was_asked_outside_the_checklist_is_marked() -> None:
    told = said(sources())
    for words in (
        "拍照：请拍下灭火器压力表",
        "已拍",
        "提问：排烟管通到哪里？",
        "清单之外",
        "未拍",
        "共 3 项，清单之外 2 项。",
    ):
        assert words in told, words
    assert told.split("\n").count("清单之外") == 2
    assert "outside the checklist" in said(sources(), "en")


def test_what_another_reviewer_had_answered_is_told_beside_the_last_answer() -> None:
    who = sources().survey.participants["p2"].name
    assert f"此前 {who} 答“存疑”（招牌反光），2026-" in said(sources())
    assert f"Before, {who} answered “unsure” (招牌反光), 2026-" in said(sources(), "en")


def test_who_looked_on_which_errand_who_stood_aside_and_what_the_experts_thought() -> None:
    told, survey = said(sources()), sources().survey
    for one in survey.errands:
        assert one.sha256 in told
        assert in_fours(code_of(survey.id, one.sha256)) in told
    for words in (
        "琼46-0042",
        "takan errand verify",
        "有利害关系",
        "吴教授",
        "油烟净化器须清洗。",
        "全部提出前互不可见",
    ):
        assert words in told, words
    assert "Stood aside" in said(sources(), "en")
    silent = replace(survey, opinions=replace(survey.opinions, given={}))
    assert "未提出意见" in said(replace(sources(), survey=silent))


def test_a_re_survey_names_the_case_it_goes_back_to() -> None:
    survey = sources().survey
    point = survey.application.item.view.points[1]
    earlier = EarlierCase("s26110101aabbccdd", "QH-2026-10-0007", digest("earlier"), [point.id], 10)
    of = replace(sources(), survey=replace(survey, application=replace(survey.application, earlier=earlier)))
    told = said(of)
    for words in (
        "原踏勘（本次为复验）",
        "QH-2026-10-0007",
        "s26110101aabbccdd",
        "整改后复验",
        "10 个工作日",
        digest("earlier"),
    ):
        assert words in told, words
    assert told.count(point.title.zh) == 2
    assert "原踏勘" not in said(sources())


def test_what_is_to_be_put_right_is_named_with_its_limit() -> None:
    survey = sources().survey
    point = survey.application.item.view.points[1]
    told = said(replace(sources(), survey=replace(survey, conclusion="rectify", rectify=(point.id,), rectify_days=10)))
    assert "结论：整改后复验" in told
    assert "10 个工作日" in told
    assert told.count(point.title.zh) == 2


def test_every_sentence_of_ours_is_in_the_chosen_language() -> None:
    for of in (by_photos(), sources()):
        documents = [list(leaves(in_language(record(of), language))) for language in LANGUAGES]
        assert len(documents[0]) == len(documents[1]), "both have the same parts"
        ours = [(zh, en) for zh, en in zip(*documents, strict=True) if zh != en]
        assert len(ours) > 60
        for zh, en in ours:
            assert any("\u4e00" <= one <= "\u9fff" for one in zh) or zh == "zh", (zh, en)


def test_a_line_full_of_holes_is_counted_where_it_can_not_be_listed() -> None:
    holes = [Gap(2.0 * n, 2.0 * n + 1, "video", "loss") for n in range(1000)]
    of = replace(sources(), tracks=[Track("p1", "video", 1.0, 50.0, holes)])
    told = said(of)
    assert "另有 800 条" in told
    assert said(of).count("网络丢包") == 200


def test_a_cause_of_a_later_version_is_told_as_it_was_written() -> None:
    of = replace(sources(), tracks=[Track("p1", "video", 1.0, 50.0, [Gap(1, 2, "video", "solar_flare")])])
    assert "solar_flare" in said(of)


def test_presence_is_from_the_first_page_to_the_last() -> None:
    def at(n: int, event: AnyEvent) -> Entry:
        return Entry("s", n, T0 + timedelta(seconds=n), event)

    entries = [
        at(1, Joined("p1", 0, "")), at(2, Joined("p1", 0, "")), at(3, Left("p2", "lost")), at(4, Left("p1", "lost")),
        at(5, Joined("p1", 0, "")), at(6, ServerRestarted()), at(7, Left("p1", "lost")), at(8, Joined("p1", 0, "")),
    ]  # fmt: skip
    seconds = [(since - T0, until and until - T0) for since, until in presence(entries, "p1")]
    assert seconds == [(timedelta(seconds=1), timedelta(seconds=4)), (timedelta(seconds=5), timedelta(seconds=6)),
                       (timedelta(seconds=8), None)]  # fmt: skip


def test_what_can_not_be_shown_is_written_as_its_number() -> None:
    has = frozenset(map(ord, "ab c-字"))
    assert printable("a字", has) == "a字"
    assert printable("😀\x00\u202e", has) == "[U+1F600][U+0000]\u200b[U+202E]"
    assert printable("a\tb\nc", has) == "a b\nc"
    long = printable("a" * 100, has)
    assert long.replace("\u200b", "") == "a" * 100
    assert max(map(len, long.split("\u200b"))) == 24
    assert printable("字" * 100, has) == "字" * 100
