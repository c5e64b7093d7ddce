"""The spool's disk is full for a while: what fits in memory waits, what does not is a gap that says why."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from survey_server.recording.segments import LaneSegments
from tests.media.prepared import small
from tests.recording.lane import Fed, accounts_for_every_second, decodes_silently, epoch_files, stored
from tests.servers import ballast, small_disk


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    with small_disk(tmp_path / "disk", 8) as disk:
        yield disk


def test_a_few_seconds_wait_and_nothing_is_missing(disk: Path, tmp_path: Path) -> None:
    fed = Fed(disk / "spool", small())
    fed.connect(0)
    fed.run(0, 4)
    with ballast(disk):
        fed.run(4, 9)
        assert fed.segments.seconds < 5.1, "nothing counts as recorded that isn't on disk"
    fed.run(9, 12)
    lane = fed.finish()
    assert (lane.gaps, fed.segments.lost_bytes) == ((), 0)
    assert {track.kind: round(track.seconds, 1) for track in lane.epochs[0].tracks} == {"video": 12.0, "audio": 12.0}
    fed.spool.close()
    accounts_for_every_second(lane)
    for file in epoch_files(lane, stored(fed.directory), tmp_path):
        decodes_silently(file)


def test_what_memory_could_not_hold_is_a_gap_with_its_cause(disk: Path) -> None:
    fed = Fed(disk / "spool", small())
    fed.segments = LaneSegments(fed.spool, "surveys/test", "p1", 1, line_bytes=60_000)
    fed.connect(0)
    fed.run(0, 4)
    with ballast(disk):
        fed.run(4, 20)
    lost = fed.segments.lost_bytes
    assert lost > 0
    fed.run(20, 24)
    lane = fed.finish()
    assert fed.segments.lost_bytes == lost
    assert {gap.cause for gap in lane.gaps} == {"disk_full"}
    for kind in ("video", "audio"):
        gaps = [gap for gap in lane.gaps if gap.kind == kind]  # a short fragment in between may fit in the last page
        assert 3 <= gaps[0].start_s < 5.1 < gaps[-1].end_s < 20
        assert sum(gap.end_s - gap.start_s for gap in gaps) > 8
    accounts_for_every_second(lane)
    fed.spool.close()
