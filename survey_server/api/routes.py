"""The whole URL table, but for `/ws`, which `signalling.endpoint` adds."""

from aiohttp import web

from survey_server.api import handlers as h
from survey_server.api.pages import page
from survey_server.api.photos import send_original, send_preview, take_photo


def routes() -> list[web.RouteDef]:
    """Path by path, with who may use it."""
    return [
        web.get("/api/health", h.health),  # anyone
        web.get("/api/items", h.items),  # anyone
        web.get("/api/node", h.describe_node),  # intake key
        web.post("/api/applications", h.apply),  # intake key
        web.post("/api/surveys/{survey}/invitations", h.invite_people),  # intake key
        web.post("/api/invitations", h.invite_an_auditor),  # intake key
        web.get("/api/invitations/{token}", h.look_at_link),  # whoever has the link; spends nothing
        web.post("/api/invitations/{token}/open", h.start_link),  # whoever has the link; binds it to their key
        web.get("/api/surveys", h.list_surveys),  # auditor
        web.get("/api/surveys/{survey}", h.show_survey),  # its people, auditor
        web.get("/api/surveys/{survey}/replay", h.replay_survey),  # auditor; journaled
        web.get("/api/surveys/{survey}/export", h.export_survey),  # auditor; journaled
        web.post("/api/surveys/{survey}/photos", take_photo),  # its applicant
        web.get("/api/surveys/{survey}/photos/{photo}/preview", send_preview),  # its people, auditor
        web.get("/api/surveys/{survey}/photos/{photo}/original", send_original),  # reviewer, expert, auditor
        web.get("/api/objects/{object}", h.send_object),  # auditor
        web.get("/{path:.*}", page),  # the client's pages
    ]
