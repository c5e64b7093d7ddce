"""A wire between a client and a server that can be cut, slowed, or lose an answer. The ends are real."""

import contextlib
import socket
import threading
import time
from typing import Self

from tests.servers import free_port


class Wire:
    """Forwards TCP connections to `target` (host:port). The endpoint stays the same while it is down and up again."""

    def __init__(self, target: str) -> None:
        host, _, port = target.partition(":")
        self._target = (host, int(port))
        self._port = free_port()
        self._listener: socket.socket | None = None
        self._pairs: list[socket.socket] = []
        self.lose_answers = 0
        """How many answers are thrown away, with their connections."""
        self.wait_before_reading = 0.0
        """Seconds before the first byte is taken from each client."""

    @property
    def endpoint(self) -> str:
        return f"127.0.0.1:{self._port}"

    def up(self) -> Self:
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        listener.bind(("127.0.0.1", self._port))
        listener.listen(64)
        self._listener = listener
        threading.Thread(target=self._accept, args=(listener,), daemon=True).start()
        return self

    def down(self) -> None:
        if self._listener is not None:
            with contextlib.suppress(OSError):
                self._listener.shutdown(socket.SHUT_RDWR)
            self._listener.close()
            self._listener = None
        for each in self._pairs:
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
        self._pairs.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.down()

    def _accept(self, listener: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = listener.accept()
                server = socket.create_connection(self._target)
                self._pairs += [client, server]
                threading.Thread(target=self._forward, args=(client, server, False), daemon=True).start()
                threading.Thread(target=self._forward, args=(server, client, True), daemon=True).start()

    def _forward(self, source: socket.socket, target: socket.socket, answers: bool) -> None:
        if not answers:
            time.sleep(self.wait_before_reading)
        with contextlib.suppress(OSError):
            while data := source.recv(1 << 16):
                if answers and self.lose_answers > 0:
                    self.lose_answers -= 1
                    break
                target.sendall(data)
        for each in (source, target):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
