"""kill -9 of the store, and of the node, under load: what was acknowledged is there, and the log has one history."""

import hashlib
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Generator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import pytest

from evidence_store import Embedded, Objects
from tests.evidence_store.ledger.test_log import Logs
from tests.nodes import ROOT
from tests.servers import Server, free_port, minio

ROUNDS = int(os.environ.get("TAKAN_KILLS", "5"))
AT_WORK = 5
KEYS = ("kills-access-key", "kills-secret-key-of-the-tests")


class Load:
    """The process that keeps evidence, and everything it ever said."""

    def __init__(self, store: Server, bucket: str, directory: Path) -> None:
        arguments = [store.endpoint, store.access_key, store.secret_key, bucket, str(directory)]
        self._command = [sys.executable, "-m", "tests.evidence_store.load", *arguments]
        self._said = directory / "said"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        if self._said.exists() and not self._said.read_bytes().endswith(b"\n"):
            with self._said.open("ab") as said:
                said.write(b" (cut off)\n")
        before = self.words().count("ready")
        with self._said.open("ab") as said, self._said.with_suffix(".log").open("ab") as log:
            self._process = subprocess.Popen(self._command, cwd=ROOT, stdout=said, stderr=log)
        until(lambda: self.words().count("ready") > before, 60)

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    close = kill

    def go_on(self) -> None:
        """Wait until more is kept than now: whatever is killed then is killed at work."""
        before = len(self.kept())
        until(lambda: len(self.kept()) >= before + AT_WORK, 60)

    def drain(self) -> None:
        assert self._process is not None
        self._process.terminate()
        assert self._process.wait(180) == 0
        assert self.words()[-1] == "drained"

    def words(self) -> list[str]:
        """Whole lines; one that a kill cut off is none."""
        text = self._said.read_text() if self._said.exists() else ""
        return [line for line in text.split("\n")[:-1] if line]

    def kept(self) -> dict[str, tuple[str, str]]:
        lines = [line.split() for line in self.words() if line.startswith("kept ")]
        return {line[1]: (line[2], line[3]) for line in lines if len(line) == 4}

    def held(self) -> set[str]:
        return {line.split()[1] for line in self.words() if line.startswith("held ") and len(line.split()) == 2}


def until(condition: Callable[[], bool], seconds: float) -> None:
    ends = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < ends
        time.sleep(0.02)


def check(load: Load, objects: Objects, directory: Path) -> None:
    """Everything that was promised is in the store, byte for byte, and entered once."""
    kept = load.kept()
    assert load.held() <= kept.keys(), "held and lost"
    for key, (version, digest) in kept.items():
        assert hashlib.sha256(objects.get(key, version)).hexdigest() == digest, key
    Logs(objects, directory).check(set(kept))


@contextmanager
def killable(kind: str, directory: Path) -> Generator[tuple[Server, Callable[[], None]]]:
    """A store, and what kills it with SIGKILL and has it run again."""
    if kind == "embedded":
        embedded = Embedded(directory)
        access = embedded.start()

        def kill_weed() -> None:  # the embedded store's own supervisor brings it back
            pid = embedded.pid
            assert pid is not None
            os.kill(pid, signal.SIGKILL)
            until(lambda: embedded.pid not in {None, pid}, 30)

        try:
            yield Server(access.endpoint, access.access_key, access.secret_key), kill_weed
        finally:
            embedded.stop()
        return
    port = free_port()
    with ExitStack() as running:
        server = running.enter_context(minio(directory, port, KEYS))

        def kill_minio() -> None:
            running.close()  # which kills it
            running.enter_context(minio(directory, port, KEYS))

        yield server, kill_minio


def killed_at_work(
    server: Server, bucket: str, directory: Path, chance: random.Random, strike: Callable[[Load], None]
) -> None:
    """So many rounds under load, then everything that was promised is looked for."""
    with closing(Load(server, bucket, directory)) as load:
        load.start()
        for _ in range(ROUNDS):
            load.go_on()
            time.sleep(chance.uniform(0.0, 0.5))
            strike(load)
        load.drain()
        check(load, Objects(server.endpoint, server.access_key, server.secret_key, bucket), directory)
        assert len(load.kept()) >= AT_WORK * ROUNDS


@pytest.mark.parametrize("kind", [pytest.param("embedded", marks=pytest.mark.long), "minio"])
def test_the_store_is_killed_under_load(kind: str, bucket: str, tmp_path: Path) -> None:
    with killable(kind, tmp_path / "store") as (server, kill):
        killed_at_work(server, bucket, tmp_path, random.Random(kind), lambda _: kill())


@pytest.mark.parametrize("kind", ["embedded", pytest.param("minio", marks=pytest.mark.long)])
def test_the_node_is_killed_under_load(kind: str, bucket: str, tmp_path: Path) -> None:
    def strike(load: Load) -> None:
        load.kill()
        load.start()

    with killable(kind, tmp_path / "store") as (server, _):
        killed_at_work(server, bucket, tmp_path, random.Random(kind), strike)
