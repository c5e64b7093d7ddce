"""Requests that the platform signed are known from all others."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from credit_gate.sources import signing
from survey_server.net.message_signatures import BadSignature, SignedRequest, Signer, signer
from tests.receiver import documented

SECRET = "0123456789abcdef0123456789abcdef"
KEYS = {"approvals": SECRET.encode()}
PATH = "/api/platform/cases"
BODY = '{"case_no": "琼-1"}'.encode()
signed_headers = documented("signed_headers")


def now() -> datetime:
    return datetime.now(UTC)


def request(headers: dict[str, str], **changed: Any) -> SignedRequest:
    parts: dict[str, Any] = {
        "method": "POST", "path": PATH, "query": "", "authorities": {"survey.example.gov"}, "body": BODY,
        "headers": {name.lower(): value for name, value in headers.items()},
    }  # fmt: skip
    return SignedRequest(**parts | changed)


def test_the_documented_way_to_sign_is_taken() -> None:
    headers = signed_headers("approvals", SECRET, "POST", PATH, BODY)
    who = signer(request(headers), KEYS, now())
    assert (who.key, len(who.nonce)) == ("approvals", 32)
    assert timedelta(minutes=4) < who.until - now() <= timedelta(minutes=5)
    bare = signed_headers("approvals", SECRET, "GET", PATH)
    assert signer(request(bare, method="GET", body=b""), KEYS, now()).key == "approvals"


def test_so_is_whoever_covers_more() -> None:
    at = now().replace(microsecond=0)
    key = signing.SharedKey("approvals", SECRET.encode())
    url = f"https://Survey.example.gov:443{PATH}?page=2"
    headers = signing.signed(key, "POST", url, BODY, at, "abcdefgh")
    assert signer(request(headers, query="page=2"), KEYS, at) == Signer(
        "approvals", "abcdefgh", at + timedelta(minutes=5)
    )
    with pytest.raises(BadSignature, match="wrong"):
        signer(request(headers, query="page=3"), KEYS, at)
    with pytest.raises(BadSignature, match="wrong"):
        signer(request(headers, query="page=2", authorities={"other.example.gov"}), KEYS, at)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"method": "PUT"}, "wrong"),
        ({"path": PATH + "/"}, "wrong"),
        ({"body": BODY + b" "}, "Content-Digest"),
        ({"query": "x=1"}, "cover"),
    ],
)
def test_a_signature_is_for_one_request(change: dict[str, Any], words: str) -> None:
    headers = signed_headers("approvals", SECRET, "POST", PATH, BODY)
    with pytest.raises(BadSignature, match=words) as refused:
        signer(request(headers, **change), KEYS, now())
    assert refused.value.text.zh


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('sig=("@method" "@path" "content-digest")', 'sig=("@method" "content-digest")', "cover"),
        ('sig=("@method" "@path" "content-digest")', 'sig=("@method" "@path")', "cover"),
        ('"@path" ', '"@path" "@path" ', "each once"),
        ('"@path" ', '"@path" "x-other" ', "may not cover"),
        ("sig=(", "other=(", "wrong"),
        ("created=", "created=1", "wrong"),
        ('keyid="approvals"', 'keyid="somebody"', "wrong"),
        ("hmac-sha256", "ed25519", "alg"),
        (";created", ";expires=1;created", "wrong"),
        (";nonce=", ";tag=", "nonce"),
        (";nonce=", ";created=2;nonce=", "parameters"),
        ("sig=(", "sig=", "can't be read"),
        ("sig=(", "a=(), sig=(", "can't be read"),
    ],
)
def test_what_was_altered_is_refused(old: str, new: str, words: str) -> None:
    headers = signed_headers("approvals", SECRET, "POST", PATH, BODY)
    assert old in headers["Signature-Input"]
    headers["Signature-Input"] = headers["Signature-Input"].replace(old, new)
    with pytest.raises(BadSignature, match=words):
        signer(request(headers), KEYS, now())


def test_no_signature_and_another_secret_are_refused() -> None:
    with pytest.raises(BadSignature, match="no signature"):
        signer(request({}), KEYS, now())
    other = signed_headers("approvals", SECRET[::-1], "POST", PATH, BODY)
    good = signed_headers("approvals", SECRET, "POST", PATH, BODY)
    for headers in (other, good | {"Signature": ""}, good | {"Signature": "sig=::"}):
        with pytest.raises(BadSignature, match="wrong"):
            signer(request(headers), KEYS, now())
    with pytest.raises(BadSignature, match="wrong"):
        signer(request(good), {}, now())


@pytest.mark.parametrize("minutes", [-6, 6, 60 * 24])
def test_an_old_signature_and_one_from_the_future_are_refused(minutes: int) -> None:
    headers = signed_headers("approvals", SECRET, "POST", PATH, BODY)
    with pytest.raises(BadSignature, match="clock"):
        signer(request(headers), KEYS, now() + timedelta(minutes=minutes))
