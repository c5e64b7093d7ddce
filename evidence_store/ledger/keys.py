"""A node's signing key: made once, kept in a file of its own."""

import os
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

_SEED_BYTES = 32


def signing_key(path: Path) -> Ed25519PrivateKey:
    """The Ed25519 key (RFC 8032) in this file, its 32 bytes in hexadecimal; made if there is no file.

    Raises ValueError in words if the file holds something else, OSError.
    """
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except FileExistsError:
        pass
    else:
        with os.fdopen(handle, "w") as file:
            file.write(os.urandom(_SEED_BYTES).hex() + "\n")
            file.flush()
            os.fsync(file.fileno())
    words = path.read_text("ascii", "replace").strip()
    try:
        return Ed25519PrivateKey.from_private_bytes(bytes.fromhex(words))
    except ValueError:
        raise ValueError(
            f"{path} does not hold a signing key (64 hexadecimal digits). Put back the node's key from its backup; a "
            "new key needs a new node name."
        ) from None
