"""Scrubs a store from the bucket and the verifier keys alone; no node and no database is needed.

**What it calls in order was read to the last byte in this audit, is what its entry in a signed log says, and is locked
as long as the policy asks, by the store's own answer.**

First the bucket is listed. Then every log is read whole: each checkpoint, the batch that gives its root, the full
tiles, the chain of each survey's entries (`logs`). Then each object that an entry is about is read by its pinned
version, hashed, and its lock compared with what its survey's case seal asks for (`periods`, `scrub`). What lies beside
that and has no entry is told as a warning.

An audit that goes on from a state file reads the logs again, which are small, and makes sure that they are still the
ones it had read; objects under checkpoints that were finished are not read again.

On a copy (`copy=True`) version ids differ from those in the entries: there the oldest version of a key is judged, which
no later write can have replaced. This is asked for and never guessed, since on the original it would let a rewritten
object pass for the pinned one.
"""

from evidence_store.audit.report import Finding, Kind, LogSummary, Report
from evidence_store.audit.run import AuditImpossible, Plan, Progress, audit
from evidence_store.audit.state import BadState

__all__ = ["AuditImpossible", "BadState", "Finding", "Kind", "LogSummary", "Plan", "Progress", "Report", "audit"]
