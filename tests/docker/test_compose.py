"""compose.yaml and what it names: no Docker runs here, so its text is held against the settings and the files."""

import re
import shutil
import socket
import subprocess
import time
from pathlib import Path

import pytest

from survey_server.settings import load_settings
from tests.nodes import ROOT
from tests.servers import free_port, require

DOCKER = ROOT / "docker"
COMPOSE = (DOCKER / "compose.yaml").read_text()
EXAMPLE = dict(re.findall(r"^([A-Z_]+)=(.*)$", (DOCKER / "example.env").read_text(), re.MULTILINE))


def services() -> dict[str, str]:
    """Each service's part of the file."""
    body = re.search(r"^services:\n(.*?)^networks:", COMPOSE, re.MULTILINE | re.DOTALL)
    assert body
    found = re.split(r"^  ([a-z-]+):\n", body[1], flags=re.MULTILINE)
    return dict(zip(found[1::2], found[2::2], strict=True))


def environment(service: str) -> dict[str, str]:
    """A service's variables, filled in from example.env; secrets that are left open there get one."""
    block = re.search(r"^    environment:\n((?:      .*\n)+)", services()[service], re.MULTILINE)
    assert block
    values: dict[str, str] = {}
    for name, value in re.findall(r"^      ([A-Z_]+): (.*)$", block[1], re.MULTILINE):
        values[name] = re.sub(
            r"\$\{(\w+)(?::([-?])([^}]*))?\}",
            lambda found: EXAMPLE[found[1]] or (found[3] if found[2] == "-" else "x" * 24),
            value,
        ).strip('"')
    return values


def test_nothing_but_the_proxy_and_the_set_up_reaches_minio() -> None:
    parts = services()
    within = {name for name, text in parts.items() if re.search(r"^    networks:.*\bvault\b", text, re.MULTILINE)}
    assert within == {"minio", "minio-setup", "minio-proxy"}
    assert {name for name, text in parts.items() if "ports:" in text} == {"node"}
    assert {name for name, text in parts.items() if "network_mode" in text} == {"coturn"}
    assert "vault: {internal: true}" in COMPOSE
    for name in ("node", "store-check"):
        assert "TAKAN_STORE_ENDPOINT: minio-proxy:9000" in parts[name]


def test_the_node_never_sees_the_operators_key() -> None:
    assert "MINIO_ROOT" not in services()["node"]
    assert "MINIO_ROOT" not in services()["coturn"]


def test_every_variable_is_in_the_example_and_no_other() -> None:
    asked = set(re.findall(r"\$\{(\w+)", COMPOSE))
    assert asked == set(EXAMPLE)


def test_the_nodes_variables_are_settings_it_accepts() -> None:
    given = environment("node")
    settings = load_settings(None, given)
    assert {name.removeprefix("TAKAN_").lower() for name in given} <= set(settings.__struct_fields__)
    assert (settings.media_port, settings.port, settings.store_endpoint) == (8444, 8443, "minio-proxy:9000")
    assert settings.turn_servers


def test_what_needs_the_store_waits_for_its_examination() -> None:
    node = services()["node"]
    assert "store-check: {condition: service_completed_successfully}" in node
    assert "command: [takan, store, check, --data, /data]" in services()["store-check"]


def test_minio_is_built_from_the_commit_the_tests_build() -> None:
    version = re.compile(r"github\.com/minio/minio@(\S+)")
    built = version.search((ROOT / ".ci" / "system.sh").read_text())
    shipped = version.search((DOCKER / "minio" / "Dockerfile").read_text())
    assert built
    assert shipped
    assert built[1] == shipped[1]


def test_every_file_that_is_copied_exists() -> None:
    for file in DOCKER.rglob("Dockerfile"):
        context = ROOT if file.parent == DOCKER else file.parent
        for line in re.findall(r"^COPY (?!--from)(.+)$", file.read_text(), re.MULTILINE):
            *sources, _ = line.split()
            assert all((context / each).exists() for each in sources), line
    ignored = (DOCKER / "Dockerfile.dockerignore").read_text()
    for line in re.findall(r"^COPY (?!--from)(.+)$", (DOCKER / "Dockerfile").read_text(), re.MULTILINE):
        for source in line.split()[:-1]:
            assert any(source.startswith(kept) for kept in re.findall(r"^!(\S+)$", ignored, re.MULTILINE)), source


def test_coturn_takes_its_configuration(tmp_path: Path) -> None:
    program = require("coturn", "turnserver")
    port = free_port()
    variables = {
        "TAKAN_TURN_SECRET": "secret", "TAKAN_TURN_REALM": "survey.example.gov", "TAKAN_TURN_LISTEN": "127.0.0.1",
        "TAKAN_TURN_PEERS": "192.0.2.10,2001:db8::10", "TAKAN_TURN_PORT": str(port), "TMPDIR": str(tmp_path),
        "PATH": f"{program.parent}:/usr/bin:/bin",
    }  # fmt: skip
    log = tmp_path / "log"
    with log.open("wb") as file:
        process = subprocess.Popen(
            [shutil.which("sh") or "sh", DOCKER / "coturn" / "start.sh"], env=variables, stdout=file, stderr=file
        )
    try:
        deadline = time.monotonic() + 20
        while True:
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            with socket.socket() as attempt:
                if attempt.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
    finally:
        process.kill()
        process.wait()
    said = log.read_text()
    assert "Bad configuration" not in said
    assert "Wrong" not in said
    [written] = tmp_path.glob("*/turnserver.conf")
    assert written.stat().st_mode & 0o077 == 0
    assert "allowed-peer-ip=2001:db8::10\n" in written.read_text()


@pytest.mark.parametrize("missing", ["TAKAN_TURN_SECRET", "TAKAN_TURN_REALM", "TAKAN_TURN_PEERS"])
def test_coturn_does_not_start_open(missing: str) -> None:
    variables = {name: "x" for name in ("TAKAN_TURN_SECRET", "TAKAN_TURN_REALM", "TAKAN_TURN_PEERS") if name != missing}
    done = subprocess.run(
        ["/bin/sh", DOCKER / "coturn" / "start.sh"], env={"PATH": "/usr/bin:/bin", **variables}, capture_output=True,
        text=True, check=False,
    )  # fmt: skip
    assert done.returncode != 0
    assert missing in done.stderr
