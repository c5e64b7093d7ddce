"""takan photo inspect and check: JSON of a fixed form, and nothing a file holds ends the command or costs much."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from survey_server.photo.datum import bd_from_gcj, gcj_from_wgs
from tests.nodes import ROOT

from .forge import Tiff, many_scans, noise, png_bomb, with_exif

TAKAN = [sys.executable, "-m", "survey_server.cli", "photo"]
HAIKOU = ["--site", "20.03,110.35", "--radius", "200", "--window", "2026-07-01T09:00+08:00/2026-07-01T18:00+08:00"]
ARRIVED = ["--received", "2026-07-01T12:00+08:00"]


def takan(*words: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*TAKAN, *map(str, words)], cwd=ROOT, capture_output=True, text=True, check=False)


def told(run: subprocess.CompletedProcess[str]) -> list[dict[str, Any]]:
    return json.loads(run.stdout)


@pytest.fixture
def photos(tmp_path: Path) -> list[Path]:
    good = with_exif(
        Tiff().place(error=(12, 1)).taken("2026:07:01 11:00:00", "+08:00").text("ifd0", 0x10F, "vivo").blob()
    )
    blank = with_exif(Tiff().place(dms=(((0, 0),) * 3,) * 2, refs=("", "")).taken("0000:00:00 00:00:00").blob())
    files = {"good.jpg": good, "blanked.jpg": blank, "page.jpg": b"<html>", "empty.jpg": b""}
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    return [tmp_path / name for name in files]


def test_inspect_prints_one_object_a_file_in_order(photos: list[Path]):
    run = takan("inspect", *photos, "--json")
    assert run.returncode == 0 and [one["file"] for one in told(run)] == [str(path) for path in photos]
    good, blank, page, empty = (one["facts"] for one in told(run))
    assert good["position"]["status"] == "valid" and good["position"]["datum"] == "wgs84"
    assert (good["position"]["lat"], good["position"]["accuracy_m"]) == (pytest.approx(20.03), 12.0)
    assert (good["datetime_original"], good["offset_original"]) == ("2026:07:01 11:00:00", "+08:00")
    assert (good["make"], good["model"], good["software"], good["orientation"]) == ("vivo", None, None, None)
    assert blank["position"]["status"] == "redacted" and blank["position"]["lat"] is None
    assert blank["datetime_original"] is None, "an all-zero date is none"
    for nothing in (page, empty):
        assert nothing.keys() == good.keys() and nothing["position"]["status"] == "missing"


def test_check_prints_results_findings_and_facts(photos: list[Path]):
    run = takan("check", *photos, *HAIKOU, *ARRIVED, "--json")
    assert run.returncode == 1
    assert [one["result"] for one in told(run)] == ["accepted", "needs_review", "rejected", "rejected"]
    for one in told(run):
        assert {"file", "result", "findings", "facts", "policy"} <= one.keys()
        for finding in one["findings"]:
            assert finding.keys() == {
                "id",
                "result",
                "evidence",
                "reason_zh",
                "reason_en",
                "advice_zh",
                "advice_en",
                "version",
            }
    only = takan("check", photos[0], *HAIKOU, *ARRIVED)
    assert only.returncode == 0 and only.stdout.strip().endswith("accepted")


def test_it_stands_back_behind_a_node_on_the_same_machine(photos: list[Path], tmp_path: Path):
    os.mkfifo(tmp_path / "slow.jpg")
    run = subprocess.Popen([*TAKAN, "inspect", tmp_path / "slow.jpg"], cwd=ROOT, stdout=subprocess.DEVNULL)
    with (tmp_path / "slow.jpg").open("wb") as pipe:  # opens once it is read from
        priority = os.getpriority(os.PRIO_PROCESS, run.pid)
        pipe.write(photos[0].read_bytes())
    assert run.wait() == 0
    assert priority == max(5, os.getpriority(os.PRIO_PROCESS, 0))


def test_a_site_may_be_given_in_a_map_datum(photos: list[Path]):
    away = ["--window", "2026-07-01T09:00+08:00/2026-07-01T18:00+08:00", *ARRIVED, "--radius", "100", "--json"]
    gcj = gcj_from_wgs((20.03, 110.35))
    for point, datum in ((gcj, "gcj02"), (bd_from_gcj(gcj), "bd09")):
        run = takan("check", photos[0], "--site", f"{point[0]},{point[1]}@{datum}", *away)
        assert told(run)[0]["result"] == "accepted", datum


@pytest.mark.parametrize(
    ("options", "word"),
    [
        (["--site", "here"], "--site"),
        (["--site", "20,110@mars"], "--site"),
        (["--site", "20,110", "--radius", "0"], "--radius"),
        (["--site", "20,110", "--window", "today"], "--window"),
        (["--site", "20,110", "--received", "2026-07-01T12:00"], "--received"),
        (["--site", "20,110", "--received", "noon"], "isoformat"),
        (["--site", "20,110", "--policy", "/nowhere.toml"], "photo policy"),
    ],
)
def test_bad_options_are_explained(photos: list[Path], options, word):
    run = takan("check", photos[0], *options)
    assert run.returncode == 2 and word in run.stderr and "Traceback" not in run.stderr


def test_a_file_that_is_not_there_is_told_beside_the_others(photos: list[Path], tmp_path: Path):
    for run in (takan("inspect", photos[0], tmp_path / "no", tmp_path, "--json"),
                takan("check", photos[0], tmp_path / "no", tmp_path, *HAIKOU, *ARRIVED, "--json")):  # fmt: skip
        assert run.returncode == 2
        assert ["error" in one for one in told(run)] == [False, True, True]
        assert told(run)[0]["facts"]["make"] == "vivo"


@pytest.mark.parametrize("name", [b"bad\xff\xfe.jpg", "旧照片.jpg".encode("gbk"), "照片.jpg".encode()])
@pytest.mark.parametrize("locale", [{"PYTHONIOENCODING": "utf-8:strict"}, {"LC_ALL": "C", "PYTHONIOENCODING": "ascii"}])
def test_a_name_of_any_bytes_is_told_in_json(photos: list[Path], tmp_path: Path, name: bytes, locale: dict[str, str]):
    odd = os.fsencode(tmp_path) + b"/" + name
    Path(os.fsdecode(odd)).write_bytes(photos[0].read_bytes())
    for words in (["inspect"], ["check", *HAIKOU, *ARRIVED]):
        command = [*TAKAN, *words, "--json", odd, os.fsencode(tmp_path) + b"/no" + name, str(photos[0])]
        run = subprocess.run(command, cwd=ROOT, capture_output=True, check=False, env=os.environ | locale)
        one, gone, other = json.loads(run.stdout.decode("utf-8"))
        assert one["facts"]["make"] == other["facts"]["make"] == "vivo" and "error" in gone, run.stderr
        assert one["file"].encode().endswith(name) or "\\x" in one["file"]
        assert one.get("result", "accepted") == "accepted"
    plain = subprocess.run(
        [*TAKAN, "inspect", odd], cwd=ROOT, capture_output=True, check=False, env=os.environ | locale
    )
    assert plain.returncode == 0 and b"vivo" in plain.stdout, plain.stderr


MEASURED = """
import resource, subprocess, sys
status = subprocess.run(sys.argv[1:], check=False).returncode
usage = resource.getrusage(resource.RUSAGE_CHILDREN)
print(usage.ru_utime, usage.ru_maxrss, file=sys.stderr)
sys.exit(status)
"""
"""Seconds and KiB of a command and what it starts; a process of its own, since a child counts its parent's memory."""


def test_hostile_files_cost_little(tmp_path: Path):
    """All in one run; a photo that runs in circles would take the bounds of its process."""
    circle = b"II*\0\x08\0\0\0" + b"\xff\xff" + b"\x25\x88\x04\0\x01\0\0\0\x08\0\0\0" * 5000
    files = {
        "scans.jpg": many_scans(3000),
        "bomb.png": png_bomb(9000, 9000),
        "large.jpg": b"\xff\xd8\xff" + b"\0" * (31 << 20),
        "photo.jpg": noise(),
        "circle.jpg": with_exif(circle),
    }
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    command = [*TAKAN, "inspect", *(str(tmp_path / name) for name in files), "--json"]
    run = subprocess.run(
        [sys.executable, "-c", MEASURED, *command], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    seconds, kib = map(float, run.stderr.split()[-2:])
    assert seconds < 2 * len(files) and kib < 512 << 10, "with the processes it started"
    large = next(one["facts"] for one in told(run) if one["file"].endswith("large.jpg"))
    assert large["over_budget"] == "bytes" and large["position"]["status"] == "missing"


def test_every_file_of_the_corpus_is_told(corpus: Path):
    files = sorted(path for path in corpus.rglob("*") if path.is_file())
    run = takan("inspect", *files, "--json")
    assert run.returncode == 0 and len(told(run)) == len(files) > 100
    checked = takan("check", *(corpus / "synthetic").iterdir(), *HAIKOU, "--json")
    assert checked.returncode == 1 and all(one["result"] for one in told(checked))
