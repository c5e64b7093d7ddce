"""What msgspec says of a body, as a field and a sentence in both languages."""

import re
from collections.abc import Callable

from survey_server.wire.basics import Text
from survey_server.wire.node import FieldFault

_AT = re.compile(r"^(?P<what>.*?)(?: - at `(?:key in )?(?P<path>\$[^`]*)`)?$", re.DOTALL)
_STEP = re.compile(r"\.([^.\[\]]+)|\[(\d+|\.\.\.)\]")
_KINDS = {
    "str": "文字", "int": "整数", "float": "数字", "bool": "true 或 false", "object": "对象", "array": "列表",
    "datetime": "日期时间", "null": "null",
}  # fmt: skip
_SENTENCES: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str]], ...] = (
    (re.compile(r"Object missing required field `(.+)`"), lambda _: "缺少这一项"),
    (re.compile(r"Object contains unknown field `(.+)`"), lambda _: "没有这一项，请删去"),
    (re.compile(r"Expected `(\w+)` of length >= (\d+)"), lambda said: f"长度不能少于 {said[2]}"),
    (re.compile(r"Expected `(\w+)` of length <= (\d+)"), lambda said: f"长度不能超过 {said[2]}"),
    (re.compile(r"Expected `str` matching regex (.+)"), lambda said: f"须符合格式 {said[1]}"),
    (re.compile(r"Expected `(\w+)` (>=|<=|>|<) (\S+)"), lambda said: f"须 {said[2]} {said[3]}"),
    (re.compile(r"Expected `datetime` with a timezone component"), lambda _: "须带时区，例如 +08:00"),
    (re.compile(r"Invalid RFC3339 encoded datetime"), lambda _: "不是日期时间（RFC 3339）"),
    (re.compile(r"Invalid enum value (.+)"), lambda said: f"不能取值 {said[1]}"),
    (re.compile(r"Expected `([\w |]+)`, got `(\w+)`"), lambda said: f"须为{_kinds(said[1])}，而不是{_kinds(said[2])}"),
    (re.compile(r"JSON is malformed: (.+)|Input data was truncated"), lambda _: "不是完整的 JSON"),
)
_NAMED = re.compile(r"Object (?:missing required|contains unknown) field `(.+)`")


def field_fault(sentence: str) -> FieldFault:
    """The field that the sentence is about, as a JSON pointer, and what is wrong with it."""
    said = _AT.match(sentence)
    what, path = (said["what"], said["path"] or "$") if said else (sentence, "$")
    steps = ["-" if step[1] == "..." else step[0] or step[1] for step in _STEP.findall(path)]
    named = _NAMED.fullmatch(what)
    if named:
        steps.append(named[1])
    pointer = "#" + "".join("/" + step.replace("~", "~0").replace("/", "~1") for step in steps)
    return FieldFault(pointer, Text(_chinese(what), what))


def _chinese(what: str) -> str:
    for pattern, words in _SENTENCES:
        said = pattern.fullmatch(what)
        if said:
            return words(said)
    return what


def _kinds(names: str) -> str:
    return "或".join(_KINDS.get(name.strip(), name.strip()) for name in names.split("|"))
