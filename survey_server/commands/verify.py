"""takan verify: is a bundle's record whole and unchanged, and what does it say?"""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from survey_server.commands.counting import counting
from survey_server.commands.ending import fail

if TYPE_CHECKING:
    from evidence_store.verify import Report
    from survey_server.survey.about_record import AboutRecord, PersonInRecord

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
    from evidence_store.verify import EarlierCheckpoint, examine, read_consistency
    from survey_server.survey.about_record import about_record

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
            examined = examine(
                bundle, keys, authorities=authorities, earlier=earlier,
                progress=lambda done, whole: tell("reading", done, whole),
            )  # fmt: skip
    except (ValueError, OSError) as fault:
        fail(fault)
    report = examined.report
    about = None if report.result == "refused" else about_record(examined.record.seals[-1].manifest)
    if as_json:
        told = msgspec.to_builtins(report) | {"about": msgspec.to_builtins(about)}
        print(json.dumps(told, ensure_ascii=False, indent=1))
    else:
        _tell(report)
        if about is not None:
            _tell_about(about)
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


def _tell_about(about: "AboutRecord") -> None:
    print("What its seals say:")
    item = "" if about.item is None else f"{about.item.zh} ({about.item.en})"
    given = (("case", about.case_no), ("subject", about.subject), ("item", item), ("place", about.address))
    lines = [(name, said) for name, said in given if said]
    if about.began:
        lines.append(("recorded", f"{about.began} to {about.ended}"))
    lines += [("person", _person(one)) for one in about.people]
    for track in about.coverage:
        holes = f"{track.gaps} gaps of {track.gap_seconds:.1f} s in all" if track.gaps else "no gaps"
        lines.append(("recorded", f"{track.person}, {track.kind}: {track.percent:.1f} %, {holes}"))
    for name, count, verdicts in (
        ("photos", about.photos, about.photo_verdicts),
        ("videos", about.videos, about.video_verdicts),
    ):
        judged = ", ".join(f"{n} {result}" for result, n in verdicts.items())
        lines.append((name, f"{count}: {judged}" if judged else f"{count}"))
    lines.append(("conclusion", about.conclusion or "none"))
    for one in about.signatures:
        of = "" if one.department is None else f" ({one.department.zh})"
        lines.append(("signed", f"{one.person}{of}: {one.result}, {one.at}" + f": {one.reason}" * bool(one.reason)))
    for name, said in lines:
        print(f"  {name:10} {said}")


def _person(person: "PersonInRecord") -> str:
    if not person.joined:
        did = "never came"
    elif not person.consented:
        did = f"opened the page {person.joined}, did not agree to the notice"
    else:
        did = f"agreed to the notice {person.consented}"
    return f"{person.name}, {person.role}: {did}"
