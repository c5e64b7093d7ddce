"""Half an hour of four people is sealed seconds after the hang-up."""

import pytest
import uvloop

from survey_server.app import running
from survey_server.bench.sealing import sealing_cost


@pytest.mark.long
def test_recording_seal_of_half_an_hour() -> None:
    cost = uvloop.run(sealing_cost(running, 30, print))
    assert 29 < cost.minutes < 33
    assert cost.people == 4
    assert cost.objects > 4 * 120, "parts are at most 15 s long"
    assert cost.megabytes > 800, "720p at more than a megabit a second"
    assert cost.sealed_s <= 5
    assert cost.covered_s <= 5
