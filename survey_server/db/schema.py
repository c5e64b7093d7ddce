"""Tables. JSON columns are text holding msgspec's encoding; times are ISO 8601 in UTC.

Text sorts by code point on PostgreSQL as it does on SQLite, whatever the locale of the database: the order of keys
goes into manifests. PostgreSQL holds text to its length, SQLite does not.
"""

from collections.abc import Mapping

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

metadata = sa.MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ix": "ix_%(table_name)s_%(column_0_name)s",
    }
)


def _text(length: int) -> sa.String:
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")


survey = sa.Table(
    "survey",
    metadata,
    sa.Column("id", _text(32), primary_key=True),
    sa.Column("case_no", _text(200), nullable=False, index=True),
    sa.Column("state", _text(16), nullable=False, index=True),
    sa.Column("created_at", _text(40), nullable=False, index=True),
    sa.Column("open", sa.Boolean, nullable=False, index=True),
    sa.Column("subject", _text(64), nullable=False, server_default="", index=True),
    sa.Column("asked", sa.Boolean, nullable=False, server_default=sa.false(), index=True),
)
"""One row a survey, to find it without reading journals; all but its id are projections of the journal. `subject` is
the keyed reference of who applied; `asked`: a person was asked to look at its decision.
"""

event = sa.Table(
    "event",
    metadata,
    sa.Column("survey", _text(32), sa.ForeignKey("survey.id"), primary_key=True),
    sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("at", _text(40), nullable=False),
    sa.Column("kind", _text(32), nullable=False),
    sa.Column("body", sa.Text, nullable=False),
)
"""The journal. Append-only: the migration adds triggers that refuse UPDATE and DELETE (PostgreSQL: and TRUNCATE)."""

invitation = sa.Table(
    "invitation",
    metadata,
    sa.Column("token_hash", _text(64), primary_key=True),
    sa.Column("survey", _text(32), sa.ForeignKey("survey.id"), nullable=True, index=True),
    sa.Column("participant", _text(40), nullable=False),
    sa.Column("role", _text(16), nullable=False),
    sa.Column("name", _text(200), nullable=False),
    sa.Column("expires_at", _text(40), nullable=False),
    sa.Column("key_hash", _text(64), nullable=True),
    sa.Column("session_hash", _text(64), nullable=True, unique=True),
)
"""One-time links. Only hashes of secrets are kept; `key_hash` is set when the link is spent."""

outbox = sa.Table(
    "outbox",
    metadata,
    sa.Column("number", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
    sa.Column("id", _text(80), nullable=False, unique=True),
    sa.Column("destination", _text(20), nullable=False),
    sa.Column("lane", _text(80), nullable=False),
    sa.Column("survey", _text(32), sa.ForeignKey("survey.id"), nullable=False, index=True),
    sa.Column("seq", sa.Integer, nullable=False),
    sa.Column("kind", _text(32), nullable=False),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("created_at", _text(40), nullable=False),
    sa.Column("delivered_at", _text(40), nullable=True),
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    sa.Column("next_at", _text(40), nullable=True),
    sa.Column("trouble", _text(300), nullable=False, server_default=""),
    sa.Index("ix_outbox_waiting", "destination", "delivered_at", "lane", "number"),
)
"""What is to be told to systems outside; written with the journal line it tells of. Rows of one `lane` go to their
`destination` one after another, by number; `next_at` (UTC) is when the next attempt may be."""

feedback = sa.Table(
    "feedback",
    metadata,
    sa.Column("id", _text(32), primary_key=True),
    sa.Column("survey", _text(32), sa.ForeignKey("survey.id"), nullable=False, index=True),
    sa.Column("subject", _text(64), nullable=False, index=True),
    sa.Column("state", _text(16), nullable=False, index=True),
    sa.Column("created_at", _text(40), nullable=False, index=True),
)
"""One row a feedback, to find it without reading journals; `state` is a projection of its journal."""

feedback_event = sa.Table(
    "feedback_event",
    metadata,
    sa.Column("feedback", _text(32), sa.ForeignKey("feedback.id"), primary_key=True),
    sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("at", _text(40), nullable=False),
    sa.Column("kind", _text(32), nullable=False),
    sa.Column("body", sa.Text, nullable=False),
)
"""The journals of the feedbacks. Append-only as `event` is."""

spent_nonce = sa.Table(
    "spent_nonce",
    metadata,
    sa.Column("nonce", _text(200), primary_key=True),
    sa.Column("until", _text(40), nullable=False, index=True),
)
"""Signed requests that were carried out: none is a second time. A row may go once its signature is too old anyway."""

stored_object = sa.Table(
    "stored_object",
    metadata,
    sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
    sa.Column("survey", _text(32), nullable=False),
    sa.Column("key", _text(1024), nullable=False, unique=True),
    sa.Column("version_id", _text(1024), nullable=False),
    sa.Column("sha256", _text(64), nullable=False),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("media_type", _text(100), nullable=False),
    sa.Column("about", sa.Text, nullable=False),
    sa.Column("kept_at", _text(40), nullable=False),
    sa.Column("locked_until", _text(40), nullable=False),
    sa.Index("ix_stored_object_locks", "survey", "locked_until"),
)
"""The index of what the store acknowledged: which version of which key, with its digest. S3 keys and versions may be
1024 bytes long."""


fingerprint = sa.Table(
    "fingerprint",
    metadata,
    sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
    sa.Column("survey", _text(32), nullable=False),
    sa.Column("photo", _text(40), nullable=False),
    sa.Column("participant", _text(40), nullable=False),
    sa.Column("subject", _text(64), nullable=False),
    sa.Column("received_at", _text(40), nullable=False),
    sa.Column("sha256", _text(64), nullable=False),
    sa.Column("whole", sa.LargeBinary, nullable=True),
    sa.Column("words", sa.LargeBinary, nullable=False),
    sa.UniqueConstraint("survey", "photo", name="uq_fingerprint_survey"),
    sa.Index("ix_fingerprint_sha256", "sha256"),
)
"""What each photo is recognised by when it comes back, in the order of receipt: the digest of its bytes, the hash of
its picture (none where it is of one colour), words of its corners (little-endian, 32 bits each). 1.3 kB a photo."""

fingerprint_corners = sa.Table(
    "fingerprint_corners",
    metadata,
    sa.Column(
        "fingerprint",
        sa.BigInteger().with_variant(sa.Integer, "sqlite"),
        sa.ForeignKey("fingerprint.id"),
        primary_key=True,
        autoincrement=False,
    ),
    sa.Column("corners", sa.LargeBinary, nullable=False),
)
"""The corners themselves, read for the few photos that may be the one asked about. 6.9 kB a photo; apart from the rest,
which is read from end to end at a start."""


async def insert_new(db: AsyncConnection, table: sa.Table, row: Mapping[str, object]) -> None:
    """Insert the row unless a unique column already has one of its values; then nothing changes."""
    insert = postgresql.insert if db.dialect.name == "postgresql" else sqlite.insert
    await db.execute(insert(table).values(dict(row)).on_conflict_do_nothing())
