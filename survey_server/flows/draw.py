"""Draws by lot: the intake desk opens one, the applicant's page and the ledger do their parts, links follow.

`carry_on` does whatever is next, as the journal says; it is called after each line that may give it something to do,
and at the start of the node. Every document is made of the journal alone, so each step may be done twice without harm.
"""

import asyncio
import base64
import contextlib
import hashlib
import secrets
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path

from credit_gate.subject import BadCode, parse
from evidence_store import Facts
from evidence_store.ledger.entries import entry_key
from evidence_store.ledger.log import Proven
from survey_server.flows.case import Case
from survey_server.flows.node import Node
from survey_server.flows.trouble import Trouble
from survey_server.survey import draw_record
from survey_server.survey.draw import NUMBER_BYTES
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
    Proof,
)
from survey_server.survey.draw_rules import again, may_draw, may_replace, overdue
from survey_server.survey.draws import Draw, under_way
from survey_server.survey.events import AnyEvent
from survey_server.survey.life import leads_to
from survey_server.survey.panel import BadPanel, Member, candidates, load_panel
from survey_server.survey.panel_events import Recused
from survey_server.survey.refusals import Refusal
from survey_server.survey.survey import Participant, Survey
from survey_server.wire.basics import Text
from survey_server.wire.draws import (
    CommitNumber,
    DrawOrder,
    NumberWanted,
    ReplacementOrder,
    RevealNumber,
    RevealWanted,
)

_LOOK_AGAIN_S = 0.5
_CANNOT = Text("不能抽签", "Nothing can be drawn")


async def open_draw(node: Node, survey: str, order: DrawOrder) -> Draw:
    """Open a draw. Raises Trouble in words; a second draw for the same seats is refused and put on record."""
    case = await node.case(survey)
    members = await asyncio.to_thread(_panel, node)
    office, refused = secrets.token_hex(NUMBER_BYTES), list[Refusal]()

    def opened(value: Survey) -> list[AnyEvent]:
        now = node.clock()
        refused.clear()
        stands = again(value, order.role, now)
        if stands is not None:
            refused.append(_AGAIN)
            return [DrawRefused(stands.number, order.role)]
        listed, left_out = candidates(
            members, order.role, value.application.item.view,
            is_subject=_is_subject(node, value),
            declared={one.member: one.reason.strip() for one in order.conflicts},
            taking_part=frozenset(person.drawn for person in value.participants.values() if person.drawn),
        )  # fmt: skip
        no = may_draw(value, order.role, order.seats, len(listed), now)
        if no is not None:
            refused.append(no)
            return []
        running = under_way(value.draws)
        lapsed = [DrawLapsed(running.number, "no_number")] if running is not None and overdue(running, now) else []
        until = now + timedelta(hours=node.settings.draw_hours)
        number = len(value.draws) + 1
        return [*lapsed, DrawOpened(number, order.role, order.seats, listed, left_out, office, until)]

    _check_declared(order, members)
    await case.decide(opened)
    if refused:
        raise Trouble(409, refused[0].code, _CANNOT, refused[0].text)
    return case.survey.draws[-1]


async def take_number(node: Node, case: Case, person: Participant, said: CommitNumber | RevealNumber) -> None:
    """The applicant's page committed or revealed; `draw_rules` has let it through. Said again it changes nothing."""

    def taken(value: Survey) -> list[AnyEvent]:
        draw = next(draw for draw in value.draws if draw.number == said.draw)
        match said:
            case CommitNumber() if draw.state == "waiting":
                return [NumberCommitted(said.draw, person.id, said.sha256, said.key)]
            case RevealNumber() if draw.state == "revealing":
                return [NumberRevealed(said.draw, person.id, said.number, said.signature)]
            case _:
                return []

    await case.decide(taken)
    carry_on(node, case)


async def replace(node: Node, survey: str, number: int, order: ReplacementOrder) -> Draw:
    """A drawn person does not take part: the next of the drawn order has the seat. Raises Trouble in words."""
    case = await node.case(survey)

    def replaced(value: Survey) -> list[AnyEvent]:
        draw = next((draw for draw in value.draws if draw.number == number), None)
        no = may_replace(value, draw, order)
        if no is not None:
            raise Trouble(409, no.code, Text("不能递补", "Nobody can be replaced"), no.text)
        reason = order.reason.strip()
        seat = next((person.id for person in value.participants.values() if person.drawn == order.member), None)
        taken_off = [] if seat is None else [Recused(seat, order.cause, reason)]
        return [DrawReplaced(number, order.member, order.cause, reason), *taken_off]

    await case.decide(replaced)
    return case.survey.draws[number - 1]


def wanted_of_page(survey: Survey) -> NumberWanted | RevealWanted | None:
    """What the applicant's page has to do in a draw now."""
    draw = under_way(survey.draws)
    if draw is None or leads_to(survey.mode, survey.state, Drawn) is None:
        return None
    if draw.state == "waiting":
        return NumberWanted(draw.number, draw.role)
    if draw.state == "revealing" and draw.covered is not None and draw.seeded is not None:
        seeded = draw.seeded
        return RevealWanted(
            draw.number, draw.role, draw.covered.sha256, seeded.leaf, seeded.commitment.index, seeded.commitment.path,
            seeded.note,
        )  # fmt: skip
    return None


def carry_on(node: Node, case: Case) -> None:
    """Do what is next in this survey's draw, beside whatever asked for it."""
    if _next(case.survey) is not None and case.id not in node.drawing:
        node.drawing.add(case.id)
        node.persist(f"draw of {case.id}", partial(_carry_on, node, case))


async def _carry_on(node: Node, case: Case) -> None:
    while (draw := _next(case.survey)) is not None:
        if draw.state == "drawing":
            await _make(node, case, draw)
        elif draw.covered is None:
            await _cover(node, case, draw)
        else:
            await _seed(node, case, draw)
    node.drawing.discard(case.id)  # nothing was awaited since there was nothing to do


def _next(survey: Survey) -> Draw | None:
    """The draw in which it is the node's turn."""
    draw = under_way(survey.draws)
    if draw is None or leads_to(survey.mode, survey.state, Drawn) is None:
        return None
    return draw if draw.state in ("committed", "drawing") else None


async def _cover(node: Node, case: Case, draw: Draw) -> None:
    """The commitment goes into the ledger; which checkpoint covers it is put on record."""
    data = draw_record.commitment(case.id, case.survey.application, draw)
    key = await _preserved(node, case, draw, "commitment", data)
    proven = await _proven(node, case, key)
    if proven is None:
        await _lapse(case, draw)
        return
    _, proof = _of(proven, key)
    event = DrawCovered(draw.number, key, hashlib.sha256(data).hexdigest(), proven.note, proof)
    await case.decide(lambda now: [event] if _stands(now, draw, "committed") and not _covered(now, draw) else [])


async def _seed(node: Node, case: Case, draw: Draw) -> None:
    """The anchor goes into the ledger; the checkpoint that covers it is later than what the anchor names."""
    assert draw.covered is not None
    data = draw_record.anchor(case.id, draw)
    key = await _preserved(node, case, draw, "anchor", data)
    proven = await _proven(node, case, key)
    if proven is None or not await node.ledger.has(draw.covered.key):
        await _lapse(case, draw)
        return
    leaf, proof = _of(proven, draw.covered.key)
    event = DrawSeeded(
        draw.number, key, hashlib.sha256(data).hexdigest(), proven.note, leaf, proof, _of(proven, key)[1]
    )
    await case.decide(lambda now: [event] if _stands(now, draw, "committed") else [])


async def _make(node: Node, case: Case, draw: Draw) -> None:
    order, data = draw_record.result(case.id, case.survey.application, draw)
    key = await _preserved(node, case, draw, "result", data)
    drawn = Drawn(draw.number, order, key, hashlib.sha256(data).hexdigest())
    await case.decide(lambda now: [drawn] if _stands(now, draw, "drawing") else [])


async def _preserved(node: Node, case: Case, draw: Draw, part: str, data: bytes) -> str:
    """Preserve a document, unless it was before a restart; its key."""
    facts = Facts(
        name=f"{node.prefix(case)}/draws/{draw.number:03}-{part}",
        suffix=".json",
        media_type="application/json",
        lock_days=node.settings.lock_days,
        kind="draw",
        about={"draw": draw.number, "part": part},
    )
    return await node.preserve_once(data, facts)


async def _proven(node: Node, case: Case, key: str) -> Proven | None:
    """The survey's entries under the newest checkpoint, once one covers the document; None if another node's log has
    it: this one can't prove it then.
    """
    changed = asyncio.Event()
    case.changed.add(changed.set)
    try:
        while await node.index.by_key(key) is None:
            changed.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(changed.wait(), _LOOK_AGAIN_S)
    finally:
        case.changed.discard(changed.set)
    await node.ledger.covered(key)
    return await node.ledger.proven(case.id) if await node.ledger.has(key) else None


def _of(proven: Proven, key: str) -> tuple[str, Proof]:
    """The entry about this object, and its proof."""
    entry = next(entry for entry in proven.entries if entry_key(entry.leaf) == key)
    return entry.leaf.decode(), Proof(entry.index, [base64.b64encode(step).decode() for step in entry.path])


async def _lapse(case: Case, draw: Draw) -> None:
    lapsed = DrawLapsed(draw.number, "moved")
    await case.decide(lambda now: [lapsed] if _stands(now, draw, "committed") else [])


def _stands(survey: Survey, draw: Draw, state: str) -> bool:
    return survey.draws[draw.number - 1].state == state


def _covered(survey: Survey, draw: Draw) -> bool:
    return survey.draws[draw.number - 1].covered is not None


def _panel(node: Node) -> tuple[Member, ...]:
    if not node.settings.panel:
        raise Trouble(
            409,
            "no_panel",
            _CANNOT,
            Text("系统没有配置专家名录（panel）。", "No register of experts is configured (setting panel)."),
        )
    try:
        return load_panel(Path(node.settings.panel))
    except BadPanel as fault:
        raise Trouble(
            500, "bad_panel", _CANNOT, Text(f"专家名录有误：{fault}", f"The register of experts is wrong: {fault}")
        ) from fault


def _check_declared(order: DrawOrder, members: tuple[Member, ...]) -> None:
    unknown = sorted({one.member for one in order.conflicts} - {member.id for member in members})
    if unknown:
        names = ", ".join(unknown)
        raise Trouble(
            422, "unknown_member", _CANNOT,
            Text(f"名录中没有：{names}。", f"Not in the register of experts: {names}."),
        )  # fmt: skip


def _is_subject(node: Node, survey: Survey) -> Callable[[str], bool]:
    application = survey.application

    def is_subject(written: str) -> bool:
        if written.strip() == application.subject_name.strip():
            return True
        try:
            return parse(written).ref(node.secret) == application.subject
        except BadCode:
            return False

    return is_subject


_AGAIN = Refusal(
    "drawn_once",
    Text(
        "抽签只能进行一次，这次请求已记录；有人不能到场时，请按抽签顺序递补。",
        "Seats are drawn once; this attempt is on record. If somebody can't come, have the next in the drawn order.",
    ),
)
