"""The whole URL table, but for `/ws`, which `signalling.endpoint` adds."""

from aiohttp import web

from survey_server.api import draws, errands, feedback, own, platform, restrictions, streams, uploads
from survey_server.api import handlers as h
from survey_server.api.objects import send_object
from survey_server.api.pages import page
from survey_server.api.photos import send_live_picture, send_original, send_preview, take_photo
from survey_server.api.reports import send_report
from survey_server.api.videos import open_video, send_frame, send_video


def routes() -> list[web.RouteDef]:
    """Path by path, with who may use it."""
    return [
        web.get("/api/health", h.health),  # anyone
        web.get("/api/items", h.items),  # anyone
        web.get("/api/ledger", h.ledger),  # anyone
        web.get("/api/errands/{code}", errands.check_errand),  # anyone
        web.post("/api/errands", errands.check_errand_document),  # anyone
        web.get("/api/errands/{code}/qr.svg", errands.send_errand_picture),  # anyone
        web.get("/api/node", h.describe_node),  # intake key
        web.post("/api/applications", h.apply),  # intake key
        web.post("/api/surveys/{survey}/invitations", h.invite_people),  # intake key
        web.post("/api/surveys/{survey}/draws", draws.order_draw),  # intake key
        web.get("/api/surveys/{survey}/draws", draws.list_draws),  # intake key
        web.post(r"/api/surveys/{survey}/draws/{draw:\d{1,3}}/invitations", draws.invite_those_drawn),  # intake key
        web.post(r"/api/surveys/{survey}/draws/{draw:\d{1,3}}/replacements", draws.replace_one),  # intake key
        web.post("/api/invitations", h.invite_to_node),  # intake key: auditors, officers
        web.post("/api/surveys/{survey}/recusals", draws.take_off_the_panel),  # intake key
        web.post("/api/platform/cases", platform.file_case),  # the approvals platform, signed; so the next three
        web.get("/api/platform/cases/{case_no}", platform.show_case),
        web.post("/api/platform/cases/{case_no}/cancel", platform.cancel_case),
        web.post("/api/platform/cases/{case_no}/invitations", platform.invite_to_case),
        web.get("/api/files/{ticket}", platform.send_file),  # whoever has the ticket
        web.get("/api/invitations/{token}", h.look_at_link),  # whoever has the link; spends nothing
        web.post("/api/invitations/{token}/open", h.start_link),  # whoever has the link; binds it to their key
        web.get("/api/surveys", h.list_surveys),  # auditor
        web.get("/api/surveys/{survey}", h.show_survey),  # its people, auditor; officer: journaled
        web.get("/api/surveys/{survey}/recorded", h.show_recorded),  # reviewer, expert, auditor
        web.post("/api/surveys/{survey}/life", h.move_survey),  # intake key; its applicant, its reviewers
        web.get("/api/surveys/{survey}/replay", h.replay_survey),  # auditor; journaled
        web.get("/api/surveys/{survey}/export", h.export_survey),  # auditor; journaled
        web.get("/api/surveys/{survey}/report/{language:zh|en}", send_report),  # its people; others: journaled
        web.post("/api/surveys/{survey}/photos", take_photo),  # its applicant
        web.get("/api/surveys/{survey}/photos/{photo}/preview", send_preview),  # its people, auditor, officer
        web.get("/api/surveys/{survey}/photos/{photo}/live", send_live_picture),  # its people, auditor, officer
        web.get("/api/surveys/{survey}/photos/{photo}/original", send_original),  # reviewer, expert, auditor
        web.options("/api/surveys/{survey}/uploads", uploads.tus_options),  # anyone
        web.get("/api/surveys/{survey}/uploads", uploads.list_uploads),  # its people, their own
        web.post("/api/surveys/{survey}/uploads", uploads.create_upload),  # its applicant
        web.head("/api/surveys/{survey}/uploads/{upload}", uploads.look_at_upload),  # whose it is
        web.patch("/api/surveys/{survey}/uploads/{upload}", uploads.continue_upload),  # whose it is
        web.post("/api/surveys/{survey}/uploads/{upload}", uploads.continue_upload),  # the same, for old proxies
        web.delete("/api/surveys/{survey}/uploads/{upload}", uploads.remove_upload),  # whose it is
        web.get("/api/surveys/{survey}/videos/{video}/frame", send_frame),  # its people, auditor
        web.post("/api/surveys/{survey}/videos/{video}/link", open_video),  # reviewer, expert, auditor
        web.get("/api/videos/{ticket}/{video}", send_video),  # whoever has the ticket
        web.post("/api/surveys/{survey}/stream", streams.open_stream),  # auditor; journaled
        web.get("/api/streams/{ticket}/master.m3u8", streams.send_master),  # whoever has the ticket; journaled
        web.get("/api/streams/{ticket}/{participant}.m3u8", streams.send_playlist),  # whoever has the ticket
        web.get(r"/api/streams/{ticket}/objects/{object:\d{1,15}}.{kind:mp4|m4s}", streams.send_part),  # the same
        web.get("/api/objects/{object}", send_object),  # auditor
        web.get("/api/rules", feedback.list_rules),  # anyone
        web.post("/api/surveys/{survey}/feedback", feedback.record_feedback),  # its reviewers
        web.get("/api/surveys/{survey}/feedback", feedback.list_of_survey),  # its reviewers, auditor
        web.get("/api/feedback", feedback.list_feedback),  # officer, auditor; a subject theirs
        web.get("/api/feedback/{feedback}", feedback.show_feedback),  # officer, auditor, its subject, its reviewers
        web.post("/api/feedback/{feedback}/acts", feedback.act),  # officer, its subject
        web.post("/api/feedback/{feedback}/notice", feedback.give_notice),  # officer
        web.post("/api/feedback/{feedback}/deduction", feedback.deduct),  # officer
        web.post("/api/repairs", feedback.ask_repair),  # the subject of its records
        web.post("/api/repairs/{application}", feedback.answer_repair),  # officer
        web.get("/api/own", own.show_own),  # a subject, an applicant: what was decided about them
        web.post("/api/own/{survey}/person", own.ask_for_person),  # the same
        web.get("/api/asked", own.list_asked),  # officer, auditor
        web.post("/api/asked/{survey}", own.answer_asked),  # officer
        web.get("/api/appeals", own.list_appeals),  # officer, auditor
        web.post("/api/appeals/{survey}", own.answer_appeal),  # officer
        web.get("/api/restrictions", restrictions.list_restricted),  # officer
        web.post("/api/restrictions", restrictions.order_restriction),  # officer
        web.get("/{path:.*}", page),  # the client's pages
    ]
