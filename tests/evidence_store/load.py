"""Evidence without end: a process that keeps pieces in a store and enters them, and prints each that is kept.

Arguments: endpoint, access key, secret key, bucket, directory. SIGTERM ends the load, waits until everything is kept
and covered, and prints "drained".
"""

import asyncio
import os
import secrets
import signal
import sys
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from evidence_store import EvidenceStore, Facts, Kept, Objects, Spool
from evidence_store.ledger.book import Book
from evidence_store.ledger.entries import object_entry
from evidence_store.ledger.log import Log
from evidence_store.ledger.notes import Signer
from evidence_store.ledger.writer import LedgerWriter

IN_FLIGHT = 12
SURVEYS = 3
SIGNER = Signer("log.example/n1", Ed25519PrivateKey.from_private_bytes(b"\1" * 32))


async def main(endpoint: str, access_key: str, secret_key: str, bucket: str, directory: Path) -> None:
    objects = Objects(endpoint, access_key, secret_key, bucket)
    ledger = LedgerWriter(Log(objects, Book(directory / "ledger.db"), SIGNER, "log/n1"), 0.2)

    async def on_kept(facts: Facts, kept: Kept) -> None:
        ledger.note(object_entry(facts.kind, kept.key.split("/")[1], kept))
        print("kept", kept.key, kept.version_id, kept.sha256, flush=True)

    spool = directory / "spool"
    store = EvidenceStore(objects, Spool(spool), on_kept, until_covered=True)
    ledger.on_covered = store.covered
    await store.start()
    ledger.start()
    ending = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ending.set)
    print("ready", flush=True)

    async def hand_in() -> None:
        while not ending.is_set():
            name = f"v1/S{secrets.randbelow(SURVEYS)}/{secrets.token_hex(6)}"
            data = os.urandom(1 + secrets.randbelow(100_000))
            held = await store.preserve(
                data, Facts(name, ".bin", "application/octet-stream", lock_days=1, kind="segment")
            )
            print("held", held.key, flush=True)
            while not ending.is_set() and store.backlog.objects > IN_FLIGHT:
                await asyncio.sleep(0.02)

    await asyncio.gather(*(hand_in() for _ in range(IN_FLIGHT)))
    while store.backlog.objects or any(each.suffix for each in spool.iterdir()):
        await asyncio.sleep(0.05)
    await ledger.close()
    await store.close()
    print("drained", flush=True)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:5], Path(sys.argv[5])))
