"""A PostgreSQL server of the tests' own: its programs from the machine, its data in a temporary directory."""

import contextlib
import os
import pwd
import re
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import pytest

from tests.servers import free_port, require

USER = "takan"
LINGUISTIC_SINCE = 15
"""From this version a database can be made with an ICU locale, in which keys sort otherwise than by code point."""


@dataclass
class Postgres:
    """A running server with password log-in; `start` may be called again after `stop` or `kill`."""

    programs: Path
    directory: Path
    account: pwd.struct_passwd | None
    """The account it runs as; None: the one that runs the tests."""
    password: str = field(default_factory=lambda: secrets.token_hex(16))
    port: int = field(default_factory=free_port)
    process: "subprocess.Popen[bytes] | None" = None
    options: tuple[str, ...] = ()

    def address(self, name: str, *, password: str | None = None) -> str:
        return f"postgresql://{USER}:{password or self.password}@127.0.0.1:{self.port}/{name}"

    def database(self, encoding: str = "UTF8") -> str:
        """The address of a fresh database."""
        name = f"t_{secrets.token_hex(6)}"
        made = f"CREATE DATABASE {name} TEMPLATE template0 ENCODING '{encoding}' LOCALE 'C'"
        if encoding == "UTF8" and self.version >= LINGUISTIC_SINCE:
            made += " LOCALE_PROVIDER icu ICU_LOCALE 'en-US'"
        self.tell(made)
        return self.address(name)

    @property
    def version(self) -> int:
        said = subprocess.run([self.programs / "postgres", "--version"], capture_output=True, text=True, check=True)
        return int(re.findall(r"\d+", said.stdout)[0])

    def tell(self, *orders: str, name: str = "postgres") -> None:
        """Carry out SQL as the server's owner, each statement by itself."""
        with psycopg.connect(self.address(name), autocommit=True) as db:
            for order in orders:
                db.execute(order.encode())

    def make(self) -> None:
        secret = self.directory / "password"
        secret.write_text(self.password)
        self._own(secret)
        cluster = [self.programs / "initdb", "-D", self.directory / "data", "-U", USER, "--encoding", "UTF8"]
        made = self._run(*cluster, "--locale", "C", "--auth", "scram-sha-256", "--pwfile", secret)
        if made.wait(120):
            raise RuntimeError(f"initdb failed: {self.log.read_text()[-1000:]}")

    def start(self, *options: str) -> None:
        """Start it; `options` are server settings such as "fsync=off"."""
        settings = ("listen_addresses=127.0.0.1", "shared_buffers=32MB", "max_connections=60", *options)
        self.options = options
        flags = [word for setting in settings for word in ("-c", setting)]
        server = [self.programs / "postgres", "-D", self.directory / "data", "-k", self.directory, "-p", str(self.port)]
        self.process = self._run(*server, *flags)
        ends = time.monotonic() + 60
        while time.monotonic() < ends and self.process.poll() is None:
            with contextlib.suppress(psycopg.OperationalError), psycopg.connect(self.address("postgres")):
                return
            time.sleep(0.05)
        raise RuntimeError(f"PostgreSQL did not start: {self.log.read_text()[-1000:]}")

    def stop(self) -> None:
        """End it in order, its sessions at once ("fast")."""
        self._end(signal.SIGINT)

    def crash(self) -> None:
        """End it at once; the next start recovers from the log ("immediate")."""
        self._end(signal.SIGQUIT)

    def restore(self) -> None:
        """Running with its usual settings, whatever was done to it."""
        if self.process is None or self.process.poll() is not None or self.options:
            self.stop()
            self.start()

    @property
    def log(self) -> Path:
        return self.directory / "log"

    def _end(self, sign: signal.Signals) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(sign)
            self.process.wait(60)

    def _run(self, *command: str | Path) -> "subprocess.Popen[bytes]":
        account = self.account
        alone = {} if account is None else {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
        environment = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"}
        with self.log.open("ab") as log:
            return subprocess.Popen(
                command,
                cwd=self.directory,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                **alone,
            )

    def _own(self, path: Path) -> None:
        if self.account is not None:
            os.chown(path, self.account.pw_uid, self.account.pw_gid)


def postgres_programs() -> Path:
    """Where initdb and postgres are: on the PATH, or where Debian puts them, off it; the newest version of several."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[4].split(".")[0]))
    on_path = shutil.which("postgres")
    found = Path(on_path).with_name("initdb") if on_path else debian[-1] if debian else "initdb"
    return require("postgresql", found).resolve().parent


@contextmanager
def running_postgres() -> Generator[Postgres]:
    """A real PostgreSQL, as an account without rights where the tests run as root: it refuses root."""
    programs = postgres_programs()
    account = _unprivileged() if os.geteuid() == 0 else None
    # Not pytest's directory: that is closed to every other account.
    directory = Path(tempfile.mkdtemp(prefix="takan-pg-"))
    server = Postgres(programs, directory, account)
    server._own(directory)
    try:
        server.make()
        server.start()
        yield server
    finally:
        server.crash()  # at once: nothing of it is looked at again
        shutil.rmtree(directory, ignore_errors=True)


def _unprivileged() -> pwd.struct_passwd:
    with contextlib.suppress(KeyError):
        return pwd.getpwnam("postgres")
    return pwd.getpwnam("nobody")


@pytest.fixture(scope="session")
def postgres_server() -> Generator[Postgres]:
    """One server for all tests."""
    with running_postgres() as server:
        yield server


@pytest.fixture
def postgres(postgres_server: Postgres) -> Generator[Postgres]:
    """The server, for a test that makes databases of its own on it and may stop it."""
    yield postgres_server
    postgres_server.restore()
