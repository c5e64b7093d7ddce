"""takan gate dry-run."""

import asyncio
import csv
import json
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from survey_server.clock import utc_now
from survey_server.commands.ending import fail

if TYPE_CHECKING:
    from credit_gate.dry_run import Foreseen, Pending
    from credit_gate.policy import Policy
    from survey_server.survey.decision_events import Decided, Weighed
    from survey_server.survey.items import Item
    from survey_server.survey.survey import Survey

_COLUMNS = ("case_no", "code", "item")
"""What an applications file must have; `mode` and `at` may be left out."""
_WAITING = ("refused", "on_site", "admitted", "scheduled")
"""Decided, and nothing of the survey has happened."""


def dry_run(
    policy_file: Annotated[Path, typer.Option("--policy", help="The new policy file.")],
    items_file: Annotated[Path | None, typer.Option("--items", help="New items file; default: the packaged.")] = None,
    current: Annotated[
        list[Path] | None, typer.Option(help="The policy in force, and earlier ones; default: the packaged.")
    ] = None,
    data: Annotated[
        Path | None, typer.Option(help="A node's data directory: its applications not surveyed yet.")
    ] = None,
    database: Annotated[str, typer.Option(envvar="TAKAN_DATABASE", help="The node's PostgreSQL database.")] = "",
    days: Annotated[int, typer.Option(min=1, help="Of the node: applications of so many days back.")] = 90,
    applications: Annotated[
        Path | None, typer.Option(help="Instead of a node: CSV with case_no,code,item[,mode,at], asked of --register.")
    ] = None,
    register: Annotated[Path | None, typer.Option(help="Register file that --applications are asked of.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")] = False,
) -> None:
    """Which pending applications would a new policy decide differently? 0 none, 1 some or unclear, 2 not carried out.

    Changes nothing, and a node may run meanwhile. From a node the tier that counted is known, not the records behind
    it: what rests on them is called unclear. A file of applications is decided whole, twice.
    """
    from credit_gate import policy
    from credit_gate.sources.register import BadRegister
    from survey_server.db.errors import DatabaseUnfit, DatabaseUnreachable
    from survey_server.survey.items import load_items

    try:
        new, items = policy.load(policy_file), load_items(items_file)
        olds = [policy.load(one) for one in current or [None]]
        if applications is not None and register is not None:
            told = _of_file(applications, register, items, olds[0], new)
        elif data is not None or database:
            told = asyncio.run(_of_node(data or Path("takan-data"), database, days, items, olds, new))
        else:
            fail("name a node's --data directory (or --database), or --applications with --register")
    except (BadRegister, DatabaseUnfit, DatabaseUnreachable, OSError, ValueError) as fault:
        fail(fault)
    differing = [one for one in told if one.differs]
    if as_json:
        print(json.dumps(_as_json(olds[0], new, len(told), differing), ensure_ascii=False, indent=1))
    else:
        _tell(len(told), differing)
    raise typer.Exit(1 if differing else 0)


async def _of_node(
    data: Path, database: str, days: int, items: "dict[str, Item]", olds: "list[Policy]", new: "Policy"
) -> "list[Foreseen]":
    from credit_gate.dry_run import foresee, unforeseen
    from survey_server.db.database import open_database
    from survey_server.db.journal import Journal

    if not database and not (data / "takan.db").exists():
        fail(f"there is no database in {data}; name the node's --data directory")
    engine = await open_database(database or data.absolute() / "takan.db")
    under = {old.digest: old.standing for old in olds}
    since, told = utc_now() - timedelta(days=days), list["Foreseen"]()
    try:
        journal = Journal(engine)
        for name in await journal.ids():
            survey = await journal.survey(name)
            if survey is None or survey.created_at < since:
                break  # newest first
            decision = survey.decision
            if decision is None or survey.state not in _WAITING or survey.closing is not None or survey.photos:
                continue
            if survey.second_look is not None and survey.second_look.decision is not None:
                continue  # a person's decision is no policy's
            case, item = survey.application.case_no, survey.application.item.view.code
            if decision.weighed is None:
                told.append(unforeseen(case, item, decision.outcome, decision.mode))
                continue
            terms = items[item].terms() if item in items else None
            one = _pending(survey, decision, decision.weighed)
            told.append(foresee(one, terms, under.get(decision.policy_digest), new))
    finally:
        await engine.dispose()
    return told


def _pending(survey: "Survey", decision: "Decided", weighed: "Weighed") -> "Pending":
    from credit_gate.dry_run import Pending
    from credit_gate.tier import Tier

    return Pending(
        case=survey.application.case_no,
        item=survey.application.item.view.code,
        at=survey.created_at,
        outcome=decision.outcome,
        mode=decision.mode,
        tier=Tier(decision.tier),
        wish=weighed.wish,
        whose=weighed.whose,
        as_of=weighed.as_of,
        records=weighed.records,
    )


def _of_file(
    applications: Path, register: Path, items: "dict[str, Item]", old: "Policy", new: "Policy"
) -> "list[Foreseen]":
    from credit_gate.dry_run import compared
    from credit_gate.gate import decide
    from credit_gate.sources.register import RegisterFile
    from credit_gate.subject import BadCode, parse

    known = RegisterFile(register).read()
    told: list[Foreseen] = []
    with applications.open(encoding="utf-8-sig", newline="") as file:
        rows = csv.DictReader(file)
        lacking = [name for name in _COLUMNS if name not in (rows.fieldnames or ())]
        if lacking:
            fail(f"{applications}: column {', '.join(lacking)} is missing; it needs {', '.join(_COLUMNS)}")
        for row in rows:
            place = f"{applications}, line {rows.line_num}"
            try:
                subject = parse(row["code"])
                at = datetime.fromisoformat(row["at"]) if row.get("at") else utc_now()
            except (BadCode, ValueError) as error:
                fail(f"{place}: {error}")
            if row["item"] not in items:
                fail(f"{place}: there is no item {row['item']}")
            if (mode := row.get("mode") or "live") not in ("live", "upload_only"):
                fail(f"{place}: mode is live or upload_only")
            if at.tzinfo is None:
                fail(f"{place}: at needs a zone, e.g. 2026-11-22T09:00+08:00")
            standing, terms = known.standing(subject, at), items[row["item"]].terms()
            way = "live" if mode == "live" else "upload_only"
            before, after = (decide(subject, standing, terms, one, at, way) for one in (old, new))
            told.append(compared(row["case_no"], before, after))
    return told


def _as_json(old: "Policy", new: "Policy", looked_at: int, differing: "list[Foreseen]") -> dict[str, object]:
    return {
        "current": {"version": old.version, "digest": old.digest},
        "new": {"version": new.version, "digest": new.digest},
        "applications": looked_at,
        "unclear": sum(one.unclear is not None for one in differing),
        "differing": [asdict(one) for one in differing],
    }


def _tell(looked_at: int, differing: "list[Foreseen]") -> None:
    for one in differing:
        because = one.unclear or one.reasons[0]
        print(f"{one.case}  {one.item}  {one.was} -> {one.would or 'unclear'}\n  {because.zh}\n  {because.en}")
    print(f"{len(differing)} of {looked_at} applications would be decided differently or are unclear")
