"""The approvals platform's part of the API as an OpenAPI 3.1 document, made of the wire types (`takan openapi`)."""

from typing import Any

import msgspec

from survey_server import __version__
from survey_server.wire.admission import InvitationLink, InvitationOrder
from survey_server.wire.node import Problem
from survey_server.wire.platform import AnyTiding, CancelForm, CaseForm, CaseView

_CASE = "/api/platform/cases/{case_no}"
_NUMBER = {
    "name": "case_no",
    "in": "path",
    "required": True,
    "schema": {"type": "string"},
    "description": "The platform's own number, percent-encoded (UTF-8).",
}
_TICKET = {**_NUMBER, "name": "ticket", "description": "As it stands in the link."}
_TROUBLES = {
    401: "Not signed as it must be, or this signature was used before.",
    404: "There is no case of this number.",
    409: "The case does not allow it; `errors` name the fields that differ from what was filed.",
    422: "The body is wrong; `errors` name the fields.",
}


def document() -> dict[str, Any]:
    """The whole document."""
    kinds = [CaseForm, CaseView, CancelForm, list[InvitationOrder], list[InvitationLink], Problem, AnyTiding]
    schemas, components = msgspec.json.schema_components(kinds, ref_template="#/components/schemas/{name}")
    form, view, reason, orders, links, problem, tiding = schemas

    def answers(*troubles: int, **good: tuple[str, dict[str, Any]]) -> dict[str, Any]:
        said = {status[1:]: _answer(words, schema) for status, (words, schema) in good.items()}
        return said | {str(one): _answer(_TROUBLES[one], problem, "application/problem+json") for one in troubles}

    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Takan for the approvals platform",
            "version": __version__,
            "description": "How requests and messages are signed is told in docs/platform.md.",
        },
        "security": [{"signature": []}],
        "paths": {
            "/api/platform/cases": {
                "post": _operation(
                    "fileCase",
                    "File a case; again with the same content, the case as it stands",
                    answers(401, 409, 422, _201=("Filed and decided.", view), _200=("It was filed before.", view)),
                    form,
                )
            },
            _CASE: {
                "parameters": [_NUMBER],
                "get": _operation("showCase", "How a case stands", answers(401, 404, _200=("The case.", view))),
            },
            f"{_CASE}/cancel": {
                "parameters": [_NUMBER],
                "post": _operation(
                    "cancelCase",
                    "Withdraw a case whose survey has not begun",
                    answers(401, 404, 409, 422, _200=("Withdrawn.", view)),
                    reason,
                ),
            },
            f"{_CASE}/invitations": {
                "parameters": [_NUMBER],
                "post": _operation(
                    "inviteToCase",
                    "Order one-time links for people of a case",
                    answers(401, 404, 409, 422, _201=("Links that can be read this one time.", links)),
                    orders,
                ),
            },
            "/api/files/{ticket}": {
                "parameters": [_TICKET],
                "get": {
                    "operationId": "fetchFile",
                    "summary": "A file that a message or a case named",
                    "security": [],
                    "responses": {"200": {"description": "Its bytes; compare the SHA-256 of the link."}}
                    | {"403": _answer("No such ticket.", problem, "application/problem+json")}
                    | {"410": _answer("The ticket has expired.", problem, "application/problem+json")},
                },
            },
        },
        "webhooks": {
            "tiding": {
                "post": {
                    "summary": "What became of a case",
                    "security": [],
                    "parameters": [
                        _header("webhook-id", "The same at each repetition."),
                        _header("webhook-timestamp", "Seconds since 1970, of this attempt."),
                        _header("webhook-signature", "v1, and base64 of HMAC-SHA256; several with blanks between."),
                    ],
                    "requestBody": _body(tiding),
                    "responses": {"2XX": {"description": "Taken. Anything else: again later."}},
                }
            }
        },
        "components": {
            "schemas": dict(sorted(components.items())),
            "securitySchemes": {
                "signature": {
                    "type": "apiKey",
                    "in": "header",
                    "name": "Signature",
                    "description": "RFC 9421 with hmac-sha256; see docs/platform.md.",
                }
            },
        },
    }


def _operation(
    name: str, summary: str, responses: dict[str, Any], body: dict[str, Any] | None = None
) -> dict[str, Any]:
    asked = {} if body is None else {"requestBody": _body(body)}
    return {"operationId": name, "summary": summary, **asked, "responses": responses}


def _body(schema: dict[str, Any]) -> dict[str, Any]:
    return {"required": True, "content": {"application/json": {"schema": schema}}}


def _answer(words: str, schema: dict[str, Any], media_type: str = "application/json") -> dict[str, Any]:
    return {"description": words, "content": {media_type: {"schema": schema}}}


def _header(name: str, words: str) -> dict[str, Any]:
    return {"name": name, "in": "header", "required": True, "schema": {"type": "string"}, "description": words}
