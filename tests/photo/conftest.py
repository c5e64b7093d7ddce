from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def samples() -> Path:
    """The few photos that come with the source."""
    return ROOT / "tests" / "data" / "photos"


@pytest.fixture(scope="session")
def corpus() -> Path:
    """The large corpus with expected values, which lies beside the source where there is one."""
    path = ROOT.parent / "shared" / "data" / "photos"
    if not (path / "expected.json").exists():
        pytest.skip("the photo corpus (../shared/data/photos) is not here")
    return path
