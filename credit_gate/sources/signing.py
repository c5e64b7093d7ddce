"""Requests signed with a shared secret: RFC 9421 (HTTP Message Signatures, `hmac-sha256`) with RFC 9530 digests.

Covered are method, authority, path, query and, where there is one, the body's digest; `created` and `nonce` make each
signature good once. Pure: time and nonce are arguments.
"""

import hmac
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from urllib.parse import urlsplit

LABEL = "takan"
"""The signature's name in its two header fields; a verifier may read it from there."""
Component = tuple[str, str]
"""A covered component's name and its value (RFC 9421, section 2)."""


@dataclass(frozen=True, slots=True)
class SharedKey:
    """A key both sides hold: its name, and the secret that never travels."""

    id: str
    secret: bytes = field(repr=False)

    def __post_init__(self) -> None:
        """Refuse a name that could break out of its header field, and a secret that could be guessed."""
        if not (self.id and all(" " < sign <= "~" and sign not in '"\\' for sign in self.id)):
            msg = "a key's name is printable ASCII without blanks, quotes and backslashes"
            raise ValueError(msg)
        if len(self.secret) < 16:
            msg = "a key's secret has at least 16 bytes"
            raise ValueError(msg)


def signed(key: SharedKey, method: str, url: str, body: bytes | None, created: datetime, nonce: str) -> dict[str, str]:
    """The header fields that sign one request: `Signature-Input`, `Signature` and, with a body, `Content-Digest`.

    `url` is absolute; `nonce` random letters and digits, new for each request.
    """
    parts = urlsplit(url)
    covered = [
        ("@method", method.upper()),
        ("@authority", authority(url)),
        ("@path", parts.path or "/"),
        ("@query", f"?{parts.query}"),
    ]
    headers: dict[str, str] = {}
    if body is not None:
        headers["Content-Digest"] = content_digest(body)
        covered.append(("content-digest", headers["Content-Digest"]))
    names = " ".join(f'"{name}"' for name, _ in covered)
    params = f'({names});created={int(created.timestamp())};nonce="{nonce}";keyid="{key.id}";alg="hmac-sha256"'
    headers["Signature-Input"] = f"{LABEL}={params}"
    headers["Signature"] = f"{LABEL}=:{signature(key.secret, covered, params)}:"
    return headers


def signature(secret: bytes, covered: Sequence[Component], params: str) -> str:
    """HMAC-SHA-256 (base64) over the signature base of RFC 9421, section 2.5."""
    lines = [f'"{name}": {value}' for name, value in covered]
    base = "\n".join([*lines, f'"@signature-params": {params}'])
    return b64encode(hmac.new(secret, base.encode("ascii"), sha256).digest()).decode()


def content_digest(body: bytes) -> str:
    """The value of `Content-Digest` (RFC 9530)."""
    return f"sha-256=:{b64encode(sha256(body).digest()).decode()}:"


def authority(url: str) -> str:
    """Host and port as RFC 9421 covers them: lower case, without the scheme's own port."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    shown = f"[{host}]" if ":" in host else host
    usual = {"http": 80, "https": 443}.get(parts.scheme)
    return shown if parts.port in {None, usual} else f"{shown}:{parts.port}"
