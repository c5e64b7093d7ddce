"""The draws by lot: who was on the list and who was not, who was drawn, and all that it takes to draw again by hand."""

from collections.abc import Mapping
from typing import Final

from evidence_store.ledger.notes import split_note
from survey_server.report.document import Block, Cell, Code, Facts, Heading, Lines, Paragraph, Section, Words
from survey_server.report.words import NOBODY, moment
from survey_server.survey.draws import Draw
from survey_server.survey.panel_words import DRAWN_ROLE, REPLACED
from survey_server.survey.survey import Survey
from survey_server.wire.basics import Text

_LEFT_OUT: Final[Mapping[str, Text]] = {
    "not_qualified": Text("不具备本事项资格", "not qualified for this item"),
    "employer": Text("任职于申请人", "employed by the applicant"),
    "conflict": Text("名录载明与申请人有利害关系", "in conflict with the applicant, by the register"),
    "declared": Text("申报利害关系", "declared a conflict"),
    "takes_part": Text("已参加本次踏勘", "takes part already"),
}
_AGAIN: Final = Text(
    "任何人都可以重新抽一遍：takan draw verify 证据包.zip --key 公钥。"
    "不用本软件也可以（规则 takan-draw-1），+ 表示首尾相接：\n"
    "一、K = HMAC-SHA-256（密钥：名单文件的 SHA-256；内容：申请人的数 + 受理方的数）。\n"
    "二、种子 = HMAC-SHA-256（密钥：K；内容：takan-draw-1、换行、检查点的三行（每行末换行）、一个字节 01）。\n"
    "三、第 0、1、2……块 = SHA-256（种子 + 8 字节的块号），每块分为四个 8 字节的数（高位在前）。\n"
    "四、从名单第一位起，在它和其后的 n 位中取第（数 mod n）位与它交换；不小于 2^64 以内 n 的最大倍数的数跳过不用。\n"
    "所得即抽签顺序，前几位入席。名单文件在证据包的 draws/ 中，先于检查点登入账本。",
    "Anybody can draw again: takan draw verify BUNDLE.zip --key KEY. "
    "Without this software (rule takan-draw-1; + joins):\n"
    "1. K = HMAC-SHA-256 with the SHA-256 of the list's document as key, over the applicant's number + the office's.\n"
    "2. Seed = HMAC-SHA-256 with K as key, over takan-draw-1, a line feed, the checkpoint's three lines (each with "
    "its line feed) and one byte 01.\n"
    "3. Block 0, 1, 2 and so on = SHA-256 of seed + the block's number in 8 bytes; each is four numbers of 8 bytes, "
    "the highest byte first.\n"
    "4. From the first of the list on, swap each with number (next number mod n) of the n from it to the end; numbers "
    "not below the largest multiple of n within 2^64 are passed over.\n"
    "That is the order, and its first are seated. The list's document is in the bundle's draws/; it came into the "
    "ledger before the checkpoint.",
)


def draws(survey: Survey) -> list[Section]:
    """Every draw with a result, and how often an attempt lapsed or a second draw was asked for."""
    done = [draw for draw in survey.draws if draw.drawn is not None]
    lapsed = sum(draw.lapsed is not None for draw in survey.draws)
    if not survey.draws:
        return []
    blocks: list[Block] = []
    for draw in done:
        role = DRAWN_ROLE[draw.role]
        blocks += [Heading(Text(f"抽取{role.zh}", f"The {role.en} drawn")), _draw(draw)]
    if done:
        blocks.append(Paragraph(_AGAIN))
    if lapsed:
        blocks.append(
            Paragraph(
                Text(f"另有 {lapsed} 次抽签未完成即作废，没有人知道会抽中谁。",
                     f"{lapsed} more lapsed before a number was revealed; nobody knows whom it would have drawn.")
            )
        )  # fmt: skip
    return [Section(Text("抽签", "Drawn by lot"), blocks)] if blocks else []


def _draw(draw: Draw) -> Facts:
    opened, covered, seeded, revealed, drawn = draw.opened, draw.covered, draw.seeded, draw.revealed, draw.drawn
    names = {one.id: one.name for one in opened.candidates}
    facts: list[tuple[Words, Cell]] = [
        (Text("抽取", "Drawn"), Text(f"{len(names)} 人中抽 {opened.seats} 名", f"{opened.seats} out of {len(names)}")),
        (Text("抽中（含递补）", "Seated, replacements included"), Lines([one.name for one in draw.seated])),
        (Text("名单（按序）", "List, in its order"), Lines([f"{one.id} {one.name}" for one in opened.candidates])),
        (Text("未列入名单", "Not on the list"), _left_out(draw)),
        (
            Text("抽签顺序", "Drawn order"),
            Lines([f"{one} {names.get(one, '')}" for one in drawn.order] if drawn else []),
        ),
        (Text("递补", "Replaced"), _replaced(draw, names)),
        (Text("再抽请求", "Second draws asked for"), _refused(draw)),
    ]
    if covered is not None:
        facts.append((Text("名单文件 SHA-256", "List's document, SHA-256"), Code(covered.sha256)))
    if revealed is not None:
        facts += [
            (Text("申请人的数", "Applicant's number"), Code(revealed.number)),
            (Text("受理方的数", "Office's number"), Code(opened.office_number)),
        ]
    if seeded is not None:
        facts.append((Text("账本检查点", "Ledger's checkpoint"), _checkpoint(seeded.note)))
    if drawn is not None:
        facts.append((Text("抽签记录 SHA-256", "Draw's record, SHA-256"), Code(drawn.sha256)))
    return Facts(facts)


def _left_out(draw: Draw) -> Cell:
    """Who is in conflict by name and with the reason; who is not qualified only counted."""
    told: list[Words] = []
    for one in draw.opened.left_out:
        if one.cause != "not_qualified":
            why = _LEFT_OUT[one.cause]
            reason = Text(f"（{one.reason}）", f" ({one.reason})") if one.reason else Text("", "")
            told.append(Text(f"{one.name}：{why.zh}{reason.zh}", f"{one.name}: {why.en}{reason.en}"))
    others = len(draw.opened.left_out) - len(told)
    if others:
        why = _LEFT_OUT["not_qualified"]
        told.append(Text(f"另 {others} 人{why.zh}", f"{others} {why.en}"))
    return Lines(told) if told else NOBODY


def _replaced(draw: Draw, names: Mapping[str, str]) -> Cell:
    told: list[Words] = []
    for one in draw.replaced:
        why, name = REPLACED[one.cause], names.get(one.member, one.member)
        told.append(Text(f"{name}：{why.zh}（{one.reason}）", f"{name}: {why.en} ({one.reason})"))
    return Lines(told) if told else NOBODY


def _refused(draw: Draw) -> Cell:
    told: list[Words] = [Text(f"{moment(at)}，已拒绝", f"{moment(at)}, refused") for at in draw.refused]
    return Lines(told) if told else NOBODY


def _checkpoint(note: str) -> Lines:
    body, _ = split_note(note)
    return Lines([Code(line) for line in body.splitlines()])
