"""A small video with sound for tests: moving, so that its pictures cost bits."""

import subprocess
from pathlib import Path

from tests.servers import require


def clip(path: Path, seconds: int = 3) -> Path:
    """An mp4 of H.264 (High, with B-frames, as phones write) and AAC, made with ffmpeg's own test sources."""
    ffmpeg = require("ffmpeg")
    command = [
        ffmpeg, "-v", "error", "-y", "-f", "lavfi", "-i", "testsrc2=size=640x360:rate=30",
        "-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000", "-t", str(seconds),
        "-c:v", "libx264", "-preset", "veryfast", "-bf", "2", "-pix_fmt", "yuv420p", "-c:a", "aac", str(path),
    ]  # fmt: skip
    subprocess.run(command, check=True)
    return path
