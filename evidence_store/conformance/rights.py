"""What the node's own key has to be able to do, and must not be able to."""

import hashlib
import json
from functools import partial

from minio.commonconfig import COMPLIANCE, ENABLED, GOVERNANCE
from minio.objectlockconfig import DAYS, ObjectLockConfig
from minio.retention import Retention
from minio.versioningconfig import SUSPENDED, VersioningConfig

from evidence_store.conformance.caller import refused
from evidence_store.conformance.check import Check
from evidence_store.conformance.locks import (
    FORCE_DELETE,
    remove_in_bulk,
    remove_version,
    set_lock,
    set_lock_bypassing,
)
from evidence_store.conformance.scratch import EVIDENCE, Scratch, Version
from evidence_store.conformance.verdict import Unmet

_DIGEST = hashlib.sha256(EVIDENCE).hexdigest()


def _put(scratch: Scratch, name: str) -> Version:
    """Write as a node does, with the node's key."""
    key, until = scratch.key(name), scratch.soon()
    version_id = scratch.objects.put(key, EVIDENCE, _DIGEST, "application/octet-stream", until)
    return Version(scratch.bucket, key, version_id, EVIDENCE, Retention(COMPLIANCE, until))


def _prepares(scratch: Scratch) -> str:
    scratch.objects.prepare()
    return ""


def _puts(scratch: Scratch) -> str:
    scratch.intact(_put(scratch, "node-put"))
    return ""


def _reads(scratch: Scratch) -> str:
    version = _put(scratch, "node-read")
    if scratch.objects.get(version.key, version.id) != EVIDENCE:
        raise Unmet("It read other bytes than it had written.")
    if scratch.objects.stat(version.key, version.id).locked_until is None:
        raise Unmet("It cannot see the lock of what it wrote.")
    return ""


def _lists(scratch: Scratch) -> str:
    version = _put(scratch, "node-list")
    if scratch.objects.find(version.key, len(EVIDENCE), _DIGEST) != version.id:
        raise Unmet("It does not find the version it wrote.")
    return ""


def _lengthens(scratch: Scratch) -> str:
    version = _put(scratch, "node-lengthen")
    until = scratch.soon(1.5)
    scratch.objects.extend(version.key, version.id, until)
    scratch.intact(Version(version.bucket, version.key, version.id, EVIDENCE, Retention(COMPLIANCE, until)))
    return ""


def _marks(scratch: Scratch) -> str:
    key = scratch.unlocked("node-mark").key
    client = scratch.node.client
    return refused("The key was deleted", lambda: client.remove_object(bucket_name=scratch.bucket, object_name=key))


def _deletes(scratch: Scratch) -> str:
    version = scratch.unlocked("node-delete")
    word = refused("A version whose lock is over was removed", lambda: remove_version(scratch.node, version))
    scratch.intact(version)
    return word


def _deletes_in_bulk(scratch: Scratch) -> str:
    version = scratch.unlocked("node-bulk")
    word = refused("A version whose lock is over was removed in bulk", lambda: remove_in_bulk(scratch.node, version))
    scratch.intact(version)
    return word


def _shortens(scratch: Scratch) -> str:
    version = scratch.locked("node-shorten", until=scratch.soon(1.5))
    earlier = scratch.soon()
    word = refused("The lock was shortened", lambda: set_lock(scratch.node, version, Retention(COMPLIANCE, earlier)))
    refused("The lock was shortened by bypassing", lambda: set_lock_bypassing(scratch.node, version, earlier))
    scratch.intact(version)
    return word


def _downgrades(scratch: Scratch) -> str:
    version = scratch.locked("node-downgrade")
    weaker = Retention(GOVERNANCE, scratch.soon(1.5))
    word = refused("The lock became a GOVERNANCE lock", lambda: set_lock(scratch.node, version, weaker))
    scratch.intact(version)
    return word


def _bypasses(scratch: Scratch) -> str:
    version = scratch.locked("node-bypass", GOVERNANCE)
    word = refused("A version was removed", lambda: remove_in_bulk(scratch.node, version, bypass=True))
    scratch.intact(version)
    return word


def _shortens_bypassing(scratch: Scratch) -> str:
    version = scratch.locked("node-shorten-governance", GOVERNANCE, scratch.soon(1.5))
    earlier = scratch.soon()
    act = "With the header X-Amz-Bypass-Governance-Retention the lock was shortened"
    word = refused(act, lambda: set_lock_bypassing(scratch.node, version, earlier, GOVERNANCE))
    scratch.intact(version)
    return word


def _lifts_hold(scratch: Scratch) -> str:
    key = scratch.key("node-hold")
    where = {"bucket_name": scratch.bucket, "object_name": key}
    where["version_id"] = scratch.setup.put(scratch.bucket, key, EVIDENCE, held=True)
    try:
        return refused("The hold was lifted", lambda: scratch.node.client.disable_object_legal_hold(**where))
    finally:
        scratch.setup.client.disable_object_legal_hold(**where)


def _configures_lock(scratch: Scratch) -> str:
    node, setup = scratch.node.client, scratch.setup.client
    weak = ObjectLockConfig(GOVERNANCE, 1, DAYS)
    try:
        return refused(
            "The bucket's default lock was changed",
            lambda: node.set_object_lock_config(bucket_name=scratch.bucket, config=weak),
        )
    except Unmet:
        setup.delete_object_lock_config(bucket_name=scratch.bucket)
        raise


def _suspends_versioning(scratch: Scratch) -> str:
    node, setup = scratch.node.client, scratch.setup.client
    for status, act in ((SUSPENDED, "Versioning was suspended"), (ENABLED, "Versioning was set")):
        config = VersioningConfig(status)
        try:
            word = refused(act, partial(node.set_bucket_versioning, bucket_name=scratch.bucket, config=config))
        except Unmet:
            setup.set_bucket_versioning(bucket_name=scratch.bucket, config=VersioningConfig(ENABLED))
            raise
    return word


def _deletes_bucket(scratch: Scratch) -> str:
    word = refused("An empty bucket was removed", lambda: scratch.node.client.remove_bucket(bucket_name=scratch.empty))
    refused(
        "An empty bucket was removed by force", lambda: scratch.node.send("DELETE", scratch.empty, headers=FORCE_DELETE)
    )
    return word


def _sets_policy(scratch: Scratch) -> str:
    statement = {"Effect": "Allow", "Principal": {"AWS": ["*"]}, "Action": ["s3:GetObject"]}
    statement["Resource"] = [f"arn:aws:s3:::{scratch.empty}/*"]
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    try:
        return refused(
            "The bucket was opened to everybody",
            lambda: scratch.node.client.set_bucket_policy(bucket_name=scratch.empty, policy=policy),
        )
    except Unmet:
        scratch.setup.client.delete_bucket_policy(bucket_name=scratch.empty)
        raise


NODE_MAY = (
    Check(
        "node-may-prepare",
        "The node's key may ask whether a bucket is there and has object lock.",
        "No node could start with it.",
        _prepares,
    ),
    Check("node-may-put", "The node's key may write under a lock.", "No evidence would reach the store.", _puts),
    Check("node-may-read", "The node's key may read what it wrote, and its lock.", "No record could be shown.", _reads),
    Check(
        "node-may-list-versions",
        "The node's key may list versions, and so finds what it wrote before a lost answer.",
        "After a lost answer evidence could not be told from a forgery under its key.",
        _lists,
    ),
    Check(
        "node-may-lengthen",
        "The node's key may lengthen a lock.",
        "Sealed records would lose their lock after the first short one.",
        _lengthens,
    ),
)
STOLEN = "Whoever takes over a node could"
NODE_MAY_NOT = (
    Check(
        "node-cannot-mark-deleted",
        "The node's key cannot delete a key, which would hide its versions.",
        f"{STOLEN} hide evidence from everybody who asks without a version id.",
        _marks,
    ),
    Check(
        "node-cannot-delete-version",
        "The node's key cannot remove a version, even one without a lock.",
        f"{STOLEN} remove everything whose lock has ended.",
        _deletes,
    ),
    Check(
        "node-cannot-delete-in-bulk",
        "The node's key cannot remove versions in bulk, even without a lock.",
        f"{STOLEN} remove everything whose lock has ended, in one request.",
        _deletes_in_bulk,
    ),
    Check(
        "node-cannot-shorten",
        "The node's key cannot shorten a lock.",
        f"{STOLEN} end the locks of evidence.",
        _shortens,
    ),
    Check(
        "node-cannot-downgrade",
        "The node's key cannot turn a COMPLIANCE lock into a GOVERNANCE lock.",
        f"{STOLEN} turn locks into ones that can be lifted.",
        _downgrades,
    ),
    Check(
        "node-cannot-bypass-governance",
        "The node's key cannot remove what is under a GOVERNANCE lock by bypassing it.",
        f"{STOLEN} remove what is under such a lock.",
        _bypasses,
    ),
    Check(
        "node-cannot-shorten-governance",
        "The node's key cannot shorten a GOVERNANCE lock by bypassing it.",
        f"{STOLEN} end such locks. Evidence has COMPLIANCE locks, which this does not touch; do not rely on others. "
        "MinIO asks for no right to bypass here: have the proxy in front of it refuse PUT requests with the header "
        "X-Amz-Bypass-Governance-Retention.",
        _shortens_bypassing,
        critical=False,
    ),
    Check(
        "node-cannot-lift-hold",
        "The node's key cannot lift a legal hold.",
        f"{STOLEN} lift a hold that a court ordered; the lock itself would remain.",
        _lifts_hold,
        critical=False,
    ),
    Check(
        "node-cannot-change-lock-config",
        "The node's key cannot change the bucket's default lock.",
        f"{STOLEN} take away the default that covers what was written without a lock.",
        _configures_lock,
    ),
    Check(
        "node-cannot-change-versioning",
        "The node's key cannot change the bucket's versioning.",
        f"{STOLEN} try to have later writes replace earlier ones.",
        _suspends_versioning,
    ),
    Check(
        "node-cannot-set-policy",
        "The node's key cannot set a bucket's policy.",
        f"{STOLEN} open the bucket to everybody.",
        _sets_policy,
    ),
    Check(
        "node-cannot-delete-bucket",
        "The node's key cannot remove a bucket, even an empty one.",
        f"{STOLEN} remove a bucket and put one without object lock in its place.",
        _deletes_bucket,
    ),
)
