"""RFC 3161 timestamps over checkpoints in a bundle: `timestamp.tsr` and `tsa-chain.pem` beside the checkpoint.

They are optional, since an authority may be out of reach for days. One that is there must be right.
"""

from evidence_store.verify.bag import Bag
from evidence_store.verify.report import Findings

_TOKEN, _CHAIN = "timestamp.tsr", "tsa-chain.pem"


def check_timestamp(folder: str, bag: Bag, findings: Findings) -> set[str]:
    """Check the timestamp of the checkpoint in this folder, if there is one. Returns the files that belong to it."""
    found = {name for name in (f"{folder}/{_TOKEN}", f"{folder}/{_CHAIN}") if name in bag.files}
    for name in sorted(found):
        # Nothing that is not checked may be in a bundle that is called verified.
        findings.add(f"data/{name}", "belongs to a timestamp, which this version can't check")
    return found
