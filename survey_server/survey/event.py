"""What every event has in common."""

from msgspec import Struct


class Event(Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind"):
    """Something that happened to a survey: a line of its journal."""
