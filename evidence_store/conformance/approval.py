"""A verdict kept: signed by the node it was made for, so that a start need not examine the store again.

The note names the store, the bucket and the node's key (its digest), and the checks that were made. For another store,
bucket or key, or once the list of checks has grown, it counts for nothing.
"""

import hashlib
import json
from pathlib import Path
from typing import Any

import rfc8785

from evidence_store.conformance.caller import KeyPair
from evidence_store.conformance.verdict import Verdict
from evidence_store.errors import EvidenceError
from evidence_store.ledger.keys import signing_key
from evidence_store.ledger.notes import BadNote, Signer, VerifierKey, open_note

STORE_VERDICT = "store-verdict.note"
"""Its file in the node's data directory."""
_TITLE = "takan store verdict"


def verdict_signer(data: Path) -> Signer:
    """A key of the node's own, made once. Not the ledger's, which may be changed."""
    return Signer("store-verdict", signing_key(data / "store-verdict.key"))


class NotApproved(EvidenceError):
    """The node may not use the store. `str` says why and what to do."""


def approval(verdict: Verdict, node: KeyPair, bucket: str, signer: Signer) -> str:
    """The verdict as a signed note, for `approved`."""
    said = {**_about(verdict.endpoint, node, bucket), **verdict.to_json()}
    return signer.sign(f"{_TITLE}\n{rfc8785.dumps(said).decode()}\n")


def approved(
    note: str | None, endpoint: str, node: KeyPair, bucket: str, checks: frozenset[str], signed_by: VerifierKey
) -> None:
    """Return if the note approves of this store, with at least these checks made. Raises NotApproved."""
    how = (
        f"Examine it once: takan store check --endpoint {endpoint} --data DATA_DIRECTORY, with the node's key and a "
        "setup key in TAKAN_STORE_* variables; then start again."
    )
    if note is None:
        raise NotApproved(f"The object store at {endpoint} has not been examined for this node. {how}")
    try:
        text, _ = open_note(note, [signed_by])
        said: dict[str, Any] = json.loads(text.removeprefix(_TITLE + "\n"))
    except (BadNote, ValueError) as fault:
        raise NotApproved(f"The verdict on the object store is not this node's own ({fault}). {how}") from None
    if any(said.get(name) != value for name, value in _about(endpoint, node, bucket).items()):
        raise NotApproved(f"The verdict is about another store, bucket or key than {endpoint}, {bucket!r}. {how}")
    made = {check["id"]: check for check in said["checks"]}
    if checks - made.keys():
        raise NotApproved(f"The verdict of {said['at']} is older than the list of checks. {how}")
    refusals = [check for check in made.values() if check["critical"] and not check["passed"]]
    if refusals:
        reasons = " ".join(f"[{check['id']}] {check['reason']} {check['unsafe']}" for check in refusals)
        raise NotApproved(f"The object store at {endpoint} is not safe for evidence: {reasons} Mend that, then: {how}")


def _about(endpoint: str, node: KeyPair, bucket: str) -> dict[str, str]:
    key = hashlib.sha256(node.access_key.encode()).hexdigest()
    return {"endpoint": endpoint, "bucket": bucket, "access_key_sha256": key}
