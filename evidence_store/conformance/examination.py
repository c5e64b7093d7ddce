"""The whole list, carried out."""

import logging
from collections.abc import Iterable
from datetime import UTC, datetime

from minio.error import InvalidResponseError, S3Error, ServerError
from urllib3.exceptions import HTTPError

from evidence_store.conformance.caller import KeyPair
from evidence_store.conformance.check import Check
from evidence_store.conformance.doors import DOORS
from evidence_store.conformance.locks import LAST, LOCKS
from evidence_store.conformance.rewriting import REWRITING
from evidence_store.conformance.rights import NODE_MAY, NODE_MAY_NOT
from evidence_store.conformance.scratch import NoLock, Scratch
from evidence_store.conformance.standing import standing
from evidence_store.conformance.verdict import CheckImpossible, Line, Unmet, Verdict
from evidence_store.conformance.writes import WRITES
from evidence_store.errors import StoreRefused, StoreUnreachable

log = logging.getLogger(__name__)

CHECKS: tuple[Check, ...] = (*LOCKS, *NODE_MAY, *NODE_MAY_NOT, *REWRITING, *WRITES, *DOORS, *LAST)
_ATTEMPTS = 3
_SHORTEST_LOCK_S = 2
_LONGER = 3
"""Where a lock ended before a check was done with it, the next attempt takes locks so many times as long."""


def examine(
    endpoint: str,
    node: KeyPair,
    setup: KeyPair,
    *,
    secure: bool = False,
    bucket: str = "",
    prefix: str = "takan-evidence",
    lock_s: float = 4.0,
) -> Verdict:
    """Try everything on the store at `endpoint` (host:port) and say what was found.

    `node` is the key that is judged, `setup` one that may make and empty buckets. `bucket` is looked at besides, if
    it is named. The scratch buckets' names begin with `prefix`, so that a policy for the node's key can cover them.
    `lock_s` is the length of the locks, seconds, at least 2: their dates have whole seconds. They are made longer if
    the store is slower than that. Blocks until the last of them is over.

    Raises StoreUnreachable where nobody answers, CheckImpossible where the setup key may not do what it is for.
    """
    if lock_s < _SHORTEST_LOCK_S:
        raise ValueError(f"Locks to examine a store with last {_SHORTEST_LOCK_S} s or more.")
    scratch = Scratch(endpoint, node, setup, secure, bucket or prefix, lock_s)
    lines: list[Line] = []
    left_over: list[str] = []
    try:
        scratch.open()
        if bucket:
            lines += standing(scratch.setup, bucket)
        lines += (judged(check, scratch) for check in CHECKS)
    except NoLock as no:
        lines.append(_line(LOCKS[0], str(no)))
    except (S3Error, ServerError, InvalidResponseError) as error:
        raise CheckImpossible(f"The setup key was not let in by {endpoint}: {error}") from error
    except (HTTPError, OSError) as error:
        raise StoreUnreachable(endpoint, type(error).__name__) from error
    finally:
        left_over = scratch.close()
        for word in left_over:
            log.warning("The examination of %s left %s", endpoint, word)
    return Verdict(endpoint, scratch.server, datetime.now(UTC), tuple(lines), tuple(left_over))


def ids(checks: Iterable[Check] = CHECKS) -> list[str]:
    """The ids of the list, in order."""
    return [check.id for check in checks]


def judged(check: Check, scratch: Scratch) -> Line:
    """Carry one check out, again with longer locks if one ended before the check was done with it."""
    for _ in range(_ATTEMPTS):
        scratch.begin()
        try:
            return _line(check, seen=check.run(scratch))
        except (Unmet, StoreRefused) as found:
            reason = str(found)
        except S3Error as error:
            reason = f"The store answered {error.code}: {error.message}"
        except (HTTPError, OSError, ServerError, InvalidResponseError, StoreUnreachable) as error:
            scratch.objects.ping()  # raises StoreUnreachable if that was the end of it
            reason = f"The store gave no proper answer ({type(error).__name__}: {error})."
        if not scratch.a_lock_ended():
            return _line(check, reason)
        scratch.lock_s *= _LONGER
    raise CheckImpossible(
        f"The store at {scratch.endpoint} is too slow to be examined: locks of {scratch.lock_s / _LONGER:.0f} s ended "
        f"during the check {check.id}. Try again when it has less to do."
    )


def _line(check: Check, reason: str = "", seen: str = "") -> Line:
    if not reason:
        said = f"{check.asked} Seen: {seen}." if seen else check.asked
        return Line(check.id, check.critical, passed=True, said=said)
    said = f"{check.asked} Not so here: {reason} {check.unsafe}"
    return Line(check.id, check.critical, passed=False, said=said, reason=reason, unsafe=check.unsafe)
