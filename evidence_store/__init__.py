"""Keeps evidence: bytes go in once, and can be neither changed nor removed before their lock ends.

**What `preserve` or `append` returned for is on this machine's disk, and stays there until the object store has
acknowledged exactly those bytes under a lock, by version id, and the owner has taken note of it.**

The life of a piece of evidence: `EvidenceStore.preserve` writes it to the spool, syncs it and answers `Held`; the
upload tries until the store has it; `on_kept` is awaited with `Kept`; only then does the spool's file go. Evidence
that grows (a recording's segment) is appended to an `OpenSegment` and enters the same life when it is closed, or when
it is finished after a crash from what `abandoned` found.

This package knows neither surveys nor HTTP routes.
"""

from evidence_store.bundle import write_bag
from evidence_store.embedded import Embedded
from evidence_store.embedded_profile import Access
from evidence_store.objects import Objects, Stat
from evidence_store.receipts import Facts, Held, Kept, Receipt
from evidence_store.spool import Abandoned, OpenSegment, Spool
from evidence_store.store import Backlog, EvidenceStore

__all__ = [
    "Abandoned",
    "Access",
    "Backlog",
    "Embedded",
    "EvidenceStore",
    "Facts",
    "Held",
    "Kept",
    "Objects",
    "OpenSegment",
    "Receipt",
    "Spool",
    "Stat",
    "write_bag",
]
