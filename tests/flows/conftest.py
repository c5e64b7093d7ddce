"""One real node for all flow tests that only need a node."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from survey_server.flows.client import NodeClient
from tests.flows.clips import clip
from tests.nodes import ROOT, ServedNode, serving


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedNode]:
    data: Path = tmp_path_factory.mktemp("node")
    with serving(data, TAKAN_PANEL=str(ROOT / "tests" / "data" / "panel.toml")) as node:
        yield node


@pytest.fixture
async def client(served: ServedNode) -> AsyncIterator[NodeClient]:
    async with served.client() as client:
        yield client


@pytest.fixture(scope="session")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A film for simulated people to send."""
    return clip(tmp_path_factory.mktemp("video") / "clip.mp4")
