"""First tables: survey, event (append-only), invitation, stored_object."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "survey",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("case_no", sa.String(200), nullable=False, index=True),
        sa.Column("state", sa.String(16), nullable=False, index=True),
        sa.Column("created_at", sa.String(40), nullable=False, index=True),
        sa.Column("open", sa.Boolean, nullable=False, index=True),
    )
    op.create_table(
        "event",
        sa.Column("survey", sa.String(32), sa.ForeignKey("survey.id"), primary_key=True),
        sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("at", sa.String(40), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("body", sa.Text, nullable=False),
    )
    op.create_table(
        "invitation",
        sa.Column("token_hash", sa.String(64), primary_key=True),
        sa.Column("survey", sa.String(32), sa.ForeignKey("survey.id"), nullable=True, index=True),
        sa.Column("participant", sa.String(40), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("expires_at", sa.String(40), nullable=False),
        sa.Column("key_hash", sa.String(64), nullable=True),
        sa.Column("session_hash", sa.String(64), nullable=True, unique=True),
    )
    op.create_table(
        "stored_object",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("survey", sa.String(32), nullable=False, index=True),
        sa.Column("key", sa.String(400), nullable=False, unique=True),
        sa.Column("version_id", sa.String(100), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("media_type", sa.String(100), nullable=False),
        sa.Column("about", sa.Text, nullable=False),
        sa.Column("kept_at", sa.String(40), nullable=False),
        sa.Column("locked_until", sa.String(40), nullable=False),
    )
    for deed in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER event_no_{deed.lower()} BEFORE {deed} ON event "
            "BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END"
        )
