"""Fingerprints of photos, in a real database."""

from datetime import UTC, datetime, timedelta, timezone

import msgspec
from sqlalchemy.ext.asyncio import AsyncEngine

from survey_server.db.fingerprints import Fingerprints, Received, Recognised

AT = datetime(2026, 11, 22, 9, tzinfo=UTC)
PHOTO = Received("s1", "001-aa", "p1", "subject", AT, "aa" * 32)
replace = msgspec.structs.replace


async def test_a_photo_that_is_told_again_keeps_its_row(engine: AsyncEngine) -> None:
    kept = Fingerprints(engine)
    first = await kept.add(PHOTO, b"h" * 32, b"words", b"corners")
    assert await kept.add(PHOTO, None, b"others", b"others") == first
    assert await kept.after(0, 10) == [Recognised(first, "s1", b"h" * 32, b"words")]
    assert await kept.corners([first, first + 1]) == {first: b"corners"}
    assert await kept.received([first, first + 1]) == {first: PHOTO}


async def test_numbers_grow_and_are_read_in_turns(engine: AsyncEngine) -> None:
    kept = Fingerprints(engine)
    numbers = [await kept.add(replace(PHOTO, photo=f"{n:03}"), None, b"", b"") for n in range(5)]
    assert numbers == sorted(set(numbers))
    assert [each.number for each in await kept.after(numbers[1], 2)] == numbers[2:4]
    assert await kept.after(numbers[4], 2) == []


async def test_the_same_bytes_count_in_other_surveys_and_before_only(engine: AsyncEngine) -> None:
    kept = Fingerprints(engine)
    there = AT.astimezone(timezone(timedelta(hours=8)))
    photos = [
        replace(PHOTO, received_at=there),
        replace(PHOTO, photo="002-aa"),
        replace(PHOTO, survey="s2", subject="another", received_at=AT + timedelta(days=3)),
        replace(PHOTO, survey="s2", photo="002-bb", sha256="bb" * 32),
    ]
    numbers = [await kept.add(photo, None, b"", b"") for photo in photos]
    later = replace(PHOTO, survey="s3")
    assert list(await kept.same_bytes(later, numbers[3])) == numbers[:3]
    assert list(await kept.same_bytes(photos[2], numbers[2])) == numbers[:2]
    assert await kept.same_bytes(photos[0], numbers[0]) == {}
    assert (await kept.same_bytes(later, 99))[numbers[2]] == photos[2]
