"""takan audit."""

import json
import re
import secrets
import shlex
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from survey_server.commands import stores
from survey_server.commands.counting import counting
from survey_server.commands.ending import fail

if TYPE_CHECKING:
    from evidence_store.audit import Report

_TOLD = 40


def audit(
    endpoint: stores.Endpoint = "",
    access_key: stores.AccessKey = "",
    secret_key: stores.SecretKey = "",
    bucket: stores.Bucket = "",
    secure: stores.Secure = False,
    config: stores.Config = None,
    embedded: stores.Embedded = False,
    data: stores.Data = Path("takan-data"),
    vkey: Annotated[
        list[str] | None, typer.Option(help="Verifier key of a log, got by another way than from the store.")
    ] = None,
    vkey_file: Annotated[list[Path] | None, typer.Option(help="File of verifier keys, one a line.")] = None,
    node: Annotated[
        list[str] | None, typer.Option(help="Only this node's log and its objects; may be repeated.")
    ] = None,
    margin: Annotated[float, typer.Option(min=0, help="Days: a lock that ends sooner than this is a finding.")] = 14.0,
    copy: Annotated[bool, typer.Option("--copy", help="A second copy: judge by key, its version ids differ.")] = False,
    sample: Annotated[str, typer.Option(help="Share of objects to read; the store is asked about all.")] = "100%",
    state: Annotated[Path | None, typer.Option(help="Note here how far it came; the same again goes on.")] = None,
    threads: Annotated[int, typer.Option(min=1, max=64, help="How many objects are read at once.")] = 8,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")] = False,
) -> None:
    """Check everything in a store: logs, objects, locks. 0 nothing is wrong, 1 findings, 2 not carried out.

    Needs no node and no database. Keys are better given as TAKAN_STORE_* variables than on the command line, which
    other users of the machine can read.
    """
    from evidence_store.audit import AuditImpossible, BadState, Plan
    from evidence_store.audit import audit as scrub
    from evidence_store.errors import EvidenceError
    from evidence_store.ledger.notes import VerifierKey

    try:
        lines = [line for file in vkey_file or [] for line in file.read_text().splitlines() if line.strip()]
        if vkey_file and not lines:
            fail("there is no verifier key in the file given")
        plan = Plan(
            keys=[VerifierKey.parse(line) for line in [*(vkey or []), *lines]],
            nodes=node or (),
            margin=timedelta(days=margin),
            copy=copy,
            sample=_share(sample),
            threads=threads,
            state=state,
        )
        named = stores.Named(endpoint, access_key, secret_key, bucket, secure, config, embedded, data)
        with named.opened() as objects, counting() as progress:
            report = scrub(objects, plan, seed=secrets.token_hex(8), progress=progress)
    except KeyboardInterrupt:
        fail(f"interrupted{f'; --state {shlex.quote(str(state))} again goes on' if state is not None else ''}")
    except (EvidenceError, AuditImpossible, BadState, ValueError, OSError) as fault:
        fail(fault)
    if as_json:
        print(json.dumps(msgspec.to_builtins(report), ensure_ascii=False, indent=1))
    else:
        _tell(report)
    raise typer.Exit(0 if report.passed else 1)


def _share(text: str) -> float:
    """`5%` or `0.05`. Raises ValueError in words."""
    match = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?)(%?)", text.strip())
    share = float(match[1]) / (100 if match[2] else 1) if match else -1.0
    if not 0 <= share <= 1:
        raise ValueError(f"--sample takes a share, e.g. 5% or 0.05, and not {text!r}")
    return share


def _tell(report: "Report") -> None:
    for found in report.findings[:_TOLD]:
        version = f" (version {found.version})" if found.version else ""
        print(f"{found.kind:<14} {found.key}{version} {found.problem}")
    if len(report.findings) > _TOLD:
        print(f"and {len(report.findings) - _TOLD} more (--json lists all)")
    for log in report.logs:
        signed = ", ".join(log.signed_by) or "signer unchecked"
        print(f"log {log.origin or '(unreadable)'}: {log.size} entries, {signed}")
    faults = sum(found.is_fault for found in report.findings)
    print(
        f"{report.endpoint}/{report.bucket}: {report.objects} objects, {report.bytes} bytes read in "
        f"{report.seconds:.0f} s; {faults or 'nothing'} wrong"
    )
