"""Documents say what is there: every setting, every route, every command of the README."""

import json
import re
import subprocess
import sys

import pytest

from survey_server.api.openapi import document
from survey_server.api.routes import routes
from survey_server.settings import Settings
from survey_server.typescript import wire_types
from survey_server.wire.platform import AnyTiding
from tests.nodes import ROOT

COMMAND = r"(?:gate|photo|store|bench|draw|errand|items) [a-z-]+|[a-z-]+"
README = (ROOT / "README.md").read_text()
PLATFORM = (ROOT / "docs" / "platform.md").read_text()


def test_every_setting_is_documented() -> None:
    documented = set(re.findall(r"`([a-z_]+)`", (ROOT / "docs" / "settings.md").read_text()))
    assert set(Settings.__struct_fields__) <= documented


def test_every_picture_and_link_of_the_documents_exists() -> None:
    for name in ("README.md", "ARCHITECTURE.md", "CHANGELOG.md", "CONTRIBUTING.md"):
        for target in re.findall(r"\]\(([^)#]+)\)", (ROOT / name).read_text()):
            assert target.startswith("http") or (ROOT / target).exists(), f"{name}: {target}"


def test_every_command_of_the_readme_exists() -> None:
    commands = set(re.findall(rf"(?:^|`)takan ({COMMAND})", README, re.MULTILINE))
    assert {"rehearse", "serve", "export", "gate decide"} <= commands
    for command in commands:
        run = [sys.executable, "-m", "survey_server.cli", *command.split(), "--help"]
        assert subprocess.run(run, cwd=ROOT, capture_output=True, check=False).returncode == 0, command


def test_every_option_of_the_readme_exists() -> None:
    for line in re.findall(r"^takan .*$", README, re.MULTILINE):
        command = re.match(rf"takan ({COMMAND})", line)
        assert command, line
        run = [sys.executable, "-m", "survey_server.cli", *command[1].split(), "--help"]
        words = subprocess.run(run, cwd=ROOT, capture_output=True, text=True, check=True, env={"COLUMNS": "200"}).stdout
        for option in re.findall(r"--[a-z-]+", line):
            assert option in words, f"{command} {option}"


def test_the_clients_types_are_those_of_the_wire() -> None:
    generated = ROOT / "web_client" / "src" / "core" / "wire.gen.ts"
    assert generated.read_text() == wire_types()


def test_the_platforms_document_is_that_of_the_wire_and_the_routes() -> None:
    told = json.loads((ROOT / "docs" / "platform.openapi.json").read_text())
    assert told == document()
    said = {(path, method) for path, one in told["paths"].items() for method in one if method != "parameters"}
    served = {
        (one.path, one.method.lower()) for one in routes() if one.path.startswith(("/api/platform/", "/api/files/"))
    }
    assert said == served
    named = set(re.findall(r"`((?:case|survey|appointment|material|appeal|reminder)\.[a-z]+)`", PLATFORM))
    assert named == set(told["components"]["schemas"]["CaseDecided"]["properties"]["type"]["enum"]) | {
        kind.__struct_config__.tag for kind in AnyTiding.__args__
    }


def test_no_registry_address_in_locks() -> None:
    for name in ("constraints.txt", "web_client/package-lock.json"):
        text = (ROOT / name).read_text()
        assert "--index-url" not in text
        assert '"resolved"' not in text
    assert "--hash=sha256" in (ROOT / "constraints.txt").read_text()


def test_no_machine_path_in_the_tree() -> None:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    if listed.returncode:
        pytest.skip("not a git checkout: the tree's files can't be listed")
    for name in listed.stdout.decode().split("\0"):
        path = ROOT / name
        if path.suffix in {".py", ".ts", ".tsx", ".toml", ".md", ".sh", ".json"}:
            assert str(ROOT) not in path.read_text(), name
