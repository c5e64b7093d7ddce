"""A bag."""
from pathlib import Path
from collections.abc import Iterable, Mapping
def write_bag(path: Path, files: Iterable[tuple[str, bytes | Path]], info: Mapping[str, str]) -> None:
    """Soon."""
    raise NotImplementedError
