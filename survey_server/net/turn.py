"""TURN credentials that expire (draft-uberti-behave-turn-rest-00; coturn: use-auth-secret).

The user name begins with the Unix time at which it expires; the password is the base64 of HMAC-SHA1(secret, user name).
The TURN server shares the secret and needs to know no users.
"""

import hashlib
import hmac
from base64 import b64encode
from collections.abc import Sequence
from datetime import datetime

from survey_server.wire.to_person import IceServer


def ice_servers(urls: Sequence[str], secret: str, participant: str, now: datetime, lifetime_s: int) -> list[IceServer]:
    """The TURN servers under these URLs (RFC 7065) with this participant's credentials; none without URLs."""
    if not urls:
        return []
    username = f"{int(now.timestamp()) + lifetime_s}:{participant}"
    return [IceServer(list(urls), username, password(secret, username))]


def password(secret: str, username: str) -> str:
    """What the TURN server expects of this user name."""
    return b64encode(hmac.digest(secret.encode(), username.encode(), hashlib.sha1)).decode()
