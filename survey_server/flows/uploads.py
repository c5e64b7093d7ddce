"""Resumable uploads: what may begin, and what a file that came whole becomes. The protocol is in `api.uploads`."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial

from survey_server.flows import photo_intake, video_intake
from survey_server.flows.case import Case
from survey_server.flows.incoming import Arrival, Outcome, Said
from survey_server.flows.node import Node
from survey_server.flows.photo_intake import Sender
from survey_server.flows.trouble import Trouble, malformed, too_large, too_many_at_once, video_too_large
from survey_server.flows.views import photo_view, video_view
from survey_server.survey.refusals import WRONG_ROLE
from survey_server.survey.rules import may_show, may_upload
from survey_server.survey.survey import Participant
from survey_server.wire.basics import Text
from survey_server.wire.photos import PhotoForm
from survey_server.wire.uploads import UploadView
from survey_server.wire.videos import VideoForm

LARGEST_VIDEO = 2 << 30
"""Bytes."""
VIDEOS_AT_MOST = 20
AT_ONCE = 12
"""Uploads of one survey that are under way: a phone sends one or two, the others were given up."""


def allowed(case: Case, person: Participant) -> None:
    """May this person add to the survey now? Raises the refusal as a trouble."""
    refused = may_upload(case.survey, person)
    if refused is not None:
        status = 403 if refused.code == WRONG_ROLE else 409
        raise Trouble(status, refused.code, Text("不能上传", "The file can't be taken"), refused.text)


def of_a_point(case: Case, form: PhotoForm | VideoForm) -> None:
    """Raises a trouble in words when the file is of a point that the checklist does not have."""
    unknown = may_show(case.survey, form.point)
    if unknown is not None:
        raise Trouble(422, unknown.code, Text("不能上传", "The file can't be taken"), unknown.text)


async def begin(node: Node, case: Case, person: Participant, said: Said, length: int) -> Arrival:
    """A new upload. Raises a trouble in words when it is too large, one too many, or the disk has no room for it."""
    allowed(case, person)
    form = said.form
    if (form.photo is None) is (form.video is None):
        raise malformed("`facts` holds either `photo` or `video`")
    if length < 1:
        raise malformed("Upload-Length must be 1 or more")
    coming = [each for each in node.incoming.of(case.id) if each.record.outcome is None]
    for file in filter(None, (form.photo, form.video)):
        of_a_point(case, file)
    if form.photo is not None:
        if length > photo_intake.LIMIT_BYTES:
            raise too_large(photo_intake.LIMIT_BYTES >> 20)
        photo_intake.room_for_one(case)
    else:
        if length > LARGEST_VIDEO:
            raise video_too_large(LARGEST_VIDEO >> 30)
        if len(case.survey.videos) + sum(each.record.said.form.video is not None for each in coming) >= VIDEOS_AT_MOST:
            raise too_many_videos()
    if len(coming) >= AT_ONCE:
        raise too_many_at_once(AT_ONCE)
    if not node.disk.takes(node.incoming.promised() + length):
        raise no_room()
    return await node.incoming.create(case.id, person.id, said, length)


async def advance(node: Node, case: Case, arrival: Arrival, offset: int, read: Callable[[], Awaitable[bytes]]) -> None:
    """Take more of it; the last byte makes it what it is to become, beside the request. Raises as Incoming.take."""
    if node.disk.ending:
        raise no_room()
    await node.incoming.take(arrival, offset, read, case.tell)
    if arrival.whole:
        node.persist(f"upload {arrival.record.id}", partial(finish, node, case, arrival))


async def finish(node: Node, case: Case, arrival: Arrival) -> None:
    """Make a photo or a video of it. Run again after a restart, it comes to the same."""
    if arrival.record.outcome is not None:
        return
    record, path = arrival.record, node.incoming.bytes_of(arrival)
    form, sender = record.said.form, Sender(record.said.user_agent, record.said.device_model)
    person = case.survey.participants[record.participant]
    try:
        if form.photo is not None:
            data = await asyncio.to_thread(path.read_bytes)
            photo = await photo_intake.receive(node, case, person, form.photo, data, sender)
            outcome = Outcome(photo=photo.id)
        else:
            assert form.video is not None
            outcome = Outcome(video=await video_intake.receive(node, case, person, form.video, path, sender))
    except Trouble as trouble:
        if trouble.status >= 500:
            raise  # it passes
        outcome = Outcome(problem=trouble.problem())
    await node.incoming.settle(arrival, outcome)
    case.tell()


async def resume_uploads(node: Node) -> None:
    """After a start: files that came whole just before the node stopped become what they are to be."""
    for arrival in node.incoming.unfinished():
        case = await node.case(arrival.record.survey)
        node.persist(f"upload {arrival.record.id}", partial(finish, node, case, arrival))


def upload_view(case: Case, arrival: Arrival) -> UploadView:
    """One upload for its owner."""
    record, outcome, survey = arrival.record, arrival.record.outcome, case.survey
    photo = survey.photos.get(outcome.photo) if outcome else None
    video = survey.videos.get(outcome.video) if outcome else None
    state = "coming"
    if outcome is not None:
        state = "refused" if outcome.problem else "done"
    elif arrival.whole:
        state = "taking"
    return UploadView(
        path=f"/api/surveys/{record.survey}/uploads/{record.id}",
        form=record.said.form,
        size=record.length,
        received=arrival.received,
        state=state,
        photo=photo_view(survey, photo, (), survey.participants.get(record.participant)) if photo else None,
        video=video_view(survey, video, (), survey.participants.get(record.participant)) if video else None,
        problem=outcome.problem if outcome else None,
    )


def no_room() -> Trouble:
    """The disk has no room for the file now."""
    return Trouble(
        507,
        "disk_low",
        Text("服务器磁盘空间不足", "The server has too little disk space"),
        Text(
            "现在放不下这个文件，空间腾出后会自动继续。文件仍在您的手机上，请先不要删除。",
            "There is no room for this file now; it goes on by itself when there is. It is still on your phone: do not "
            "delete it.",
        ),
    )


def too_many_videos() -> Trouble:
    """More videos than a survey may have."""
    return Trouble(
        409,
        "too_many",
        Text("视频太多", "Too many videos"),
        Text(f"一次踏勘最多 {VIDEOS_AT_MOST} 段视频。", f"A survey may have {VIDEOS_AT_MOST} videos at most."),
    )
