"""Applications, the gate's answer, invitations and sessions."""

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta

from survey_server.wire.basics import Mode, Role, Sha256, ShortText, Site, SurveyState, Text, Window, Wire


class SubjectForm(Wire, frozen=True):
    """Who applies. `code` is the unified social credit code of an enterprise, or a person's id number."""

    code: Annotated[str, Meta(min_length=1, max_length=40)]
    name: ShortText


class ApplicationForm(Wire, frozen=True):
    """An application for one remote survey, as the approvals platform or the intake desk sends it."""

    subject: SubjectForm
    item: ShortText
    site: Site
    window: Window
    case_no: ShortText = ""
    mode: Mode = "live"
    """The way the applicant wishes; the gate decides."""
    earlier: ShortText = ""
    """The survey that was concluded `rectify`, where this applies for its re-survey; `item` is the same."""


class AdmissionView(Wire, frozen=True):
    """The gate's answer, with every reason. `survey` names the case in all three outcomes."""

    survey: str
    outcome: Literal["admitted", "on_site", "refused"]
    tier: str
    reasons: list[Text]
    policy_digest: str
    mode: Mode = "live"


class Department(Wire, frozen=True):
    """A department's name in both languages; the Chinese one tells departments apart."""

    zh: Annotated[str, Meta(pattern=r"\S", max_length=200)]
    en: Annotated[str, Meta(pattern=r"\S", max_length=200)]


class InvitationOrder(Wire, frozen=True):
    """One person to invite: a one-time link will be made. In an upload-only survey a reviewer has a department."""

    role: Role
    name: Annotated[str, Meta(pattern=r"\S", max_length=200)]
    department: Department | None = None
    credential: ShortText = ""
    """The number on their credential (执法证号), as the office knows it; it stands in their errand."""


class InvitationLink(Wire, frozen=True):
    """A fresh one-time link. The server keeps only its hash, so this is the one time it can be read."""

    role: Role
    name: str
    link: str
    expires_at: datetime


class InvitationView(Wire, frozen=True):
    """What a link's page may show before anyone presses Start. Reading it spends nothing."""

    role: Role
    name: str
    state: Literal["fresh", "spent", "expired"]
    item: Text
    case_no: str
    address: str
    survey_state: SurveyState | None
    now: datetime
    mode: Mode = "live"


class OpenForm(Wire, frozen=True):
    """Pressing Start: `key` is 32 random bytes the page made, hex; the link is bound to it for good."""

    key: Sha256


class SessionView(Wire, frozen=True):
    """The answer to Start. `session` goes into `Authorization: Bearer` and the WebSocket's `hello`."""

    session: str
    role: Role
    name: str
    participant: str
    survey: str | None
