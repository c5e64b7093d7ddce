"""A draw by lot on a real node, from its order to `takan draw verify`: page, ledger, restart, seats, bundle."""

import asyncio
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from survey_server.flows.client import NodeClient, NodeRefused
from survey_server.flows.material_rehearsal import sealed
from survey_server.flows.person import Person
from survey_server.wire.admission import InvitationOrder
from survey_server.wire.draws import (
    CommitNumber,
    DeclaredConflict,
    DrawOrder,
    DrawView,
    ReplacementOrder,
    RevealNumber,
)
from survey_server.wire.from_person import AnswerPoint, Conclude, ExplainShot, GiveOpinion, SubmitMaterial
from tests.cases.test_material import told, view, wish
from tests.nodes import ROOT, ServedNode, serving, takan, takan_json
from tests.survey.test_draw import drawn_by_hand

PANEL = ROOT / "tests" / "data" / "panel.toml"


@pytest.fixture(scope="module")
def drawing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedNode]:
    """A node with a register of experts, where an attempt that the page does not go on with is overdue at once."""
    with serving(tmp_path_factory.mktemp("drawing"), TAKAN_PANEL=str(PANEL), TAKAN_DRAW_HOURS="0") as node:
        yield node


async def arrived(client: NodeClient, survey: str, *, draws: bool = True) -> Person:
    (link,) = await client.invite(survey, [InvitationOrder("applicant", "王经办")])
    person = await Person.arrive(client, link, None, call=False)
    if not draws:
        person.draws = None
    return person


async def until(client: NodeClient, survey: str, state: str) -> DrawView:
    async with asyncio.timeout(40):
        while (draw := (await client.draws(survey))[-1]).state != state:
            await asyncio.sleep(0.05)
    return draw


async def finish(applicant: Person, reviewers: list[Person], client: NodeClient, bundle: Path) -> None:
    """The rest of the survey, and its bundle."""
    points = [point.id for point in view(applicant).item.points]
    for point in points:
        await applicant.send(ExplainShot(point, "拍不到"))
    await applicant.send(SubmitMaterial())
    for reviewer in reviewers:
        await reviewer.until(lambda one=reviewer: view(one).state == "ended", "the submission")
        for point in points:
            await reviewer.send(AnswerPoint(point, "ok"))
        await reviewer.send(GiveOpinion("approve"))
    for reviewer in reviewers:
        await reviewer.until(lambda one=reviewer: view(one).reviews_open, "the opinions")
        await reviewer.send(Conclude("pass"))
    await reviewers[0].until(lambda: sealed(reviewers[0], "case"), "the case seal", 60)
    auditor = await client.start(await client.invite_auditor("审计"))
    await client.bundle(view(applicant).id, auditor.session, bundle)


async def test_experts_and_reviewers_are_drawn_and_anyone_makes_it_again(drawing: ServedNode, tmp_path: Path) -> None:
    async with drawing.client() as client:
        survey = (await client.apply(wish())).survey
        applicant = await arrived(client, survey)
        conflicts = [DeclaredConflict("E07", "与申请人是亲属")]
        opened = await client.order_draw(survey, DrawOrder(2, conflicts=conflicts))
        assert (opened.candidates, opened.seats) == (3, 2)
        draw = await until(client, survey, "drawn")
        assert {one.member for one in draw.seated} < {"E01", "E02", "E03"}
        with pytest.raises(NodeRefused, match="Seats are drawn once; this attempt is on record"):
            await client.order_draw(survey, DrawOrder(2))
        with pytest.raises(NodeRefused, match="drawn by lot in this survey"):
            await client.invite(survey, [InvitationOrder("expert", "熟人")])
        assert view(applicant).draws[0].seated == []

        links = await client.invite_drawn(survey, 1)
        assert [link.name for link in links] == [one.name for one in draw.seated]
        first, second = draw.seated
        (last,) = {"E01", "E02", "E03"} - {first.member, second.member}
        after = await client.replace_drawn(survey, 1, ReplacementOrder(first.member, "no_show", "电话无人接听"))
        assert [one.member for one in after.seated] == [second.member, last]
        with pytest.raises(NodeRefused, match="nobody is left"):
            await client.replace_drawn(survey, 1, ReplacementOrder(last, "recused", "x"))
        (next_one,) = await client.invite_drawn(survey, 1)
        assert next_one.name == {"E01": "符一", "E02": "王二", "E03": "林三"}[last]
        assert await client.invite_drawn(survey, 1) == []

        await client.order_draw(survey, DrawOrder(2, "reviewer"))
        await until(client, survey, "drawn")
        reviewers = [
            await Person.arrive(client, link, None, call=False) for link in await client.invite_drawn(survey, 2)
        ]
        bundle = tmp_path / "bundle.zip"
        await finish(applicant, reviewers, client, bundle)
        for person in (applicant, *reviewers):
            await person.leave()
        key = (await client.ledger()).vkeys[0]

    status, told_ = takan_json("draw", "verify", str(bundle), "--key", key)
    assert (status, told_["result"], told_["problems"]) == (0, "verified", [])
    assert [one["role"] for one in told_["draws"]] == ["expert", "reviewer"]
    assert told_["draws"][0]["seated"] == [second.member, last]
    made_by_hand(bundle, told_["draws"])
    status, told_ = takan_json("draw", "verify", str(bundle))
    assert (status, told_["result"]) == (1, "consistent, signer unchecked")
    status, words, _ = takan("draw", "verify", str(bundle), "--key", key)
    assert (status, "order made again" in words) == (0, True)
    assert takan_json("verify", str(bundle), "--key", key)[0] == 0
    data = bytearray(bundle.read_bytes())
    at = data.find(b'"drawn":["')
    data[at + 11] ^= 1
    (tmp_path / "changed.zip").write_bytes(data)
    status, told_ = takan_json("draw", "verify", str(tmp_path / "changed.zip"), "--key", key)
    assert status == 1
    assert any("the first of the order that seed and list give" in one["problem"] for one in told_["problems"])
    assert takan("draw", "verify", str(tmp_path / "none.zip"))[0] == 2


def made_by_hand(bundle: Path, made: list[dict[str, object]]) -> None:
    """From the bundle's files alone, by the other code of `test_draw`."""
    with zipfile.ZipFile(bundle) as archive:
        names = sorted(name for name in archive.namelist() if "/draws/" in name)
        read = {name.rpartition("/")[2].rpartition("-")[0]: archive.read(name) for name in names}
    assert len(names) == 6
    for number in (1, 2):
        commitment = read[f"{number:03}-commitment"]
        said, final = json.loads(commitment), json.loads(read[f"{number:03}-result"])
        order = drawn_by_hand(
            commitment,
            final["checkpoint"].split("\n\n")[0] + "\n",
            bytes.fromhex(final["applicant"]["number"]),
            bytes.fromhex(final["office"]["number"]),
            [one["id"] for one in said["candidates"]],
        )
        assert order == final["order"] == made[number - 1]["order"]


async def test_a_page_that_does_not_answer_lets_the_attempt_lapse_and_nothing_else_is_taken(
    drawing: ServedNode,
) -> None:
    async with drawing.client() as client:
        survey = (await client.apply(wish())).survey
        with pytest.raises(NodeRefused, match="Not in the register of experts: E55"):
            await client.order_draw(survey, DrawOrder(1, conflicts=[DeclaredConflict("E55", "x")]))
        with pytest.raises(NodeRefused, match="Only 4 are qualified"):
            await client.order_draw(survey, DrawOrder(5))
        applicant = await arrived(client, survey, draws=False)
        await client.order_draw(survey, DrawOrder(1))
        await applicant.send(RevealNumber(1, "00" * 32, "00" * 64))
        await told(applicant, "no_draw")
        for _ in range(2):
            await client.order_draw(survey, DrawOrder(1))
        await applicant.send(CommitNumber(1, "00" * 32, f"04{'00' * 64}"))
        await told(applicant, "no_draw")
        assert [draw.state for draw in await client.draws(survey)] == ["lapsed", "lapsed", "waiting"]
        with pytest.raises(NodeRefused, match="draw the panel on site"):
            await client.order_draw(survey, DrawOrder(1))
        with pytest.raises(NodeRefused, match="Try again in a moment"):
            await client.invite_drawn(survey, 3)
        await applicant.leave()


async def test_a_node_killed_in_the_middle_goes_on_with_the_same_checkpoint(tmp_path: Path) -> None:
    with serving(tmp_path / "node", TAKAN_PANEL=str(PANEL)) as node:
        async with node.client() as client:
            survey = (await client.apply(wish())).survey
            applicant = await arrived(client, survey)
            assert applicant.draws is not None
            reveal, page = applicant.draws.reveal, applicant.draws
            held: list[object] = []

            def keep(wanted: object) -> object:
                held.append(wanted)
                raise asyncio.CancelledError

            page.reveal = keep
            await client.order_draw(survey, DrawOrder(2))
            with pytest.raises(NodeRefused, match="drawn once"):
                await client.order_draw(survey, DrawOrder(2))
            with pytest.raises(NodeRefused, match="Another draw is under way"):
                await client.order_draw(survey, DrawOrder(2, "reviewer"))
            await applicant.until(lambda: bool(held), "the checkpoint to sign")
            await until(client, survey, "revealing")
            await applicant.leave()
            node.kill()
            await asyncio.to_thread(node.start)
            page.reveal = reveal
            await applicant.connect()
            draw = await until(client, survey, "drawn")
            assert (len(draw.seated), len(held)) == (2, 1)
            await applicant.leave()
            node.kill()
            await asyncio.to_thread(node.start)
            assert (await client.draws(survey))[0] == draw
