"""What object lock, versions and the bucket's settings have to do, whoever asks: tried with the setup key."""

import base64
import contextlib
import hashlib
from collections.abc import Callable
from datetime import datetime

from minio.commonconfig import COMPLIANCE, ENABLED, GOVERNANCE
from minio.deleteobjects import DeleteObject
from minio.error import S3Error
from minio.objectlockconfig import DAYS, ObjectLockConfig
from minio.retention import Retention
from minio.versioningconfig import SUSPENDED, VersioningConfig

from evidence_store.conformance.caller import Caller, refused
from evidence_store.conformance.check import Check
from evidence_store.conformance.scratch import EVIDENCE, Scratch, Version
from evidence_store.conformance.verdict import Unmet

FORCE_DELETE = {"x-minio-force-delete": "true"}
"""MinIO's own header: remove a bucket with everything in it."""
_DAY_S = 86_400
_CLOCKS_APART_S = 5.0


def remove_version(caller: Caller, version: Version) -> None:
    """Remove one version."""
    caller.client.remove_object(bucket_name=version.bucket, object_name=version.key, version_id=version.id)


def remove_in_bulk(caller: Caller, version: Version, *, bypass: bool = False) -> object:
    """Remove one version by a bulk request; returns the errors in its answer."""
    named = [DeleteObject(version.key, version.id)]
    errors = caller.client.remove_objects(
        bucket_name=version.bucket, delete_object_list=named, bypass_governance_mode=bypass
    )
    return list(errors)


def set_lock(caller: Caller, version: Version, lock: Retention) -> None:
    """Give one version another lock."""
    caller.client.set_object_retention(
        bucket_name=version.bucket, object_name=version.key, version_id=version.id, config=lock
    )


def set_lock_bypassing(caller: Caller, version: Version, until: datetime, mode: str = COMPLIANCE) -> object:
    """The same with the header that GOVERNANCE locks give way to."""
    date = until.strftime("%Y-%m-%dT%H:%M:%SZ")
    body = f"<Retention><Mode>{mode}</Mode><RetainUntilDate>{date}</RetainUntilDate></Retention>".encode()
    digest = base64.b64encode(hashlib.md5(body, usedforsecurity=False).digest()).decode()  # S3 asks for it here
    headers = {"x-amz-bypass-governance-retention": "true", "Content-MD5": digest}
    return caller.send("PUT", version.path, {"retention": "", "versionId": version.id}, headers, body)


def _object_lock(scratch: Scratch) -> str:
    scratch.setup.client.get_object_lock_config(bucket_name=scratch.bucket)  # answers with an error where there is none
    return ""


def _versioning(scratch: Scratch) -> str:
    status = scratch.setup.client.get_bucket_versioning(bucket_name=scratch.bucket).status
    if status != ENABLED:
        raise Unmet(f"Versioning of the new bucket is {status or 'off'}.")
    return ""


def _versioning_stays(scratch: Scratch) -> str:
    client = scratch.setup.client
    suspended = VersioningConfig(SUSPENDED)
    try:
        return refused(
            "Versioning was suspended",
            lambda: client.set_bucket_versioning(bucket_name=scratch.bucket, config=suspended),
        )
    except Unmet:
        client.set_bucket_versioning(bucket_name=scratch.bucket, config=VersioningConfig(ENABLED))
        raise


def _refuses_delete(scratch: Scratch) -> str:
    version = scratch.locked("compliance")
    attempts: list[Callable[[], object]] = [
        lambda: remove_version(scratch.setup, version),
        lambda: remove_in_bulk(scratch.setup, version),
        lambda: remove_in_bulk(scratch.setup, version, bypass=True),
    ]
    words = [refused("The locked version was removed", attempt) for attempt in attempts]
    scratch.intact(version)
    return ", ".join(dict.fromkeys(words))


def _refuses_shorter(scratch: Scratch) -> str:
    until = scratch.soon(1.5)
    version, earlier = scratch.locked("shorten", until=until), scratch.sooner(until)
    plain = refused("The lock was shortened", lambda: set_lock(scratch.setup, version, Retention(COMPLIANCE, earlier)))
    refused("The lock was shortened by bypassing", lambda: set_lock_bypassing(scratch.setup, version, earlier))
    scratch.intact(version)
    return plain


def _refuses_governance(scratch: Scratch) -> str:
    version = scratch.locked("downgrade")
    until = scratch.soon(1.5)
    weaker = Retention(GOVERNANCE, until)
    word = refused("The lock became a GOVERNANCE lock", lambda: set_lock(scratch.setup, version, weaker))
    refused(
        "The lock became a GOVERNANCE lock by bypassing",
        lambda: set_lock_bypassing(scratch.setup, version, until, GOVERNANCE),
    )
    scratch.intact(version)
    return word


def _overwrites(scratch: Scratch) -> str:
    old = scratch.locked("overwritten")
    new = scratch.setup.put(scratch.bucket, old.key, b"other bytes")
    if not new or new == old.id:
        raise Unmet("The second write got no version of its own.")
    scratch.intact(old)
    return ""


def _marker(scratch: Scratch) -> str:
    version = scratch.locked("marked")
    scratch.setup.client.remove_object(bucket_name=version.bucket, object_name=version.key)
    scratch.intact(version)
    return ""


def _retains(years: int) -> Callable[[Scratch], str]:
    def run(scratch: Scratch) -> str:
        now = scratch.now().replace(microsecond=0, day=1)  # the 29th of February has no anniversary
        until = now.replace(year=now.year + years)
        version = scratch.locked(f"{years}-years", GOVERNANCE, until)
        lock = scratch.lock_of(version)
        if lock is None or lock.retain_until_date != until:
            raise Unmet(f"The lock until {until:%Y-%m-%d} became {lock and lock.retain_until_date}.")
        refused("The locked version was removed", lambda: remove_version(scratch.setup, version))
        scratch.intact(version)
        return f"until {until:%Y-%m-%d}"

    return run


def _default(scratch: Scratch) -> str:
    client, key = scratch.setup.client, scratch.key("default")
    client.set_object_lock_config(bucket_name=scratch.bucket, config=ObjectLockConfig(GOVERNANCE, 1, DAYS))
    try:
        version = Version(scratch.bucket, key, scratch.node.put(scratch.bucket, key, EVIDENCE), EVIDENCE)
    finally:
        client.delete_object_lock_config(bucket_name=scratch.bucket)
    lock = scratch.lock_of(version)
    if lock is None or lock.mode != GOVERNANCE:
        raise Unmet("An object written without lock headers got no lock.")
    days = (lock.retain_until_date - scratch.now()).total_seconds() / _DAY_S
    if not 0.9 < days < 1.1:
        raise Unmet(f"The lock lasts {days:.2f} days instead of 1.")
    refused("The version was removed", lambda: remove_version(scratch.setup, version))
    return ""


def _legal_hold(scratch: Scratch) -> str:
    client, key = scratch.setup.client, scratch.key("held")
    version = Version(scratch.bucket, key, scratch.setup.put(scratch.bucket, key, EVIDENCE, held=True), EVIDENCE)
    where = {"bucket_name": version.bucket, "object_name": version.key, "version_id": version.id}
    try:
        if not client.is_object_legal_hold_enabled(**where):
            raise Unmet("The hold given with the write is not there.")
        word = refused("The held version was removed", lambda: remove_version(scratch.setup, version))
        refused("The held version was removed in bulk", lambda: remove_in_bulk(scratch.setup, version, bypass=True))
        scratch.intact(version)
    finally:
        with contextlib.suppress(S3Error):
            client.disable_object_legal_hold(**where)
    remove_version(scratch.setup, version)
    return word


def _ends(scratch: Scratch) -> str:
    version = scratch.first
    if version is None or version.lock is None:
        raise Unmet("No lock of seconds could be given.")
    scratch.wait_for(version.lock.retain_until_date.timestamp())
    remove_version(scratch.setup, version)
    if version.id in scratch.versions(version.key):
        raise Unmet("The removal was accepted and the version is still there.")
    return "removed once its time was over"


def _clocks(scratch: Scratch) -> str:
    if abs(scratch.ahead_s) > _CLOCKS_APART_S:
        direction = "ahead of" if scratch.ahead_s > 0 else "behind"
        raise Unmet(f"The store's clock is {abs(scratch.ahead_s):.0f} s {direction} this machine's.")
    return ""


def _bucket_stays(scratch: Scratch) -> str:
    version = scratch.locked("in-bucket")
    word = refused(
        "The bucket was removed with what was in it",
        lambda: scratch.setup.client.remove_bucket(bucket_name=scratch.bucket),
    )
    refused(
        "The bucket was removed by force", lambda: scratch.setup.send("DELETE", scratch.bucket, headers=FORCE_DELETE)
    )
    scratch.intact(version)
    return word


LOCKS = (
    Check(
        "object-lock",
        "A bucket made with object lock has object lock.",
        "Nothing written there would be locked.",
        _object_lock,
    ),
    Check(
        "versioning",
        "A bucket made with object lock keeps versions.",
        "A second write under the same key would replace the first.",
        _versioning,
    ),
    Check(
        "versioning-stays",
        "Versioning of a bucket with object lock cannot be suspended, not even with the setup key.",
        "Somebody with the operator's key could have later writes replace earlier ones.",
        _versioning_stays,
    ),
    Check(
        "compliance-refuses-delete",
        "A version under a COMPLIANCE lock cannot be removed: singly, in bulk, bypassing, with the setup key.",
        "Evidence could be removed before its time, so its absence would prove nothing.",
        _refuses_delete,
    ),
    Check(
        "compliance-refuses-shorter",
        "A COMPLIANCE lock cannot be shortened, not even with the setup key.",
        "A lock could be shortened to now and the evidence removed.",
        _refuses_shorter,
    ),
    Check(
        "compliance-refuses-governance",
        "A COMPLIANCE lock cannot be turned into a GOVERNANCE lock, not even with the setup key.",
        "The lock could be turned into one that an operator may lift, and the evidence removed.",
        _refuses_governance,
    ),
    Check(
        "overwrite-keeps-old",
        "Writing under a key again makes a new version; the locked one stays readable by its version id.",
        "Evidence could be replaced by writing over it.",
        _overwrites,
    ),
    Check(
        "delete-marker-hides-only",
        "Deleting a key leaves its versions readable by their ids.",
        "Evidence could be made unreadable while its lock still runs.",
        _marker,
    ),
    Check(
        "retain-30-years",
        "A lock may last 30 years and has exactly the end it was given.",
        "The lock of a permanent record could not be set; it would end too early.",
        _retains(30),
    ),
    Check(
        "retain-50-years",
        "A lock may last 50 years and has exactly the end it was given.",
        "Records with such a period would have to be extended in steps.",
        _retains(50),
        critical=False,
    ),
    Check(
        "retain-100-years",
        "A lock may last 100 years and has exactly the end it was given.",
        "Records with such a period would have to be extended in steps.",
        _retains(100),
        critical=False,
    ),
    Check(
        "default-retention",
        "A bucket's default lock covers an object the node's key writes without naming a lock.",
        "Something written by mistake without a lock would stay without one.",
        _default,
        critical=False,
    ),
    Check(
        "legal-hold",
        "A version under a legal hold cannot be removed until the hold is lifted.",
        "A court's order to keep something could not be carried out in the store.",
        _legal_hold,
        critical=False,
    ),
    Check(
        "clocks-agree",
        "The store's clock and this machine's differ by less than five seconds.",
        "Locks end by the store's clock: every one would be off by that much, and signed requests may be refused.",
        _clocks,
        critical=False,
    ),
)
LAST = (
    Check(
        "bucket-stays",
        "A bucket with locked objects in it cannot be removed, not even with the setup key or by force.",
        "All evidence could be removed at once, whatever its locks.",
        _bucket_stays,
    ),
    Check(
        "lock-ends",
        "A lock of seconds ends when it says, and the version can then be removed.",
        "What the law wants gone would stay; the dates of locks could not be relied on.",
        _ends,
        critical=False,
    ),
)
"""These come after all others: the first may take the bucket away, the second waits."""
