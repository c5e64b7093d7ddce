"""Whose case it is stands nowhere in plain figures, and declining to be located leaves no mark (PIPL art. 5, 6, 29)."""

import sqlite3
import zipfile
from pathlib import Path

from survey_server.flows import material_rehearsal
from survey_server.flows.client import NodeClient
from survey_server.wire.admission import AdmissionView, InvitationOrder
from survey_server.wire.basics import Site
from survey_server.wire.from_person import Conclude
from survey_server.wire.life import Refer
from survey_server.wire.own import OwnView
from tests.cases.test_material import PHOTOS, wish
from tests.nodes import BLACK, BLUE, RED, ServedNode, application, serving

CODES = (RED, BLUE, BLACK)
SITE = Site(43.4674, 11.8851, 1000)


async def surveyed(client: NodeClient, bundle: Path) -> None:
    """A case by photos alone, from the application to the bundle."""
    people = await material_rehearsal.gather(client, (await client.apply(wish())).survey)
    photos = [(path.name, path.read_bytes()) for path in PHOTOS[:1]]
    await material_rehearsal.run(people, SITE, photos, Conclude("pass", ""))
    survey = people[0].survey
    assert survey is not None
    auditor = await client.start(await client.invite_auditor("审计员"))
    await client.bundle(survey.id, auditor.session, bundle)
    for person in people:
        await person.leave()


def plain_in(path: Path) -> list[str]:
    data = path.read_bytes()
    return [code for code in CODES if code.encode() in data]


async def test_the_subjects_code_is_kept_nowhere(tmp_path: Path) -> None:
    """Not in a table, a log, a ledger, an object or a bundle: a keyed hash stands for it. The name does stand in the
    case, since the record has to say whose premises were surveyed.
    """
    bundle = tmp_path / "bundle.zip"
    with serving(tmp_path / "node") as node:
        async with node.client() as client:
            await surveyed(client, bundle)
            for code, item in ((BLUE, "food-business"), (BLACK, "training-centre")):
                assert (await client.apply(application(code, item))).outcome != "admitted"
        node.stop()
        kept = [path for path in node.data.rglob("*") if path.is_file()]
        names = {path.name for path in kept}
        assert {"takan.db", "ledger.db", "server.log"} <= names
        assert {str(path.relative_to(node.data)): plain_in(path) for path in kept if plain_in(path)} == {}
        held = [path for path in kept if "测试单位".encode() in path.read_bytes()]
        assert held, "the search finds what is there"
        with sqlite3.connect(f"file:{node.data}/takan.db?mode=ro", uri=True) as db:
            references = {row[0] for row in db.execute("select distinct subject from survey")}
        assert len(references) == len(CODES)
    with zipfile.ZipFile(bundle) as files:
        told = {name: files.read(name) for name in files.namelist()}
    assert any("测试单位".encode() in data for data in told.values())
    assert [name for name, data in told.items() if any(code.encode() in data for code in CODES)] == []


def said(view: AdmissionView) -> tuple[object, ...]:
    return view.outcome, view.tier, view.mode, view.reasons


async def test_declining_to_be_located_leaves_no_mark(client: NodeClient, served: ServedNode) -> None:
    """It leads to a visit; the next application is decided as the first was, and nothing counts against anybody."""
    before = await client.apply(application())
    (link,) = await client.invite(before.survey, [InvitationOrder("applicant", "王")])
    applicant = await client.start(link)
    view = await client.move(before.survey, Refer("location_declined"), applicant.session)
    assert view.state == "on_site"
    again = await client.apply(application())
    assert said(again) == said(before)
    own = await client._json("GET", "/api/own", OwnView, applicant.session)
    shown = {one.survey: one for one in own.decisions}
    for survey in (before.survey, again.survey):
        assert (shown[survey].outcome, shown[survey].counted) == ("admitted", [])
    assert own.findings == []
    with sqlite3.connect(f"file:{served.data}/takan.db?mode=ro", uri=True) as db:
        assert db.execute("select count(*) from outbox where kind in ('deducted', 'repaired')").fetchone() == (0,)
