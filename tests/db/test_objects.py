"""The index of kept objects, in a real database."""

from datetime import UTC, datetime, timedelta, timezone

import msgspec
from sqlalchemy.ext.asyncio import AsyncEngine

from survey_server.db.objects import Ending, ObjectIndex, StoredObject

AT = datetime(2026, 11, 22, tzinfo=UTC)


def stored(key: str, *, survey: str = "s1", size: int = 1, version: str = "v") -> StoredObject:
    return StoredObject(survey, key, version, "00", size, "image/jpeg", {"seq": 1, "name": "照片"}, AT, AT)


async def test_versions_tells_of_the_kept_among_the_asked(engine: AsyncEngine) -> None:
    index = ObjectIndex(engine)
    for key in ("a", "b", "c"):
        await index.add(stored(key, version=f"version of {key}"))
    assert await index.versions(["a", "c", "never"]) == {"a": "version of a", "c": "version of c"}
    assert await index.versions([]) == {}


async def test_telling_the_same_again_changes_nothing(engine: AsyncEngine) -> None:
    index = ObjectIndex(engine)
    await index.add(stored("a", version="first"))
    before = await index.by_key("a")
    await index.add(stored("a", version="second"))
    assert await index.by_key("a") == before
    assert before is not None
    assert await index.get(before.id) == before
    assert before == msgspec.structs.replace(stored("a", version="first"), id=before.id)


async def test_keys_come_in_the_order_of_their_code_points(engine: AsyncEngine) -> None:
    """A manifest lists objects in this order, so no locale may have a say in it."""
    index = ObjectIndex(engine)
    keys = ["p1/1-b", "P1/1-a", "p1/10", "p1_2", "p1-3", "é", "z", "p1/1-B"]
    for key in keys:
        await index.add(stored(key))
    await index.add(stored("of another", survey="s2"))
    assert [each.key for each in await index.of_survey("s1")] == sorted(keys)


async def test_sizes_versions_and_keys_as_large_as_s3_allows(engine: AsyncEngine) -> None:
    index = ObjectIndex(engine)
    largest = stored("k" * 1024, size=5 * 2**40, version="v" * 1024)
    await index.add(largest)
    (found,) = await index.of_survey("s1")
    assert (found.key, found.size, found.version_id) == (largest.key, largest.size, largest.version_id)


async def test_a_lock_that_was_extended_is_known(engine: AsyncEngine) -> None:
    index = ObjectIndex(engine)
    for key in ("a", "b"):
        await index.add(stored(key))
    until = AT + timedelta(days=10_000)
    await index.extended("a", until)
    assert [each.locked_until for each in await index.of_survey("s1")] == [until, AT]


async def test_which_surveys_have_locks_that_end_soon(engine: AsyncEngine) -> None:
    index = ObjectIndex(engine)
    days = {"s1": (5, 400), "s2": (300, 400), "s3": (10, 9), "s4": (7,)}
    for survey, ends in days.items():
        for number, end in enumerate(ends):
            lock = {"locked_until": AT + timedelta(days=end), "survey": survey}
            await index.add(msgspec.structs.replace(stored(f"{survey}/{number}"), **lock))
    before = AT + timedelta(days=30)
    first = {"s1": 5, "s3": 9, "s4": 7}
    found = [Ending(survey, AT + timedelta(days=end)) for survey, end in first.items()]
    assert await index.ending(before, "", 10) == found
    assert await index.ending(before, "", 2) == found[:2]
    assert await index.ending(before, "s3", 2) == found[2:]
    assert await index.ending(AT, "", 10) == []
    assert [each.key for each in await index.locked_before("s3", before, "", 10)] == ["s3/0", "s3/1"]
    assert [each.key for each in await index.locked_before("s3", before, "", 1)] == ["s3/0"]
    assert [each.key for each in await index.locked_before("s3", before, "s3/0", 5)] == ["s3/1"]
    assert (await index.count_before("s1", before), await index.count_before("s2", before)) == (1, 0)
    assert await index.first_end(AT + timedelta(days=8)) == AT + timedelta(days=9)
    assert await index.first_end(AT + timedelta(days=500)) is None


async def test_moments_are_compared_as_such_whatever_their_zone_and_fraction(engine: AsyncEngine) -> None:
    index = ObjectIndex(engine)
    there = timezone(timedelta(hours=8))
    await index.add(msgspec.structs.replace(stored("a"), locked_until=(AT + timedelta(seconds=0.5)).astimezone(there)))
    for before, found in ((AT, 0), (AT + timedelta(seconds=0.4), 0), (AT + timedelta(seconds=0.6), 1)):
        assert await index.count_before("s1", before.astimezone(there)) == found
    assert await index.count_before("s1", AT + timedelta(seconds=1)) == 1
