"""What a bundle's bag-info.txt says: nothing but what the newest seal proves, so that it can't say anything else."""

import re
from collections.abc import Mapping
from typing import Any

_KEY = re.compile(r"v1/(?P<tenant>[^/]+)/[0-9]{4}/[0-9]{2}/(?P<survey>[^/]+)/(?P<path>.+)")


def split_key(key: str) -> tuple[str, str, str] | None:
    """Tenant, survey and path in the bag of a stored object's key; None for what is no such key."""
    match = _KEY.fullmatch(key)
    return None if match is None else (match["tenant"], match["survey"], match["path"])


def bag_name(survey: str) -> str:
    """The bag's top folder."""
    return f"takan-{survey}"


def bag_information(key: str, seal: Mapping[str, Any]) -> dict[str, str]:
    """The lines of bag-info.txt before Payload-Oxum, for a record whose newest seal is this manifest under this key.

    Raises ValueError when the key or the manifest is not a seal's.
    """
    parts = split_key(key)
    match seal:
        case {"survey": str(survey), "case_no": str(case_no), "number": int(number), "kind": str(kind)} if parts:
            pass
        case _:
            raise ValueError("not the manifest of a seal")
    return {
        "Source-Organization": f"Takan node, tenant {parts[0]}",
        "External-Identifier": survey,
        "External-Description": f"Remote site survey {case_no}, up to seal {number} ({kind})",
    }
