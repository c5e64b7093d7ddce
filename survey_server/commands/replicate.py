"""takan replicate."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from survey_server.commands import stores
from survey_server.commands.counting import counting
from survey_server.commands.ending import fail

if TYPE_CHECKING:
    from evidence_store.replicate import Summary

_TOLD = 40
_DEFAULT_LOCK_DAYS = 180


def replicate(
    to_endpoint: Annotated[str, typer.Option(envvar="TAKAN_COPY_ENDPOINT", help="HOST:PORT of the second store.")],
    to_access_key: Annotated[str, typer.Option(envvar="TAKAN_COPY_ACCESS_KEY", help="A key that may write there.")],
    to_secret_key: Annotated[str, typer.Option(envvar="TAKAN_COPY_SECRET_KEY", help="Its secret.")],
    to_bucket: Annotated[
        str, typer.Option(envvar="TAKAN_COPY_BUCKET", help="Made with object lock if there is none.")
    ] = "takan-evidence",
    to_secure: Annotated[bool, typer.Option(envvar="TAKAN_COPY_SECURE", help="Speak TLS to it.")] = False,
    endpoint: stores.Endpoint = "",
    access_key: stores.AccessKey = "",
    secret_key: stores.SecretKey = "",
    bucket: stores.Bucket = "",
    secure: stores.Secure = False,
    config: stores.Config = None,
    embedded: stores.Embedded = False,
    data: stores.Data = Path("takan-data"),
    threads: Annotated[int, typer.Option(min=1, max=64, help="How many objects are copied at once.")] = 8,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")] = False,
) -> None:
    """Copy evidence and logs to a second store, with their locks. 0 all is there, 1 findings, 2 not carried out.

    Run it again for what is new, and after any interruption. `takan audit --copy` checks the copy by itself. Keys are
    better given as TAKAN_STORE_* and TAKAN_COPY_* variables than on the command line.
    """
    from evidence_store import Objects
    from evidence_store.errors import EvidenceError
    from evidence_store.replicate import replicate as copy

    keys = (to_access_key, to_secret_key)
    try:
        target = Objects(to_endpoint, *keys, to_bucket, secure=to_secure, default_lock_days=_DEFAULT_LOCK_DAYS)
        named = stores.Named(endpoint, access_key, secret_key, bucket, secure, config, embedded, data)
        with named.opened() as source, counting() as progress:
            if (source.endpoint, source.bucket) == (target.endpoint, target.bucket):
                fail("--to-endpoint and --to-bucket name the store itself")
            summary = copy(source, target, threads=threads, progress=progress)
    except KeyboardInterrupt:
        fail("interrupted; run it again, it goes on")
    except (EvidenceError, ValueError, OSError) as fault:
        fail(fault)
    if as_json:
        print(json.dumps(msgspec.to_builtins(summary), ensure_ascii=False, indent=1))
    else:
        _tell(summary)
    raise typer.Exit(1 if summary.findings else 0)


def _tell(summary: "Summary") -> None:
    for found in summary.findings[:_TOLD]:
        version = f" (version {found.version})" if found.version else ""
        print(f"{found.kind:<14} {found.key}{version} {found.problem}")
    if len(summary.findings) > _TOLD:
        print(f"and {len(summary.findings) - _TOLD} more (--json lists all)")
    print(
        f"{summary.copied} copied ({summary.bytes} bytes), {summary.already} there already, {summary.extended} of them "
        f"locked for longer, {len(summary.findings) or 'no'} findings; {summary.seconds:.0f} s"
    )
