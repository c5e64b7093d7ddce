"""One relay process for all tests of calls over bad networks."""

from collections.abc import Iterator

import pytest

from tests.call.relay import Relay, relaying


@pytest.fixture(scope="session")
def relay() -> Iterator[Relay]:
    with relaying() as opened:
        yield opened
