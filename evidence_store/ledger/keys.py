"""A node's signing key: made once, kept in a file of its own, and changed when that is ordered."""

import os
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from evidence_store.files import write_private
from evidence_store.ledger.notes import Signer, VerifierKey

LEDGER_KEY = "ledger.key"
"""Its file in the node's data directory."""
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


class NodeKey:
    """The key that a node signs its log with, and the one ordered to take over from it (`rotation`), if one is.

    The next key waits in a file beside the first, `ledger.key.next`, until the log names it. Then it takes its place,
    and the old key is gone.
    """

    def __init__(self, path: Path, name: str) -> None:
        """`name` is that of the log."""
        self._path, self._name = path, name
        self._next = path.with_name(path.name + ".next")

    def signer(self) -> Signer:
        """The node's key; made if there is none. Raises ValueError in words, OSError, BadNote."""
        return Signer(self._name, signing_key(self._path))

    def order(self) -> VerifierKey:
        """Have the key changed with the log's next entries; again, before that, is the same order. Raises OSError,
        ValueError.
        """
        if not self._next.exists():
            write_private(self._next, os.urandom(_SEED_BYTES).hex() + "\n")
        return Signer(self._name, signing_key(self._next)).verifier

    def successor(self) -> Signer | None:
        """The key that is to take over, if one was ordered. Raises OSError, ValueError."""
        return Signer(self._name, signing_key(self._next)) if self._next.exists() else None

    def hand_over(self) -> None:
        """The log names the next key: it is the node's own from now on. Raises OSError."""
        self._next.rename(self._path)
