"""How a bucket that a node is to use stands: looked at, never written to."""

from minio.commonconfig import COMPLIANCE, ENABLED
from minio.error import S3Error
from minio.objectlockconfig import ObjectLockConfig

from evidence_store.conformance.caller import Caller
from evidence_store.conformance.verdict import Line

_NO_LOCK = (
    "Nothing written there would be locked. Name a bucket that was made with object lock, or one that does not exist."
)
_NO_VERSIONS = "A second write under the same key would replace the first."
_NO_DEFAULT = (
    "Something written by mistake without a lock would stay without one. Set a default of COMPLIANCE for some months."
)


def standing(caller: Caller, bucket: str) -> list[Line]:
    """The lines about one bucket. Raises minio's errors."""
    client = caller.client
    if not client.bucket_exists(bucket_name=bucket):
        said = f"The bucket {bucket!r} has object lock. It does not exist yet: the node makes it with object lock."
        return [Line("bucket-object-lock", critical=True, passed=True, said=said)]
    asked = f"The bucket {bucket!r} has object lock."
    try:
        config = client.get_object_lock_config(bucket_name=bucket)
    except S3Error as error:
        return [_failed("bucket-object-lock", asked, f"The store answered {error.code}.", _NO_LOCK)]
    status = client.get_bucket_versioning(bucket_name=bucket).status
    versions = f"The bucket {bucket!r} keeps versions."
    return [
        Line("bucket-object-lock", critical=True, passed=True, said=asked),
        Line("bucket-versioning", critical=True, passed=True, said=versions)
        if status == ENABLED
        else _failed("bucket-versioning", versions, f"Its versioning is {status or 'off'}.", _NO_VERSIONS),
        _default(bucket, config),
    ]


def _default(bucket: str, config: ObjectLockConfig) -> Line:
    asked = f"The bucket {bucket!r} locks by default what is written without naming a lock."
    if config.mode != COMPLIANCE:
        reason = f"Its default is {config.mode or 'no lock'}."
        return _failed("bucket-default-retention", asked, reason, _NO_DEFAULT, critical=False)
    said = f"{asked} Seen: {config.duration} {(config.duration_unit or '').lower()}."
    return Line("bucket-default-retention", critical=False, passed=True, said=said)


def _failed(id_: str, asked: str, reason: str, unsafe: str, *, critical: bool = True) -> Line:
    said = f"{asked} Not so here: {reason} {unsafe}"
    return Line(id_, critical=critical, passed=False, said=said, reason=reason, unsafe=unsafe)
