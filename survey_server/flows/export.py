"""The bundle: a sealed survey as a zip that holds one BagIt bag (RFC 8493), built from the sealed objects only."""

import asyncio
import hashlib
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import msgspec

from evidence_store import write_bag
from evidence_store.ledger.entries import entry_key
from evidence_store.ledger.log import LedgerFault, Proven
from evidence_store.ledger.proofs import proof_files
from evidence_store.verify import bag_information, bag_name
from survey_server.db.objects import StoredObject
from survey_server.flows.case import Case
from survey_server.flows.node import Node
from survey_server.flows.trouble import Trouble
from survey_server.survey.events import Exported
from survey_server.wire.basics import Text

_PATIENCE_S = 30.0
_LOOK_AGAIN_S = 0.5
_STAMP_PATIENCE_S = 10.0
"""An authority answers in a second or two, or not for a while; then the bundle goes without its timestamp."""


class _Named(msgspec.Struct):
    key: str


class _Manifest(msgspec.Struct):
    """Which objects a seal names."""

    objects: list[_Named]


async def export(node: Node, case: Case, auditor: str, folder: Path) -> Path:
    """Fetch every object by its pinned version into `folder`, check its hash, and bag them.

    Raises Trouble in words: 409 while no seal is kept yet, 507 without room for the objects and the bag.
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
    logs = await _proven(node, case, {stored.key: stored for stored in objects})
    prefix = node.prefix(case) + "/"
    covered = {entry_key(entry.leaf) for log in logs for entry in log.entries}
    sealed = [stored for stored in await node.index.of_survey(case.id) if stored.key in covered]
    if not node.disk.takes(2 * sum(stored.size for stored in sealed)):
        raise _no_room()
    for number, stored in enumerate(sealed):
        data = await node.store.read(stored.key, stored.version_id, stored.sha256)
        await asyncio.to_thread((folder / f"{number}").write_bytes, data)

    files: list[tuple[str, bytes | Path]] = [
        *((_bag_path(stored, prefix), folder / f"{number}") for number, stored in enumerate(sealed)),
        *(file for at, log in enumerate(logs) for file in _proofs(log, further=at > 0)),
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


async def _proven(node: Node, case: Case, objects: dict[str, StoredObject]) -> list[Proven]:
    """The survey's entries up to its last seal, at least, with a timestamp where one covers that seal: those in the log
    that has it, then those in the logs of nodes that had the survey before.

    Raises Trouble 503 when the ledger does not get there.
    """
    seal = case.survey.seals[-1].key
    try:
        async with asyncio.timeout(_PATIENCE_S):
            await node.ledger.covered(seal)
    except TimeoutError:
        raise _not_entered() from None
    await node.ledger.timestamped(seal, _STAMP_PATIENCE_S)
    manifest = await node.store.read(seal, objects[seal].version_id, objects[seal].sha256)
    named = {named.key for named in msgspec.json.decode(manifest, type=_Manifest).objects}
    ends = asyncio.get_running_loop().time() + _PATIENCE_S
    while True:
        try:
            return await node.ledger.whole(case.id, seal, {seal, *named}, objects.keys())
        except LedgerFault as fault:
            if not node.store.holds(node.prefix(case)) or asyncio.get_running_loop().time() > ends:
                raise _not_entered(str(fault)) from fault
        await asyncio.sleep(_LOOK_AGAIN_S)  # a start has still to enter what the one before left in the spool


def _not_entered(why: str = "") -> Trouble:
    return Trouble(
        503,
        "not_entered",
        Text("尚未登入存证账本", "Not in the ledger yet"),
        Text("封存已完成，但存证账本暂时无法写入，请稍后再导出。",
             "It is sealed, but the ledger can't be written at the moment; export it later.")
        if not why
        else Text(f"封存已完成，但存证账本尚不能证明全部内容，请稍后再导出；如仍不能导出，请联系管理员：{why}",
                  f"It is sealed, but the ledger does not prove all of it yet; export it later. {why}"),
    )  # fmt: skip


def _no_room() -> Trouble:
    return Trouble(
        507,
        "disk_low",
        Text("服务器磁盘空间不足，暂时不能导出", "The server has too little disk space for the bundle"),
        Text("请稍后再试，或请管理员清理服务器磁盘；档案完好。",
             "Try again later, or have the operator make room on the server's disk; the record is safe."),
    )  # fmt: skip


def _proofs(log: Proven, *, further: bool) -> Iterator[tuple[str, bytes]]:
    timestamp = None if log.timestamp is None else (log.timestamp.token, log.timestamp.chain)
    return proof_files(log.note, log.vkey, log.entries, timestamp=timestamp, further=further)


def _bag_path(stored: StoredObject, prefix: str) -> str:
    """Where an object lies below the bag's data folder: as in the store, without the part of the key that all share."""
    return stored.key.removeprefix(prefix)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
