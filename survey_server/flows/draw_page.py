"""What the applicant's page does in a draw, for simulated people; the browser's is `web_client/src/device/lot.ts`."""

import base64
import hashlib
import secrets

from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from evidence_store.canonical import read_canonical
from evidence_store.ledger.merkle import leaf_hash, verify_inclusion
from evidence_store.ledger.notes import Checkpoint, split_note
from survey_server.survey.draw import NUMBER_BYTES, page_says
from survey_server.wire.draws import CommitNumber, NumberWanted, RevealNumber, RevealWanted


class LotDoubtful(Exception):
    """What the node says of the draw does not fit: nothing is revealed."""


class DrawPage:
    """One page's part in the draws of its survey: a number and a key for each, and nothing said twice differently."""

    def __init__(self, survey: str) -> None:
        self._survey = survey
        self._numbers: dict[int, bytes] = {}
        self._key = generate_private_key(SECP256R1())
        self._revealed: dict[str, int] = {}

    def answer(self, wanted: NumberWanted | RevealWanted) -> CommitNumber | RevealNumber:
        """Whichever is wanted. Raises LotDoubtful."""
        return self.commit(wanted) if isinstance(wanted, NumberWanted) else self.reveal(wanted)

    def commit(self, wanted: NumberWanted) -> CommitNumber:
        """A number's SHA-256 and the key. Raises LotDoubtful when it has revealed one for the same seats before."""
        if self._revealed.get(wanted.role, wanted.draw) != wanted.draw:
            raise LotDoubtful(f"draw {self._revealed[wanted.role]} got its number; draw {wanted.draw} would be another")
        number = self._numbers.setdefault(wanted.draw, secrets.token_bytes(NUMBER_BYTES))
        point = self._key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return CommitNumber(wanted.draw, hashlib.sha256(number).hexdigest(), point.hex())

    def reveal(self, wanted: RevealWanted) -> RevealNumber:
        """The number, and the checkpoint signed. Raises LotDoubtful when the commitment is not in that checkpoint."""
        if wanted.draw not in self._numbers:
            raise LotDoubtful(f"draw {wanted.draw} has no number of this page")
        text, _ = split_note(wanted.note)
        checkpoint, leaf = Checkpoint.parse(text), wanted.leaf.encode()
        says = read_canonical(leaf)
        path = [base64.b64decode(step, validate=True) for step in wanted.path]
        if (says["survey"], says["sha256"]) != (self._survey, wanted.commitment):
            raise LotDoubtful("the entry is not about this draw's commitment")
        if not verify_inclusion(wanted.index, checkpoint.size, leaf_hash(leaf), path, checkpoint.root):
            raise LotDoubtful("the commitment is not in the checkpoint")
        said = page_says(self._survey, wanted.draw, wanted.commitment, text)
        r, s = decode_dss_signature(self._key.sign(said, ECDSA(SHA256())))
        self._revealed[wanted.role] = wanted.draw
        return RevealNumber(wanted.draw, self._numbers[wanted.draw].hex(), (r.to_bytes(32) + s.to_bytes(32)).hex())
