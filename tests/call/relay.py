"""A relay between people and the server that makes the network bad, in a process of its own, without privileges."""

import contextlib
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

import msgspec

from tests.call.impairment import Impairment
from tests.call.orders import Answer, Darken, Done, Impair, Lighten, Made, MakeWay, Order, Tell, Told
from tests.nodes import ROOT, put_first

T = TypeVar("T", bound=Answer)


@dataclass(frozen=True)
class Way:
    """One person's way through the relay: the UDP and TCP ports they are told instead of the server's."""

    relay: "Relay"
    name: str
    udp: int
    tcp: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.tcp}"

    def impair(self, up: Impairment, down: Impairment | None = None) -> None:
        """From now on; one setting is for both directions."""
        self.relay.say(Impair(self.name, up, down or up), Done)

    def both(self, **settings: Any) -> None:
        self.impair(Impairment(**settings))

    def darken(self) -> float:
        """Everything is lost from now on. Returns when, by the wall clock."""
        return self.relay.say(Darken(self.name), Done).at

    def lighten(self, *, new_address: bool = False) -> float:
        """The network is back. Returns when, by the wall clock."""
        return self.relay.say(Lighten(self.name, new_address), Done).at

    def told(self) -> Told:
        return self.relay.say(Tell(self.name), Told)


class Relay:
    """The process and its ways."""

    def __init__(self) -> None:
        command = [sys.executable, "-m", "tests.call.relay_process"]
        self._process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        put_first(self._process.pid)
        self.ways: dict[str, Way] = {}

    def way(self, name: str, udp: int, tcp: int = 9, *, seed: int = 1) -> Way:
        """A new way to these ports of the loopback."""
        made = self.say(MakeWay(name, udp, tcp, seed), Made)
        self.ways[name] = Way(self, name, made.udp, made.tcp)
        return self.ways[name]

    def say(self, order: Order, kind: type[T]) -> T:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(msgspec.json.encode(order) + b"\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, "the relay ended"
        return msgspec.json.decode(line, type=kind)

    def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


@contextlib.contextmanager
def relaying() -> Iterator[Relay]:
    relay = Relay()
    try:
        yield relay
    finally:
        relay.close()
