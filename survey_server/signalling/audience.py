"""Who is connected: at most one connection a person; a newer one replaces the older."""

from collections.abc import Iterator
from typing import Protocol

from survey_server.survey.survey import Participant
from survey_server.wire.to_person import ToPerson


class Member(Protocol):
    """A connection as the audience sees it."""

    participant: str

    @property
    def survey(self) -> str:
        """The survey it belongs to."""
        ...

    @property
    def person(self) -> Participant:
        """Whose it is."""
        ...

    async def send(self, message: ToPerson) -> None:
        """Send one message."""
        ...

    def replace(self) -> None:
        """Another connection took over: say so and close, without anybody having to wait for it."""
        ...


class Audience:
    """All connections of this node."""

    def __init__(self) -> None:
        self._members: dict[tuple[str, str], Member] = {}

    def enter(self, member: Member) -> None:
        """Add a connection; the person's older one is told and closed."""
        older = self._members.get((member.survey, member.participant))
        self._members[member.survey, member.participant] = member
        if older is not None:
            older.replace()

    def leave(self, member: Member) -> bool:
        """Forget a connection. False when another of the same person has taken its place."""
        if not self.holds(member):
            return False
        del self._members[member.survey, member.participant]
        return True

    def has(self, survey: str, participant: str) -> bool:
        """Does this person have a connection?"""
        return (survey, participant) in self._members

    def holds(self, member: Member) -> bool:
        """Is this connection its person's newest?"""
        return self._members.get((member.survey, member.participant)) is member

    def of(self, survey: str) -> Iterator[Member]:
        """The connections of one survey."""
        return iter([member for (of, _), member in self._members.items() if of == survey])
