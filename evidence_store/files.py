"""Files that are there whole or not at all."""

import os
from pathlib import Path


def write_private(path: Path, text: str | bytes) -> None:
    """Put a file readable by its owner only in place, whole or not at all, and on the disk when this returns."""
    data = text.encode() if isinstance(text, str) else text
    fresh = path.with_name(path.name + ".part")
    fresh.unlink(missing_ok=True)
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    fresh.rename(path)
