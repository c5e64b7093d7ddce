"""Which locks end when, survey by survey, out of an index alone."""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_index("ix_stored_object_locks", "stored_object", ["survey", "locked_until"])
    op.drop_index("ix_stored_object_survey", "stored_object")
