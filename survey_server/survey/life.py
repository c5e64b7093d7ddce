"""The life of a survey as tables (GOVERNANCE.md): which event may come in which state, and where it leads.

An upload-only survey has a life of its own: there is no session between being admitted and being reviewed.
"""

from survey_server.survey.events import (
    Concluded,
    DeviceTurned,
    Ended,
    Interrupted,
    Invited,
    LocksExtended,
    MaterialSubmitted,
    MediaConnected,
    MediaLost,
    Muted,
    OpinionGiven,
    PhotoReceived,
    PointAnswered,
    ShotAsked,
    ShotExplained,
    Signed,
    Started,
    StillAsked,
    StillCommitted,
    VideoReceived,
)
from survey_server.wire.basics import SurveyState

LIFE: dict[type, dict[SurveyState, SurveyState]] = {
    Started: {"admitted": "in_session"},
    Ended: {"in_session": "ended"},
    Concluded: {"ended": "concluded"},
}
"""Which events move a survey, and from where to where."""

STATES: dict[type, tuple[SurveyState, ...]] = {
    Invited: ("admitted", "in_session"),
    MediaConnected: ("in_session",),
    StillAsked: ("in_session",),
    PhotoReceived: ("admitted", "in_session", "ended"),
    VideoReceived: ("admitted", "in_session", "ended"),
    PointAnswered: ("admitted", "in_session", "ended"),
    Signed: ("ended",),
    LocksExtended: ("concluded",),
}
"""Events that move nothing but belong to certain states only; events in neither table may come at any time."""

UPLOAD_LIFE: dict[type, dict[SurveyState, SurveyState]] = {
    MaterialSubmitted: {"admitted": "ended", "ended": "ended"},
    Ended: {"admitted": "ended"},
    Concluded: {"ended": "concluded"},
}
"""The same for an upload-only survey: it is collected (`admitted`), reviewed (`ended`) and concluded."""

UPLOAD_STATES: dict[type, tuple[SurveyState, ...]] = {
    Invited: ("admitted", "ended"),
    PhotoReceived: ("admitted", "ended"),
    VideoReceived: ("admitted", "ended"),
    ShotExplained: ("admitted", "ended"),
    PointAnswered: ("ended",),
    ShotAsked: ("ended",),
    OpinionGiven: ("ended",),
    Signed: ("ended",),
    LocksExtended: ("concluded",),
}

OF_A_CALL = (Started, MediaConnected, MediaLost, Muted, Interrupted, DeviceTurned, StillAsked, StillCommitted)
OF_MATERIAL = (ShotExplained, MaterialSubmitted, ShotAsked, OpinionGiven)
"""Events that belong to one mode."""
