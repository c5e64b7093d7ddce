"""Journals of false material found; the outbox gets destinations, lanes and attempts."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def text(length: int) -> sa.String:
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")


def upgrade() -> None:
    _outbox()
    op.create_table(
        "feedback",
        sa.Column("id", text(32), primary_key=True),
        sa.Column("survey", text(32), sa.ForeignKey("survey.id"), nullable=False, index=True),
        sa.Column("subject", text(64), nullable=False, index=True),
        sa.Column("state", text(16), nullable=False, index=True),
        sa.Column("created_at", text(40), nullable=False, index=True),
    )
    op.create_table(
        "feedback_event",
        sa.Column("feedback", text(32), sa.ForeignKey("feedback.id"), primary_key=True),
        sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("at", text(40), nullable=False),
        sa.Column("kind", text(32), nullable=False),
        sa.Column("body", sa.Text, nullable=False),
    )
    if op.get_bind().dialect.name == "postgresql":
        for deed, each in (("UPDATE", "ROW"), ("DELETE", "ROW"), ("TRUNCATE", "STATEMENT")):
            op.execute(
                f"CREATE TRIGGER feedback_event_no_{deed.lower()} BEFORE {deed} ON feedback_event "
                f"FOR EACH {each} EXECUTE FUNCTION event_is_append_only()"
            )
    else:
        for deed in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER feedback_event_no_{deed.lower()} BEFORE {deed} ON feedback_event "
                "BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END"
            )


def _outbox() -> None:
    """A new primary key: the table is made again, with what was in it, in its order."""
    op.rename_table("outbox", "outbox_before")
    op.drop_index("ix_outbox_survey", "outbox_before")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE outbox_before DROP CONSTRAINT pk_outbox")
    op.create_table(
        "outbox",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
        sa.Column("id", text(80), nullable=False),
        sa.Column("destination", text(20), nullable=False),
        sa.Column("lane", text(80), nullable=False),
        sa.Column("survey", text(32), sa.ForeignKey("survey.id"), nullable=False, index=True),
        sa.Column("seq", sa.Integer, nullable=False),
        sa.Column("kind", text(32), nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("created_at", text(40), nullable=False),
        sa.Column("delivered_at", text(40), nullable=True),
        sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
        sa.Column("next_at", text(40), nullable=True),
        sa.Column("trouble", text(300), nullable=False, server_default=""),
        sa.UniqueConstraint("id", name="uq_outbox_id"),
    )
    op.execute(
        "INSERT INTO outbox (id, survey, seq, kind, body, created_at, delivered_at, destination, lane) "
        "SELECT id, survey, seq, kind, body, created_at, delivered_at, 'approvals', survey "
        "FROM outbox_before ORDER BY created_at, seq"
    )
    op.create_index("ix_outbox_waiting", "outbox", ["destination", "delivered_at", "lane", "number"])
    op.drop_table("outbox_before")
