"""What a sealed record is about, read from its manifests for people who may not trust whoever gave it to them. Pure.

The verifier proves that these words are the sealed ones, not that they have this shape: what is not there, or of
another shape, is left out. The same in TypeScript for verify.html: web_client/src/core/verify/about.ts.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

from survey_server.wire.basics import Text

_UNPRINTABLE = "\N{REPLACEMENT CHARACTER}"


class PersonInRecord(Struct, frozen=True, kw_only=True):
    """Somebody who was invited. Times are ISO 8601 as the seal has them, "" for what did not happen."""

    name: str
    role: str
    consented: str
    """When they agreed to the notice: before that nobody takes part."""
    joined: str
    """When their page was first connected."""
    left: str


class TrackInRecord(Struct, frozen=True, kw_only=True):
    """How much of a person's picture or sound is recorded."""

    person: str
    kind: str
    percent: float
    """Of the time in which the person was there and had not switched it off."""
    gaps: int
    gap_seconds: float


class SignatureInRecord(Struct, frozen=True, kw_only=True):
    """What a reviewer signed."""

    person: str
    department: Text | None
    result: str
    reason: str
    at: str


class AboutRecord(Struct, frozen=True, kw_only=True):
    """What the newest seal says. Verdicts are counted by their result; what has none yet counts nowhere."""

    case_no: str
    subject: str
    item: Text | None
    address: str
    began: str
    ended: str
    people: list[PersonInRecord]
    coverage: list[TrackInRecord]
    photos: int
    photo_verdicts: dict[str, int]
    videos: int
    video_verdicts: dict[str, int]
    conclusion: str
    signatures: list[SignatureInRecord]


def about_record(manifest: Mapping[str, Any]) -> AboutRecord:
    """From the newest seal's manifest, whatever it holds."""
    people = _members(manifest.get("people"))
    by_id = {_text(person.get("id")): person for person in people}
    recording = _member(manifest.get("recording"))
    photos, videos = _members(manifest.get("photos")), _members(manifest.get("videos"))
    return AboutRecord(
        case_no=_text(manifest.get("case_no")),
        subject=_text(_member(manifest.get("subject")).get("name")),
        item=_words(_member(manifest.get("item")).get("name")),
        address=_text(_member(manifest.get("site")).get("address")),
        began=_text(recording.get("started_at")),
        ended=_text(recording.get("ended_at")),
        people=[_person(person) for person in people],
        coverage=[
            _track(_text(by_id.get(_text(lane.get("participant")), {}).get("name")), track)
            for lane in _members(recording.get("lanes"))
            for track in _members(lane.get("tracks"))
        ],
        photos=len(photos),
        photo_verdicts=_verdicts(photos),
        videos=len(videos),
        video_verdicts=_verdicts(videos),
        conclusion=_text(manifest.get("conclusion")),
        signatures=[
            _signature(by_id.get(_text(one.get("participant")), {}), one)
            for one in _members(manifest.get("signatures"))
        ],
    )


def _person(person: Mapping[str, Any]) -> PersonInRecord:
    presence = _members(person.get("presence"))
    joined, left = [
        [_text(one.get("at")) for one in presence if one.get("event") == event] for event in ("joined", "left")
    ]
    return PersonInRecord(
        name=_text(person.get("name")),
        role=_text(person.get("role")),
        consented=_text(_member(person.get("consent")).get("at")),
        joined=joined[0] if joined else "",
        left=left[-1] if left else "",
    )


def _track(person: str, track: Mapping[str, Any]) -> TrackInRecord:
    gaps = _members(track.get("gaps"))
    missing = sum(_number(gap.get("end_s")) - _number(gap.get("start_s")) for gap in gaps)
    percent = _number(track.get("coverage"))
    return TrackInRecord(
        person=person, kind=_text(track.get("kind")), percent=percent, gaps=len(gaps), gap_seconds=missing
    )


def _signature(person: Mapping[str, Any], signature: Mapping[str, Any]) -> SignatureInRecord:
    return SignatureInRecord(
        person=_text(person.get("name")),
        department=_words(person.get("department")),
        result=_text(signature.get("result")),
        reason=_text(signature.get("reason")),
        at=_text(signature.get("at")),
    )


def _verdicts(received: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    results = [_text(_member(one.get("verdict")).get("result")) for one in received]
    return dict(Counter(result for result in results if result))


def _member(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _members(value: object) -> list[Mapping[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _text(value: object) -> str:
    """As it stands, but for what would not print: a terminal obeys some of that."""
    if not isinstance(value, str):
        return ""
    return "".join(char if char.isprintable() else _UNPRINTABLE for char in value)


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else 0.0


def _words(value: object) -> Text | None:
    match value:
        case {"zh": str(zh), "en": str(en)}:
            return Text(_text(zh), _text(en))
        case _:
            return None
