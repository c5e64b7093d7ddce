"""Signed notes and checkpoints."""

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from evidence_store.ledger.notes import BadNote, Checkpoint, Signer, VerifierKey, open_note

ROOT = bytes(range(32))
B64 = base64.b64encode(ROOT).decode()
TEXT = Checkpoint("log.example/n1", 7, ROOT).text()


def signer(name: str = "log.example/n1", seed: int = 1) -> Signer:
    return Signer(name, Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32))


def test_the_key_and_note_of_the_specification() -> None:
    # The example of Go's golang.org/x/mod/sumdb/note.
    key = VerifierKey.parse("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")
    note = (
        "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n\n"
        "\u2014 PeterNeumann "
        "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
    )
    text, signed = open_note(note, [key])
    assert signed == [key]
    assert text.endswith("what your problem is.\n")
    assert str(key).startswith("PeterNeumann+c74f20a3+")


def test_a_note_goes_there_and_back() -> None:
    text, signed = open_note(signer().sign(TEXT), [signer(seed=2).verifier, signer().verifier])
    assert (text, signed) == (TEXT, [signer().verifier])
    assert Checkpoint.parse(text) == Checkpoint("log.example/n1", 7, ROOT)


def test_witnesses_may_sign_besides() -> None:
    note = signer().sign(TEXT) + signer("witness.example", 9).line(TEXT)
    assert open_note(note, [signer().verifier])[0] == TEXT
    assert len(open_note(note, [signer().verifier, signer("witness.example", 9).verifier])[1]) == 2


def test_who_did_not_sign_is_named() -> None:
    with pytest.raises(BadNote, match=r"signed by log\.example/n1, but by none"):
        open_note(signer().sign(TEXT), [signer(seed=2).verifier])


def test_a_forged_signature_of_a_known_key_spoils_the_note() -> None:
    real = signer().sign(TEXT)
    with pytest.raises(BadNote, match="does not fit"):
        open_note(real.replace("\n7\n", "\n8\n"), [signer().verifier])


@given(st.integers(0, 10_000), st.integers(1, 255))
def test_no_altered_byte_passes(at: int, change: int) -> None:
    note = bytearray(signer().sign(TEXT).encode())
    note[at % len(note)] ^= change
    with pytest.raises((BadNote, UnicodeDecodeError)):
        text, _ = open_note(note.decode(), [signer().verifier])
        assert text != TEXT, "an altered signature line was accepted"
        raise AssertionError("another text was accepted")


@pytest.mark.parametrize(
    "text",
    [
        "", "\n", "a\n", "a\n1\n",
        f"a\n01\n{B64}\n", f"a\n-1\n{B64}\n",
        f"\n1\n{B64}\n", "a\n1\nAAAA\n", "a\n1\n!\n", f"a\n1\n{B64}",
        f"a\n1\n{B64}\n\nx\n", f"a\n\u0661\n{B64}\n",
    ],
)  # fmt: skip
def test_a_malformed_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(BadNote):
        Checkpoint.parse(text)


def test_extensions_are_kept() -> None:
    checkpoint = Checkpoint("a", 1, ROOT, ("batch 5",))
    assert Checkpoint.parse(checkpoint.text()) == checkpoint


@pytest.mark.parametrize(
    "vkey",
    ["", "a+b", "a b+00000000+AQ==", "a+00000000+" + base64.b64encode(b"\1" + ROOT).decode(), "a+00000000+AAAA"],
)
def test_a_miswritten_key_is_refused(vkey: str) -> None:
    with pytest.raises(BadNote):
        VerifierKey.parse(vkey)
