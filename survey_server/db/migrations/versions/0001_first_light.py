"""First tables: survey, event (append-only), invitation, stored_object."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def text(length: int) -> sa.String:
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "survey",
        sa.Column("id", text(32), primary_key=True),
        sa.Column("case_no", text(200), nullable=False, index=True),
        sa.Column("state", text(16), nullable=False, index=True),
        sa.Column("created_at", text(40), nullable=False, index=True),
        sa.Column("open", sa.Boolean, nullable=False, index=True),
    )
    op.create_table(
        "event",
        sa.Column("survey", text(32), sa.ForeignKey("survey.id"), primary_key=True),
        sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("at", text(40), nullable=False),
        sa.Column("kind", text(32), nullable=False),
        sa.Column("body", sa.Text, nullable=False),
    )
    op.create_table(
        "invitation",
        sa.Column("token_hash", text(64), primary_key=True),
        sa.Column("survey", text(32), sa.ForeignKey("survey.id"), nullable=True, index=True),
        sa.Column("participant", text(40), nullable=False),
        sa.Column("role", text(16), nullable=False),
        sa.Column("name", text(200), nullable=False),
        sa.Column("expires_at", text(40), nullable=False),
        sa.Column("key_hash", text(64), nullable=True),
        sa.Column("session_hash", text(64), nullable=True, unique=True),
    )
    op.create_table(
        "stored_object",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
        sa.Column("survey", text(32), nullable=False, index=True),
        sa.Column("key", text(1024), nullable=False, unique=True),
        sa.Column("version_id", text(1024), nullable=False),
        sa.Column("sha256", text(64), nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("media_type", text(100), nullable=False),
        sa.Column("about", sa.Text, nullable=False),
        sa.Column("kept_at", text(40), nullable=False),
        sa.Column("locked_until", text(40), nullable=False),
    )
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE FUNCTION event_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            "RAISE EXCEPTION 'the journal is append-only' USING ERRCODE = 'integrity_constraint_violation'; END $$"
        )
        for deed, each in (("UPDATE", "ROW"), ("DELETE", "ROW"), ("TRUNCATE", "STATEMENT")):
            op.execute(
                f"CREATE TRIGGER event_no_{deed.lower()} BEFORE {deed} ON event "
                f"FOR EACH {each} EXECUTE FUNCTION event_is_append_only()"
            )
    else:
        for deed in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER event_no_{deed.lower()} BEFORE {deed} ON event "
                "BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END"
            )
