"""A survey as its participants may see it."""

from collections.abc import Collection, Container
from datetime import datetime

from msgspec.structs import replace

from credit_gate.working_days import Calendar
from survey_server.flows.case import Case
from survey_server.flows.errands import errand_views
from survey_server.flows.life import life_view, limit_views
from survey_server.flows.node import Node
from survey_server.flows.reminding import terms
from survey_server.flows.restriction import restricted_among
from survey_server.photo.finding import without_advice
from survey_server.photo.reuse import shown_to, surveys_of, unnamed
from survey_server.survey.concluding import by_department
from survey_server.survey.draws import Draw
from survey_server.survey.events import ReportFile
from survey_server.survey.material import Answer, name_of
from survey_server.survey.obligations import of_survey
from survey_server.survey.rectification import may_see
from survey_server.survey.restriction_words import GROUNDS
from survey_server.survey.survey import Participant, Photo, Survey, Video
from survey_server.wire.admission import AdmissionView
from survey_server.wire.basics import Text
from survey_server.wire.draws import DrawView, SeatView
from survey_server.wire.items import AnswerView, EarlierAnswerView
from survey_server.wire.material import AskedShotView, ExplanationView, MaterialView, OpinionView, ReviewView
from survey_server.wire.panel import ExpertView
from survey_server.wire.photos import Finding, PhotoView
from survey_server.wire.survey import (
    DepartmentConclusionView,
    EarlierView,
    ParticipantView,
    RecordingView,
    RectificationView,
    ReportView,
    RequestView,
    SealView,
    SignatureView,
    SurveyCard,
    SurveyView,
)
from survey_server.wire.videos import VideoView


async def survey_view(node: Node, case: Case, viewer: Participant | None = None) -> SurveyView:
    """The whole survey for one screen: a person's of the survey, or without `viewer` an auditor's."""
    survey = case.survey
    shown = [photo.received.key for photo in survey.photos.values()] + [seal.key for seal in survey.seals]
    shown += [video.kept.key for video in survey.videos.values() if video.kept]
    shown += [file.key for file in _files(survey)]
    kept = await node.index.versions(shown)
    application = survey.application
    return SurveyView(
        id=survey.id,
        case_no=application.case_no,
        state=survey.state,
        item=application.item.view,
        subject_name=application.subject_name,
        tier=survey.admission.tier if survey.admission else "unknown",
        site=application.site,
        window=application.window,
        participants=[
            ParticipantView(
                person.id,
                person.role,
                person.name,
                person.present,
                person.consented,
                person.media,
                person.media and person.audio,
                person.media and person.video,
                list(person.interruptions),
                person.department,
                person.id in survey.opinions.recused,
            )
            for person in survey.participants.values()
        ],
        photos=await _photo_views(node, survey, survey.photos.values(), kept, viewer),
        videos=[video_view(survey, video, kept, viewer) for video in survey.videos.values()],
        coming=node.incoming.coming(case.id),
        answers=[] if survey.mode == "upload_only" else _answers(survey),
        signatures=[
            SignatureView(
                s.participant, survey.participants[s.participant].name, s.result, s.reason, s.at, list(s.points), s.days
            )
            for s in survey.signatures.values()
        ],
        conclusion=survey.conclusion,
        recording=_recording(survey),
        seals=[
            SealView(
                seal.number,
                seal.kind,
                seal.sha256,
                seal.key,
                kept.get(seal.key),
                seal.at,
                seal.key in kept,
            )
            for seal in survey.seals
        ],
        mode=survey.mode,
        material=_material_view(survey) if survey.mode == "upload_only" else None,
        reviews=[_review_view(survey, name, viewer) for name in survey.departments if survey.mode == "upload_only"],
        reviews_open=survey.material.opened,
        life=life_view(survey, node.calendar, terms(node), node.clock()),
        experts=[
            _expert_view(survey, one, viewer) for one in dict.fromkeys([*survey.opinions.given, *survey.experts_due])
        ],
        experts_open=survey.opinions.opened,
        draws=[draw_view(survey, draw, viewer) for draw in survey.draws],
        requests=requests_view(survey),
        conclusions=[
            DepartmentConclusionView(one.department, one.result, len(one.signatures))
            for one in (by_department(survey) if survey.joint else ())
        ],
        rectification=rectification_view(node.calendar, survey),
        re_surveys=list(survey.re_surveys),
        earlier=await _earlier_view(node, survey, viewer),
        reports=[ReportView(one.language, one.sha256, one.size, one.key in kept) for one in _files(survey)],
        acknowledged_at=survey.acknowledged and survey.acknowledged.at,
        errands=errand_views(node, survey),
        restricted=survey.restriction and GROUNDS[survey.restriction.order.ground],
    )


async def _photo_views(
    node: Node, survey: Survey, photos: Collection[Photo], kept: Container[str], viewer: Participant | None
) -> list[PhotoView]:
    """These photos of a survey; earlier ones that they repeat are named no more once their case is restricted."""
    named = {
        other for photo in photos if photo.verdict for found in photo.verdict.findings for other in surveys_of(found)
    }
    hidden = await restricted_among(node, named)
    return [
        replace(view, findings=[unnamed(found, hidden) for found in view.findings])
        for view in (photo_view(survey, photo, kept, viewer) for photo in photos)
    ]


def requests_view(survey: Survey) -> list[RequestView]:
    """Stills and questions that the applicant was asked for, in order."""
    asked = [
        RequestView("still", one.by, one.note, one.point, one.outside, one.at, survey.moment_s(one.at))
        for one in survey.stills.values()
        if one.at is not None
    ]
    asked += [
        RequestView("question", one.by, one.text, one.point, one.outside, one.at, survey.moment_s(one.at))
        for one in survey.questions
    ]
    return sorted(asked, key=lambda one: one.at)


def rectification_view(calendar: Calendar, survey: Survey) -> RectificationView | None:
    """What is to be put right, and until the end of which day."""
    if survey.conclusion != "rectify" or survey.concluded_at is None:
        return None
    due = None if survey.rectify_days is None else calendar.due(survey.concluded_at, survey.rectify_days)
    note = due.note if due is not None else None
    return RectificationView(
        list(survey.rectify),
        survey.rectify_days,
        due.day if due is not None else None,
        Text(note.zh, note.en) if note is not None else None,
    )


async def _earlier_view(node: Node, survey: Survey, viewer: Participant | None) -> EarlierView | None:
    """What a re-survey's people see of the survey before: answers and photos of the points looked at again. Its
    applicant sees the photos they sent, and no answers. While the one before is restricted, others see its points only.
    """
    named = survey.application.earlier
    if named is None:
        return None
    case = await node.docket.case(named.survey)
    if case is None:
        return None
    before = case.survey
    open_ = before.restriction is None or (viewer is not None and viewer.role == "applicant")
    rectification = rectification_view(node.calendar, before)
    if rectification is None or before.concluded_at is None:
        return None
    again = {point.id for point in survey.application.item.view.points}
    kept = await node.index.versions([photo.received.key for photo in before.photos.values()])
    reads = open_ and (viewer is None or viewer.role in ("reviewer", "expert"))
    photos = [one for one in before.photos.values() if open_ and may_see(survey, before.id, one)]
    return EarlierView(
        named.survey,
        named.case_no,
        before.concluded_at,
        rectification,
        [one for one in _answers(before) if one.point in again] if reads else [],
        await _photo_views(node, before, photos, kept, viewer),
    )


def _answers(survey: Survey) -> list[AnswerView]:
    """Every answer; of an upload-only survey those of each department in turn."""
    given = [*survey.answers.items()]
    given += [one for review in survey.material.reviews.values() for one in review.answers.items()]
    return [_answer_view(survey, point, answer) for point, answer in given]


def _answer_view(survey: Survey, point: str, answer: Answer) -> AnswerView:
    """An answer; of an upload-only survey no moment is told, there is no recording."""

    def moment(at: datetime) -> float | None:
        return None if survey.mode == "upload_only" else survey.moment_s(at)

    others = [EarlierAnswerView(one.value, one.note, one.by, one.at, moment(one.at)) for one in answer.others]
    return AnswerView(point, answer.value, answer.note, answer.by, answer.at, moment(answer.at), others)


def _files(survey: Survey) -> list[ReportFile]:
    return [] if survey.report is None else survey.report.files


def _material_view(survey: Survey) -> MaterialView:
    material = survey.material
    return MaterialView(
        submitted_at=material.submissions[-1] if material.submissions else None,
        rounds=material.round,
        with_applicant=material.with_applicant,
        explanations=[ExplanationView(point, one.reason, one.at) for point, one in material.explanations.items()],
        asked=[
            AskedShotView(one.point, one.department, one.reason, one.at, one in material.open_shots, one.answered)
            for one in material.asked
        ],
    )


def _review_view(survey: Survey, name: str, viewer: Participant | None) -> ReviewView:
    """What a department found, as far as this viewer may know: all of it an auditor; a reviewer their own, and
    everybody's once all opinions are in; an expert then; an applicant never more than that it is there.
    """
    material, department = survey.material, survey.departments[name]
    review = material.review(department)
    own = viewer is not None and viewer.department is not None and name_of(viewer.department) == name
    desk = viewer is not None and viewer.role in ("reviewer", "expert")
    if not (viewer is None or own or (desk and material.opened)):
        return ReviewView(department, material.counts(review), [], None)
    opinion = review.opinion
    return ReviewView(
        department,
        material.counts(review),
        [_answer_view(survey, point, answer) for point, answer in review.answers.items()],
        opinion and OpinionView(opinion.value, opinion.reason, opinion.by, opinion.at),
    )


def _expert_view(survey: Survey, expert: str, viewer: Participant | None) -> ExpertView:
    """What an expert of a live survey thinks, as far as this viewer may know: all of it an auditor; an expert their
    own; everybody at the desks once all opinions are in; an applicant never more than that it is there.
    """
    opinions = survey.opinions
    opinion = opinions.given.get(expert)
    desk = viewer is not None and viewer.role in ("reviewer", "expert") and viewer.id not in opinions.recused
    shown = viewer is None or viewer.id == expert or (desk and opinions.opened)
    if opinion is None or not shown:
        return ExpertView(expert, opinion is not None, None)
    told = OpinionView(opinion.value, opinion.reason, opinion.by, opinion.at)
    return ExpertView(expert, given=True, opinion=told)


def draw_view(survey: Survey, draw: Draw, viewer: Participant | None = None) -> DrawView:
    """A draw as far as it is. The applicant learns who was drawn when they are invited, and of nobody else."""
    applicant = viewer is not None and viewer.role == "applicant"
    by_member = {person.drawn: person.id for person in survey.participants.values() if person.drawn is not None}
    return DrawView(
        number=draw.number,
        role=draw.role,
        seats=draw.opened.seats,
        state=draw.state,
        candidates=len(draw.opened.candidates),
        opened_at=draw.opened_at,
        until=draw.opened.until,
        seated=[] if applicant else [SeatView(one.id, one.name, by_member.get(one.id)) for one in draw.seated],
    )


def photo_view(survey: Survey, photo: Photo, kept: Container[str], viewer: Participant | None) -> PhotoView:
    """One photo with its verdict, if there is one yet, for a person of the survey or an auditor. Only who sends photos
    reads what to do about it.
    """
    received, verdict = photo.received, photo.verdict
    return PhotoView(
        id=received.photo,
        name=received.name,
        channel=received.channel,
        sha256=received.sha256,
        size=received.size,
        media_type=received.media_type,
        received_at=photo.received_at,
        result=verdict.result if verdict else None,
        findings=[_told(viewer, each) for each in verdict.findings] if verdict else [],
        position=received.position,
        archived=received.key in kept,
        moment_s=survey.moment_s(photo.received_at),
        point=received.point,
        outside=received.outside,
    )


def _told(viewer: Participant | None, finding: Finding) -> Finding:
    shown = shown_to(viewer.role if viewer else "auditor", finding)
    return shown if viewer is not None and viewer.role == "applicant" else without_advice(shown)


def video_view(survey: Survey, video: Video, kept: Container[str], viewer: Participant | None) -> VideoView:
    """One video with its verdict, if there is one yet. Archived are all its parts when the list of them is."""
    received, verdict = video.received, video.verdict
    return VideoView(
        id=received.video,
        name=received.name,
        sha256=received.sha256,
        size=received.size,
        media_type=received.media_type,
        seconds=verdict.facts.get("seconds") if verdict else None,
        received_at=video.received_at,
        result=verdict.result if verdict else None,
        findings=[_told(viewer, each) for each in verdict.findings] if verdict else [],
        position=received.position,
        archived=video.kept is not None and video.kept.key in kept,
        moment_s=survey.moment_s(video.received_at),
        point=received.point,
    )


def _recording(survey: Survey) -> RecordingView | None:
    if survey.started_at is None:
        return None
    applicants = [person for person in survey.participants.values() if person.role == "applicant"]
    seen, heard = any(person.seen for person in applicants), any(person.heard for person in applicants)
    return RecordingView(survey.started_at, survey.ended_at, survey.end, seen, heard, survey.attended)


def card(node: Node, survey: Survey) -> SurveyCard:
    """The survey as a line of the auditor's list."""
    limits = limit_views(of_survey(survey, node.calendar, terms(node)), node.calendar, node.clock())
    if survey.restriction is not None:
        return _restricted_card(survey)
    seconds = None
    if survey.started_at is not None and survey.ended_at is not None:
        seconds = (survey.ended_at - survey.started_at).total_seconds()
    return SurveyCard(
        id=survey.id,
        case_no=survey.application.case_no,
        state=survey.state,
        item=survey.application.item.view.name,
        subject_name=survey.application.subject_name,
        tier=survey.admission.tier if survey.admission else "unknown",
        created_at=survey.created_at,
        seconds=seconds,
        participants=len(survey.participants),
        photos=len(survey.photos),
        conclusion=survey.conclusion,
        sealed=any(seal.kind == "case" for seal in survey.seals),
        mode=survey.mode,
        limit=limits[0] if limits else None,
    )


def _restricted_card(survey: Survey) -> SurveyCard:
    return SurveyCard(
        id=survey.id,
        case_no=survey.application.case_no,
        state=survey.state,
        item=survey.application.item.view.name,
        subject_name="",
        tier="unknown",
        created_at=survey.created_at,
        seconds=None,
        participants=0,
        photos=0,
        conclusion=None,
        sealed=any(seal.kind == "case" for seal in survey.seals),
        mode=survey.mode,
        restricted=True,
    )


def admission_view(survey: Survey) -> AdmissionView:
    """The gate's answer about this survey."""
    decision = survey.admission
    if decision is None:
        return AdmissionView(survey.id, "on_site", "unknown", [], "")
    reasons = decision.reasons
    return AdmissionView(survey.id, decision.outcome, decision.tier, reasons, decision.policy_digest, decision.mode)
