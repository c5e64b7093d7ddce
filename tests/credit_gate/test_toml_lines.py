"""An error names its line: every key of a TOML text is found where it stands."""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from credit_gate.toml_lines import lines, located
from tests.nodes import ROOT

ODD = """
title = "a # b = [c]"  # comment = "no key"
a.b . "c d" = 1
'quo.ted' = 'x'
many = [
  1, # one = 1
  "two, [2]",
  [3, [4]], [[5]],
]
text = \"\"\"
line = 1
[no table]
\"\"\" # after
raw = '''it's
[[nor this]]'''
time = 2026-01-01 10:00:00.5+08:00
point = { x = 1, y = { z = [ { w = 2 } ] } }
empty = []
none = {}

[ table . "in.ner" ]
key = true
[[row]]
id = 1
[[row.cell]]
v = 1
[[row.cell]]
v = 2
[row.more]
k = 1
[[row]]
id = 2
[[row.cell]]
v = 3
"""
FILES = [
    "credit_gate/policy.toml",
    "credit_gate/sources/demo_register.toml",
    "survey_server/survey/items.toml",
    "tests/credit_gate/items.toml",
    "pyproject.toml",
]


def leaves(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, one in inside:
        yield (*path, name)
        yield from leaves(one, (*path, name))


@pytest.mark.parametrize("name", ["odd", *FILES])
def test_every_key_is_found_on_its_line(name: str) -> None:
    text = ODD if name == "odd" else (ROOT / name).read_text("utf-8")
    found, written = lines(text), text.splitlines()
    assert set(found) == set(leaves(tomllib.loads(text)))
    for path, line in found.items():
        if isinstance(path[-1], str):
            assert path[-1] in written[line - 1].replace("\\", ""), (path, line)


def test_lines_are_those_of_the_editor() -> None:
    found = lines(ODD)
    assert found["a", "b", "c d"] == 3
    assert found["many", 2, 1, 0] == found["many", 3, 0, 0] == 8
    assert found["raw",] == 14
    assert found["point", "y", "z", 0, "w"] == 17
    assert [found["row", 0, "cell", n, "v"] for n in (0, 1)] == [26, 28]
    assert found["row", 1, "cell", 0, "v"] == 34
    assert lines(ODD.replace("\n", "\r\n")) == found


def test_what_has_no_line_of_its_own_takes_its_tables(tmp_path: Path) -> None:
    assert located("lacks `x`", ODD, ("row", 1, "absent")) == "line 31: row[1].absent: lacks `x`"
    assert located("lacks `x`", ODD, ()) == "line 1: lacks `x`"
    assert located("anything", "no [ toml", ("a",)).startswith("line 1")
