"""The arithmetic of a draw by lot that nobody can steer, and that everybody can make again (rule `takan-draw-1`).

**Who is drawn follows from what was fixed before anyone could know what would follow.** In this order:

1. The office fixes the case, the list of candidates (with who was left out, and why) and the SHA-256 of a random
   number of its own. The applicant's page adds the SHA-256 of its number and a public key made for this draw. All of
   it is one canonical JSON document (RFC 8785), whose digest is an entry of the ledger: the commitment.
2. The anchor says which signed checkpoint of the ledger covers the commitment, and is entered itself.
3. A later checkpoint, the first that covers the anchor, is the draw's. The page sees it, checks that the commitment is
   in it, signs it with its key and only then reveals its number.
4. Both numbers, the commitment and that checkpoint make the seed; the seed makes an order of all candidates. The first
   of them are seated. Whoever can't come is replaced by the next in this same order, never by another draw.

Why nobody can grind it: the office chooses list, own number and checkpoint while it does not know the page's number,
and the page's signature shows which checkpoint that was. The applicant chooses when they do not know the office's
number, so they can't tell what follows from a checkpoint, and gain nothing by keeping their number back. The office
speaks last and could be silent; but its number is committed, a second draw for the same seats is refused, and every
bundle shows that a result is owed.

If the page never reveals (closed, lost, unwilling) the attempt lapses after a limit. To go on with the checkpoint and
the office's number alone would be wrong: the office could then say that nothing came and choose a checkpoint to its
liking. Another officer's number in place of the applicant's would be little better: both work in one office. So a
lapsed attempt is opened anew, with new numbers, and it is no second draw: nobody ever knew what the first would have
drawn. An office that did receive the number and hides it needs a page that commits again, and a page that has
revealed does not. After `MOST_ATTEMPTS` the panel is drawn on site, before the applicant's eyes.

What remains: the office and the applicant together can choose, as in any draw between two; a witness's cosignature
on the checkpoint would not change that. An office that loses the page's number on purpose delays, at its own cost. An
office that dislikes a result could give the survey up and file the case again: one bundle can't show that, but the
log keeps the first draw's entries, and an auditor sees two surveys of one case number.

The seed is HKDF-SHA-256 (RFC 5869); the stream is SHA-256 over the seed and a counter (as Hash_DRBG's Hashgen, NIST SP
800-90A 10.1.1.4); numbers below a bound come by rejection (NIST SP 800-90A B.5.1.1, the simple discard method), so that
no candidate is favoured by a remainder, as RFC 3797 accepts; the order is a Fisher-Yates shuffle.
"""

import hashlib
import hmac
from collections.abc import Iterator, Sequence

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

RULE = "takan-draw-1"
NUMBER_BYTES = 32
MOST_ATTEMPTS = 3
"""Attempts for the same seats that may lapse; after that nothing is drawn from afar."""
_WORD_BYTES = 8
_SIGNATURE_BYTES = 64


def number_hash(number: bytes) -> str:
    """What is committed of a random number: its SHA-256, hex."""
    return hashlib.sha256(number).hexdigest()


def draw_seed(commitment: bytes, checkpoint: str, applicant: bytes, office: bytes) -> bytes:
    """The seed, 32 bytes. `commitment` is the document, `checkpoint` the body of the later checkpoint's note, the last
    two are the numbers of both sides. Raises ValueError for a number of another length.
    """
    if len(applicant) != NUMBER_BYTES or len(office) != NUMBER_BYTES:
        raise ValueError(f"a number of a draw has {NUMBER_BYTES} bytes")
    extracted = hmac.digest(hashlib.sha256(commitment).digest(), applicant + office, "sha256")
    return hmac.digest(extracted, f"{RULE}\n{checkpoint}".encode() + b"\x01", "sha256")


def drawn_order(seed: bytes, candidates: Sequence[str]) -> list[str]:
    """All candidates in the order in which this seed draws them. The list's own order matters: it is committed."""
    order, words = list(candidates), _words(seed)
    for at in range(len(order) - 1):
        chosen = at + _below(len(order) - at, words)
        order[at], order[chosen] = order[chosen], order[at]
    return order


def _words(seed: bytes) -> Iterator[int]:
    counter = 0
    while True:
        block = hashlib.sha256(seed + counter.to_bytes(_WORD_BYTES)).digest()
        for at in range(0, len(block), _WORD_BYTES):
            yield int.from_bytes(block[at : at + _WORD_BYTES])
        counter += 1


def _below(bound: int, words: Iterator[int]) -> int:
    """A number below `bound`, each as likely: words beyond the last whole multiple of the bound are passed over."""
    whole = (1 << 8 * _WORD_BYTES) // bound * bound
    return next(word for word in words if word < whole) % bound


def page_says(survey: str, draw: int, commitment: str, checkpoint: str) -> bytes:
    """What the applicant's page signs before it reveals its number. `commitment` is the document's SHA-256, hex."""
    return f"{RULE}\n{survey}\n{draw}\n{commitment}\n{checkpoint}".encode()


def page_signed(key: str, signature: str, said: bytes) -> bool:
    """Is this the page's signature? ECDSA on P-256 with SHA-256, as Web Crypto writes it: `key` is the point, 65 bytes
    uncompressed, `signature` r and s of 32 bytes each; both hex.
    """
    try:
        raw = bytes.fromhex(signature)
        point = EllipticCurvePublicKey.from_encoded_point(SECP256R1(), bytes.fromhex(key))
        if len(raw) != _SIGNATURE_BYTES:
            return False
        half = _SIGNATURE_BYTES // 2
        der = encode_dss_signature(int.from_bytes(raw[:half]), int.from_bytes(raw[half:]))
        point.verify(der, said, ECDSA(SHA256()))
    except (ValueError, InvalidSignature):
        return False
    return True
