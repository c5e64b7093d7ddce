"""The rehearsal of a survey by photos alone: an applicant, and a reviewer of each department."""

import time
from collections.abc import Callable, Sequence

from survey_server.clock import utc_now
from survey_server.flows.client import NodeClient
from survey_server.flows.invited import PHOTO_PEOPLE, of_each
from survey_server.flows.live_rehearsal import own_points
from survey_server.flows.person import GaveUp, Person
from survey_server.wire.admission import Department
from survey_server.wire.basics import Position, Site
from survey_server.wire.from_person import (
    AnswerPoint,
    AskShot,
    Conclude,
    ExplainShot,
    FromPerson,
    GiveOpinion,
    SubmitMaterial,
)
from survey_server.wire.material import MaterialView, ReviewView
from survey_server.wire.survey import SurveyView

_WAIT_S = 60.0
_SEAL_S = 120.0


async def gather(node: NodeClient, survey: str, departments: Sequence[Department] = ()) -> list[Person]:
    """Everybody at their page, none in a call."""
    links = await node.invite(survey, of_each(departments) if len(departments) > 1 else list(PHOTO_PEOPLE))
    return [await Person.arrive(node, link, None, call=False) for link in links]


async def run(people: list[Person], site: Site, photos: list[tuple[str, bytes]], ending: Conclude) -> float:
    """Collect, submit, review separately, add a shot that is asked for, open, conclude, seal.

    Milliseconds from the first submission to the material's seal. Raises GaveUp saying what did not come, or that one
    department saw the other's opinion before its own was in.
    """
    applicant, first, second, *others = people
    points = [point.id for point in _view(applicant).item.points]
    await _collect(applicant, points, site, photos)
    began = time.monotonic()
    await _submit(applicant, 1)
    await first.until(lambda: sealed(first, "recording"), "the seal of the material", _SEAL_S)
    sealed_ms = round((time.monotonic() - began) * 1000, 1)
    for reviewer in (first, second, *others):
        for point in own_points(reviewer):
            await reviewer.send(AnswerPoint(point, "ok"))
    await _give_opinion(first)
    await _one_more(applicant, second, points[-1], site, photos[0])
    await first.until(lambda: not _material(first).with_applicant, "the material with what was asked for", _WAIT_S)
    await _give_opinion(first)
    if any(review.opinion is not None or review.answers for review in _others(second)):
        raise GaveUp("a department saw what another one found before its own opinion was in")
    for reviewer in (second, *others):
        await _give_opinion(reviewer)
    for reviewer in (first, second, *others):
        await _until(reviewer, lambda view: view.reviews_open, "the open opinions")
        await reviewer.send(ending)
    await first.until(lambda: sealed(first, "case"), "the case seal", _SEAL_S)
    return sealed_ms


def sealed(person: Person, kind: str) -> bool:
    """Does this person see a seal of this kind, kept?"""
    return any(seal.kind == kind and seal.kept for seal in _view(person).seals)


async def _collect(applicant: Person, points: list[str], site: Site, photos: list[tuple[str, bytes]]) -> None:
    """A photo for each point as far as they go, an explanation for the rest; all judged when this returns."""
    for number, (name, data) in enumerate(photos):
        await applicant.upload(name, data, position=_here(site), point=points[number % len(points)])
    for point in points[len(photos) :]:
        await applicant.send(ExplainShot(point, "演练：没有这一项的照片 / rehearsal: no photo of it"))
    count = len(photos)
    await _until(applicant, lambda view: _judged(view) >= count, f"{count} photo verdicts")


async def _one_more(applicant: Person, reviewer: Person, point: str, site: Site, photo: tuple[str, bytes]) -> None:
    """A department asks for another shot, and gets it."""
    before = len(_view(applicant).photos)
    await reviewer.send(AskShot(point, "演练：请再拍一张 / rehearsal: one more, please"))
    await _until(applicant, lambda _: _material(applicant).with_applicant, "the request for another shot")
    name, data = photo
    await applicant.upload(f"again-{name}", data, position=_here(site), point=point)
    await _until(applicant, lambda view: _judged(view) > before, "the verdict on one more photo")
    await _submit(applicant, 2)


async def _submit(applicant: Person, round_: int) -> None:
    await _ask(applicant, SubmitMaterial(), lambda: _material(applicant).rounds >= round_, "the submission")


async def _give_opinion(reviewer: Person) -> None:
    await _ask(reviewer, GiveOpinion("approve"), lambda: _own_given(reviewer), "the opinion to be on record")


async def _ask(person: Person, message: FromPerson, done: Callable[[], bool], what: str) -> None:
    """Say it, and wait until it stands; a refusal is told by `until`."""
    await person.send(message)
    await person.until(done, what, _WAIT_S)


async def _until(person: Person, condition: Callable[[SurveyView], bool], what: str) -> None:
    await person.until(lambda: condition(_view(person)), what, _WAIT_S)


def _view(person: Person) -> SurveyView:
    assert person.survey is not None
    return person.survey


def _material(person: Person) -> MaterialView:
    material = _view(person).material
    assert material is not None
    return material


def _department(person: Person) -> Department | None:
    return next(one.department for one in _view(person).participants if one.id == person.session.participant)


def _own_given(person: Person) -> bool:
    return any(review.given for review in _view(person).reviews if review.department == _department(person))


def _others(person: Person) -> list[ReviewView]:
    return [review for review in _view(person).reviews if review.department != _department(person)]


def _judged(view: SurveyView) -> int:
    return sum(photo.result is not None for photo in view.photos)


def _here(site: Site) -> Position:
    return Position(site.lat, site.lon, 12.0, utc_now())
