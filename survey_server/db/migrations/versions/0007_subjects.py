"""Surveys are found by their subject's keyed reference, and by a person having been asked about their decision."""

import msgspec
import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def text(length: int) -> sa.String:
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")


def upgrade() -> None:
    op.add_column("survey", sa.Column("subject", text(64), nullable=False, server_default=""))
    op.add_column("survey", sa.Column("asked", sa.Boolean, nullable=False, server_default=sa.false()))
    op.create_index("ix_survey_subject", "survey", ["subject"])
    op.create_index("ix_survey_asked", "survey", ["asked"])
    survey, event = (
        sa.table("survey", sa.column("id"), sa.column("subject")),
        sa.table("event", *map(sa.column, _EVENT)),
    )
    db = op.get_bind()
    for row in db.execute(sa.select(event).where(event.c.seq == 1)).all():
        subject = msgspec.json.decode(row.body)["subject"]
        db.execute(survey.update().where(survey.c.id == row.survey).values(subject=subject))


_EVENT = ("survey", "seq", "body")
