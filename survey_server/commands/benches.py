"""takan bench media, takan bench store."""

import json
import sys
from typing import Annotated

import msgspec
import typer
import uvloop

from survey_server.commands.ending import fail

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]


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
