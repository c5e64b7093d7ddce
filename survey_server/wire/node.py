"""The node itself: problems, health, keys."""

from typing import Literal

from survey_server.wire.basics import Text, Wire


class FieldFault(Wire, frozen=True):
    """What is wrong with one field: `pointer` is a JSON pointer into the request's body (RFC 6901, as a fragment)."""

    pointer: str
    detail: Text


class Problem(Wire, frozen=True, omit_defaults=True):
    """RFC 9457 problem details; `title` and `detail` say what happened and what to do, `errors` about which fields."""

    type: str
    status: int
    title: Text
    detail: Text
    errors: list[FieldFault] = []


class HealthView(Wire, frozen=True):
    """Is this node fit to hold a survey?

    `ok` is false while the archive can't be reached, while the disk has less room than `disk_reserve_mb` (`disk_low`:
    no survey begins), and while nothing can be entered in the ledger (what is recorded then has no proof yet). A
    missing timestamp leaves `ok` true: the ledger proves without it, and it is asked for until it comes. So does a
    message that could not be delivered for long (`outbox_trouble`): it is tried on. Troubles are in words, empty when
    all is well; `ledger_waiting` entries are in the archive and no checkpoint covers them yet.

    `loop_lag_ms` is how late its event loop ran at worst in the last minute, `loop_lag_p99_ms` in 99 of 100 looks.
    `udp_drops` are datagrams the kernel threw away before this process read them. What the system can't say is 0.
    """

    ok: bool
    version: str
    store: str
    store_reachable: bool
    backlog_objects: int
    backlog_bytes: int
    disk_low: bool
    disk_free_bytes: int
    ledger_trouble: str
    ledger_waiting: int
    timestamp_trouble: str
    outbox_trouble: str
    loop_lag_ms: float
    loop_lag_p99_ms: float
    rss_bytes: int
    open_files: int
    udp_drops: int


class NodeView(Wire, frozen=True):
    """A node as its operator sees it: version, and where its evidence is kept."""

    version: str
    store_kind: Literal["embedded", "s3"]
    store_endpoint: str
    store_bucket: str


class LedgerView(Wire, frozen=True):
    """The keys that this node's checkpoints are signed with (C2SP signed-note), newest first: what a verifier needs."""

    vkeys: list[str]
