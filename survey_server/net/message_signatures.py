"""Is a request signed by who holds a shared key? RFC 9421 (HTTP Message Signatures) with `hmac-sha256`, one signature.

Covered must be the method, the path and the body's digest (RFC 9530, `sha-256`), and the query where there is one; more
may be. `created`, `nonce` and `keyid` are needed. Pure: whether a nonce was spent is the caller's to know.
"""

import hmac
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from credit_gate.sources.signing import content_digest, signature
from survey_server.wire.basics import Text

WINDOW = timedelta(minutes=5)
"""How far `created` may lie from this node's clock, to either side."""
_INPUT = re.compile(
    r'(?P<label>[a-z*][a-z0-9_.*-]*)=(?P<params>\((?P<names>"[@a-z-]+"(?: "[@a-z-]+")*)\)(?P<rest>;.+))'
)
_PARAMETER = re.compile(r';(created|expires)=(\d{1,12})|;(keyid|nonce|alg|tag)="([ !#-\[\]-~]{1,150})"')
_NEEDED = ("@method", "@path")


class BadSignature(Exception):
    """The request is not signed as it must be; `text` says what to correct."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.text = Text(zh, en)


@dataclass(frozen=True, slots=True)
class SignedRequest:
    """A request as it came. `path` and `query` are as they stood in the request line; header names are in lower case.

    `authorities` are the names by which this node may be called: its public one, and the request's Host.
    """

    method: str
    path: str
    query: str
    authorities: Collection[str]
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Signer:
    """Who signed, and what makes this signature unique until `until`."""

    key: str
    nonce: str
    until: datetime


def signer(request: SignedRequest, keys: Mapping[str, bytes], now: datetime) -> Signer:
    """Who signed this request. `keys` are secrets by key id. Raises BadSignature."""
    said, given = request.headers.get("signature-input", ""), request.headers.get("signature", "")
    parts = _INPUT.fullmatch(said.strip())
    if parts is None:
        raise BadSignature(
            "请求没有签名（RFC 9421），或 Signature-Input 的写法不对。",
            "The request carries no signature (RFC 9421), or its Signature-Input can't be read.",
        )
    names = [name.strip('"') for name in parts["names"].split(" ")]
    parameters = _parameters(parts["rest"])
    _covers(names, request)
    secret = keys.get(parameters.get("keyid", ""))
    mac = re.fullmatch(re.escape(parts["label"]) + r"=:([A-Za-z0-9+/=]*):", given.strip())
    candidates = [
        signature(secret, [(name, _value(name, request, authority)) for name in names], parts["params"])
        for authority in request.authorities
    ] if secret else []  # fmt: skip
    if mac is None or not any([hmac.compare_digest(mac[1], candidate) for candidate in candidates]):  # noqa: C419 - all
        raise BadSignature(
            "签名不对：请检查 keyid、密钥和签名覆盖的内容。",
            "The signature is wrong: check keyid, the secret and what the signature covers.",
        )
    until = _fresh(parameters, now)
    return Signer(parameters["keyid"], parameters["nonce"], until)


def _parameters(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    at = 0
    while at < len(text):
        one = _PARAMETER.match(text, at)
        name = one and (one[1] or one[3])
        if not one or not name or name in found:
            raise BadSignature("签名参数的写法不对。", "The signature's parameters can't be read.")
        found[name] = one[2] or one[4]
        at = one.end()
    if found.get("alg", "hmac-sha256") != "hmac-sha256":
        raise BadSignature("签名算法须为 hmac-sha256。", "The signature's alg must be hmac-sha256.")
    if len(found.get("nonce", "")) < 8 or "created" not in found or "keyid" not in found:
        raise BadSignature(
            "签名须带 created、keyid 和至少 8 个字符的 nonce。",
            "The signature needs created, keyid and a nonce of 8 characters or more.",
        )
    return found


def _covers(names: list[str], request: SignedRequest) -> None:
    needed = [*_NEEDED, *(["@query"] if request.query else []), *(["content-digest"] if request.body else [])]
    missing = [name for name in needed if name not in names]
    if missing or len(set(names)) != len(names):
        raise BadSignature(
            f"签名须覆盖 {'、'.join(needed)}，各一次。", f"The signature must cover {', '.join(needed)}, each once."
        )


def _value(name: str, request: SignedRequest, authority: str) -> str:
    match name:
        case "@method":
            return request.method
        case "@authority":
            return authority
        case "@path":
            return request.path
        case "@query":
            return f"?{request.query}"
        case "content-digest":
            said = request.headers.get("content-digest", "")
            if not hmac.compare_digest(said.encode(), content_digest(request.body).encode()):
                raise BadSignature(
                    "Content-Digest 与内容的 SHA-256 不一致。", "Content-Digest is not the SHA-256 of the body."
                )
            return said
        case "content-type" | "content-length" | "date":
            return request.headers.get(name, "")
        case _:
            raise BadSignature(f"签名不能覆盖 {name}。", f"The signature may not cover {name}.")


def _fresh(parameters: Mapping[str, str], now: datetime) -> datetime:
    created = datetime.fromtimestamp(int(parameters["created"]), UTC)
    ends = min(created + WINDOW, datetime.fromtimestamp(int(parameters.get("expires", "99999999999")), UTC))
    if not now - WINDOW <= created <= now + WINDOW or now > ends:
        raise BadSignature(
            f"签名的时间与本系统相差太多，本系统现在是 {now:%Y-%m-%dT%H:%M:%SZ}。请校准时钟后重新签名。",
            f"The signature is from another time; here it is {now:%Y-%m-%dT%H:%M:%SZ}. Set the clock and sign again.",
        )
    return created + WINDOW
