"""A document in one language and its pictures -> the bytes of a PDF/A-2a that is PDF/UA-1 too (ISO 19005-2, 14289-1).

The words travel as JSON and are only ever set as text: the template has no `eval`, imports nothing, and the data has no
way into its source. Run by `task` in a limited process; typst needs 0.2 s for ten pages.
"""

from collections.abc import Container, Mapping
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

import manimgx_fonts_cjk
import msgspec
import typst

from survey_server.report.glyphs import characters, plain, printable

_FONT: Final = "NotoSansCJK-VF.otf.ttc"


class NotTypeset(Exception):
    """typst refused: a fault of ours or of the installation, since no text is code. The message is typst's."""


def typeset(document: Mapping[str, Any], pictures: Path, at: datetime) -> bytes:
    """The PDF. `pictures` is the folder with the JPEGs that the document names; typst reads nothing outside it. `at` is
    the PDF's date, and all it knows of time.

    Raises NotTypeset.
    """
    folder = Path(manimgx_fonts_cjk.__file__).parent
    words = _printable(document, _characters(folder / _FONT))
    try:
        made = typst.Compiler(
            files("survey_server.report").joinpath("template.typ").read_bytes(),
            root=pictures,
            font_paths=typst.Fonts(include_system_fonts=False, font_paths=[folder]),
            sys_inputs={"document": msgspec.json.encode(words).decode()},
        ).compile(pdf_standards=["a-2a", "ua-1"], timestamp=at.astimezone(UTC).replace(microsecond=0))
    except (RuntimeError, ValueError) as fault:
        raise NotTypeset(str(fault)) from fault
    if not isinstance(made, bytes):
        raise NotTypeset("typst made no PDF")
    return made


@cache
def _characters(font: Path) -> frozenset[int]:
    return characters(font.read_bytes())


def _printable(value: Any, has: Container[int]) -> Any:
    match value:
        case str():
            return printable(value, has)
        case dict():
            return {name: plain(one) if name == "code" else _printable(one, has) for name, one in value.items()}
        case list():
            return [_printable(one, has) for one in value]
        case _:
            return value
