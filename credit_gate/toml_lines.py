"""Where each key of a TOML text stands, so that an error can name its line.

tomllib keeps no places. This walks a text that tomllib has already taken, so it need not find what is wrong with it:
it only has to know strings, comments, brackets and dots (TOML 1.0.0).
"""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field

import msgspec

Place = tuple[str | int, ...]
"""A place: names of keys, numbers of elements from 0."""
_TOKEN = re.compile(
    r'(?P<text>"{3}(?:\\.|[^\\])*?"{3,5}|\'{3}.*?\'{3,5}|"(?:\\.|[^"\\\n])*"|\'[^\'\n]*\')'
    r"|(?P<comment>#[^\n]*)|(?P<line>\n)|(?P<sign>\[\[|]]|[][{}=,.])|(?P<bare>[^\s\"'#\[\]{}=,.]+)|(?P<blank>[^\S\n]+)",
    re.DOTALL,
)
_AT = re.compile(r" - at `\$([^`]*)`$")
_STEP = re.compile(r"\.(\w+)|\[(\d+)\]")
_BEGINS = re.compile(r"([\w.]+): ")
_NAMED = re.compile(r"field `(\w+)`")


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of the text and the line it begins on, from 1."""

    kind: str
    text: str
    line: int


def explained(error: msgspec.ValidationError, text: str, under: Place = ()) -> str:
    """`error` with its line and field: "line 12: tiers.blue.live: Invalid enum value 'maybe'".

    `under` is where in the text the converted part stands. What an error of ours begins with ("live: ...") is taken
    for a field, if there is one of that name.
    """
    said = str(error)
    place = _AT.search(said)
    words = said[: place.start()] if place else said
    steps = place[1].split("[...]")[0] if place else ""
    path: Place = (*under, *(name or int(number) for name, number in _STEP.findall(steps)))
    return located(words, text, path)


def located(words: str, text: str, path: Place) -> str:
    """`words` about what stands at `path`, with line and field put before them."""
    known = lines(text)
    named, unknown = _BEGINS.match(words), _NAMED.search(words)
    if named and (*path, *named[1].split(".")) in known:
        path, words = (*path, *named[1].split(".")), words[named.end() :]
    elif unknown and (*path, unknown[1]) in known:
        path = (*path, unknown[1])
    line = next((known[path[:n]] for n in range(len(path), -1, -1) if path[:n] in known), 1)
    return f"line {line}: {shown(path)}: {words}" if path else f"line {line}: {words}"


def shown(path: Place) -> str:
    """A place as people write it: subject[0].tier."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).lstrip(".")


def lines(text: str) -> dict[Place, int]:
    """The line (from 1) of every key, table and element of a valid TOML text. An implied table has its first line."""
    return _Walk(list(_tokens(text.replace("\r\n", "\n")))).run()


def _tokens(text: str) -> Iterator[Token]:
    line, at = 1, 0
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:  # no TOML after all
            return
        kind = found.lastgroup or ""
        if kind not in {"comment", "blank"}:
            yield Token(kind, found[0], line)
        line += found[0].count("\n")
        at = found.end()


@dataclass(slots=True)
class _Walk:
    tokens: list[Token]
    at: int = 0
    found: dict[Place, int] = field(default_factory=dict[Place, int])
    counted: dict[Place, int] = field(default_factory=dict[Place, int])
    """How many tables each array of tables has so far."""

    def run(self) -> dict[Place, int]:
        table: Place = ()
        while self.at < len(self.tokens):
            token = self.tokens[self.at]
            if token.kind == "line":
                self.at += 1
            elif token.text in {"[", "[["}:
                self.at += 1
                table = self._header(token)
            else:
                self._pair(table)
        return self.found

    def _header(self, opening: Token) -> Place:
        path: Place = ()
        names = self._key()
        for number, name in enumerate(names):
            path = (*path, name)
            self._note(path, opening.line)
            if opening.text == "[[" and number == len(names) - 1:
                self.counted[path] = self.counted.get(path, 0) + 1
            if path in self.counted:
                path = (*path, self.counted[path] - 1)
                self._note(path, opening.line)
        self.at += 1  # the closing bracket
        return path

    def _pair(self, table: Place) -> None:
        path = table
        line = self.tokens[self.at].line
        for name in self._key():
            path = (*path, name)
            self._note(path, line)
        self.at += 1  # the sign between key and value
        self._value(path)

    def _key(self) -> list[str]:
        names: list[str] = []
        while self.at < len(self.tokens) and (token := self.tokens[self.at]).text not in {"=", "]", "]]"}:
            if token.kind == "text":
                names.append(str(tomllib.loads(f"key = {token.text}")["key"]))
            elif token.kind == "bare":
                names.append(token.text)
            self.at += 1
        return names

    def _value(self, path: Place) -> None:
        """Past one value; what is inside an array or an inline table is noted."""
        opening = self.tokens[self.at].text if self.at < len(self.tokens) else ""
        if opening not in {"[", "[[", "{"}:
            while self.at < len(self.tokens) and self.tokens[self.at].text not in {",", "]", "]]", "}", "\n"}:
                self.at += 1
            return
        if opening == "[[":  # an array in an array: as two
            token = self.tokens[self.at]
            self.tokens[self.at : self.at + 1] = [Token("sign", "[", token.line)] * 2
        self.at += 1
        number = 0
        while self.at < len(self.tokens):
            token = self.tokens[self.at]
            if token.text == "]]":
                self.tokens[self.at : self.at + 1] = [Token("sign", "]", token.line)] * 2
                token = self.tokens[self.at]
            if token.text in {"]", "}"}:
                self.at += 1
                return
            if token.text in {",", "\n"}:
                self.at += 1
            elif opening == "{":
                self._pair(path)
            else:
                self._note((*path, number), token.line)
                self._value((*path, number))
                number += 1

    def _note(self, path: Place, line: int) -> None:
        self.found.setdefault(path, line)
