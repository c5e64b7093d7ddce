"""Takes an exported bundle apart the way an outsider would: BagIt, ffmpeg, and the manifests alone."""

import hashlib
import json
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import bagit

from survey_server.recording import read_fragments
from tests.recording.lane import decodes_silently


@dataclass
class Bundle:
    """An unzipped bundle and its newest manifest."""

    folder: Path
    manifests: list[dict[str, Any]]

    @property
    def manifest(self) -> dict[str, Any]:
        return self.manifests[-1]

    def path(self, key: str) -> Path:
        return self.folder / "data" / "/".join(key.split("/")[5:])

    def epochs(self) -> list[tuple[dict[str, Any], dict[str, Any]]]:
        return [(lane, epoch) for lane in self.manifest["recording"]["lanes"] for epoch in lane["epochs"]]


def unpack(zipped: Path, folder: Path) -> Bundle:
    """Unzip and validate as a bag; every object the last manifest names is there with its hash."""
    with zipfile.ZipFile(zipped) as archive:
        archive.extractall(folder)
    (top,) = folder.iterdir()
    assert bagit.Bag(str(top)).validate()
    paths = sorted((top / "data" / "seals").glob("*/manifest-*.json"))
    bundle = Bundle(top, [json.loads(path.read_bytes()) for path in paths])
    for named in bundle.manifest["objects"]:
        data = bundle.path(named["key"]).read_bytes()
        assert (hashlib.sha256(data).hexdigest(), len(data)) == (named["sha256"], named["size"])
        assert named["version_id"]
    previous = None
    for path, manifest in zip(paths, bundle.manifests, strict=True):
        assert (manifest["previous"] or {}).get("sha256") == previous, "each seal names the one before it"
        previous = hashlib.sha256(path.read_bytes()).hexdigest()
    return bundle


def play_silently(bundle: Bundle, work: Path) -> int:
    """Decode each epoch's init and fragments with ffmpeg; it must not say a word. Returns how many were played."""
    for number, (_, epoch) in enumerate(bundle.epochs()):
        joined = work / f"{number}.mp4"
        parts = [epoch["init"], *epoch["parts"]]
        joined.write_bytes(b"".join(bundle.path(part["key"]).read_bytes() for part in parts))
        decodes_silently(joined)
    return len(bundle.epochs())


def check_lengths(bundle: Bundle) -> None:
    """Each track's length, summed from the files, is first to last RTP time minus listed gaps, within 0.2 s."""
    for lane, epoch in bundle.epochs():
        media = b"".join(bundle.path(part["key"]).read_bytes() for part in epoch["parts"])
        for track in epoch["tracks"]:
            rate = track["clock_rate"]
            runs = [run for fragment in read_fragments(media) for run in fragment.runs if run.kind == track["kind"]]
            in_file = sum(run.duration for run in runs) / rate
            rtp = (track["last_rtp"] - track["first_rtp"]) / rate + track["last_s"]
            gaps = sum(gap["end_s"] - gap["start_s"] for gap in track["gaps"])
            assert abs(in_file - (rtp - gaps)) < 0.2, (lane["participant"], epoch["number"], track, in_file)
            assert abs(in_file - track["seconds"]) < 0.01
