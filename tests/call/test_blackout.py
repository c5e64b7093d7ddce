"""The network is gone for five seconds and comes back at another address: how soon media flow again, and whether the
recording's list of gaps tells the truth about it.
"""

import asyncio
from dataclasses import dataclass
from pathlib import Path

import pytest

from survey_server.recording.lanes import HOLE_S
from tests.browser.conftest import Browsers
from tests.call.calls import SMALL, Call, calling
from tests.call.orders import Hole
from tests.call.pages import connections, payload_types, shown
from tests.call.recorded import Kind, gaps, samples, started_at
from tests.call.relay import Relay
from tests.flows.bundles import Bundle, check_lengths, play_silently

pytestmark = pytest.mark.usefixtures("built_client")

DARK_S, CALM_S = 5.0, 7.0
BACK_WITHIN_S = 3.0
GAP_WITHIN_S = 0.3
SHORT_SLACK = 3
"""The short form runs on machines with other work, and its worst of three is its p95."""
UNBROKEN_S = HOLE_S + 0.05
"""A sample may last as long as the shortest hole: a phone without feedback sends two pictures a second."""


@dataclass(frozen=True)
class Outage:
    """When the relay let nothing through, by the wall clock."""

    dark_at: float
    light_at: float


async def outage(call: Call, *, new_address: bool) -> Outage:
    """Five dark seconds for the applicant, then time to recover."""
    way = call.ways["p1"]
    dark_at = way.darken()
    await asyncio.sleep(DARK_S)
    light_at = way.lighten(new_address=new_address)
    await asyncio.sleep(CALM_S)
    return Outage(dark_at, light_at)


def first_after(times: list[float], moment: float) -> float:
    """Seconds from a moment to the next of these; infinite if there is none."""
    return min((at - moment for at in times if at >= moment), default=float("inf"))


def share(figures: list[float], part: float) -> float:
    return sorted(figures)[min(len(figures) - 1, int(len(figures) * part))]


def gap_errors(bundle: Bundle, kind: Kind, outages: list[Outage], holes: list[Hole]) -> list[tuple[float, float]]:
    """For each outage: how far the listed gap's begin and end are from the real one's.

    The real gap is the hole in what the relay passed on. Its begin moves on by what was sent again afterwards: samples
    that are on record without a break from before the hole. Several gaps listed one after the other (a network gone,
    then the wait for a whole picture) count as one; one of half a second, inside of what came again, is none. When all
    that was sent comes again, no gap may be listed.
    """
    zero, errors = started_at(bundle), list[tuple[float, float]]()
    listed, times = gaps(bundle, "p1", kind), [sample.at_s + zero for sample in samples(bundle, "p1", kind)]
    for one in outages:
        (hole,) = [hole for hole in holes if hole.start < one.light_at and hole.end > one.dark_at + 0.5]
        absent_from, absent_to = unbroken_until(times, hole.start), unbroken_since(times, hole.end)
        near = [gap for gap in listed if gap["start_s"] + zero < one.light_at and gap["end_s"] + zero > one.dark_at]
        mine = [gap for gap in near if is_break(times, gap["start_s"] + zero, gap["end_s"] + zero)]
        if absent_from >= absent_to:
            assert not mine, (kind, one, listed)
            continue
        assert mine, (kind, one, listed)
        began, ended = min(gap["start_s"] for gap in mine) + zero, max(gap["end_s"] for gap in mine) + zero
        errors.append((began - absent_from, ended - absent_to))
    return errors


def is_break(times: list[float], start: float, end: float) -> bool:
    """Is it longer than what counts as unbroken here, from the beginning of the sample before it?"""
    before = max((at for at in times if at <= start), default=0.0)
    return end - before > UNBROKEN_S


def unbroken_until(times: list[float], moment: float) -> float:
    """How far the record goes on from a moment without a break."""
    for at in sorted(at for at in times if at > moment):
        if at - moment > UNBROKEN_S:
            break
        moment = at
    return moment


def unbroken_since(times: list[float], moment: float) -> float:
    """From where on the record goes up to a moment without a break: sound is sent again over some seconds of a hole."""
    for at in sorted((at for at in times if at < moment), reverse=True):
        if moment - at > UNBROKEN_S:
            break
        moment = at
    return moment


@pytest.mark.parametrize(
    "new_address", [True, pytest.param(False, marks=pytest.mark.long)], ids=["new-address", "same-address"]
)
@pytest.mark.parametrize("times", [3, pytest.param(20, marks=pytest.mark.long)], ids=["short", "long"])
async def test_media_flow_again_and_the_gap_is_true(
    relay: Relay, browsers: Browsers, camera: Path, tmp_path: Path, times: int, new_address: bool
) -> None:
    async with calling(relay, browsers, tmp_path) as call:
        applicant = await call.join("p1", camera=camera, phone=True, device_scale_factor=1)
        await call.join("p2", **SMALL)
        await call.sees("p2", "p1")
        await call.sees("p1", "p2")
        await asyncio.sleep(3)
        before = await connections(applicant)
        outages = [await outage(call, new_address=new_address) for _ in range(times)]
        seen, seen_back = await shown(call.pages["p2"], "p1"), await shown(applicant, "p2")
        types, made = await payload_types(applicant), await connections(applicant) - before
        told = call.ways["p1"].told()
        addresses = told.addresses
        bundle = await call.bundle(tmp_path)
    play_silently(bundle, tmp_path)
    check_lengths(bundle)
    zero = started_at(bundle)
    recorded = {
        kind: [first_after([s.at_s + zero for s in samples(bundle, "p1", kind)], one.light_at) for one in outages]
        for kind in ("audio", "video")
    }
    viewer = [first_after(seen, one.light_at) for one in outages]
    viewed = [first_after(seen_back, one.light_at) for one in outages]
    errors = {
        kind: gap_errors(bundle, kind, outages, [h for h in told.holes if h.payload_type == types[kind]])
        for kind in ("audio", "video")
    }
    causes = sorted({(gap["kind"], gap["cause"]) for kind in errors for gap in gaps(bundle, "p1", kind)})
    print(f"{times} outages, {made} new connections, {addresses} addresses; causes: {causes}")
    for name, figures in (("recorded sound", recorded["audio"]), ("recorded picture", recorded["video"]),
                          ("the viewer's page", viewer), ("the applicant's page", viewed)):  # fmt: skip
        print(f"  {name} again after: p50 {share(figures, 0.5):.2f} s, p95 {share(figures, 0.95):.2f} s")
    for kind, pairs in errors.items():
        compared = ", ".join(f"{begin:+.2f}/{end:+.2f} s" for begin, end in pairs)
        print(f"  {kind}: {len(pairs)} gaps, against the real ones {compared}")
    slack = 1 if times > 3 else SHORT_SLACK
    for figures in (recorded["audio"], recorded["video"], viewer, viewed):
        assert share(figures, 0.95) <= BACK_WITHIN_S * slack
    for pairs in errors.values():
        assert all(max(abs(begin), abs(end)) <= GAP_WITHIN_S * slack for begin, end in pairs)
