"""Used before, in another survey: which earlier photos a new one repeats, and what is said about it.

Every candidate is looked at: it repeats an earlier photo when enough corners of both lie on each other, and a good part
of all. A picture with hardly any corners (a wall, a sky) counts only when its hash is as good as equal.
"""

from collections.abc import Container, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from msgspec import Struct
from msgspec.structs import replace

from survey_server.photo.agreement import NONE, agreement
from survey_server.photo.finding import finding
from survey_server.photo.fingerprint import FEATURE, ORIENTATIONS, Fingerprint
from survey_server.photo.lookup import Candidate
from survey_server.photo.policy import Policy
from survey_server.wire.basics import Role, Text
from survey_server.wire.photos import Finding

BURST: Final = timedelta(days=1)
"""An applicant's photos of one day may serve several applications."""
_BARE: Final = 60
"""Fewer corners than this say nothing, neither for nor against."""
_EQUAL: Final = 10
"""Differing bits of 256 up to which hashes are as good as equal."""
_SHOWN: Final = 5
_REUSE: Final = ("duplicate_exact", "duplicate_near")
_NAMING: Final = ("matches", "own")
"""Evidence that names earlier photos."""


class Earlier(Struct, frozen=True):
    """A photo received before, in another survey; `ours` when the same subject applied there."""

    survey: str
    photo: str
    received_at: datetime
    ours: bool


class Resemblance(Struct, frozen=True):
    """How a picture repeats the earlier one of this number. Without `distance` it was found by its corners alone, as
    crops are; `orientation` then says no more than whether it is mirrored.
    """

    photo: int
    orientation: str
    inliers: int
    share: float
    distance: int | None = None


def resemblances(
    asking: Fingerprint, candidates: Iterable[Candidate], corners: Mapping[int, bytes], policy: Policy
) -> list[Resemblance]:
    """Which candidates it repeats, those with the most inliers first. `corners` are the candidates' own."""
    found: dict[int, Resemblance] = {}
    for candidate in candidates:
        kept = corners.get(candidate.photo)
        if kept is None or candidate.photo in found:
            continue
        asked = asking.mirrored if candidate.mirrored else asking.asked
        lies = agreement(asked, kept)
        bare = min(len(asking.corners), len(kept)) < _BARE * FEATURE.itemsize
        equal = bare and candidate.distance is not None and candidate.distance <= _EQUAL
        if equal or (lies.inliers >= policy.duplicate_inliers and lies.share >= policy.duplicate_share):
            lies = NONE if equal and lies.inliers < policy.duplicate_inliers else lies
            way = "mirrored" if candidate.mirrored else "upright"
            if candidate.orientation is not None:
                way = ORIENTATIONS[candidate.orientation]
            found[candidate.photo] = Resemblance(candidate.photo, way, lies.inliers, lies.share, candidate.distance)
    return sorted(found.values(), key=lambda one: (-one.inliers, one.photo))


def duplicate_exact(earlier: Sequence[Earlier]) -> Finding:
    """The same bytes in another survey fail, whoever sent them."""
    if not earlier:
        return finding(
            "duplicate_exact",
            "pass",
            "未发现与其他申请相同的照片文件。",
            "No other application holds the same photo file.",
        )
    return finding(
        "duplicate_exact",
        "fail",
        "同一个照片文件已在另一次申请中提交过。",
        "The same photo file was sent with another application.",
        Text(
            "请在现场重新拍一张，工作人员会核对。",
            "Please take a new one on site; a person will compare.",
        ),
        count=len(earlier),
        matches=[_named(one) for one in earlier[:_SHOWN]],
    )


def duplicate_near(
    asking: Fingerprint | None, earlier: Sequence[tuple[Earlier, Resemblance]], received_at: datetime
) -> Finding:
    """The same picture in another survey, changed, is a person's question; a burst of the same applicant is normal."""
    if asking is None or asking.whole is None:
        return finding(
            "duplicate_near",
            "na",
            "画面几乎是单一颜色，无法与其他照片比较。",
            "The picture is nearly one colour, so it cannot be compared with others.",
        )
    others = [pair for pair in earlier if not (pair[0].ours and received_at - pair[0].received_at <= BURST)]
    matches = [_named(one) | _measured(how) for one, how in (others or earlier)[:_SHOWN]]
    if not others:
        return finding(
            "duplicate_near",
            "pass",
            "未发现与其他申请雷同的照片。",
            "No other applicant's photo shows the same picture.",
            **({"count": 0} if not matches else {"count": 0, "own": matches}),
        )
    return finding(
        "duplicate_near",
        "flag",
        "这张照片与另一次申请中的照片几乎相同。",
        "This photo is nearly the same as one sent with another application.",
        Text(
            "工作人员会查看。如果不是现场新拍的，请重新拍一张。",
            "A person will look at it. Please take a new one if it was not taken on site for this application.",
        ),
        count=len(others),
        matches=matches,
    )


def shown_to(role: Role, found: Finding) -> Finding:
    """The finding as this person may see it: an applicant is not told whose photo it was, nor in which survey."""
    if role != "applicant" or not found.evidence.keys() & set(_NAMING):
        return found
    kept = {name: value for name, value in found.evidence.items() if name not in _NAMING}
    return replace(found, evidence=kept)


def surveys_of(found: Finding) -> set[str]:
    """The surveys that a finding names."""
    return {one["survey"] for one in _others(found) if "survey" in one}


def unnamed(found: Finding, restricted: Container[str]) -> Finding:
    """The finding without what would lead to photos of restricted cases: each is another case, and restricted."""
    if found.id not in _REUSE:
        return found
    evidence = {
        name: [_unnamed(one) if one.get("survey") in restricted else one for one in value] if name in _NAMING else value
        for name, value in found.evidence.items()
    }
    return found if evidence == found.evidence else replace(found, evidence=evidence)


def _others(found: Finding) -> list[dict[str, Any]]:
    return [one for name in _NAMING for one in found.evidence.get(name, [])] if found.id in _REUSE else []


def _unnamed(one: dict[str, Any]) -> dict[str, Any]:
    kept = {name: value for name, value in one.items() if name not in ("survey", "photo", "received_at")}
    return {**kept, "restricted": True}


def _named(one: Earlier) -> dict[str, Any]:
    at = one.received_at.isoformat()
    return {"survey": one.survey, "photo": one.photo, "received_at": at, "same_applicant": one.ours}


def _measured(how: Resemblance) -> dict[str, Any]:
    return {"distance": how.distance, "orientation": how.orientation, "inliers": how.inliers, "share": how.share}
