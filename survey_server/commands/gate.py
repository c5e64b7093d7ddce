"""takan gate: the credit gate from the command line."""

import json
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from survey_server.clock import utc_now
from survey_server.commands.dry_run import dry_run
from survey_server.commands.ending import fail
from survey_server.commands.import_register import import_register

gate_app = typer.Typer(no_args_is_help=True, help="The credit gate.")
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]


@gate_app.command()
def decide(
    subject: Annotated[str, typer.Option(help="Unified social credit code, or a person's id number.")],
    item: Annotated[str, typer.Option(help="Item code.")],
    at: Annotated[str, typer.Option(help="Moment, ISO 8601 with zone; default: now.")] = "",
    mode: Annotated[str, typer.Option(help="The way wished: live or upload_only.")] = "live",
    register: Annotated[Path | None, typer.Option(help="Register file; default: the demo register.")] = None,
    policy_file: Annotated[
        Path | None, typer.Option("--policy", help="Policy file; default: the packaged one.")
    ] = None,
    items_file: Annotated[Path | None, typer.Option("--items", help="Items file; default: the packaged one.")] = None,
    as_json: Json = False,
) -> None:
    """May this subject be surveyed remotely for this item? 0 admitted, 1 on site or refused."""
    from credit_gate import policy
    from credit_gate.decision import digest, to_json
    from credit_gate.gate import decide as decide_gate
    from credit_gate.sources.register import DEMO_REGISTER, RegisterFile
    from credit_gate.subject import BadCode, parse
    from survey_server.survey.items import load_items

    try:
        moment = datetime.fromisoformat(at) if at else utc_now()
        if moment.tzinfo is None:
            fail("--at needs a zone, e.g. 2026-11-22T09:00+08:00")
        items = load_items(items_file)
        if mode not in ("live", "upload_only"):
            fail("--mode is live or upload_only")
        if item not in items:
            fail(f"there is no item {item}; known: {', '.join(items)}")
        who = parse(subject)
        source = RegisterFile(register or DEMO_REGISTER)
        source.read()
        way = "live" if mode == "live" else "upload_only"
        terms, rules = items[item].terms(), policy.load(policy_file)
        decision = decide_gate(who, source.standing(who, moment), terms, rules, moment, way)
    except BadCode as fault:
        fail(f"{fault.zh} / {fault.en}")
    except ValueError as fault:
        fail(fault)
    if as_json:
        print(json.dumps({**to_json(decision), "digest": digest(decision)}, ensure_ascii=False, indent=1))
    else:
        print(f"{decision.outcome} ({decision.tier.value})")
        for reason in decision.reasons:
            zh, en = (f"（{reason.rule}）", f" ({reason.rule})") if reason.rule else ("", "")
            print(f"  {reason.zh}{zh}\n  {reason.en}{en}")
    raise typer.Exit(0 if decision.outcome == "admitted" else 1)


@gate_app.command()
def replay(
    record: Annotated[Path, typer.Argument(help="A preserved decision (JSON), as in a bundle or in the store.")],
) -> None:
    """Make a kept decision again, under the policy kept with it. 0 it follows, 1 it does not, 2 not carried out."""
    from credit_gate.replay import CannotReplay, replayed

    try:
        faults = replayed(json.loads(record.read_text("utf-8")))
    except (CannotReplay, OSError, ValueError) as fault:
        fail(f"{record}: {fault}")
    for fault in faults:
        print(f"{record}: {fault}")
    if not faults:
        print(f"{record}: the decision follows from the tier, the policy and the item's terms kept with it")
    raise typer.Exit(1 if faults else 0)


gate_app.command("dry-run")(dry_run)
gate_app.command("import-register")(import_register)
