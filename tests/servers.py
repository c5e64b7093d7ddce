"""Programs that the tests run beside the code: where they are, and what to do when they are missing."""

import errno
import os
import secrets
import shutil
import socket
import subprocess
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import trustme
import urllib3


@dataclass(frozen=True)
class Server:
    """A running object store and its keys."""

    endpoint: str
    access_key: str
    secret_key: str


def require(name: str, program: str | Path | None = None) -> Path:
    """The path of a program. A missing one skips the test, or fails it if TAKAN_REQUIRE (comma separated) names it."""
    found = shutil.which(str(program or name))
    if found is not None:
        return Path(found)
    words = f"{name} is not installed (looked for {program or name})"
    if name in os.environ.get("TAKAN_REQUIRE", "").split(","):
        pytest.fail(f"{words}, and TAKAN_REQUIRE asks for it", pytrace=False)
    pytest.skip(words)


@contextmanager
def small_disk(directory: Path, size_mb: int) -> Generator[Path]:
    """A filesystem of its own that really runs full: a tmpfs, mounted on `directory`."""
    directory.mkdir(parents=True, exist_ok=True)
    command = ["mount", "-t", "tmpfs", "-o", f"size={size_mb}m,mode=0700", "takan-test", str(directory)]
    done = subprocess.run([require("mount"), *command[1:]], capture_output=True, text=True, check=False)
    if done.returncode:
        words = f"a small disk can't be mounted here ({done.stderr.strip()})"
        if "mount" in os.environ.get("TAKAN_REQUIRE", "").split(","):
            pytest.fail(f"{words}, and TAKAN_REQUIRE asks for it", pytrace=False)
        pytest.skip(words)
    try:
        yield directory
    finally:
        subprocess.run(["umount", "--lazy", str(directory)], check=True)


@contextmanager
def ballast(directory: Path, leave: int = 0) -> Generator[Path]:
    """All but `leave` bytes of what is free there, filled by somebody else's file until the block is left."""
    path = directory / "ballast"
    with path.open("wb", buffering=0) as file:
        free = os.statvfs(directory)
        rest = free.f_bavail * free.f_frsize - leave
        block = memoryview(bytes(1 << 20))
        try:
            while rest > 0:
                rest -= file.write(block[: min(rest, 1 << 20)])
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise
    try:
        yield path
    finally:
        path.unlink()


def minio_program() -> Path:
    """TAKAN_MINIO, else where `go install` puts it, else the PATH."""
    named = os.environ.get("TAKAN_MINIO")
    if named:
        return require("minio", named)
    home = os.environ.get("GOPATH") or str(Path.home() / "go")
    built = Path(home.split(os.pathsep)[0]) / "bin" / "minio"
    return require("minio", built if built.exists() else "minio")


@contextmanager
def minio(directory: Path, port: int | None = None, keys: tuple[str, str] | None = None) -> Generator[Server]:
    """A real MinIO server on `directory`. The same port and keys again make it the same server after a break."""
    program = minio_program()
    access_key, secret_key = keys or (secrets.token_hex(10), secrets.token_hex(20))
    port, console = port or free_port(), free_port()
    directory.mkdir(parents=True, exist_ok=True)
    environment = {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": str(directory),
        "MINIO_ROOT_USER": access_key,
        "MINIO_ROOT_PASSWORD": secret_key,
        "MINIO_BROWSER": "off",
        "MINIO_UPDATE": "off",
    }
    addresses = ["--address", f"127.0.0.1:{port}", "--console-address", f"127.0.0.1:{console}"]
    output = directory.with_name(directory.name + ".log")
    with output.open("ab") as file:
        process = subprocess.Popen(
            [program, "server", directory, *addresses],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=file,
        )
    try:
        _until_healthy(process, port, output)
        yield Server(f"127.0.0.1:{port}", access_key, secret_key)
    finally:
        process.kill()
        process.wait()


@dataclass(frozen=True)
class Turn:
    """A running coturn: its ports, the secret it makes out credentials by, its log."""

    port: int
    tls_port: int
    secret: str
    log: Path

    @property
    def urls(self) -> dict[str, str]:
        """Its address, by how a client reaches it."""
        return {
            "udp": f"turn:127.0.0.1:{self.port}?transport=udp",
            "tcp": f"turn:127.0.0.1:{self.port}?transport=tcp",
            "tls": f"turns:127.0.0.1:{self.tls_port}?transport=tcp",
        }


@contextmanager
def coturn(directory: Path) -> Generator[Turn]:
    """A real coturn on the loopback with a certificate of its own."""
    program = require("coturn", "turnserver")
    directory.mkdir(parents=True, exist_ok=True)
    turn = Turn(free_port(), free_port(), secrets.token_hex(16), directory / "turn.log")
    issued = trustme.CA().issue_cert("127.0.0.1")
    cert, key = directory / "cert.pem", directory / "key.pem"
    cert.write_bytes(b"".join(part.bytes() for part in issued.cert_chain_pems))
    key.write_bytes(issued.private_key_pem.bytes())
    options = {
        "listening-ip": "127.0.0.1", "listening-port": turn.port, "tls-listening-port": turn.tls_port,
        "relay-ip": "127.0.0.1", "realm": "takan.test", "static-auth-secret": turn.secret, "cert": cert, "pkey": key,
        "userdb": directory / "turndb", "pidfile": directory / "turn.pid", "log-file": "stdout",
    }  # fmt: skip
    switches = ("use-auth-secret", "allow-loopback-peers", "no-cli", "fingerprint")
    configuration = directory / "turnserver.conf"
    lines = [*(f"{name}={value}" for name, value in options.items()), *switches]
    configuration.write_text("\n".join(lines) + "\n")
    with turn.log.open("wb") as log:
        process = subprocess.Popen([program, "-c", configuration], stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    try:
        _until_listening(process, (turn.port, turn.tls_port), turn.log)
        yield turn
    finally:
        process.kill()
        process.wait()


def free_port() -> int:
    """A port of the loopback that is free now, below the range the kernel hands out by itself."""
    for _ in range(1000):
        port = 22_800 + secrets.randbelow(9_900)
        with socket.socket() as attempt:
            try:
                attempt.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise RuntimeError("there is no free port")


def _until_listening(process: "subprocess.Popen[bytes]", ports: tuple[int, ...], log: Path) -> None:
    deadline = time.monotonic() + 20
    for port in ports:
        while True:
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"coturn does not listen on {port}: {log.read_text()[-500:]}")
            with socket.socket() as attempt:
                if attempt.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)


def _until_healthy(process: "subprocess.Popen[bytes]", port: int, output: Path) -> None:
    pool = urllib3.PoolManager(retries=False, timeout=1)
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"minio ended: {output.read_text()[-500:]}")
        try:
            # /minio/health/ready answers too early: writes are refused until the cluster has its quorum of one.
            if pool.request("GET", f"http://127.0.0.1:{port}/minio/health/cluster").status == 200:
                return
        except urllib3.exceptions.HTTPError:
            pass
        time.sleep(0.05)
    raise RuntimeError("minio did not become ready")
