"""How single writes and reads have to behave: conditions, checksums, parts and links."""

import base64
import hashlib
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial

from minio.commonconfig import COMPLIANCE
from minio.retention import Retention

from evidence_store.conformance.caller import refused
from evidence_store.conformance.check import Check
from evidence_store.conformance.locks import remove_version
from evidence_store.conformance.parts import SMALLEST_PART, in_parts
from evidence_store.conformance.scratch import EVIDENCE, Scratch, Version
from evidence_store.conformance.verdict import Unmet
from evidence_store.errors import ChecksumRefused, KeyTaken, StoreUnreachable

_IF_NEW = {"If-None-Match": "*"}
_RACERS = 16
_PART = b"\xa5" * SMALLEST_PART


def _conditional(scratch: Scratch) -> str:
    path = f"{scratch.bucket}/{scratch.key('new')}"
    first = scratch.node.send("PUT", path, headers=_IF_NEW, body=b"first")
    if not first.granted:
        raise Unmet(f"The first write was refused ({first.code or first.status}).")
    return refused(
        "A second write was accepted", lambda: scratch.node.send("PUT", path, headers=_IF_NEW, body=b"second")
    )


def _race(scratch: Scratch) -> str:
    key, until = scratch.key("race"), scratch.soon()

    def write(number: int) -> str | None:
        data = b"writer %d" % number
        try:
            return scratch.objects.put(key, data, hashlib.sha256(data).hexdigest(), "text/plain", until)
        except (KeyTaken, StoreUnreachable):  # the latter: the winner is not visible yet
            return None

    with ThreadPoolExecutor(_RACERS) as pool:
        won = [each for each in pool.map(write, range(_RACERS)) if each]
    there = scratch.versions(key)
    if len(won) != 1 or there != won:
        raise Unmet(f"Of {_RACERS} writers {len(won)} were told they had won, and {len(there)} versions are there.")
    return f"{_RACERS} writers, one winner"


def _conditional_parts(scratch: Scratch) -> str:
    path = f"{scratch.bucket}/{scratch.key('new-parts')}"
    upload = partial(in_parts, scratch.setup, path, [_PART, EVIDENCE], at_the_end=_IF_NEW)
    if not (first := upload()).granted:
        raise Unmet(f"The first upload was refused ({first.code or first.status}).")
    return refused("A second upload in parts was completed", upload)


class _Growing:
    """A stream that does not say how long it is."""

    def __init__(self, data: bytes) -> None:
        self._left = data

    def read(self, size: int = -1) -> bytes:
        piece, self._left = (self._left, b"") if size < 0 else (self._left[:size], self._left[size:])
        return piece


def _parts_locked(scratch: Scratch) -> str:
    key, until, data = scratch.key("parts"), scratch.soon(), _PART + EVIDENCE
    written = scratch.node.client.put_object(
        bucket_name=scratch.bucket,
        object_name=key,
        data=_Growing(data),  # pyright: ignore[reportArgumentType] - only read() is asked of it
        length=-1,
        part_size=len(_PART),
        retention=Retention(COMPLIANCE, until),
    )
    version = Version(scratch.bucket, key, written.version_id or "", data, Retention(COMPLIANCE, until))
    scratch.intact(version)
    word = refused("The locked version was removed", lambda: remove_version(scratch.setup, version))
    scratch.intact(version)
    return word


def _checksum_kept(scratch: Scratch) -> str:
    key, digest = scratch.key("checksum"), hashlib.sha256(EVIDENCE).hexdigest()
    version = scratch.objects.put(key, EVIDENCE, digest, "text/plain", scratch.soon())
    stored = scratch.objects.stat(key, version).sha256
    if stored != digest:
        raise Unmet(f"Asked for the checksum, the store says {stored or 'nothing'}.")
    return ""


def _wrong_checksum(scratch: Scratch) -> str:
    key, wrong = scratch.key("wrong"), hashlib.sha256(b"something else").hexdigest()
    try:
        scratch.objects.put(key, EVIDENCE, wrong, "text/plain", scratch.soon())
    except ChecksumRefused as error:
        if scratch.versions(key):
            raise Unmet("The write was refused, and something is there all the same.") from error
        return error.code
    raise Unmet("Bytes were accepted under the checksum of others.")


def _wrong_md5(scratch: Scratch) -> str:
    path = f"{scratch.bucket}/{scratch.key('md5')}"
    wrong = base64.b64encode(hashlib.md5(b"something else", usedforsecurity=False).digest()).decode()
    headers = {"Content-MD5": wrong}
    return refused(
        "Bytes were accepted under the MD5 of others",
        lambda: scratch.node.send("PUT", path, headers=headers, body=EVIDENCE),
    )


def _link(scratch: Scratch) -> str:
    version = scratch.locked("link")
    scratch.setup.put(version.bucket, version.key, b"newer bytes")
    url = scratch.node.client.presigned_get_object(
        bucket_name=version.bucket, object_name=version.key, version_id=version.id, expires=timedelta(minutes=5)
    )
    answer = scratch.pool.request("GET", url, headers={"Range": "bytes=2-5"})
    if answer.status != 206 or answer.data != EVIDENCE[2:6]:
        raise Unmet(f"The store answered {answer.status} with {len(answer.data)} bytes instead of the four asked for.")
    return ""


WRITES = (
    Check(
        "conditional-write",
        "A write with If-None-Match: * is refused where the key is taken.",
        "A retry would write evidence twice, and two nodes could both take the next checkpoint of a ledger.",
        _conditional,
    ),
    Check(
        "conditional-race",
        "Of sixteen writers who want a key at the same moment exactly one gets it.",
        "Two nodes could both take the next checkpoint of a ledger, and it would fork.",
        _race,
    ),
    Check(
        "conditional-parts",
        "Completing an upload in parts with If-None-Match: * is refused where the key is taken.",
        "Large files could be written twice; evidence itself is not written in parts.",
        _conditional_parts,
        critical=False,
    ),
    Check(
        "parts-locked",
        "An upload in parts of unknown length is whole and locked when it is complete.",
        "Large files would be without a lock; evidence itself is not written in parts.",
        _parts_locked,
        critical=False,
    ),
    Check(
        "checksum-kept",
        "The SHA-256 sent with a write is kept and told again.",
        "Every audit would have to read every byte instead of asking for the checksum.",
        _checksum_kept,
        critical=False,
    ),
    Check(
        "wrong-checksum-refused",
        "Bytes that do not have the SHA-256 sent with them are refused.",
        "Evidence damaged on the way would be locked for years as if it were whole.",
        _wrong_checksum,
    ),
    Check(
        "wrong-md5-refused",
        "Bytes that do not have the Content-MD5 sent with them are refused.",
        "Programs that send no SHA-256 could store damaged bytes; a node sends it.",
        _wrong_md5,
        critical=False,
    ),
    Check(
        "link-by-version",
        "A signed link reads a part (Range) of one version by its id.",
        "Recordings could not be handed out by link; a node reads them itself.",
        _link,
        critical=False,
    ),
)
