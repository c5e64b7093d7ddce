"""The ledger: a transparency log that outsiders can check without trusting whoever keeps it.

**What a signed checkpoint covers can be neither changed nor taken out without the log contradicting itself.**

Pure: `merkle` (trees and proofs), `tiles` (C2SP tlog-tiles), `notes` (signed notes, checkpoints).
"""
