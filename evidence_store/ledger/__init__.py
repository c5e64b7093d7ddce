"""The ledger: a transparency log that outsiders can check without trusting whoever keeps it.

**What a signed checkpoint covers can be neither changed nor taken out without the log contradicting itself.**

Pure: `merkle` (trees and proofs), `tiles` (C2SP tlog-tiles), `notes` (signed notes, checkpoints), `entries` (leaves),
`statements` (what else a node signs), `batches` (leaves laid on a tree), `proofs` (a survey's entries as files of a
bundle), `tokens` and `cms` (RFC 3161).
With the bucket: `log` (one node's log), `book` (what the node remembers of it), `writer` (gathers entries, tells what
is covered), `timestamps` and `authority`, `keys`, `locks`. For surveys that were at another node before: `other_logs`
and `other_book` (its log, read as a stranger would), `elsewhere` (asks beside the node's own log).
"""
