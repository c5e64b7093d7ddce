"""takan verify."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from survey_server.commands.counting import counting
from survey_server.commands.ending import fail

if TYPE_CHECKING:
    from evidence_store.verify import Report

_TOLD = 40


def verify(
    bundle: Annotated[Path, typer.Argument(help="The zip that `takan export` wrote.")],
    vkey: Annotated[
        list[str] | None,
        typer.Option(
            "--key", "--vkey", help="Verifier key of a log, got from the bureau by another way than the bundle."
        ),
    ] = None,
    vkey_file: Annotated[list[Path] | None, typer.Option(help="File of verifier keys, one a line.")] = None,
    tsa_ca: Annotated[
        list[Path] | None, typer.Option(help="Certificates (PEM) that must vouch for the bundle's timestamp.")
    ] = None,
    previous: Annotated[
        Path | None, typer.Option(help="A checkpoint of the same log kept from another time: was history rewritten?")
    ] = None,
    consistency: Annotated[
        Path | None, typer.Option(help="The consistency proof between the two: base64, a hash a line.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")] = False,
) -> None:
    """Check a bundle offline. 0 verified; 1 refused, or only consistent for want of a key; 2 not carried out."""
    from evidence_store.ledger.notes import VerifierKey
    from evidence_store.ledger.tokens import read_certificates
    from evidence_store.verify import EarlierCheckpoint, read_consistency
    from evidence_store.verify import verify as verify_bundle

    try:
        lines = [line for file in vkey_file or [] for line in file.read_text().splitlines() if line.strip()]
        if vkey_file and not lines:
            fail("there is no verifier key in the file given")
        keys = [VerifierKey.parse(line) for line in [*(vkey or []), *lines]]
        authorities = [one for file in tsa_ca or [] for one in read_certificates(file.read_bytes())]
        earlier = None
        if previous is not None:
            path = read_consistency(consistency.read_text()) if consistency is not None else ()
            earlier = EarlierCheckpoint(str(previous), previous.read_text(), path)
        elif consistency is not None:
            fail("--consistency goes with --previous")
        with counting() as tell:
            report = verify_bundle(
                bundle, keys, authorities=authorities, earlier=earlier,
                progress=lambda done, whole: tell("reading", done, whole),
            )  # fmt: skip
    except (ValueError, OSError) as fault:
        fail(fault)
    if as_json:
        print(json.dumps(msgspec.to_builtins(report), ensure_ascii=False, indent=1))
    else:
        _tell(report)
    raise typer.Exit(0 if report.result == "verified" else 1)


def _tell(report: "Report") -> None:
    if report.result == "refused":
        print(f"REFUSED: {len(report.problems)} problem{'s' * (len(report.problems) != 1)}")
        for found in report.problems[:_TOLD]:
            print(f"  {found.file} {found.problem}")
        if len(report.problems) > _TOLD:
            print(f"  and {len(report.problems) - _TOLD} more (--json lists all)")
        return
    print(report.result.upper())
    print(f"  survey     {report.survey}, sealed {', '.join(report.seals)}, whole up to {report.until}")
    print(f"  files      {report.files} with {report.bytes} bytes, every one proven by the log's entries")
    print(f"  log        {report.log}, {report.entries} of its {report.size} entries")
    for key in report.signed_by:
        print(f"  signed by  {key}")
    for stamp in report.timestamps:
        vouched = "" if stamp.trusted else " (unchecked: give its certificate with --tsa-ca)"
        print(f"  timestamp  {stamp.at} by {stamp.authority}{vouched}")
    if report.result != "verified":
        print("  No key was given: anybody could have made and signed this bundle. Get the log's verifier key from the")
        print("  bureau by another way than the bundle, and give it with --key.")
