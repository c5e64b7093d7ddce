"""Tickets: a leave to play one survey for a while, in the address itself, for players that send no bearer.

    ticket = base64url(JSON of survey, who, expiry) "." base64url(HMAC-SHA256(key, the first part))

The key is derived from the node's secret for this one purpose. A ticket changes nothing and can't be taken back; it
expires.
"""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import datetime
from hashlib import sha256

import msgspec
from msgspec import Struct

from survey_server.flows.trouble import Trouble
from survey_server.wire.basics import Role, Text

_PURPOSE = b"takan stream ticket 1"


class Ticket(Struct, frozen=True, forbid_unknown_fields=True):
    """Whose leave it is, for what, until when (Unix seconds). `video` names the one site video it is for; without, it
    is for playing the recording; `file` the number of the one stored object it is for. `role` and `purpose` are those
    with which its holder reads, should the case be restricted; tickets of earlier versions name none.
    """

    survey: str
    who: str
    until: int
    video: str = ""
    file: int = 0
    role: Role = "auditor"
    purpose: str = ""


def issue(secret: bytes, ticket: Ticket) -> str:
    """The ticket as it stands in addresses: letters, digits, `-`, `_` and one dot."""
    body = _text(msgspec.json.encode(ticket))
    return f"{body}.{_mac(secret, body)}"


def redeem(secret: bytes, text: str, now: datetime) -> Ticket:
    """What a ticket allows. Raises Trouble in words: 403 if this node did not issue it, 410 once it has expired."""
    body, _, mac = text.partition(".")
    if not hmac.compare_digest(mac.encode(), _mac(secret, body).encode()):
        raise Trouble(
            403,
            "bad_ticket",
            Text("播放地址无效", "This stream address is not valid"),
            Text(
                "请检查地址是否完整，或在回看页面重新获取。",
                "Check it, or get a new one from the replay.",
            ),
        )
    ticket = msgspec.json.decode(urlsafe_b64decode(body + "=" * (-len(body) % 4)), type=Ticket)
    if now.timestamp() >= ticket.until:
        raise Trouble(
            410,
            "expired_ticket",
            Text("播放地址已过期", "This stream address has expired"),
            Text("请在回看页面重新获取播放地址。", "Get a new address from the survey's replay, and open that one."),
        )
    return ticket


def _mac(secret: bytes, body: str) -> str:
    key = hmac.digest(secret, _PURPOSE, sha256)
    return _text(hmac.digest(key, body.encode(), sha256))


def _text(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()
