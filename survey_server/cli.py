"""The command line (ARCHITECTURE.md, stable contract). 0 means yes, 1 no, 2 that it could not be carried out."""

import asyncio
import contextlib
import json
import logging
import os
import signal
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, Any, Literal

import typer
import uvloop

from survey_server import __version__
from survey_server.clock import utc_now
from survey_server.commands.audit import audit
from survey_server.commands.bench_photo import bench_photo
from survey_server.commands.benches import bench_media, bench_store
from survey_server.commands.check_store import check_store
from survey_server.commands.draw import draw_app
from survey_server.commands.ending import fail
from survey_server.commands.errand import errand_app
from survey_server.commands.gate import gate_app
from survey_server.commands.items import items_app
from survey_server.commands.locks import locks
from survey_server.commands.outbox import outbox
from survey_server.commands.photo import photo_app
from survey_server.commands.replicate import replicate
from survey_server.commands.rotate_key import rotate_key
from survey_server.commands.verify import verify

app = typer.Typer(add_completion=False, no_args_is_help=True, help="Remote site surveys.")
app.add_typer(gate_app, name="gate")
bench_app = typer.Typer(no_args_is_help=True, help="What the server's work costs, beside a named baseline.")
app.add_typer(bench_app, name="bench")
store_app = typer.Typer(no_args_is_help=True, help="The object store that evidence is kept in.")
app.add_typer(store_app, name="store")
app.add_typer(photo_app, name="photo")
app.add_typer(draw_app, name="draw")
app.add_typer(errand_app, name="errand")
app.add_typer(items_app, name="items")

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]
Config = Annotated[Path | None, typer.Option("--config", "-c", help="Settings file (TOML).")]


def main() -> None:
    """Entry point of `takan`."""
    level = os.environ.get("TAKAN_LOG", "WARNING").upper()
    logging.basicConfig(level=level, format="%(levelname)s %(name)s: %(message)s")
    app()


app.command()(audit)
app.command()(locks)
app.command()(outbox)
app.command()(replicate)
app.command()(rotate_key)
app.command()(verify)
store_app.command("check")(check_store)
bench_app.command("media")(bench_media)
bench_app.command("store")(bench_store)
bench_app.command("photo")(bench_photo)


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
    photos: Annotated[Path, typer.Option(help="A folder of photos the applicant uploads.")],
    video: Annotated[Path | None, typer.Option(help="A video file the people of a live survey stream.")] = None,
    seconds: Annotated[float, typer.Option(min=1, help="Length of the live session.")] = 20.0,
    site: Annotated[str, typer.Option(help="LAT,LON of the premises (WGS-84).")] = "20.0310,110.3500",
    radius: Annotated[float, typer.Option(help="Fence round the site in metres.")] = 500.0,
    window: Annotated[str, typer.Option(help="T1/T2 in ISO 8601 with zones; default: today.")] = "",
    server: Annotated[str, typer.Option(help="URL of a running node; without it an embedded one is started.")] = "",
    key: Annotated[str, typer.Option(envvar="TAKAN_INTAKE_KEY", help="Intake key of the running node.")] = "",
    subject: Annotated[str, typer.Option(help="Code of the subject; default: a demo enterprise of tier red.")] = "",
    kind: Annotated[
        str,
        typer.Option(
            help="remote_survey, pre_siting, joint_inspection or re_survey (two surveys, one after the other)."
        ),
    ] = "remote_survey",
    mode: Annotated[str, typer.Option(help="live, or upload_only: photos, reviewed by two departments.")] = "live",
    surveys: Annotated[int, typer.Option(min=1, help="How many surveys at the same time.")] = 1,
    profile: Annotated[str, typer.Option(help="full: everybody sends; thin: only the applicant.")] = "full",
    export: Annotated[Path | None, typer.Option(help="Write the bundle of the (first) survey here.")] = None,
    as_json: Json = False,
) -> None:
    """A whole survey with simulated people: admission, media, photos, reviews, conclusion, sealing, export."""
    from survey_server.flows.rehearsal import Plan, RehearsalFailed, parse_site, parse_window, rehearsal

    if mode not in ("live", "upload_only"):
        fail("--mode is live or upload_only")
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
            mode="live" if mode == "live" else "upload_only",
        )
        reports = uvloop.run(rehearsal(plan, server.rstrip("/"), key))
    except (RehearsalFailed, ValueError, OSError) as fault:
        fail(fault)
    if as_json:
        print(json.dumps(reports[0] if surveys == 1 else reports, ensure_ascii=False, indent=1))
    else:
        for report in reports:
            _tell_rehearsal(report)
    if any((report["admission"]["outcome"], report["admission"]["mode"]) != ("admitted", mode) for report in reports):
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


@app.command(hidden=True)
def openapi() -> None:
    """Print the OpenAPI document of the approvals platform's part of the API."""
    from survey_server.api.openapi import document

    print(json.dumps(document(), ensure_ascii=False, indent=1))


@app.command(hidden=True)
def wire_types() -> None:
    """Print the client's TypeScript types, generated from `survey_server.wire`."""
    from survey_server.typescript import wire_types as generate

    print(generate(), end="")


@app.command(hidden=True)
def life(mode: Annotated[Literal["live", "upload_only"], typer.Option()] = "live") -> None:
    """Print the life of a survey as a Mermaid state diagram, drawn from its transition table."""
    from survey_server.survey.life import diagram

    print(diagram(mode))


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


def _tell_rehearsal(report: dict[str, Any]) -> None:
    from rich.console import Console

    if "earlier" in report:
        _tell_rehearsal(report["earlier"])
    console = Console()
    console.print(f"[bold]{report['survey']}[/bold]  {report['admission']['outcome']} ({report['admission']['mode']})")
    if not report["participants"]:
        for reason in report["admission"]["reasons"]:
            console.print(f"  {reason['zh']}\n  {reason['en']}")
        return
    _tell_table("person, join ms, first frame ms", [
        (person["role"], person["join_ms"], person["first_frame_ms"] or "-") for person in report["participants"]
    ])  # fmt: skip
    _tell_table("participant, kind, codec, seconds, gaps", [
        (track["participant"], track["kind"], track["codec"], f"{track['seconds']:.2f}", len(track["gaps"]))
        for track in report["tracks"]
    ])  # fmt: skip
    _tell_table("photo, channel, result, not passed", [
        (photo["name"], photo["channel"], photo["result"], ", ".join(
            finding["id"] for finding in photo["findings"] if finding["result"] in ("flag", "fail")
        )) for photo in report["photos"]
    ])  # fmt: skip
    _tell_table("department, answers, opinion", [
        (review["department"]["en"], review["answers"], review["opinion"]) for review in report["reviews"]
    ])  # fmt: skip
    _tell_table("department, concluded", [
        (one["department"]["en"], one["result"]) for one in report["conclusions"]
    ])  # fmt: skip
    console.print(f"concluded: {report['conclusion']}")
    console.print(f"the node's event loop was late by {report['loop_lag_p99_ms']} ms at p99 of the last minute")
    console.print(f"sealed in {report['sealed_ms']} ms; store {report['store']}; export {report['export']}")


def _tell_table(heads: str, rows: list[tuple[Any, ...]]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(*heads.split(", "))
    for row in rows:
        table.add_row(*map(str, row))
    if table.rows:
        Console().print(table)


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        main()
