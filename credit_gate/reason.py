"""A reason: one sentence for people in both languages, with the rule it rests on."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a decision came out as it did, or how to change it.

    `code` is stable and for programs. `rule` cites the rule under its official name, empty where the sentence
    rests on the policy alone.
    """

    code: str
    zh: str
    en: str
    rule: str = ""

    def __post_init__(self) -> None:
        """Refuse a reason that leaves one of the languages out."""
        if not (self.code and self.zh.strip() and self.en.strip()):
            msg = f"reason {self.code!r} lacks its code or one of its languages"
            raise ValueError(msg)
