"""Signed requests that were carried out."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def text(length: int) -> sa.String:
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "spent_nonce",
        sa.Column("nonce", text(200), primary_key=True),
        sa.Column("until", text(40), nullable=False, index=True),
    )
