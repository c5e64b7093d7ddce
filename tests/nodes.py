"""Real nodes for tests: `takan serve` in a process of its own, and what tests need to talk to it."""

import contextlib
import json
import os
import secrets
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from credit_gate.sources.register import DEMO_REGISTER
from survey_server.flows.client import NodeClient
from survey_server.wire.admission import ApplicationForm, SubjectForm
from survey_server.wire.basics import Site, Window
from tests.servers import free_port

ROOT = Path(__file__).parent.parent
SHARED = ROOT.parent / "shared"
RED, ORANGE = "91460108TAKAN0017C", "91460108TAKAN00257"
BLUE, BLACK = "91460108TAKAN00332", "91460108TAKAN0041W"
UNKNOWN = "91460108TAKAN0084A"
AREZZO = Site(43.4674, 11.8851, 1000)
SERVE = (sys.executable, "-m", "survey_server.cli", "serve")


def put_first(pid: int) -> None:
    """A server and a network do not share their processors with browsers: as root, let these two not wait for them."""
    with contextlib.suppress(PermissionError):
        os.setpriority(os.PRIO_PROCESS, pid, -10)


@dataclass
class ServedNode:
    """A running `takan serve`; `start` may be called again after `kill`."""

    data: Path
    environment: Mapping[str, str]
    arguments: tuple[str, ...] = ("--embedded",)
    command: tuple[str, ...] = SERVE
    key: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    port: int = field(default_factory=free_port)
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> str:
        return (self.data / "server.log").read_text()

    def client(self) -> NodeClient:
        return NodeClient(self.url, self.key)

    def start(self, timeout_s: float = 60) -> None:
        self.data.mkdir(parents=True, exist_ok=True)
        environment = {**os.environ, "TAKAN_INTAKE_KEY": self.key, "TAKAN_REGISTER": str(DEMO_REGISTER)}
        with (self.data / "server.log").open("ab") as log:
            self.process = subprocess.Popen(
                [*self.command, *self.arguments, "--data", str(self.data), "--port", str(self.port)],
                env=environment | dict(self.environment),
                cwd=ROOT,
                stdout=subprocess.PIPE,
                stderr=log,
            )
        put_first(self.process.pid)
        ends = time.monotonic() + timeout_s
        assert self.process.stdout is not None
        while time.monotonic() < ends:
            if select.select([self.process.stdout], [], [], 0.2)[0]:
                line = self.process.stdout.readline()
                if b"ready at" in line:
                    return
                if not line:
                    break
        raise AssertionError(f"the node did not start:\n{self.log}")

    def kill(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(60)


@contextlib.contextmanager
def serving(
    data: Path, *, arguments: tuple[str, ...] = ("--embedded",), command: tuple[str, ...] = SERVE, **env: str
) -> Iterator[ServedNode]:
    node = ServedNode(data, env, arguments, command)
    try:
        node.start()
        yield node
    finally:
        node.stop()


def application(code: str = RED, item: str = "food-business", site: Site = AREZZO) -> ApplicationForm:
    now = datetime.now(UTC)
    window = Window(now - timedelta(hours=1), now + timedelta(hours=8))
    return ApplicationForm(SubjectForm(code, "测试单位"), item, site, window)


def takan(*arguments: str, **env: str) -> tuple[int, str, str]:
    """Run the command line; exit status, standard output, standard error."""
    done = subprocess.run(
        [sys.executable, "-m", "survey_server.cli", *arguments],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, **env},
        timeout=280,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


def takan_json(*arguments: str, **env: str) -> tuple[int, dict[str, Any]]:
    status, out, err = takan(*arguments, "--json", **env)
    assert out, err
    return status, json.loads(out)
