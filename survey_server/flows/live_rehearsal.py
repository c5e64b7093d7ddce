"""The rehearsal of a live survey: an applicant and those who see and hear them, over the wire that browsers speak."""

import asyncio
import time
from collections.abc import Sequence

from survey_server.clock import utc_now
from survey_server.flows.client import NodeClient
from survey_server.flows.invited import PEOPLE, of_each
from survey_server.flows.person import GaveUp, Person
from survey_server.rtc.simulated import PreparedMedia
from survey_server.wire.admission import Department
from survey_server.wire.basics import Position, Site
from survey_server.wire.from_person import AnswerPoint, AskStill, Conclude, EndSession, GiveOpinion
from survey_server.wire.survey import SurveyView
from survey_server.wire.to_person import StillRequested

_JUDGED_S = 180.0
"""Photo checks stand back behind calls: on a busy machine they take their time."""
_SEAL_S = 120.0


async def gather(
    node: NodeClient, survey: str, departments: Sequence[Department], media: PreparedMedia, *, thin: bool
) -> list[Person]:
    """Everybody in the call, each having seen somebody: in a joint inspection a reviewer of each department. In the
    thin profile only the applicant sends.
    """
    links = await node.invite(survey, of_each(departments) if len(departments) > 1 else list(PEOPLE))
    people = [await Person.arrive(node, link, None if thin and number else media) for number, link in enumerate(links)]
    await asyncio.gather(*(person.in_call() for person in people))
    for person in people[1:] if thin else people:
        received = person.media
        assert received is not None
        await person.until(lambda received=received: received.first_frame_ms is not None, "a first picture of somebody")
    return people


async def hold(people: list[Person], site: Site, seconds: float, still: bytes, photos: list[tuple[str, bytes]]) -> None:
    """The live part: a still of the first point on request, uploads, every reviewer's answers, and the time it takes.

    Raises GaveUp when a re-survey shows its reviewers nothing of the survey before.
    """
    applicant, reviewers = people[0], _reviewers(people)
    ends = time.monotonic() + seconds
    points = _view(applicant).item.points

    async def shoot(request: StillRequested) -> None:
        await applicant.take_still(request, still, Position(site.lat, site.lon, 12.0, utc_now()))

    applicant.on_still = shoot
    await reviewers[0].send(AskStill("street front with the address", points[0].id))
    for number, (name, data) in enumerate(photos):
        await applicant.upload(name, data, point=points[number % len(points)].id)
    for reviewer in reviewers if _view(applicant).item.departments else reviewers[:1]:
        before = _view(reviewer).earlier
        if _view(reviewer).item.kind == "re_survey" and (before is None or not before.answers or not before.photos):
            raise GaveUp("a re-survey's reviewer sees nothing of the survey before")
        for point in own_points(reviewer):
            await reviewer.send(AnswerPoint(point, "ok"))
            await asyncio.sleep(0.05)
    first, expected = reviewers[0], len(photos) + 1
    await first.until(lambda: _judged(_view(first)) >= expected, f"{expected} photo verdicts", _JUDGED_S)
    await first.until(lambda: len(_view(first).answers) >= len(points), "every point's answer", _JUDGED_S)
    await asyncio.sleep(max(0.0, ends - time.monotonic()))


async def conclude(people: list[Person], ending: Conclude) -> float:
    """End the session, wait for the recording seal, sign, wait for the case seal. Milliseconds to the first."""
    reviewers = _reviewers(people)
    first = reviewers[0]
    ended = time.monotonic()
    await first.send(EndSession())
    await first.until(lambda: _sealed(_view(first), "recording"), "the recording seal", _SEAL_S)
    sealed_ms = round((time.monotonic() - ended) * 1000, 1)
    for person in people:
        await person.hang_up()
    for expert in (person for person in people if person.session.role == "expert"):
        await expert.send(GiveOpinion("approve"))
    await first.until(lambda: _view(first).experts_open or not _view(first).experts, "the experts' opinions")
    for reviewer in reviewers:
        await reviewer.send(ending)
    await first.until(lambda: _sealed(_view(first), "case"), "the case seal", _SEAL_S)
    return sealed_ms


def own_points(reviewer: Person) -> list[str]:
    """The points that this reviewer answers: in a joint inspection those of their department."""
    view = _view(reviewer)
    own = next(one.department for one in view.participants if one.id == reviewer.session.participant)
    return [point.id for point in view.item.points if not view.item.departments or point.department in (None, own)]


def _reviewers(people: list[Person]) -> list[Person]:
    return [person for person in people if person.session.role == "reviewer"]


def _view(person: Person) -> SurveyView:
    assert person.survey is not None
    return person.survey


def _sealed(survey: SurveyView, kind: str) -> bool:
    return any(seal.kind == kind and seal.kept for seal in survey.seals)


def _judged(survey: SurveyView) -> int:
    return sum(photo.result is not None for photo in survey.photos)
