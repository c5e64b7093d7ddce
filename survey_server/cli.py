"""The command line (ARCHITECTURE.md, stable contract). 0 means yes, 1 no, 2 that it could not be carried out."""

import asyncio
import contextlib
import json
import logging
import os
import signal
import sys
import tempfile
from collections.abc import Awaitable, Callable, Generator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
import typer
import uvloop

from survey_server import __version__
from survey_server.clock import utc_now
from survey_server.commands.audit import audit
from survey_server.commands.ending import fail
from survey_server.commands.locks import locks
from survey_server.commands.replicate import replicate

if TYPE_CHECKING:
    from evidence_store.conformance import KeyPair, Verdict
    from evidence_store.verify import Report

app = typer.Typer(add_completion=False, no_args_is_help=True, help="Remote site surveys.")
gate_app = typer.Typer(no_args_is_help=True, help="The credit gate.")
app.add_typer(gate_app, name="gate")
bench_app = typer.Typer(no_args_is_help=True, help="What the server's work costs, beside a named baseline.")
app.add_typer(bench_app, name="bench")
store_app = typer.Typer(no_args_is_help=True, help="The object store that evidence is kept in.")
app.add_typer(store_app, name="store")

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]
Config = Annotated[Path | None, typer.Option("--config", "-c", help="Settings file (TOML).")]

_PROBLEMS_TOLD = 40


def main() -> None:
    """Entry point of `takan`."""
    level = os.environ.get("TAKAN_LOG", "WARNING").upper()
    logging.basicConfig(level=level, format="%(levelname)s %(name)s: %(message)s")
    app()


app.command()(audit)
app.command()(locks)
app.command()(replicate)


@app.command()
def serve(
    config: Config = None,
    embedded: Annotated[bool | None, typer.Option("--embedded", help="Keep evidence in the embedded store.")] = None,
    data: Annotated[str | None, typer.Option(help="Data directory.")] = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="TCP port; 0 takes a free one.")] = None,
) -> None:
    """Run a node until it is told to stop (SIGTERM, Ctrl-C)."""
    from survey_server.settings import BadSettings, load_settings

    try:
        settings = load_settings(config, embedded=embedded, data_dir=data, host=host, port=port)
    except BadSettings as fault:
        fail(fault)

    async def ready(url: str) -> None:
        print(f"takan {__version__} ready at {url}", flush=True)

    _run_node(settings, ready)


@app.command()
def demo(
    data: Annotated[Path, typer.Option(help="Data directory; kept between runs.")] = Path("takan-demo"),
    host: Annotated[str | None, typer.Option(help="This machine's address for phones; default: loopback only.")] = None,
    port: Annotated[int, typer.Option(help="TCP port; 0 takes a free one.")] = 8443,
) -> None:
    """Everything embedded, with demo data: prints a link for each role, and a QR code for a phone."""
    from survey_server.flows.demo import demo_settings, prepare_demo

    settings = demo_settings(data, host or "127.0.0.1", port)

    async def ready(url: str) -> None:
        await prepare_demo(url, settings)

    _run_node(settings, ready)


@app.command()
def rehearse(
    video: Annotated[Path, typer.Option(help="A video file the people stream.")],
    photos: Annotated[Path, typer.Option(help="A folder of photos the applicant uploads.")],
    seconds: Annotated[float, typer.Option(min=1, help="Length of the live session.")] = 20.0,
    site: Annotated[str, typer.Option(help="LAT,LON of the premises (WGS-84).")] = "20.0310,110.3500",
    radius: Annotated[float, typer.Option(help="Fence round the site in metres.")] = 500.0,
    window: Annotated[str, typer.Option(help="T1/T2 in ISO 8601 with zones; default: today.")] = "",
    server: Annotated[str, typer.Option(help="URL of a running node; without it an embedded one is started.")] = "",
    key: Annotated[str, typer.Option(envvar="TAKAN_INTAKE_KEY", help="Intake key of the running node.")] = "",
    subject: Annotated[str, typer.Option(help="Code of the subject; default: a demo enterprise of tier red.")] = "",
    kind: Annotated[str, typer.Option(help="Kind of item to rehearse.")] = "remote_survey",
    mode: Annotated[str, typer.Option(help="live; upload_only is not there yet.")] = "live",
    surveys: Annotated[int, typer.Option(min=1, help="How many surveys at the same time.")] = 1,
    profile: Annotated[str, typer.Option(help="full: everybody sends; thin: only the applicant.")] = "full",
    export: Annotated[Path | None, typer.Option(help="Write the bundle of the (first) survey here.")] = None,
    as_json: Json = False,
) -> None:
    """A whole survey with simulated people: admission, four people, media, photos, sealing, export."""
    from survey_server.flows.rehearsal import Plan, RehearsalFailed, parse_site, parse_window, rehearsal

    if mode != "live":
        fail(f"--mode {mode} can't be rehearsed yet: only live surveys can")
    if profile not in ("thin", "full"):
        fail("--profile is thin or full")
    try:
        plan = Plan(
            video=video,
            photos=photos,
            seconds=seconds,
            site=parse_site(site, radius),
            window=parse_window(window, utc_now()),
            subject=subject,
            kind=kind,
            surveys=surveys,
            profile="thin" if profile == "thin" else "full",
            export=export,
        )
        reports = uvloop.run(rehearsal(plan, server.rstrip("/"), key))
    except (RehearsalFailed, ValueError, OSError) as fault:
        fail(fault)
    if as_json:
        print(json.dumps(reports[0] if surveys == 1 else reports, ensure_ascii=False, indent=1))
    else:
        for report in reports:
            _tell_rehearsal(report)
    if any(report["admission"]["outcome"] != "admitted" for report in reports):
        raise typer.Exit(1)


@app.command()
def export(
    survey: Annotated[str, typer.Argument(help="Survey id.")],
    out: Annotated[Path, typer.Option("-o", "--out", help="Where the zip goes.")],
    server: Annotated[str, typer.Option(help="URL of the node.")] = "http://127.0.0.1:8443",
    key: Annotated[str, typer.Option(envvar="TAKAN_INTAKE_KEY", help="Intake key of the node.")] = "",
) -> None:
    """Write the bundle of a sealed survey."""
    from survey_server.flows.rehearsal import RehearsalFailed, fetch_bundle

    try:
        asyncio.run(fetch_bundle(server.rstrip("/"), key, survey, out))
    except (RehearsalFailed, ValueError, OSError) as fault:
        fail(f"{server}: {fault}")
    print(out)


@app.command()
def verify(
    bundle: Annotated[Path, typer.Argument(help="The zip that `takan export` wrote.")],
    vkey: Annotated[
        list[str] | None,
        typer.Option(help="Verifier key of a log, got from the bureau by another way than the bundle."),
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
    as_json: Json = False,
) -> None:
    """Check a bundle offline. 0 verified, or consistent if no key was given; 1 refused; 2 could not be carried out."""
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
        with _counting(quiet=as_json) as progress:
            report = verify_bundle(bundle, keys, authorities=authorities, earlier=earlier, progress=progress)
    except (ValueError, OSError) as fault:
        fail(fault)
    if as_json:
        print(json.dumps(msgspec.to_builtins(report), ensure_ascii=False, indent=1))
    else:
        _tell_verified(report)
    raise typer.Exit(1 if report.result == "refused" else 0)


@gate_app.command()
def decide(
    subject: Annotated[str, typer.Option(help="Unified social credit code, or a person's id number.")],
    item: Annotated[str, typer.Option(help="Item code.")],
    at: Annotated[str, typer.Option(help="Moment, ISO 8601 with zone; default: now.")] = "",
    register: Annotated[Path | None, typer.Option(help="Register file; default: the demo register.")] = None,
    policy_file: Annotated[
        Path | None, typer.Option("--policy", help="Policy file; default: the packaged one.")
    ] = None,
    as_json: Json = False,
) -> None:
    """May this subject be surveyed remotely for this item? 0 admitted, 1 on site or refused."""
    from credit_gate import policy
    from credit_gate.decision import to_json
    from credit_gate.gate import decide as decide_gate
    from credit_gate.sources.register import DEMO_REGISTER, RegisterFile
    from credit_gate.subject import BadCode, parse
    from survey_server.survey.items import load_items

    try:
        moment = datetime.fromisoformat(at) if at else utc_now()
        if moment.tzinfo is None:
            fail("--at needs a zone, e.g. 2026-11-22T09:00+08:00")
        items = load_items(None)
        if item not in items:
            fail(f"there is no item {item}; known: {', '.join(items)}")
        who = parse(subject)
        source = RegisterFile(register or DEMO_REGISTER)
        source.read()
        decision = decide_gate(who, source.standing(who, moment), items[item].terms(), policy.load(policy_file), moment)
    except BadCode as fault:
        fail(f"{fault.zh} / {fault.en}")
    except ValueError as fault:
        fail(fault)
    if as_json:
        print(json.dumps(to_json(decision), ensure_ascii=False, indent=1))
    else:
        print(f"{decision.outcome} ({decision.tier.value})")
        for reason in decision.reasons:
            zh, en = (f"（{reason.rule}）", f" ({reason.rule})") if reason.rule else ("", "")
            print(f"  {reason.zh}{zh}\n  {reason.en}{en}")
    raise typer.Exit(0 if decision.outcome == "admitted" else 1)


@store_app.command("check")
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
    secure: Annotated[bool, typer.Option(envvar="TAKAN_STORE_SECURE", help="Speak TLS to the store.")] = False,
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
    as_json: Json = False,
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
        _tell_verdict(verdict)
    raise typer.Exit(0 if verdict.passed else 1)


@bench_app.command("media")
def bench_media(
    viewers: Annotated[int, typer.Option(help="How many receive the one sender.")] = 3,
    seconds: Annotated[float, typer.Option(help="How long each server is measured.")] = 20.0,
    as_json: Json = False,
) -> None:
    """CPU of passing on and recording one sender, beside aiortc's MediaRelay and MediaRecorder in the same run."""
    from survey_server.bench.media import compare, machine

    try:
        costs = uvloop.run(compare(viewers, seconds))
    except (OSError, TimeoutError) as fault:
        fail(f"the bench could not be carried out: {fault or 'nothing connected in time'}")
    stock, recorded, unrecorded, _, stock_least, least = costs
    figures = {
        "machine": machine(),
        "costs": [msgspec.to_builtins(cost) for cost in costs],
        "times_less": round(stock.cores / recorded.cores, 1),
        "times_less_per_picture": round(
            stock.cores / max(stock.pictures_per_s, 0.1) * recorded.pictures_per_s / recorded.cores, 1
        ),
        "times_less_at_one_viewer_not_recorded": round(stock_least.cores / least.cores, 1),
        "recording_cores_per_participant": round(recorded.cores - unrecorded.cores, 4),
    }
    if as_json:
        print(json.dumps(figures, indent=1))
        return
    print(figures["machine"])
    for cost in costs:
        kept = "recorded" if cost.recording else "not recorded"
        print(f"{cost.server:<28} {cost.viewers} viewers, {kept:<13} {cost.cores:.3f} cores  "
              f"{cost.pictures_per_s:>5} pictures/s at a viewer")  # fmt: skip
    print(f"{figures['times_less']} times less than aiortc; {figures['times_less_per_picture']} times less for each "
          f"picture delivered; {figures['times_less_at_one_viewer_not_recorded']} times less with one viewer and no "
          f"recording; recording adds {figures['recording_cores_per_participant']:.4f} cores")  # fmt: skip


@bench_app.command("store")
def bench_store(
    seconds: Annotated[float, typer.Option(min=1, help="How long each turn lasts.")] = 10.0,
    entries: Annotated[int, typer.Option(min=1000, help="Entries of the ledger.")] = 1_000_000,
    minutes: Annotated[float, typer.Option(min=1, help="Length of the survey that is sealed.")] = 30.0,
    as_json: Json = False,
) -> None:
    """Keeping evidence beside bare puts of the minio SDK in the same run, a large ledger, and a long survey's seal."""
    from evidence_store.errors import EvidenceError
    from survey_server.app import running
    from survey_server.bench.media import machine
    from survey_server.bench.sealing import sealing_cost
    from survey_server.bench.store import ledger_cost, throughput
    from survey_server.flows.client import NodeRefused
    from survey_server.flows.person import GaveUp

    ledger = ledger_cost(entries)  # first: its memory is what the process grows by
    try:
        costs = uvloop.run(throughput((20_000, 1_000_000), seconds))  # as a node runs
        seal = uvloop.run(sealing_cost(running, minutes, lambda line: print(line, file=sys.stderr)))
    except (EvidenceError, OSError, TimeoutError, NodeRefused, GaveUp) as fault:
        fail(f"the bench could not be carried out: {fault}")
    if as_json:
        figures = {"throughput": costs, "ledger": ledger, "seal": seal}
        print(json.dumps({"machine": machine(), **msgspec.to_builtins(figures)}, indent=1))
        return
    print(machine())
    for cost in costs:
        print(f"{cost.size:>9,} bytes, 64 in flight: {cost.kept_per_s:>6} kept/s, {cost.bare_per_s:>6} bare puts/s, "
              f"ratio {cost.ratio:.2f}")  # fmt: skip
    print(f"ledger of {ledger.entries:,}: append {ledger.append_us} us, proof of {ledger.proof_hashes} hashes "
          f"{ledger.proof_us_p50} us (p99 {ledger.proof_us_p99}), memory {ledger.memory_mb} MB")  # fmt: skip
    print(f"survey of {seal.minutes} minutes, {seal.people} people, {seal.objects} objects, {seal.megabytes} MB, "
          f"{seal.journal_lines} lines; after the hang-up closed in {seal.closed_s} s, archived in {seal.archived_s}, "
          f"sealed in {seal.sealed_s}, the seal kept in {seal.kept_s}, covered in {seal.covered_s}")  # fmt: skip


@app.command(hidden=True)
def wire_types() -> None:
    """Print the client's TypeScript types, generated from wire.py."""
    from survey_server.typescript import wire_types as generate

    print(generate(), end="")


def _run_node(settings: Any, ready: Callable[[str], Awaitable[None]]) -> None:
    from evidence_store.errors import EvidenceError
    from survey_server import memory
    from survey_server.app import running

    memory.give_back()

    async def work() -> None:
        stop = asyncio.Event()
        for name in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(name, stop.set)
        async with running(settings) as node:
            memory.freeze()
            await ready(node.public_url)
            await stop.wait()

    try:
        uvloop.run(work())
    except (EvidenceError, OSError, ValueError) as fault:
        fail(fault)


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


def _tell_verdict(verdict: "Verdict") -> None:
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


@contextlib.contextmanager
def _counting(*, quiet: bool) -> Generator[Callable[[int, int], None] | None]:
    """A bar on the terminal, where there is one."""
    from rich.console import Console
    from rich.progress import Progress

    if quiet or not sys.stderr.isatty():
        yield None
        return
    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("reading")
        yield lambda done, whole: bar.update(task, completed=done, total=whole)


def _tell_verified(report: "Report") -> None:
    if report.result == "refused":
        print(f"REFUSED: {len(report.problems)} problem{'s' * (len(report.problems) != 1)}")
        for found in report.problems[:_PROBLEMS_TOLD]:
            print(f"  {found.file} {found.problem}")
        if len(report.problems) > _PROBLEMS_TOLD:
            print(f"  and {len(report.problems) - _PROBLEMS_TOLD} more (--json lists all)")
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
        print("  bureau by another way than the bundle, and give it with --vkey.")


def _tell_rehearsal(report: dict[str, Any]) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console()
    console.print(f"[bold]{report['survey']}[/bold]  {report['admission']['outcome']}")
    if report["admission"]["outcome"] != "admitted":
        for reason in report["admission"]["reasons"]:
            console.print(f"  {reason['zh']}\n  {reason['en']}")
        return
    people = Table("person", "join ms", "first frame ms")
    for person in report["participants"]:
        people.add_row(person["role"], str(person["join_ms"]), str(person["first_frame_ms"]))
    tracks = Table("participant", "kind", "codec", "seconds", "gaps")
    for track in report["tracks"]:
        tracks.add_row(
            track["participant"], track["kind"], track["codec"], f"{track['seconds']:.2f}", str(len(track["gaps"]))
        )
    photos = Table("photo", "channel", "result", "not passed")
    for photo in report["photos"]:
        failed = [finding["id"] for finding in photo["findings"] if finding["result"] in ("flag", "fail")]
        photos.add_row(photo["name"], photo["channel"], photo["result"], ", ".join(failed))
    for table in (people, tracks, photos):
        console.print(table)
    console.print(f"sealed in {report['sealed_ms']} ms; store {report['store']}; export {report['export']}")


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        main()
