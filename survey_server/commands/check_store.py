"""takan store check."""

import contextlib
import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from survey_server.commands.ending import fail
from survey_server.commands.stores import Config, Secure

if TYPE_CHECKING:
    from evidence_store.conformance import KeyPair, Verdict


def check_store(
    endpoint: Annotated[str, typer.Option(envvar="TAKAN_STORE_ENDPOINT", help="HOST:PORT of the store.")] = "",
    access_key: Annotated[
        str, typer.Option(envvar="TAKAN_STORE_ACCESS_KEY", help="The node's key: it is judged.")
    ] = "",
    secret_key: Annotated[str, typer.Option(envvar="TAKAN_STORE_SECRET_KEY", help="Its secret.")] = "",
    setup_access_key: Annotated[
        str, typer.Option(envvar="TAKAN_STORE_SETUP_ACCESS_KEY", help="A key that may make and empty buckets.")
    ] = "",
    setup_secret_key: Annotated[str, typer.Option(envvar="TAKAN_STORE_SETUP_SECRET_KEY", help="Its secret.")] = "",
    secure: Secure = False,
    bucket: Annotated[
        str, typer.Option(envvar="TAKAN_STORE_BUCKET", help="A bucket to look at besides; nothing is written to it.")
    ] = "",
    config: Config = None,
    embedded: Annotated[
        bool, typer.Option("--embedded", help="Examine the embedded store, by default one made for this.")
    ] = False,
    data: Annotated[
        Path | None, typer.Option(help="Data directory of the node: it keeps the verdict, signed, for its start.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")] = False,
) -> None:
    """Is this store safe for evidence? Tries everything in a bucket of its own. 0 yes, 1 no, 2 not carried out.

    --config takes endpoint, node's key and bucket from a settings file and the TAKAN_* variables. Keys are better given
    as variables than on the command line, which other users of the machine can read.
    """
    from evidence_store.conformance import KeyPair
    from evidence_store.errors import EvidenceError
    from survey_server.settings import BadSettings, load_settings

    if config is not None:
        try:
            settings = load_settings(config, intake_key="not asked for here")
        except BadSettings as fault:
            fail(fault)
        endpoint, secure, bucket = settings.store_endpoint, settings.store_secure, settings.store_bucket
        access_key, secret_key = settings.store_access_key, settings.store_secret_key
        embedded, data = settings.embedded, Path(settings.data_dir)
    node, setup = (access_key, secret_key), (setup_access_key, setup_secret_key)
    if not embedded and not (endpoint and all(node) and all(setup)):
        fail(
            "say which store: --embedded, or --endpoint with --access-key and --secret-key (the node's key, which is "
            "judged) and --setup-access-key and --setup-secret-key (a key that may make and empty buckets)"
        )
    try:
        if embedded:
            verdict = _examine_embedded(data, bucket)
        else:
            from evidence_store.conformance import examine

            verdict = examine(endpoint, KeyPair(*node), KeyPair(*setup), secure=secure, bucket=bucket)
            if data is not None:
                _keep_verdict(verdict, KeyPair(*node), bucket, data)
    except (EvidenceError, OSError, ValueError) as fault:
        fail(fault)
    if as_json:
        print(json.dumps(verdict.to_json(), ensure_ascii=False, indent=1))
    else:
        _tell(verdict)
    raise typer.Exit(0 if verdict.passed else 1)


def _examine_embedded(data: Path | None, bucket: str) -> "Verdict":
    from evidence_store import Embedded
    from evidence_store.conformance import KeyPair, examine
    from evidence_store.embedded_profile import credentials_of

    with contextlib.ExitStack() as stack:
        directory = data / "store" if data else Path(stack.enter_context(tempfile.TemporaryDirectory())) / "store"
        store = Embedded(directory)
        access = store.start()
        stack.callback(store.stop)
        keys = credentials_of(directory)
        node, setup = KeyPair(keys.writer_key, keys.writer_secret), KeyPair(keys.keeper_key, keys.keeper_secret)
        return examine(access.endpoint, node, setup, bucket=bucket)


def _keep_verdict(verdict: "Verdict", node: "KeyPair", bucket: str, data: Path) -> None:
    from evidence_store.conformance.approval import STORE_VERDICT, approval, verdict_signer
    from survey_server.settings import Settings

    data.mkdir(parents=True, exist_ok=True)
    note = approval(verdict, node, bucket or Settings().store_bucket, verdict_signer(data))
    (data / STORE_VERDICT).write_text(note)


def _tell(verdict: "Verdict") -> None:
    for line in verdict.lines:
        print(f"{line.word:<8} {line.id:<31} {line.said}")
    for word in verdict.left_over:
        print(f"left     {word}")
    held = sum(line.passed for line in verdict.lines)
    print(f"\n{verdict.endpoint} ({verdict.server or 'unnamed'}): {held} of {len(verdict.lines)} lines hold.")
    if verdict.passed:
        print("Evidence may be kept there." + (" Mind the warnings:" if verdict.warnings else ""))
    else:
        print("No evidence may be kept there. What would be unsafe:")
    for line in (*verdict.refusals, *verdict.warnings):
        print(f"  {line.word}, {line.id}: {line.unsafe}")
