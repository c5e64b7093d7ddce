"""A leaf of the log read strictly: what is not the one form of an entry is refused, with the reason. Pure."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from evidence_store.canonical import NotCanonical, read_canonical
from evidence_store.verify.information import split_key

_DIGEST = re.compile(r"[0-9a-f]{64}")
_STATED = {"sha256": str, "sm3": str, "size": int, "key": str, "version_id": str}
"""What an entry about a stored object has besides."""


class BadLeaf(ValueError):
    """Says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Claim:
    """What an entry says of a stored object."""

    key: str
    version_id: str
    sha256: str
    sm3: str
    size: int


@dataclass(frozen=True, slots=True)
class Leaf:
    """An entry as it stands in a log."""

    type: str
    survey: str
    seq: int
    previous: str | None
    """The hash of the survey's leaf before it, in hexadecimal."""
    claim: Claim | None
    """None if it is not about a stored object."""


def read_leaf(data: bytes) -> Leaf:
    """Read it. Raises BadLeaf."""
    try:
        says = read_canonical(data)
    except NotCanonical as fault:
        raise BadLeaf(str(fault)) from None
    match says:
        case {"v": 1, "type": str(kind), "survey": str(survey), "seq": int(seq), "at": str(at), "prev": previous} if (
            kind and survey and type(says["v"]) is type(seq) is int and _is_moment(at)
        ):
            pass
        case _:
            raise BadLeaf("is not an entry: v 1, type, survey, seq, at and prev")
    if previous is not None and not (isinstance(previous, str) and _DIGEST.fullmatch(previous)):
        raise BadLeaf("names the entry before it by something that is no hash")
    return Leaf(kind, survey, seq, previous, _claim(says, survey))


def _claim(says: dict[str, Any], survey: str) -> Claim | None:
    if "key" not in says:
        return None
    if any(type(says.get(name)) is not kind for name, kind in _STATED.items()):
        raise BadLeaf(f"is about an object and does not state all of {', '.join(_STATED)}")
    claim = Claim(**{name: says[name] for name in _STATED})
    if not (_DIGEST.fullmatch(claim.sha256) and _DIGEST.fullmatch(claim.sm3) and claim.size >= 0 and claim.version_id):
        raise BadLeaf("is about an object and states digests, a size or a version that are none")
    parts = split_key(claim.key)
    if parts is None or parts[1] != survey:
        raise BadLeaf(f"is about {survey} and names an object that is not of it: {claim.key}")
    return claim


def _is_moment(text: str) -> bool:
    try:
        return datetime.fromisoformat(text).utcoffset() is not None
    except ValueError:
        return False
