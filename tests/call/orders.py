"""What a test says to the relay process and hears back: one JSON line each way. Times are seconds of the wall clock."""

from msgspec import Struct

from tests.call.impairment import Impairment


class MakeWay(Struct, frozen=True, tag=True):
    """A new way: a UDP and a TCP front of its own, each leading to a port of the loopback."""

    name: str
    udp: int
    tcp: int
    seed: int = 1


class Impair(Struct, frozen=True, tag=True):
    """How the way's two directions are from now on; up is towards the server."""

    name: str
    up: Impairment
    down: Impairment


class Darken(Struct, frozen=True, tag=True):
    """The network is gone."""

    name: str


class Lighten(Struct, frozen=True, tag=True):
    """The network is back; with a new address nothing of an old TCP connection ever gets through again."""

    name: str
    new_address: bool


class Tell(Struct, frozen=True, tag=True):
    """Ask for the way's counts and holes."""

    name: str


class Made(Struct, frozen=True, tag=True):
    """The fronts' ports."""

    udp: int
    tcp: int


class Done(Struct, frozen=True, tag=True):
    """Carried out, at this moment."""

    at: float


class Hole(Struct, frozen=True):
    """A stretch in which no RTP packet of this payload type came through towards the server."""

    payload_type: int
    start: float
    end: float


class Told(Struct, frozen=True, tag=True):
    """Counts by direction and fate; holes longer than 0.4 s in what was sent up."""

    up: dict[str, int]
    down: dict[str, int]
    holes: list[Hole]
    addresses: int


Order = MakeWay | Impair | Darken | Lighten | Tell
Answer = Made | Done | Told
