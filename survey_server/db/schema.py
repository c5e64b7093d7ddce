"""Tables. JSON columns are text holding msgspec's encoding; times are ISO 8601 in UTC."""

import sqlalchemy as sa

metadata = sa.MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ix": "ix_%(table_name)s_%(column_0_name)s",
    }
)

survey = sa.Table(
    "survey",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("case_no", sa.String(200), nullable=False, index=True),
    sa.Column("state", sa.String(16), nullable=False, index=True),
    sa.Column("created_at", sa.String(40), nullable=False, index=True),
    sa.Column("open", sa.Boolean, nullable=False, index=True),
)
"""One row a survey, to find it without reading journals; `state` and `open` are projections of the journal."""

event = sa.Table(
    "event",
    metadata,
    sa.Column("survey", sa.String(32), sa.ForeignKey("survey.id"), primary_key=True),
    sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("at", sa.String(40), nullable=False),
    sa.Column("kind", sa.String(32), nullable=False),
    sa.Column("body", sa.Text, nullable=False),
)
"""The journal. Append-only: the migration adds triggers that refuse UPDATE and DELETE."""

invitation = sa.Table(
    "invitation",
    metadata,
    sa.Column("token_hash", sa.String(64), primary_key=True),
    sa.Column("survey", sa.String(32), sa.ForeignKey("survey.id"), nullable=True, index=True),
    sa.Column("participant", sa.String(40), nullable=False),
    sa.Column("role", sa.String(16), nullable=False),
    sa.Column("name", sa.String(200), nullable=False),
    sa.Column("expires_at", sa.String(40), nullable=False),
    sa.Column("key_hash", sa.String(64), nullable=True),
    sa.Column("session_hash", sa.String(64), nullable=True, unique=True),
)
"""One-time links. Only hashes of secrets are kept; `key_hash` is set when the link is spent."""

stored_object = sa.Table(
    "stored_object",
    metadata,
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
"""The index of what the store acknowledged: which version of which key, with its digest."""
