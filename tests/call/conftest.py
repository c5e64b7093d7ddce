"""One relay process for all tests of calls over bad networks, and the browsers' camera."""

import os
from collections.abc import Iterator

import pytest

from tests.browser.conftest import browsers, camera  # noqa: F401 - fixtures
from tests.call.relay import Relay, relaying
from tests.nodes import ROOT


@pytest.fixture(scope="session")
def relay() -> Iterator[Relay]:
    with relaying() as opened:
        yield opened


@pytest.fixture(scope="session")
def built_client() -> None:
    """The web client is there to be served."""
    if not (ROOT / "web_client" / "dist" / "index.html").exists():
        if "chromium" in os.environ.get("TAKAN_REQUIRE", ""):
            pytest.fail("the web client is not built: run `make setup`", pytrace=False)
        pytest.skip("the web client is not built: run `make setup`")
