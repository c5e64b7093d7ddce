"""Examines an object store before evidence is trusted to it: `takan store check`.

**A store passes only if everything that would let somebody change or remove locked evidence was tried on it and
refused.**

What is judged is the node's own key, on a bucket like the node's, and what the store does for anybody, whatever key
they have. A setup key makes two scratch buckets with random names, writes what the attempts are made on, and removes it
all again. Locks last seconds for that reason; where the length itself is asked about (30, 50 and 100 years, the default
of a bucket) the lock is a GOVERNANCE one, which the setup key may lift. What stays behind is named.

A line is critical where evidence could be changed, removed or forged without a trace, or where a node could not work.
The others are advice. `examination.examine` runs the whole list; `verdict` says what it found.
"""

from evidence_store.conformance.caller import KeyPair
from evidence_store.conformance.examination import examine
from evidence_store.conformance.verdict import CheckImpossible, Line, Verdict

__all__ = ["CheckImpossible", "KeyPair", "Line", "Verdict", "examine"]
