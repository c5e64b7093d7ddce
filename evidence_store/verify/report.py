"""What the verifier found, in words."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

Progress = Callable[[int, int], None]
"""Called with the bytes read so far and the bytes there are."""

Result = Literal["verified", "consistent, signer unchecked", "refused"]


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is not as it must be."""

    file: str
    """Path inside the bag; for the zip as a whole, the name it was given."""
    problem: str
    """What is wrong with it: what follows the file's name in a sentence."""


@dataclass(frozen=True, slots=True)
class Timestamp:
    """What a timestamp authority says of a log's checkpoint, and so of every entry in the bundle."""

    log: str
    at: str
    """The moment before which it was signed, by the authority's clock."""
    authority: str
    trusted: bool
    """Whether a given certificate vouches for the authority. If not, anybody could have made it."""


@dataclass(slots=True)
class Findings:
    """The problems, as they are met."""

    problems: list[Problem] = field(default_factory=list[Problem])

    def add(self, file: str, problem: str) -> None:
        """Note a problem; the same one only once. What a terminal would not print comes from whoever made the file."""
        found = Problem(_printable(file), _printable(problem))
        if found not in self.problems[-8:]:
            self.problems.append(found)


@dataclass(frozen=True, slots=True)
class Report:
    """The answer about one bundle. What could not be read is empty, 0 or ""."""

    result: Result
    survey: str = ""
    log: str = ""
    """Origin of the log that holds the newest seal."""
    size: int = 0
    """How many entries that log had at the bundle's checkpoint."""
    signed_by: tuple[str, ...] = ()
    """Verifier keys whose signatures fit, of every log's checkpoint; whether they were given or not."""
    timestamps: tuple[Timestamp, ...] = ()
    seals: tuple[str, ...] = ()
    """Folders of the seals, in order: 1-recording, 2-case, ..."""
    until: str = ""
    """When the newest entry was made. Whether the log has later ones of the survey, a bundle can't tell."""
    files: int = 0
    bytes: int = 0
    entries: int = 0
    problems: tuple[Problem, ...] = ()


def _printable(text: str) -> str:
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text)
