"""takan photo inspect, takan photo check: a photo's facts and findings without a survey."""

import asyncio
import io
import json
import os
import sys
from collections.abc import AsyncGenerator, Coroutine
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from survey_server.clock import utc_now
from survey_server.commands.ending import fail
from survey_server.flows.rehearsal import parse_site, parse_window
from survey_server.photo import Context, Report
from survey_server.photo.container import MAX_BYTES
from survey_server.photo.finding import as_table_row
from survey_server.photo.policy import PolicyFault, load_policy
from survey_server.photo.worker import NICE, Limits, PhotoWorker, WorkerUnavailable
from survey_server.priority import stand_back

photo_app = typer.Typer(no_args_is_help=True)

Files = Annotated[list[Path], typer.Argument(help="Photo files.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]


@photo_app.callback()
def photos() -> None:
    """Photos: what they say of themselves, and whether it fits."""
    stand_back(NICE)  # a node on this machine has calls to carry
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a terminal of another encoding still shows every line


@photo_app.command("inspect")
def inspect_photos(files: Files, as_json: Json = False) -> None:
    """What each file says of itself: place, time, camera, container. 0 every file was read, 2 some could not be."""
    told = _carried_out(_inspected(files))
    if as_json:
        _print_json(told)
    else:
        for one in told:
            print(one["file"], one.get("error") or _in_a_line(one["facts"]), sep=": ")
    if any("error" in one for one in told):
        raise typer.Exit(2)


@photo_app.command("check")
def check_photos(
    files: Files,
    site: Annotated[str, typer.Option(help="LAT,LON of the premises, @wgs84 (default), @gcj02 or @bd09.")],
    radius: Annotated[float, typer.Option(help="Fence round the site in metres.")] = 500.0,
    window: Annotated[str, typer.Option(help="T1/T2 in ISO 8601 with zones; default: today.")] = "",
    received: Annotated[str, typer.Option(help="When it arrived, ISO 8601 with zone; default: now.")] = "",
    policy: Annotated[Path | None, typer.Option(help="Thresholds (TOML); default: the measured ones.")] = None,
    as_json: Json = False,
) -> None:
    """Every check of each file as an upload. 0 all accepted, 1 some need a person's review or are rejected."""
    try:
        at = datetime.fromisoformat(received) if received else utc_now()
        if at.tzinfo is None:
            fail("--received needs a zone, e.g. 2026-11-22T09:00+08:00")
        asked = Context(
            name="",
            channel="upload",
            site=parse_site(site, radius),
            window=parse_window(window, at),
            received_at=at,
            policy=load_policy(policy),
        )
    except (PolicyFault, ValueError) as fault:
        fail(fault)
    told = _carried_out(_checked(files, asked))
    if as_json:
        _print_json(told)
    else:
        for one in told:
            _tell(one)
    if any("error" in one for one in told):
        raise typer.Exit(2)
    if any(one["result"] != "accepted" for one in told):
        raise typer.Exit(1)


async def _inspected(files: list[Path]) -> list[dict[str, Any]]:
    async with _worker(Limits(cpu_s=2, memory_bytes=512 << 20)) as worker:
        return [await _inspect(worker, file) for file in files]


async def _inspect(worker: PhotoWorker, file: Path) -> dict[str, Any]:
    try:
        return {"file": _shown(file), "facts": await worker.inspect(_read(file))}
    except OSError as fault:
        return {"file": _shown(file), "facts": None, "error": f"can't be read: {fault.strerror or fault}"}


async def _checked(files: list[Path], asked: Context) -> list[dict[str, Any]]:
    async with _worker(Limits()) as worker:
        return [await _check(worker, file, asked) for file in files]


async def _check(worker: PhotoWorker, file: Path, asked: Context) -> dict[str, Any]:
    try:
        data = _read(file)
    except OSError as fault:
        reason = f"can't be read: {fault.strerror or fault}"
        return {"file": _shown(file), "result": None, "findings": [], "facts": None, "error": reason}
    return {"file": _shown(file)} | _as_json(await worker.check(data, _named(asked, _shown(file.name))))


def _shown(file: Path | str) -> str:
    """A file's name as text, whatever bytes it is made of; those that are no UTF-8 appear in hexadecimal."""
    return os.fsencode(file).decode("utf-8", "backslashreplace")


def _print_json(told: list[dict[str, Any]]) -> None:
    """One document, UTF-8 whatever the terminal's encoding (RFC 8259, 8.1)."""
    typer.echo(json.dumps(told, ensure_ascii=False, indent=1).encode())


def _named(asked: Context, name: str) -> Context:
    return Context(name, asked.channel, asked.site, asked.window, asked.received_at, policy=asked.policy)


def _as_json(report: Report) -> dict[str, Any]:
    return {
        "result": report.result,
        "findings": [as_table_row(finding) for finding in report.findings],
        "facts": report.facts,
        "expectation": report.expectation,
        "policy": report.policy,
    }


def _read(file: Path) -> bytes:
    """At most one byte more than a photo may have: what is larger is refused by its length."""
    with file.open("rb") as stream:
        return stream.read(MAX_BYTES + 1)


@asynccontextmanager
async def _worker(limits: Limits) -> AsyncGenerator[PhotoWorker]:
    worker = PhotoWorker(processes=1, limits=limits)
    try:
        yield worker
    finally:
        await worker.close()


def _carried_out(work: Coroutine[Any, Any, list[dict[str, Any]]]) -> list[dict[str, Any]]:
    try:
        return asyncio.run(work)
    except WorkerUnavailable as fault:
        fail(fault)


def _in_a_line(facts: dict[str, Any]) -> str:
    place = facts.get("position") or {"status": "unread"}
    where = f"{place['lat']:.6f},{place['lon']:.6f}" if place["status"] == "valid" else f"position {place['status']}"
    camera = " ".join(filter(None, (facts.get("make"), facts.get("model"))))
    when = " ".join(filter(None, (facts.get("datetime_original"), facts.get("offset_original"))))
    return "; ".join(filter(None, (facts["media_type"], where, when or "no time", camera or "no camera")))


def _tell(one: dict[str, Any]) -> None:
    print(one["file"], one.get("error") or one["result"], sep=": ")
    for finding in one["findings"]:
        if finding["result"] in ("flag", "fail"):
            said = " ".join((finding["reason_en"], finding["advice_en"])).strip()
            print(f"  {finding['id']} {finding['result']}: {said}\n  {finding['reason_zh']}{finding['advice_zh']}")
