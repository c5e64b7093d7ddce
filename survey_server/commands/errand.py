"""takan errand verify: an errand's document, or all errands of a bundle, checked offline."""

import json
import zipfile
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
import typer

from survey_server.commands.counting import counting
from survey_server.commands.ending import fail

if TYPE_CHECKING:
    from evidence_store.ledger.notes import VerifierKey

errand_app = typer.Typer(no_args_is_help=True, help="Errands (亮码): who looks, for which department, item and case.")


@errand_app.callback()
def errand() -> None:
    """Keeps `verify` a command of its own."""


@errand_app.command("verify")
def verify_errand(
    file: Annotated[Path, typer.Argument(help="An errand's document as the check page saves it, or a bundle.")],
    vkey: Annotated[
        list[str] | None,
        typer.Option("--key", "--vkey", help="Verifier key of the node, got from the bureau by another way."),
    ] = None,
    at: Annotated[str, typer.Option(help="Was it valid then? ISO 8601 with a zone; default: now.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")] = False,
) -> None:
    """Who signed an errand, for whom, until when; offline. 0 signed by a given key (a document: and valid then); 1 not,
    or no key was given; 2 not carried out. Whether somebody was taken off since, a document alone can't say.
    """
    from evidence_store.ledger.notes import VerifierKey
    from survey_server.clock import utc_now

    try:
        keys = [VerifierKey.parse(line) for line in vkey or []]
        when = datetime.fromisoformat(at).astimezone() if at else utc_now()
        told = _of_bundle(file, keys) if zipfile.is_zipfile(file) else _of_document(file, keys, when)
    except (ValueError, OSError) as fault:
        fail(fault)
    if as_json:
        print(json.dumps(told, ensure_ascii=False, indent=1))
    else:
        _tell(told)
    raise typer.Exit(0 if told["result"] in ("valid", "verified") else 1)


def _of_document(file: Path, keys: "list[VerifierKey]", when: datetime) -> dict[str, Any]:
    from evidence_store.ledger.notes import BadNote
    from survey_server.survey.errands import read_errand

    try:
        errand, signed = read_errand(file.read_bytes().decode("utf-8", "replace"), keys)
    except BadNote as fault:
        return {"result": "refused", "errands": [], "problems": [{"file": file.name, "problem": str(fault)}]}
    early, late = when < errand.valid_from, when >= errand.valid_until
    result = "not valid yet" if early else "expired" if late else "valid"
    one = {"file": file.name, "errand": msgspec.to_builtins(errand), "signed_by": [str(key) for key in signed]}
    return {"result": result, "errands": [one], "problems": []}


def _of_bundle(file: Path, keys: "list[VerifierKey]") -> dict[str, Any]:
    from evidence_store.verify import examine
    from survey_server.survey.errand_check import ErrandProblem, check_errands
    from survey_server.survey.errands import FOLDER

    with counting() as tell:
        found = examine(file, keys, progress=lambda done, whole: tell("reading", done, whole), also=(FOLDER,))
    problems = [ErrandProblem(one.file, one.problem) for one in found.report.problems]
    signers = [key for ledger in found.ledgers for key in ledger.signers]
    documents = {path: data for path, data in found.bag.content.items() if path.startswith(FOLDER)}
    seals = found.record.seals
    checked, wrong = check_errands(documents, seals[-1].manifest if seals else {}, [*keys, *signers])
    problems += wrong
    return {
        "result": "refused" if problems else found.report.result,
        "errands": msgspec.to_builtins(checked),
        "problems": msgspec.to_builtins(problems),
    }


def _tell(told: dict[str, Any]) -> None:
    print(told["result"].upper())
    for one in told["problems"]:
        print(f"  {one['file']}: {one['problem']}")
    for one in told["errands"]:
        errand = one["errand"]
        off = "; stood aside or was taken off" if one.get("taken_off") else ""
        number = f", {errand['credential']}" if errand["credential"] else ""
        of, item = errand["department"], errand["item"]
        print(f"  {errand['name']}{number}: {errand['role']}, {of['zh']} / {of['en']}{off}")
        print(f"    item {item['code']}, {item['zh']} / {item['en']}; case {errand['case_no']}")
        print(f"    valid from {errand['valid_from']} until {errand['valid_until']}")
        for key in one["signed_by"]:
            print(f"    signed by {key}")
    if told["result"] not in ("valid", "verified"):
        print("  Get the node's verifier key from the bureau by another way than this file, and give it with --key.")
