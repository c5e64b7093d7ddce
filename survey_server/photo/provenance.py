"""Content Credentials (C2PA): does a signed manifest in the file still fit it? Never asks the network.

The library `c2pa` is optional (extra `c2pa`); without it, as without a manifest, nothing is said for or against anyone.
Only a signer among the policy's own anchors counts as trusted.
"""

import importlib
import io
import json
from typing import Any, Final

from survey_server.photo import advice
from survey_server.photo.container import Container
from survey_server.photo.finding import finding
from survey_server.photo.policy import Policy
from survey_server.wire.basics import Text
from survey_server.wire.photos import Finding

_BROKEN: Final = ("mismatch", "hardBindings.missing", "claimSignature.missing", "multipleHardBindings")
"""Failures that say: file and manifest do not belong together (C2PA 2.1, 15.2.2)."""

_NONE: Final = (
    "照片没有内容凭证（C2PA）。",
    "The photo has no Content Credentials.",
    Text("这很常见，不影响您。", "That is common and does not count against you."),
)
_UNREAD: Final = (
    "照片的内容凭证（C2PA）无法核对。",
    "The photo's Content Credentials can't be checked.",
    advice.NO_MATTER,
)
_UNKNOWN: Final = (
    "照片带有内容凭证，内容未被改动；签署者不在我们信任的名单里。",
    "The photo's Content Credentials fit it; their signer is not one we know.",
)
_TRUSTED: Final = (
    "照片的内容凭证由可信的签署者签署，内容未被改动。",
    "The photo's Content Credentials are intact and from a signer we trust.",
)
_ALTERED: Final = (
    "照片与它的内容凭证（C2PA）不符，签署后被改动过。",
    "The photo does not match its Content Credentials: it was changed after signing.",
    Text("请上传相机原图或重新拍摄。", "Please send the camera's original or take a new one."),
)


def c2pa(data: bytes, container: Container, policy: Policy) -> Finding:
    """Judge the manifest in a picture's bytes."""
    if not container.c2pa:
        return finding("c2pa", "na", *_NONE, present=False)
    try:
        told = _read(data, container.kind.media_type, policy)
    except ImportError:
        return finding("c2pa", "na", *_UNREAD, present=True, examined=False)
    except Exception as fault:  # the library has its own tree of errors, one for each odd manifest
        return finding("c2pa", "na", *_UNREAD, present=True, examined=True, fault=type(fault).__name__)
    state, failures = told.get("validation_state"), _failures(told)
    facts = {"present": True, "examined": True, "state": state, "failures": failures}
    if any(mark in code for code in failures for mark in _BROKEN):
        return finding("c2pa", "fail", *_ALTERED, **facts)
    if state == "Trusted" and policy.c2pa_anchors:
        return finding("c2pa", "pass", *_TRUSTED, **facts)
    if state in ("Valid", "Trusted"):
        return finding("c2pa", "na", *_UNKNOWN, **facts)
    return finding("c2pa", "na", *_UNREAD, **facts)


def _read(data: bytes, media_type: str, policy: Policy) -> dict[str, Any]:
    """The library's own report. Its settings must be given with the reader: global ones are ignored since 0.38."""
    settings: dict[str, Any] = {"verify": {"remote_manifest_fetch": False, "ocsp_fetch": False, "verify_trust": True}}
    if policy.c2pa_anchors:
        settings["trust"] = {"trust_anchors": policy.c2pa_anchors}
    library: Any = importlib.import_module("c2pa")
    context = library.Context(settings=library.Settings.from_dict(settings))
    with context, library.Reader(media_type, io.BytesIO(data), context=context) as reader:
        return json.loads(reader.json())


def _failures(told: dict[str, Any]) -> list[str]:
    """The failure codes of the active manifest, at most sixteen."""
    active = told.get("validation_results", {}).get("activeManifest", {})
    return [str(each.get("code"))[:80] for each in active.get("failure", [])][:16]
