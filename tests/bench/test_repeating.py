"""What was recorded is repeated into the recording itself: the lane is as long as the repetitions make it."""

import asyncio
from pathlib import Path

from evidence_store import Spool
from survey_server.bench.repeating import Line, TapedRecording
from survey_server.clock import utc_now
from survey_server.recording import Recording

SOUND_S = 0.02


def test_repeated_sound_is_one_lane_without_gaps(tmp_path: Path) -> None:
    async def run() -> None:
        line = Line()
        now_s = line.seconds_since(line.clock())
        recording = Recording("bench", Spool(tmp_path), now_s)
        taped = TapedRecording(recording, now_s)
        sink = taped.participant("p1", lambda: None)
        sink.expect(frozenset({"audio"}))

        async def speak(first: int, count: int, source: int) -> None:
            for number in range(first, first + count):
                sink.rtp("opus", number % 65536, number * 960, 0, bytes(80), source)
                await asyncio.sleep(SOUND_S)

        await speak(65500, 75, 1)  # sequence numbers come round
        await taped.repeat(1, 60, line)
        assert now_s() > 60, "a minute was played, and the line was wound on by it"
        assert (line.clock() - utc_now()).total_seconds() > 50
        await speak(65575, 25, 1)
        (lane,) = await recording.close()
        (first, *others) = (track for epoch in lane.epochs for track in epoch.tracks)
        recorded = first.seconds + sum(track.seconds for track in others)
        assert 61 < recorded < 63, "one second sixty times more, and what was live before and after"
        assert [gap for gap in lane.gaps if gap.end_s - gap.start_s > 0.5] == []

    asyncio.run(run())
