"""RFC 3161 timestamps over checkpoints in a bundle: `timestamp.tsr` and `tsa-chain.pem` beside the checkpoint.

They are optional, since an authority may be out of reach for days; one that is there must be right. That a timestamp
was taken out, nothing in the bundle can show: so whoever names an authority is told when there is none to check.
"""

from collections.abc import Sequence

from cryptography.x509 import Certificate

from evidence_store.ledger.proofs import CHAIN, LEDGER, TOKEN
from evidence_store.ledger.tokens import BadToken, check, read_chain
from evidence_store.verify.bag import Bag
from evidence_store.verify.report import Findings, Timestamp


def check_timestamp(
    folder: str, origin: str, bag: Bag, authorities: Sequence[Certificate], findings: Findings
) -> tuple[set[str], Timestamp | None]:
    """The timestamp of the checkpoint in this folder, if there is one, and the files that belong to it.

    With authorities, one of their certificates must be in its chain, and the log of the newest seal must have one.
    """
    token, chain = f"{folder}/{TOKEN}", f"{folder}/{CHAIN}"
    found = {name for name in (token, chain) if name in bag.content}
    if authorities and not found and folder == LEDGER:
        findings.add(f"data/{token}", "is missing, and an authority was named to vouch for it")
    for missing in {token, chain} - found if found else ():
        findings.add(f"data/{missing}", "is missing, and the rest of the timestamp is there")
    if len(found) < 2:
        return found, None
    try:
        stated = read_chain(bag.content[chain])
        stamp = check(bag.content[token], bag.content[f"{folder}/checkpoint"], authorities, stated)
    except BadToken as fault:
        findings.add(f"data/{token}", f"is no timestamp of the checkpoint: {fault}")
        return found, None
    return found, Timestamp(origin, stamp.at.isoformat(timespec="seconds"), stamp.authority, stamp.trusted)
