"""Ways to write a version that exists already, under its own id: through a lock, if the store lets them.

S3 has no such request. Stores that copy themselves to others have, and MinIO's last sources do not guard them: an
archive whose members name version ids, unpacked without asking about locks, and the header by which a replica is told
from an original, which an upload in parts believes whoever sends it. Both replace the bytes of a version under a
COMPLIANCE lock, keep its id and drop its lock (tried on 7aac2a2c5b7c). What is read afterwards decides, not the answer.
"""

import io
import tarfile
from datetime import timedelta

from evidence_store.conformance.caller import Caller
from evidence_store.conformance.check import Check
from evidence_store.conformance.parts import in_parts
from evidence_store.conformance.rights import STOLEN
from evidence_store.conformance.scratch import Scratch, Version
from evidence_store.conformance.verdict import Unmet

UNPACK = {"x-amz-meta-snowball-auto-extract": "true"}
"""MinIO's own header: the body is a tar archive, each of whose members becomes an object."""
REPLICA = {"x-amz-replication-status": "REPLICA"}
"""S3 has this header in answers. In a request it says that another store replicates to this one."""
_FORGED = b"rewritten"
_PROXY = (
    "MinIO does this: put a proxy in front of it that refuses every request with the header "
    "X-Amz-Meta-Snowball-Auto-Extract or X-Amz-Replication-Status, and let nothing reach it but through the proxy."
)


def archive(version: Version, data: bytes) -> bytes:
    """A tar archive whose one member asks MinIO to be written as this very version (PAX record minio.versionId)."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as tar:
        member = tarfile.TarInfo(version.key)
        member.size = len(data)
        member.pax_headers = {"minio.versionId": version.id}
        tar.addfile(member, io.BytesIO(data))
    return packed.getvalue()


def _by_name(scratch: Scratch, caller: Caller, version: Version) -> None:
    url = caller.client.get_presigned_url(
        method="PUT",
        bucket_name=version.bucket,
        object_name=version.key,
        version_id=version.id,
        expires=timedelta(minutes=5),
    )
    scratch.pool.request("PUT", url, body=_FORGED)


def _by_archive(scratch: Scratch, caller: Caller, version: Version) -> None:
    path = f"{scratch.bucket}/{scratch.key('archive.tar')}"
    caller.send("PUT", path, headers=UNPACK, body=archive(version, _FORGED))


def _as_replica(_: Scratch, caller: Caller, version: Version) -> None:
    caller.send("PUT", version.path, {"versionId": version.id}, REPLICA, _FORGED)


def _as_replica_in_parts(_: Scratch, caller: Caller, version: Version) -> None:
    in_parts(caller, version.path, [_FORGED], query={"versionId": version.id}, headers=REPLICA, at_the_end=REPLICA)


def _removed_as_replica(_: Scratch, caller: Caller, version: Version) -> None:
    caller.send("DELETE", version.path, {"versionId": version.id}, REPLICA)


_WAYS = (
    ("a write that names it", _by_name),
    ("an archive that names it", _by_archive),
    ("a write as a replica", _as_replica),
    ("an upload in parts as a replica", _as_replica_in_parts),
    ("a removal as a replica", _removed_as_replica),
)


def _survives(scratch: Scratch, caller: Caller) -> str:
    failed: list[str] = []
    for words, attempt in _WAYS:
        version = scratch.locked("rewrite")
        attempt(scratch, caller, version)
        try:
            scratch.intact(version)
        except Unmet as unmet:
            failed.append(f"After {words}: {unmet}")
    if failed:
        raise Unmet(" ".join(failed))
    return f"{len(_WAYS)} ways tried"


REWRITING = (
    Check(
        "node-cannot-rewrite-version",
        "The node's key cannot write or remove a version under a COMPLIANCE lock by naming its id, be it directly, in "
        "an archive that the store unpacks or as if replicating.",
        f"{STOLEN} replace locked evidence under its own version id and take its lock away. {_PROXY}",
        lambda scratch: _survives(scratch, scratch.node),
    ),
    Check(
        "setup-cannot-rewrite-version",
        "The setup key cannot write or remove a version under a COMPLIANCE lock by naming its id, be it directly, in "
        "an archive that the store unpacks or as if replicating.",
        f"An operator could replace or remove locked evidence, and nothing in the store would show it. {_PROXY}",
        lambda scratch: _survives(scratch, scratch.setup),
    ),
)
