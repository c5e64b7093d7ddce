"""Canonical JSON (RFC 8785), read strictly: what is not the one form of its value is refused. Pure."""

import json
from typing import Any, NoReturn

import rfc8785


class NotCanonical(ValueError):
    """The bytes are not JSON, or JSON in another form than RFC 8785 gives it. Says which in words."""


def read_canonical(data: bytes) -> Any:
    """The value that these bytes are the canonical form of. Raises NotCanonical."""
    try:
        value = json.loads(data.decode(), parse_constant=_no_number)
        written = rfc8785.dumps(value)
    except RecursionError:
        raise NotCanonical("is nested too deeply") from None
    except ValueError as fault:
        raise NotCanonical(f"is not JSON ({fault})") from None
    if written != data:
        raise NotCanonical("is not written in the canonical form of JSON (RFC 8785)")
    return value


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a number of JSON")
