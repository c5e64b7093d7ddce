"""What an auditor's replay needs: every lane with its stored objects, every event in words, on one line of time."""

from survey_server.flows.case import Case
from survey_server.flows.lanes import MEANT, SurveyLane, WholeTrack, survey_lanes
from survey_server.flows.node import Node, event_kind
from survey_server.flows.views import admission_view, survey_view
from survey_server.recording import Gap as RecordedGap
from survey_server.recording import Part
from survey_server.survey.chronicle import sentence
from survey_server.survey.events import PhotoChecked, PhotoReceived
from survey_server.survey.survey import Survey
from survey_server.wire.replay import (
    Gap,
    RecordedTrack,
    ReplayEpoch,
    ReplayEvent,
    ReplayLane,
    ReplayPart,
    ReplayTrack,
    ReplayView,
)


async def replay(node: Node, case: Case) -> ReplayView:
    """The survey as it can be replayed now, from the objects the store has acknowledged."""
    survey = case.survey
    entries = await node.journal.read(case.id)
    objects = await node.index.of_survey(case.id)
    numbers = {stored.key: stored.id for stored in objects}
    lanes = [_lane(survey, lane, numbers) for lane in survey_lanes(survey, entries, objects)]
    item = survey.application.item.view
    events = [
        ReplayEvent(
            seq=entry.seq,
            at=entry.at,
            moment_s=survey.moment_s(entry.at),
            kind=event_kind(entry.event),
            participant=getattr(entry.event, "participant", None),
            text=sentence(entry.event, survey, item),
            photo=entry.event.photo if isinstance(entry.event, PhotoReceived | PhotoChecked) else None,
        )
        for entry in entries
    ]
    return ReplayView(
        survey=await survey_view(node, case),
        seconds=_seconds(survey, lanes),
        lanes=lanes,
        events=events,
        admission=admission_view(survey),
    )


async def recorded(node: Node, case: Case) -> list[RecordedTrack]:
    """The recording in short, from the objects the store has acknowledged."""
    entries, objects = await node.journal.read(case.id), await node.index.of_survey(case.id)
    return [
        _in_short(lane.participant, track)
        for lane in survey_lanes(case.survey, entries, objects)
        for track in lane.tracks
    ]


def _in_short(participant: str, track: WholeTrack) -> RecordedTrack:
    holes = [gap.end_s - gap.start_s for gap in track.gaps if gap.cause not in MEANT]
    return RecordedTrack(participant, track.kind, track.seconds, track.coverage, len(holes), round(sum(holes), 1))


def _seconds(survey: Survey, lanes: list[ReplayLane]) -> float:
    if survey.started_at is not None and survey.ended_at is not None:
        return round((survey.ended_at - survey.started_at).total_seconds(), 3)
    return max((part.end_s for lane in lanes for epoch in lane.epochs for part in epoch.parts), default=0.0)


def _lane(survey: Survey, lane: SurveyLane, numbers: dict[str, int]) -> ReplayLane:
    person = survey.participants[lane.participant]

    def part(stored: Part) -> ReplayPart:
        return ReplayPart(str(numbers[stored.key]), stored.sha256, stored.size, stored.start_s, stored.end_s)

    return ReplayLane(
        participant=lane.participant,
        name=person.name,
        role=person.role,
        tracks=[
            ReplayTrack(track.kind, track.codec, track.seconds, _gaps(track.gaps), track.coverage)
            for track in lane.tracks
        ],
        epochs=[
            ReplayEpoch(
                number=epoch.number,
                mime=epoch.mime,
                kinds=list(epoch.kinds),
                width=epoch.width,
                height=epoch.height,
                init=part(epoch.init),
                parts=[part(one) for one in epoch.parts],
            )
            for epoch in lane.epochs
        ],
        gaps=_gaps(lane.gaps),
    )


def _gaps(gaps: list[RecordedGap]) -> list[Gap]:
    return [Gap(gap.start_s, gap.end_s, gap.kind, gap.cause) for gap in gaps]
