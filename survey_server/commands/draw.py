"""takan draw verify: the draws of a bundle made again from the bundle alone."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
import typer

from survey_server.commands.counting import counting
from survey_server.commands.ending import fail

if TYPE_CHECKING:
    from evidence_store.ledger.notes import VerifierKey
    from evidence_store.verify import Examined
    from survey_server.survey.draw_check import Material

draw_app = typer.Typer(no_args_is_help=True, help="Draws by lot: who sits on a panel because nobody could choose.")


@draw_app.callback()
def draw() -> None:
    """Keeps `verify` a command of its own."""


@draw_app.command("verify")
def verify_draw(
    bundle: Annotated[Path, typer.Argument(help="The zip that `takan export` wrote.")],
    vkey: Annotated[
        list[str] | None,
        typer.Option(
            "--key", "--vkey", help="Verifier key of a log, got from the bureau by another way than the bundle."
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")] = False,
) -> None:
    """Make every draw in a bundle again, offline. 0 all of it fits; 1 not, or no key was given; 2 not carried out."""
    from evidence_store.ledger.notes import VerifierKey
    from evidence_store.verify import examine
    from survey_server.survey.draw_check import FOLDER, DrawProblem, check_draws, tells_of_draws

    try:
        keys = [VerifierKey.parse(line) for line in vkey or []]
        with counting() as tell:
            examined = examine(bundle, keys, progress=lambda done, whole: tell("reading", done, whole), also=(FOLDER,))
    except (ValueError, OSError) as fault:
        fail(fault)
    report = examined.report
    problems = [DrawProblem(0, f"{one.file} {one.problem}") for one in report.problems]
    material = _material(examined, keys)
    if not problems and not tells_of_draws(material):
        fail("nobody was drawn for this survey: there is no draw to make again (`takan verify` checks the record)")
    made, wrong = check_draws(material) if examined.ledgers else ([], [])
    problems += wrong
    result = "refused" if problems else report.result
    told: dict[str, Any] = {
        "result": result,
        "survey": report.survey,
        "log": report.log,
        "signed_by": list(report.signed_by),
        "draws": msgspec.to_builtins(made),
        "problems": msgspec.to_builtins(problems),
    }
    if as_json:
        print(json.dumps(told, ensure_ascii=False, indent=1))
    else:
        _tell(told)
    raise typer.Exit(0 if result == "verified" else 1)


def _material(examined: "Examined", keys: "list[VerifierKey]") -> "Material":
    """What the bundle holds of draws. Without given keys those that signed its checkpoints are taken."""
    from evidence_store.ledger.proofs import entry_index
    from survey_server.survey.draw_check import FOLDER, Entered, Material

    entries: dict[str, Entered] = {}
    for ledger in examined.ledgers:
        for entry in ledger.entries:
            key = entry.says.get("key")
            path = "/".join(key.split("/")[5:]) if isinstance(key, str) else ""
            if path.startswith(FOLDER):
                leaf = examined.bag.content[entry.file]
                entries[path] = Entered(ledger.checkpoint.origin, entry_index(entry.file), leaf, entry.says)
    documents = {path: data for path, data in examined.bag.content.items() if path.startswith(FOLDER)}
    seals = examined.record.seals
    signers = [key for ledger in examined.ledgers for key in ledger.signers]
    return Material(examined.report.survey, documents, entries, seals[-1].manifest if seals else {}, [*keys, *signers])


def _tell(told: dict[str, Any]) -> None:
    if told["problems"]:
        print(f"REFUSED: {len(told['problems'])} problem{'s' * (len(told['problems']) != 1)}")
        for one in told["problems"]:
            print(f"  draw {one['draw']}: {one['problem']}" if one["draw"] else f"  {one['problem']}")
        return
    print(told["result"].upper())
    print(f"  survey {told['survey']}, log {told['log']}")
    for one in told["draws"]:
        if one["state"] == "lapsed":
            print(f"  draw {one['draw']}: lapsed before a number was revealed; nobody knows whom it would have drawn")
            continue
        print(
            f"  draw {one['draw']}: {one['seats']} of {one['candidates']}, role {one['role']}, by the checkpoint of "
            f"{one['checkpoint']} entries"
        )
        print(f"    order made again: {', '.join(one['order'])}")
        print(f"    seated: {', '.join(one['seated'])}")
    if told["result"] != "verified":
        print("  No key was given: anybody could have made and signed this bundle. Get the log's verifier key from the")
        print("  bureau by another way than the bundle, and give it with --key.")
