"""Which characters the font can show, and what stands for those it can't.

A PDF/A may not hold a character without a glyph, and nothing may be left out of a record: such a character is written
as its number, U+1F600 in brackets.
"""

import struct
import unicodedata
from collections.abc import Container
from typing import Final

_TTC, _CMAP = b"ttcf", b"cmap"
_SEGMENTED_32: Final = 12
"""The cmap subtable format that reaches all planes (OpenType, cmap, format 12)."""
_RUN: Final = 24
"""A run of characters without a place to break is given one after so many: a page is no wider."""
_ZERO_WIDTH_SPACE: Final = "\u200b"


class NoCharacters(ValueError):
    """The file is no font, or does not say which characters it has."""


def characters(font: bytes) -> frozenset[int]:
    """The code points that the first font of this OpenType file or collection has glyphs for. Raises NoCharacters."""
    try:
        (start,) = struct.unpack_from(">I", font, 12) if font[:4] == _TTC else (0,)
        (tables,) = struct.unpack_from(">H", font, start + 4)
        for place in range(tables):
            tag, _, offset, _ = struct.unpack_from(">4sIII", font, start + 12 + 16 * place)
            if tag == _CMAP:
                return frozenset(_mapped(font, offset))
    except struct.error as fault:
        raise NoCharacters(f"the font is cut off: {fault}") from None
    raise NoCharacters("the font has no cmap table")


def _mapped(font: bytes, cmap: int) -> set[int]:
    (subtables,) = struct.unpack_from(">H", font, cmap + 2)
    found: set[int] = set()
    for place in range(subtables):
        (offset,) = struct.unpack_from(">I", font, cmap + 4 + 8 * place + 4)
        if struct.unpack_from(">H", font, cmap + offset)[0] == _SEGMENTED_32:
            (groups,) = struct.unpack_from(">I", font, cmap + offset + 12)
            for group in range(groups):
                first, last, _ = struct.unpack_from(">III", font, cmap + offset + 16 + 12 * group)
                found.update(range(first, last + 1))
    if not found:
        raise NoCharacters("the font has no table of all its characters")
    return found


def printable(text: str, has: Container[int]) -> str:
    """The text with every character that can't be shown written as its number, and with places to break long words.

    Line feeds stay; a tab is a space. Controls, marks of direction and private characters are numbers too: they could
    make a text look like another.
    """
    out: list[str] = []
    run = 0
    for character in text:
        shown = _shown(character, has)
        run = 0 if _breaks(shown[0]) else run + len(shown)
        if run > _RUN:
            out.append(_ZERO_WIDTH_SPACE)
            run = len(shown)
        out.append(shown)
    return "".join(out)


def plain(code: str) -> str:
    """A digest or a key, whose every character is ASCII; anything else in it is written as its number."""
    return "".join(_shown(character, range(0x20, 0x7F)) for character in code)


def _shown(character: str, has: Container[int]) -> str:
    if character == "\n":
        return character
    if character == "\t":
        return " "
    if unicodedata.category(character)[0] != "C" and ord(character) in has:
        return character
    return f"[U+{ord(character):04X}]"


def _breaks(character: str) -> bool:
    """May a line end beside it? So it is with spaces, hyphens, and what is wide: Han, kana, full-width signs."""
    return character.isspace() or character == "-" or unicodedata.east_asian_width(character) in "WF"
