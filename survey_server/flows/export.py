"""The bundle: a sealed survey as a zip that holds one BagIt bag (RFC 8493), built from the sealed objects only."""

import asyncio
import hashlib
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from evidence_store import write_bag
from survey_server import __version__
from survey_server.db.objects import StoredObject
from survey_server.flows.case import Case
from survey_server.flows.node import Node
from survey_server.flows.trouble import Trouble
from survey_server.survey.events import Exported
from survey_server.wire import Text


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
    prefix = node.prefix(case) + "/"
    sealed = [stored for stored in objects if stored.key.startswith(prefix)]
    for number, stored in enumerate(sealed):
        data = await node.store.read(stored.key, stored.version_id, stored.sha256)
        await asyncio.to_thread((folder / f"{number}").write_bytes, data)

    def files() -> Iterator[tuple[str, Path]]:
        for number, stored in enumerate(sealed):
            yield _bag_path(stored, prefix), folder / f"{number}"

    survey = case.survey
    info = {
        "Source-Organization": f"Takan node, tenant {node.settings.tenant}",
        "External-Identifier": survey.id,
        "External-Description": f"Remote site survey {survey.application.case_no}, state {survey.state}",
        "Bagging-Date": f"{node.clock():%Y-%m-%d}",
        "Bag-Software-Agent": f"takan {__version__}",
    }
    path = folder / "bag.zip"
    await asyncio.to_thread(partial(write_bag, name=f"takan-{survey.id}"), path, files(), info)
    digest = await asyncio.to_thread(_sha256, path)
    await case.record(Exported(auditor, digest))
    return path


def _bag_path(stored: StoredObject, prefix: str) -> str:
    """Where an object lies below the bag's data folder: as in the store, without the part of the key that all share."""
    return stored.key.removeprefix(prefix)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
