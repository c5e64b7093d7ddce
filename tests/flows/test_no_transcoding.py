"""No aiortc encoder or decoder runs in the server process during a survey."""

import os
import subprocess
import sys
from pathlib import Path

from tests.cases.test_rehearsal import photos, rehearse  # noqa: F401 - photos: a fixture
from tests.nodes import ROOT, serving


def test_the_server_never_transcodes(video: Path, photos: Path, tmp_path: Path) -> None:  # noqa: F811
    wire = tmp_path / "tripped"
    command = (sys.executable, "-m", "tests.flows.tripwire", "serve")
    with serving(tmp_path / "node", command=command, TAKAN_TRIPWIRE=str(wire)) as node:
        report = rehearse(node, video, photos, seconds=5, export=tmp_path / "out.zip")
        assert len(report["tracks"]) == 8
        assert node.process is not None
        assert node.process.poll() is None
    assert not wire.exists()


def test_the_tripwire_trips(tmp_path: Path) -> None:
    wire = tmp_path / "tripped"
    command = [sys.executable, "-m", "tests.flows.tripwire", "trip"]
    done = subprocess.run(command, cwd=ROOT, env={**os.environ, "TAKAN_TRIPWIRE": str(wire)}, check=False)
    assert done.returncode == 99
    assert wire.exists()
