"""The spool keeps what it said it holds, whatever ends the process or the disk's room."""

import hashlib
import json
import os
import random
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from evidence_store import Facts, Spool
from evidence_store.errors import SpoolDamaged, SpoolFault, SpoolInUse

ROOT = Path(__file__).parents[2]
FACTS = Facts("v1/2026/survey/photo", ".jpg", "image/jpeg", about={"方向": "北", "n": 1})


def the_file(directory: Path, state: str) -> Path:
    [found] = directory.glob(f"*.{state}")
    return found


def copy_with(directory: Path, name: str, data: bytes) -> Spool:
    directory.mkdir()
    (directory / name).write_bytes(data)
    return Spool(directory)


def test_a_piece_is_there_after_a_restart(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    held = spool.put(b"evidence", FACTS)
    spool.close()
    again = Spool(tmp_path)
    [waiting] = again.ready()
    assert (waiting.held, waiting.facts) == (held, FACTS)
    assert held.key == f"v1/2026/survey/photo-{hashlib.sha256(b'evidence').hexdigest()[:16]}.jpg"
    assert again.read(waiting) == b"evidence"
    again.discard(waiting)
    assert again.ready() == []


def test_a_cut_piece_is_never_taken_for_a_whole_one(tmp_path: Path) -> None:
    first = Spool(tmp_path / "first")
    first.put(b"\n{}" * 20, FACTS)
    whole = the_file(tmp_path / "first", "held")
    data = whole.read_bytes()
    for length in range(len(data)):
        held = copy_with(tmp_path / f"held{length}", whole.name, data[:length])
        assert held.ready() == []
        assert the_file(tmp_path / f"held{length}", "damaged").read_bytes() == data[:length]
        held.close()
        part = copy_with(tmp_path / f"part{length}", whole.stem + ".part", data[:length])
        assert part.ready() == []
        part.close()
    unnamed = copy_with(tmp_path / "unnamed", whole.stem + ".part", data)
    assert len(unnamed.ready()) == 1


def test_a_piece_that_grew_or_rotted_is_set_aside(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    spool.put(b"evidence", FACTS)
    path = the_file(tmp_path, "held")
    data = path.read_bytes()
    path.write_bytes(data.replace(b"evidence", b"Evidence"))
    [waiting] = spool.ready()
    with pytest.raises(SpoolDamaged, match="set aside"):
        spool.read(waiting)
    assert spool.ready() == []
    assert b"Evidence" in the_file(tmp_path, "damaged").read_bytes()


def test_a_segment_grows_and_is_held(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    heard: list[str] = []
    spool.watch(lambda waiting: heard.append(waiting.held.key))
    segment = spool.open_segment(FACTS)
    segment.append(b"init")
    segment.append(b"fragment")
    assert segment.size == 12
    assert (spool.ready(), spool.abandoned()) == ([], [])
    held = segment.close({"n": 2, "until_s": 14.5})
    [waiting] = spool.ready()
    assert spool.read(waiting) == b"initfragment"
    assert waiting.facts.about == {"方向": "北", "n": 2, "until_s": 14.5}
    assert heard == [held.key]


def test_an_abandoned_segment_is_finished_once(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    segment = spool.open_segment(FACTS)
    segment.append(b"init fragment half a frag")
    spool.open_segment(FACTS)  # nothing was ever appended
    spool.close()
    again = Spool(tmp_path)
    [abandoned] = again.abandoned()
    assert (abandoned.facts, abandoned.data) == (FACTS, b"init fragment half a frag")
    held = abandoned.finish(b"init fragment", {"recovered": True})
    [waiting] = again.ready()
    assert (waiting.held, again.read(waiting)) == (held, b"init fragment")
    assert waiting.facts.about["recovered"] is True
    assert again.abandoned() == []
    assert list(tmp_path.glob("*.open")) == []


def test_a_segment_that_lacked_only_its_name_is_whole(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    segment = spool.open_segment(FACTS)
    segment.append(b"evidence")
    held = segment.close()
    spool.close()
    path = the_file(tmp_path, "held")
    path.rename(path.with_suffix(".open"))
    again = Spool(tmp_path)
    assert again.abandoned() == []
    assert [each.held for each in again.ready()] == [held]


def test_the_owner_sees_the_same_facts_now_and_after_a_restart(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    heard: list[Facts] = []
    spool.watch(lambda waiting: heard.append(waiting.facts))
    spool.put(b"evidence", Facts("a", "", "text/plain", about={"corners": (1, 2), 3: "three"}))
    spool.close()
    assert heard == [each.facts for each in Spool(tmp_path).ready()]
    assert heard[0].about == {"corners": [1, 2], "3": "three"}


def test_an_open_segment_with_unreadable_facts_is_set_aside(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    spool.open_segment(FACTS).append(b"evidence")
    spool.open_segment(FACTS).append(b"evidence")
    spool.close()
    first = min(tmp_path.glob("*.open"))
    first.write_bytes(b"{" + first.read_bytes())
    assert len(Spool(tmp_path).abandoned()) == 1
    assert the_file(tmp_path, "damaged").read_bytes().endswith(b"evidence")


def test_a_segment_cut_anywhere_gives_back_what_was_appended(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "first")
    segment = spool.open_segment(FACTS)
    segment.append(b"evidence")
    opened = the_file(tmp_path / "first", "open")
    start = opened.stat().st_size - 8
    segment.close()
    whole = the_file(tmp_path / "first", "held")
    data = whole.read_bytes()
    for length in range(len(data)):
        cut = copy_with(tmp_path / f"cut{length}", whole.stem + ".open", data[:length])
        found = cut.abandoned()
        assert cut.ready() == []
        if length <= start:
            assert found == []
        else:
            assert found[0].data == data[start:length]
        cut.close()


def test_a_full_disk_leaves_the_segment_usable(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    segment = spool.open_segment(FACTS)
    segment.append(b"before")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, hard))
    try:
        with pytest.raises(SpoolFault, match="make room"):
            segment.append(b"x" * 50_000)
        with pytest.raises(SpoolFault, match="make room"):
            spool.put(b"x" * 50_000, FACTS)
        segment.append(b" and after")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    segment.close()
    [waiting] = spool.ready()
    assert spool.read(waiting) == b"before and after"
    assert sorted(each.suffix for each in tmp_path.iterdir()) == ["", ".held"]


def test_a_second_process_is_refused(tmp_path: Path) -> None:
    first = Spool(tmp_path)
    script = "import sys; from pathlib import Path; from evidence_store import Spool; Spool(Path(sys.argv[1]))"
    second = subprocess.run(
        [sys.executable, "-c", script, tmp_path], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert SpoolInUse.__name__ in second.stderr
    assert "spool directory of its own" in second.stderr
    first.close()
    third = subprocess.run(
        [sys.executable, "-c", script, tmp_path], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert third.stderr == ""


WRITER = """
import hashlib, json, os, sys, threading
from pathlib import Path
from evidence_store import Facts, Spool

spool, facts = Spool(Path(sys.argv[1])), Facts("v1/piece", ".bin", "application/octet-stream")
say = threading.Lock()

def tell(*words):
    with say:
        sys.stdout.write(json.dumps(words) + "\\n")
        sys.stdout.flush()

def pieces():
    while True:
        data = os.urandom(30_000)
        tell("held", spool.put(data, facts).sha256)

def segments(number):
    while True:
        name = os.urandom(6).hex()
        segment = spool.open_segment(Facts("v1/segment", ".m4s", "video/mp4", about={"name": name}))
        for _ in range(20):
            segment.append(b"%c" % number * 10_000)
            tell("appended", name, segment.size)
        tell("closed", name, segment.close().sha256)

for each in (pieces, pieces, lambda: segments(65), lambda: segments(66)):
    threading.Thread(target=each).start()
"""


@pytest.mark.parametrize("round_", range(3))
def test_a_killed_writer_loses_nothing_it_was_promised(tmp_path: Path, round_: int) -> None:
    writer = subprocess.Popen([sys.executable, "-c", WRITER, tmp_path], cwd=ROOT, stdout=subprocess.PIPE)
    assert writer.stdout
    lines = [writer.stdout.readline() for _ in range(5)]
    time.sleep(random.uniform(0.1, 0.4))
    os.kill(writer.pid, signal.SIGKILL)
    lines += writer.stdout.read().splitlines()
    writer.wait()
    told = [json.loads(line) for line in lines if line.rstrip().endswith(b"]")]
    held = {words[1] for words in told if words[0] == "held"}
    closed = {words[1]: words[2] for words in told if words[0] == "closed"}
    appended = {words[1]: words[2] for words in told if words[0] == "appended"}
    assert len(held) > 3
    assert appended

    spool = Spool(tmp_path)
    abandoned = {each.facts.about["name"]: each.data for each in spool.abandoned()}
    ready = spool.ready()
    found = {each.held.sha256 for each in ready}
    assert held | set(closed.values()) <= found
    for each in ready:
        assert hashlib.sha256(spool.read(each)).hexdigest() == each.held.sha256
    whole = {each.facts.about.get("name"): each.held.size for each in ready}
    for name, size in appended.items():
        assert len(abandoned.get(name, b"")) >= size or whole.get(name, 0) >= size
    for data in abandoned.values():
        assert len(set(data)) == 1
    assert list(tmp_path.glob("*.damaged")) == []


def test_facts_that_make_no_key_cannot_be_built() -> None:
    for name in ("", "/a", "a/", "a//b", "../a", "a/./b", "a b", "a\\b", "a\n", "x" * 201, "/".join(["x" * 100] * 9)):
        with pytest.raises(ValueError, match="key"):
            Facts(name, ".json", "application/json")
    for wrong in ({"suffix": "json"}, {"suffix": "./x"}, {"media_type": "json"}, {"lock_days": 0}):
        with pytest.raises(ValueError):
            Facts(**{"name": "a", "suffix": ".json", "media_type": "application/json", **wrong})
