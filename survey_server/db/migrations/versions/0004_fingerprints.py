"""What photos are recognised by when they come back."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def text(length: int) -> sa.String:
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "fingerprint",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
        sa.Column("survey", text(32), nullable=False),
        sa.Column("photo", text(40), nullable=False),
        sa.Column("participant", text(40), nullable=False),
        sa.Column("subject", text(64), nullable=False),
        sa.Column("received_at", text(40), nullable=False),
        sa.Column("sha256", text(64), nullable=False),
        sa.Column("whole", sa.LargeBinary, nullable=True),
        sa.Column("words", sa.LargeBinary, nullable=False),
        sa.UniqueConstraint("survey", "photo", name="uq_fingerprint_survey"),
    )
    op.create_index("ix_fingerprint_sha256", "fingerprint", ["sha256"])
    op.create_table(
        "fingerprint_corners",
        sa.Column(
            "fingerprint",
            sa.BigInteger().with_variant(sa.Integer, "sqlite"),
            sa.ForeignKey("fingerprint.id"),
            primary_key=True,
            autoincrement=False,
        ),
        sa.Column("corners", sa.LargeBinary, nullable=False),
    )
