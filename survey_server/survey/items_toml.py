"""Items written as an items file, which `items.load_items` reads back as they were."""

import json
from collections.abc import Iterator, Sequence

import msgspec

from survey_server.survey.items import Item


def to_toml(items: Sequence[Item], version: str) -> str:
    """The text of an items file (TOML 1.0)."""
    return "\n".join([f"version = {_string(version)}", *(line for item in items for line in _item(item)), ""])


def _item(item: Item) -> Iterator[str]:
    plain = msgspec.to_builtins(item, str_keys=True)
    points = plain.pop("points")
    yield ""
    yield "[[item]]"
    yield from _fields(plain)
    for point in points:
        yield ""
        yield "[[item.points]]"
        yield from _fields(point)


def _fields(plain: dict[str, object]) -> Iterator[str]:
    for name, value in plain.items():
        if value not in (None, {}, [], ()):
            yield f"{name} = {_value(value)}"


def _value(value: object) -> str:
    match value:
        case str():
            return _string(value)
        case int():
            return str(value)
        case dict():
            return "{ " + ", ".join(f"{name} = {_value(inner)}" for name, inner in value.items()) + " }"
        case list() | tuple():
            return "[" + ", ".join(_value(inner) for inner in value) + "]"
        case _:
            msg = f"no TOML for {type(value).__name__}"
            raise TypeError(msg)


def _string(text: str) -> str:
    """A basic string: TOML's escapes are those of JSON, and DEL is escaped too."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
