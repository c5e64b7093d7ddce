"""`takan gate dry-run` over a node's database: applications not surveyed yet, as the journal tells of them."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

from typer.testing import CliRunner

from credit_gate import policy
from survey_server.cli import app
from survey_server.db.database import open_database
from survey_server.db.journal import Journal
from survey_server.survey.decision_events import Weighed
from survey_server.survey.events import AnyEvent, Applied, Decided, Entry, ItemRecord, Started
from survey_server.survey.items import load_items
from survey_server.survey.step import rebuild
from survey_server.wire.basics import Site, Text, Window

NOW, DAY = datetime.now(UTC), timedelta(days=1)
PACKAGED = policy.load()


def decided(tier: str, outcome: str, *, records: int = 0, digest: str = PACKAGED.digest) -> Decided:
    weighed = Weighed("live", "enterprise", NOW - 3 * DAY, records)
    return Decided(outcome, tier, [], digest, "k", "h", "live", weighed=weighed)  # type: ignore[arg-type]


CASES: dict[str, tuple[AnyEvent, ...]] = {
    "red": (decided("red", "admitted"),),
    "orange": (decided("orange", "admitted"),),
    "blue": (decided("blue", "on_site", records=1),),
    "begun": (decided("red", "admitted"), Started()),
    "older-rules": (decided("red", "admitted", digest="0" * 64),),
    "older-line": (Decided("admitted", "red", [], PACKAGED.digest, "k", "h"),),
}


async def fill(where: Path | str) -> None:
    engine = await open_database(where)
    item = ItemRecord(load_items()["food-business"].view(), Text("法", "law"), 10)
    ages = dict.fromkeys(CASES, NOW - DAY) | {"long-ago": NOW - 91 * DAY}
    for survey, filed_at in ages.items():
        applied = Applied(survey, item, "ref", "某公司", Site(20, 110, 100), Window(NOW, NOW + DAY))
        events = (applied, *CASES.get(survey, CASES["red"]))
        lines = [Entry(survey, seq, filed_at, event) for seq, event in enumerate(events, 1)]
        await Journal(engine).append(lines, rebuild(lines))
    await engine.dispose()


def test_which_pending_applications_would_be_decided_differently(tmp_path: Path, place: Path | str) -> None:
    asyncio.run(fill(place))
    new = tmp_path / "new.toml"

    def run(text: str) -> tuple[int, dict[str, tuple[str, str]]]:
        new.write_text(text, "utf-8")
        given = ["--policy", str(new), "--data", str(tmp_path), "--json"]
        given += ["--database", place] if isinstance(place, str) else []
        done = CliRunner().invoke(app, ["gate", "dry-run", *given])
        told = json.loads(done.output)
        assert told["applications"] == 5
        return done.exit_code, {one["case"]: (one["was"], one["would"]) for one in told["differing"]}

    unclear = dict.fromkeys(("older-rules", "older-line"), ("admitted live", ""))
    assert run(policy.packaged()) == (1, unclear)
    stale = dict.fromkeys(("red", "orange"), ("admitted live", "on_site"))
    assert run(policy.packaged().replace("max_age_days = 7", "max_age_days = 1")) == (1, stale | unclear)
    capped = policy.packaged().replace('cap = "blue"', 'cap = "black"')
    assert run(capped) == (1, unclear | {"blue": ("on_site", "")})


def test_without_a_database_it_says_what_to_name(tmp_path: Path) -> None:
    new = tmp_path / "new.toml"
    new.write_text(policy.packaged(), "utf-8")
    for given, says in ((["--data", str(tmp_path)], "no database in"), ([], "name a node's --data")):
        done = CliRunner().invoke(app, ["gate", "dry-run", "--policy", str(new), *given])
        assert done.exit_code == 2
        assert says in done.output
