"""Connections to an object store: quick to notice that nobody listens, patient with one that takes its time."""

from typing import Any, cast

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

CONNECT_TIMEOUT_S = 2.0
READ_TIMEOUT_S = 30.0
_CONNECTIONS = 48
"""Kept open; more threads than that would open and close one for each request."""
_SENT_AT_ONCE = 1 << 17


class _PatientHTTP(HTTPConnection):
    """Quick to notice that nobody listens, patient with a store that takes its time to take a body.

    urllib3 would apply the connect timeout to sending, and sends a body of bytes in one call.
    """

    def connect(self) -> None:
        super().connect()
        self.sock.settimeout(READ_TIMEOUT_S)


class _PatientHTTPS(HTTPSConnection):
    """The same over TLS."""

    def connect(self) -> None:
        super().connect()
        if self.sock is not None:
            self.sock.settimeout(READ_TIMEOUT_S)


class _HTTPPool(HTTPConnectionPool):
    ConnectionCls = cast("Any", _PatientHTTP)  # urllib3's own classes do not fit its declared protocol either


class _HTTPSPool(HTTPSConnectionPool):
    ConnectionCls = cast("Any", _PatientHTTPS)


class PatientPool(urllib3.PoolManager):
    """The connections of one client. Nothing is tried again here."""

    def __init__(self) -> None:
        super().__init__(
            num_pools=4,
            maxsize=_CONNECTIONS,
            timeout=urllib3.Timeout(connect=CONNECT_TIMEOUT_S, read=READ_TIMEOUT_S),
            retries=False,
            blocksize=_SENT_AT_ONCE,
        )
        self.pool_classes_by_scheme = {"http": _HTTPPool, "https": _HTTPSPool}
