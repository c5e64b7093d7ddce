"""A document as a value: sections of a few kinds of blocks, in two languages at once until one is chosen.

Words of ours are `Text`; what people wrote is `str` and the same in both languages.
"""

from collections.abc import Sequence
from typing import Any, Final, Literal

import msgspec
from msgspec import Struct

from survey_server.wire.basics import Language, Text

LANGUAGES: Final[tuple[Language, ...]] = ("zh", "en")
Words = Text | str
Tone = Literal["plain", "good", "doubtful", "bad"]


class Code(Struct, frozen=True):
    """A digest, key or path, to be set in a fixed width and copied as it is."""

    code: str


class Lines(Struct, frozen=True):
    """Several things below each other in one place."""

    lines: "Sequence[Words | Code]"


Cell = Words | Code | Lines


class Facts(Struct, frozen=True, tag="facts", tag_field="block"):
    """Names with what they are, one a line."""

    rows: Sequence[tuple[Words, Cell]]


class Table(Struct, frozen=True, tag="table", tag_field="block"):
    """A table with a head. `shares` are the columns' widths in relation to each other."""

    shares: Sequence[float]
    head: Sequence[Words]
    rows: Sequence[Sequence[Cell]]


class Paragraph(Struct, frozen=True, tag="paragraph", tag_field="block"):
    """Words that are read one after the other."""

    text: Words


class Heading(Struct, frozen=True, tag="heading", tag_field="block"):
    """The title of a part of a section."""

    text: Words


class Picture(Struct, frozen=True):
    """A photo with what is said about it. `file` names the JPEG; empty when there is none to show, then `alt` is."""

    file: str
    alt: Words
    title: Words
    tone: Tone
    verdict: Words
    remarks: Sequence[Words]
    facts: Sequence[tuple[Words, Cell]]


class Pictures(Struct, frozen=True, tag="pictures", tag_field="block"):
    """Photos beside each other."""

    pictures: Sequence[Picture]


Block = Facts | Table | Paragraph | Heading | Pictures


class Section(Struct, frozen=True):
    """A chapter."""

    title: Words
    blocks: Sequence[Block]


class Document(Struct, frozen=True):
    """The whole. `number` stands on every page; `result` is what it comes to, `tone` how that is shown."""

    title: Words
    number: str
    subject: Words
    result: Words
    tone: Tone
    sections: Sequence[Section]
    page: Text
    """Its place on each page, {0} of {1}."""


def in_language(document: Document, language: Language) -> dict[str, Any]:
    """The document in one language, as JSON values."""
    return {"language": language, **_chosen(document, language)}


def _chosen(value: Any, language: Language) -> Any:
    match value:
        case Text():
            return value.zh if language == "zh" else value.en
        case Struct():
            tag = type(value).__struct_config__
            fields = {name: _chosen(getattr(value, name), language) for name in value.__struct_fields__}
            return fields if tag.tag is None else {str(tag.tag_field): tag.tag, **fields}
        case list() | tuple():
            return [_chosen(one, language) for one in value]
        case _:
            return msgspec.to_builtins(value)
