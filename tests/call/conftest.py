"""One relay process for all tests of calls over bad networks, and the browsers' camera."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser.conftest import browsers  # noqa: F401 - a fixture
from tests.call.relay import Relay, relaying
from tests.call.scene import write_scene
from tests.nodes import ROOT


@pytest.fixture(scope="session")
def relay() -> Iterator[Relay]:
    with relaying() as opened:
        yield opened


@pytest.fixture(scope="session")
def camera(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_scene(tmp_path_factory.mktemp("camera") / "scene.mjpeg")


@pytest.fixture(scope="session")
def built_client() -> None:
    """The web client is there to be served."""
    if not (ROOT / "web_client" / "dist" / "index.html").exists():
        if "chromium" in os.environ.get("TAKAN_REQUIRE", ""):
            pytest.fail("the web client is not built: run `make setup`", pytrace=False)
        pytest.skip("the web client is not built: run `make setup`")
