"""The index of kept objects, in a real database file."""

from datetime import UTC, datetime

from survey_server.db.database import open_database
from survey_server.db.objects import ObjectIndex, StoredObject

AT = datetime(2026, 11, 22, tzinfo=UTC)


async def test_versions_tells_of_the_kept_among_the_asked(tmp_path):
    engine = await open_database(tmp_path / "takan.db")
    index = ObjectIndex(engine)
    for key in ("a", "b", "c"):
        await index.add(StoredObject("s1", key, f"version of {key}", "00", 1, "image/jpeg", {}, AT, AT))
    assert await index.versions(["a", "c", "never"]) == {"a": "version of a", "c": "version of c"}
    assert await index.versions([]) == {}
    await engine.dispose()
