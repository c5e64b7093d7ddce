"""Surveys of earlier versions are found by their subject, too: the migration reads it from their journals."""

import sqlite3
from pathlib import Path

from survey_server.db.database import open_database
from survey_server.db.journal import Journal
from survey_server.survey.step import rebuild
from tests.survey.test_life import journal


async def test_a_survey_of_an_earlier_version_is_found_by_its_subject(tmp_path: Path) -> None:
    file, lines = tmp_path / "takan.db", journal()
    engine = await open_database(file)
    await Journal(engine).append(lines, rebuild(lines))
    await engine.dispose()
    with sqlite3.connect(file) as db:
        db.execute("drop index ix_survey_subject")
        db.execute("drop index ix_survey_asked")
        db.execute("alter table survey drop column subject")
        db.execute("alter table survey drop column asked")
        db.execute("update alembic_version set version_num = '0006'")
    engine = await open_database(file)
    assert await Journal(engine).of_subject("ref") == ["s1"]
    assert await Journal(engine).asked() == []
    await engine.dispose()
