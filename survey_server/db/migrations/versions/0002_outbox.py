"""The outbox: what is to be told to systems outside."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def text(length: int) -> sa.String:
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "outbox",
        sa.Column("id", text(80), primary_key=True),
        sa.Column("survey", text(32), sa.ForeignKey("survey.id"), nullable=False, index=True),
        sa.Column("seq", sa.Integer, nullable=False),
        sa.Column("kind", text(32), nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("created_at", text(40), nullable=False),
        sa.Column("delivered_at", text(40), nullable=True),
    )
