"""The bundle: a sealed survey as a zip that holds one BagIt bag (RFC 8493), built from the sealed objects only."""

import asyncio
import hashlib
from functools import partial
from pathlib import Path

import msgspec

from evidence_store import write_bag
from evidence_store.ledger.entries import entry_key
from evidence_store.ledger.log import Proven
from evidence_store.ledger.proofs import proof_files
from evidence_store.verify import bag_information, bag_name
from survey_server.db.objects import StoredObject
from survey_server.flows.case import Case
from survey_server.flows.node import Node
from survey_server.flows.trouble import Trouble
from survey_server.survey.events import Exported
from survey_server.wire import Text

_PATIENCE_S = 30.0
_STAMP_PATIENCE_S = 10.0
"""An authority answers in a second or two, or not for a while; then the bundle goes without its timestamp."""


async def export(node: Node, case: Case, auditor: str, folder: Path) -> Path:
    """Fetch every object by its pinned version into `folder`, check its hash, and bag them.

    Raises Trouble 409 in words while no seal is kept yet.
    """
    objects = await node.index.of_survey(case.id)
    kept = {stored.key for stored in objects}
    if not case.survey.seals or case.survey.seals[-1].key not in kept:
        raise Trouble(
            409,
            "not_sealed",
            Text("尚未封存", "Not sealed yet"),
            Text("录像正在归档，封存后即可导出。", "The record is being archived; export it once it is sealed.")
            if case.survey.ended_at is not None
            else Text("踏勘还没有结束，封存后即可导出。", "The survey has not ended; export it once it is sealed."),
        )
    proven = await _proven(node, case)
    prefix = node.prefix(case) + "/"
    covered = {entry_key(entry.leaf) for entry in proven.entries}
    sealed = [stored for stored in await node.index.of_survey(case.id) if stored.key in covered]
    for number, stored in enumerate(sealed):
        data = await node.store.read(stored.key, stored.version_id, stored.sha256)
        await asyncio.to_thread((folder / f"{number}").write_bytes, data)

    timestamp = None if proven.timestamp is None else (proven.timestamp.token, proven.timestamp.chain)
    files: list[tuple[str, bytes | Path]] = [
        *((_bag_path(stored, prefix), folder / f"{number}") for number, stored in enumerate(sealed)),
        *proof_files(proven.note, proven.vkey, proven.entries, timestamp=timestamp),
    ]
    files.sort(key=lambda file: file[0])
    newest = next(seal.key for seal in reversed(case.survey.seals) if seal.key in covered)
    manifest = next(folder / f"{number}" for number, stored in enumerate(sealed) if stored.key == newest)
    info = bag_information(newest, msgspec.json.decode(await asyncio.to_thread(manifest.read_bytes)))
    path = folder / "bag.zip"
    await asyncio.to_thread(partial(write_bag, name=bag_name(case.id)), path, files, info)
    digest = await asyncio.to_thread(_sha256, path)
    await case.record(Exported(auditor, digest))
    return path


async def _proven(node: Node, case: Case) -> Proven:
    """The survey's entries up to its last seal, at least; with a timestamp, where one covers that seal.

    Raises Trouble 503 when the ledger does not get there.
    """
    seal = case.survey.seals[-1].key
    try:
        async with asyncio.timeout(_PATIENCE_S):
            await node.ledger.covered(seal)
    except TimeoutError:
        raise Trouble(
            503,
            "not_entered",
            Text("尚未登入存证账本", "Not in the ledger yet"),
            Text("封存已完成，但存证账本暂时无法写入，请稍后再导出。",
                 "It is sealed, but the ledger can't be written at the moment; export it later."),
        ) from None  # fmt: skip
    await node.ledger.timestamped(seal, _STAMP_PATIENCE_S)
    return await node.ledger.proven(case.id, seal)


def _bag_path(stored: StoredObject, prefix: str) -> str:
    """Where an object lies below the bag's data folder: as in the store, without the part of the key that all share."""
    return stored.key.removeprefix(prefix)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
