"""A second try for the short forms that a busy machine can spoil."""

from pathlib import Path

import pytest

from tests.postgres import postgres, postgres_server  # noqa: F401 - fixtures

ALONE = ("browser", "call", "flows", "media")
"""Directories whose tests run real browsers and servers against the clock, one by one: the Makefile's ALONE."""
WHOLE_NODES = (*ALONE, "cases")
"""Directories whose tests wait for whole nodes."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let these fail once, with the traceback shown. Long forms, whose figures are claims, get one try."""
    here = Path(__file__).parent
    for item in items:
        if item.path.relative_to(here).parts[0] in WHOLE_NODES and not item.get_closest_marker("long"):
            item.add_marker(pytest.mark.flaky(reruns=1))
