"""The material of an upload-only survey, and what the departments make of it.

The applicant collects photos and explanations, point by point, and submits them. The material is then with the
departments; whoever asks for another shot gives it back. **Each department reviews for itself: no opinion is seen by
another before all are in, and none can be changed afterwards.** An opinion is about one round of the material; what is
handed in later asks for opinions anew, as long as they are closed.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from survey_server.wire.admission import Department
from survey_server.wire.basics import CheckValue, OpinionValue


class Answer(Struct, frozen=True):
    """The standing answer to a checklist point, and those whose place it took, in order."""

    value: CheckValue
    note: str
    by: str
    at: datetime
    before: "tuple[Answer, ...]" = ()

    @property
    def others(self) -> "list[Answer]":
        """What other people answered before, where it differs."""
        return [one for one in self.before if one.by != self.by and one.value != self.value]

    def over(self, old: "Answer | None") -> "Answer":
        """The answer in the place of the old. With a note added to it one's own answer stays the same, and keeps its
        moment.
        """
        if old is None:
            return self
        if (old.by, old.value) != (self.by, self.value):
            return replace(self, before=(*old.before, replace(old, before=())))
        return replace(self, before=old.before, at=self.at if old.note == self.note else old.at)

    def without(self, participant: str) -> "Answer | None":
        """What stands without this person's answer: the last of somebody else."""
        if self.by != participant:
            return self
        left = [one for one in self.before if one.by != participant]
        return replace(left[-1], before=tuple(left[:-1])) if left else None


def standing(answers: Mapping[str, Answer], participant: str) -> dict[str, Answer]:
    """The answers by point, without this person's."""
    left = {point: answer.without(participant) for point, answer in answers.items()}
    return {point: answer for point, answer in left.items() if answer is not None}


class Opinion(Struct, frozen=True):
    """A department's opinion about the material of `round`."""

    value: OpinionValue
    reason: str
    by: str
    at: datetime
    round: int


class Review(Struct, frozen=True):
    """What one department found."""

    department: Department
    answers: dict[str, Answer] = {}
    opinion: Opinion | None = None

    def without(self, participant: str) -> "Review":
        """What is left of it without this person's part."""
        answers = standing(self.answers, participant)
        gone = self.opinion is not None and self.opinion.by == participant
        return replace(self, answers=answers, opinion=None if gone else self.opinion)


class Explanation(Struct, frozen=True):
    """Why a point can't be shown."""

    reason: str
    at: datetime


class AskedShot(Struct, frozen=True):
    """Another shot of a point, asked for after submission number `round`."""

    point: str
    by: str
    department: Department
    reason: str
    at: datetime
    round: int
    answered: bool = False


class Material(Struct, frozen=True):
    """What was handed in besides photos, and the reviews of it. `reviews` is by the department's Chinese name."""

    submissions: tuple[datetime, ...] = ()
    explanations: dict[str, Explanation] = {}
    asked: tuple[AskedShot, ...] = ()
    reviews: dict[str, Review] = {}
    opened: bool = False
    """Every department's opinion was in."""

    @property
    def round(self) -> int:
        """How often it was submitted."""
        return len(self.submissions)

    @property
    def open_shots(self) -> tuple[AskedShot, ...]:
        """What was asked for since it was last submitted."""
        return tuple(shot for shot in self.asked if shot.round == self.round)

    @property
    def with_applicant(self) -> bool:
        """Is it the applicant's turn: never submitted, or something is asked for?"""
        return not self.submissions or bool(self.open_shots)

    def lacking(self, points: Iterable[str], photographed: Iterable[str]) -> list[str]:
        """Points, in their order, that have neither photo nor explanation, or were asked for and got nothing new."""
        have = {*photographed, *self.explanations}
        waiting = {shot.point for shot in self.open_shots if not shot.answered}
        return [point for point in points if point not in have or point in waiting]

    def counts(self, review: Review) -> bool:
        """Has the department given its opinion of the material as it stands?"""
        return review.opinion is not None and (self.opened or review.opinion.round == self.round)

    def pending(self, departments: Mapping[str, Department]) -> list[Department]:
        """Whose opinion is still missing."""
        given = {name for name, review in self.reviews.items() if self.counts(review)}
        return [department for name, department in departments.items() if name not in given]

    def explained(self, point: str, reason: str, at: datetime) -> "Material":
        """The applicant said why a point can't be shown."""
        explanations = {**self.explanations, point: Explanation(reason, at)}
        return replace(self._got(point), explanations=explanations)

    def photographed(self, point: str | None) -> "Material":
        """A photo came; `point` is what it shows, if that was said."""
        return self if point is None else self._got(point)

    def submitted(self, at: datetime) -> "Material":
        """The applicant handed it in."""
        return replace(self, submissions=(*self.submissions, at))

    def asking(self, shot: AskedShot) -> "Material":
        """A department asked for another shot."""
        return replace(self, asked=(*self.asked, shot))

    def answered(self, department: Department, point: str, answer: Answer) -> "Material":
        """A department answered a checklist point."""
        review = self.review(department)
        return self._with(replace(review, answers={**review.answers, point: answer.over(review.answers.get(point))}))

    def judged(self, department: Department, opinion: Opinion, departments: Mapping[str, Department]) -> "Material":
        """A department gave its opinion; with the last of at least two they are open to all."""
        after = self._with(replace(self.review(department), opinion=opinion))
        opened = len(departments) > 1 and not after.pending(departments)
        return replace(after, opened=opened)

    def without(self, participant: str, departments: Mapping[str, Department]) -> "Material":
        """A reviewer stood aside: answers and an opinion of theirs that nobody has seen yet do not count. `departments`
        are those that are left; if all of them have given their opinions, they open.
        """
        if self.opened:
            return self
        reviews = {name: review.without(participant) for name, review in self.reviews.items()}
        after = replace(self, reviews=reviews)
        return replace(after, opened=len(departments) > 1 and not after.pending(departments))

    def review(self, department: Department) -> Review:
        """What this department found so far."""
        return self.reviews.get(name_of(department), Review(department))

    def _with(self, review: Review) -> "Material":
        return replace(self, reviews={**self.reviews, name_of(review.department): review})

    def _got(self, point: str) -> "Material":
        asked = tuple(replace(shot, answered=True) if shot.point == point else shot for shot in self.asked)
        return replace(self, asked=asked)


def name_of(department: Department) -> str:
    """What tells a department from another."""
    return department.zh.strip()
