"""Why a node can't listen where it is told to, in words."""

import errno
from collections.abc import Generator
from contextlib import contextmanager


@contextmanager
def listening(host: str, port: int, host_setting: str, port_setting: str) -> Generator[None]:
    """Within the block somebody begins to listen there. Raises OSError saying which setting to change, and why."""
    try:
        yield
    except OSError as fault:
        match fault.errno:
            case errno.EADDRINUSE:
                raise OSError(
                    f"port {port} is taken by another program: stop that one, or give another port with {port_setting}"
                ) from fault
            case errno.EADDRNOTAVAIL:
                raise OSError(
                    f"{host} is no address of this machine: give one that is with {host_setting} (0.0.0.0 means all)"
                ) from fault
            case errno.EACCES:
                raise OSError(
                    f"this user may not listen on port {port}: give one of 1024 or more with {port_setting}"
                ) from fault
            case _:
                raise
