"""The life of a survey as one table (GOVERNANCE.md): which event may come in which state, and where it leads.

What the table does not hold is refused. The diagram in ARCHITECTURE.md is drawn from it (`takan life`).
"""

from typing import Final, get_args

from survey_server.survey.decision_events import DecisionUpheld, Overruled, PersonAsked, RefusalLifted
from survey_server.survey.draw_events import (
    DrawCovered,
    DrawLapsed,
    Drawn,
    DrawOpened,
    DrawRefused,
    DrawReplaced,
    DrawSeeded,
    NumberCommitted,
    NumberRevealed,
)
from survey_server.survey.events import (
    Acknowledged,
    AnyEvent,
    AppealDecided,
    Appealed,
    Cancelled,
    Concluded,
    DeviceTurned,
    Ended,
    Interrupted,
    Invited,
    LocksExtended,
    MaterialSubmitted,
    MediaConnected,
    MediaLost,
    Missed,
    Muted,
    OpinionGiven,
    PhotoReceived,
    PointAnswered,
    QuestionAsked,
    Rated,
    Referred,
    Reported,
    ReportFailed,
    ReSurveyed,
    Scheduled,
    ShotAsked,
    ShotExplained,
    Signed,
    Started,
    StillAsked,
    StillCommitted,
    VideoReceived,
)
from survey_server.survey.panel_events import ErrandGiven, ExpertOpinion, Recused
from survey_server.wire.basics import Mode, SurveyState

Moves = dict[SurveyState, SurveyState]
"""From which states an event may come, and the state after it."""

WAITING: Final = ("admitted", "scheduled")
"""Admitted to a survey that has not begun."""
NOT_HELD: Final = ("on_site", "refused", "cancelled")
"""There is no remote survey, or there will be none."""


def _stay(*states: SurveyState) -> Moves:
    return {state: state for state in states}


def _drawing(open_: tuple[SurveyState, ...], afterwards: tuple[SurveyState, ...] = ()) -> dict[type[AnyEvent], Moves]:
    """A draw is opened, and its seats change, while the panel can still be invited; it goes on until the conclusion."""
    opening: tuple[type[AnyEvent], ...] = (DrawOpened, DrawReplaced)
    going_on: tuple[type[AnyEvent], ...] = (
        NumberCommitted, DrawCovered, DrawSeeded, NumberRevealed, Drawn, DrawLapsed, DrawRefused
    )  # fmt: skip
    return _all(opening, _stay(*open_)) | _all(going_on, _stay(*open_, *afterwards))


def _all(events: tuple[type[AnyEvent], ...], moves: Moves) -> dict[type[AnyEvent], Moves]:
    return dict.fromkeys(events, moves)


_CLOSING: Final[dict[type[AnyEvent], Moves]] = {
    Signed: _stay("ended"),
    Concluded: {"ended": "concluded"},
    Reported: _stay("concluded", "appealed"),
    ReportFailed: _stay("concluded", "appealed"),
    Acknowledged: _stay("concluded", "appealed"),
    Rated: _stay("ended", "concluded", "appealed"),
    Appealed: {"concluded": "appealed"},
    AppealDecided: {"appealed": "concluded"},
    LocksExtended: _stay("concluded", "appealed", "on_site", "cancelled"),
    ReSurveyed: _stay("concluded"),
}

_BY_A_PERSON: Final[dict[type[AnyEvent], Moves]] = {
    PersonAsked: _stay("on_site", "refused"),
    DecisionUpheld: _stay("on_site", "refused"),
    Overruled: {"on_site": "admitted", "refused": "admitted"},
    RefusalLifted: {"refused": "on_site"},
}
"""Who was not admitted may ask that a person look at it (PIPL art. 24); who was, and left, decided so themselves."""

LIFE: Final[dict[Mode, dict[type[AnyEvent], Moves]]] = {
    "live": {
        Invited: _stay("admitted", "scheduled", "in_session"),
        **_drawing(("admitted", "scheduled", "in_session"), ("ended",)),
        Recused: _stay("admitted", "scheduled", "in_session", "ended"),
        ErrandGiven: _stay("admitted", "scheduled", "in_session", "ended"),
        ExpertOpinion: _stay("ended"),
        Scheduled: {"admitted": "scheduled", "scheduled": "scheduled"},
        Missed: {"scheduled": "admitted"},
        Referred: {"admitted": "on_site", "scheduled": "on_site"},
        Cancelled: {"admitted": "cancelled", "scheduled": "cancelled"},
        Started: {"admitted": "in_session", "scheduled": "in_session"},
        MediaConnected: _stay("in_session"),
        StillAsked: _stay("in_session"),
        QuestionAsked: _stay("in_session"),
        PhotoReceived: _stay("admitted", "scheduled", "in_session", "ended"),
        VideoReceived: _stay("admitted", "scheduled", "in_session", "ended"),
        PointAnswered: _stay("admitted", "scheduled", "in_session", "ended"),
        Ended: {"in_session": "ended"},
        **_BY_A_PERSON,
        **_CLOSING,
    },
    "upload_only": {
        Invited: _stay("admitted", "ended"),
        **_drawing(("admitted", "ended")),
        Recused: _stay("admitted", "ended"),
        ErrandGiven: _stay("admitted", "ended"),
        PhotoReceived: _stay("admitted", "ended"),
        VideoReceived: _stay("admitted", "ended"),
        ShotExplained: _stay("admitted", "ended"),
        Referred: {"admitted": "on_site"},
        Cancelled: {"admitted": "cancelled"},
        MaterialSubmitted: {"admitted": "ended", "ended": "ended"},
        Ended: {"admitted": "ended"},
        PointAnswered: _stay("ended"),
        ShotAsked: _stay("ended"),
        OpinionGiven: _stay("ended"),
        **_BY_A_PERSON,
        **_CLOSING,
    },
}
"""A survey in a call, and one by photos alone, which is collected (`admitted`), reviewed (`ended`) and concluded."""

_OF_A_CALL: Final[frozenset[type[AnyEvent]]] = frozenset({
    Scheduled, Missed, Started, MediaConnected, MediaLost, Muted, Interrupted, DeviceTurned, StillAsked, QuestionAsked,
    StillCommitted, ExpertOpinion,
})  # fmt: skip
_OF_MATERIAL: Final[frozenset[type[AnyEvent]]] = frozenset({ShotExplained, MaterialSubmitted, ShotAsked, OpinionGiven})
_NEVER: Final[dict[Mode, frozenset[type[AnyEvent]]]] = {"live": _OF_MATERIAL, "upload_only": _OF_A_CALL}
"""Events of the other mode."""


def leads_to(mode: Mode, state: SurveyState, event: type[AnyEvent]) -> SurveyState | None:
    """The state after this event, or None where it may not come. What stands in no table may come at any time."""
    if event in _NEVER[mode]:
        return None
    moves = LIFE[mode].get(event)
    return state if moves is None else moves.get(state)


def diagram(mode: Mode) -> str:
    """The moves from state to state as a Mermaid state diagram (events that move nothing are left out)."""
    lines = ["stateDiagram-v2"]
    lines += [f"  [*] --> {outcome}: Decided" for outcome in ("admitted", "on_site", "refused")]
    joined: dict[tuple[str, str], list[str]] = {}
    for event, moves in LIFE[mode].items():
        changing = any(before != after for before, after in moves.items())
        for before, after in moves.items() if changing else ():
            joined.setdefault((before, after), []).append(event.__name__)
    lines += [f"  {before} --> {after}: {', '.join(events)}" for (before, after), events in joined.items()]
    ways_out = {state for moves in LIFE[mode].values() for state, after in moves.items() if state != after}
    ends = [state for state in get_args(SurveyState) if state in NOT_HELD or state not in ways_out]
    last = [state for state in ends if state in " ".join(lines)]
    return "\n".join([*lines, *(f"  {state} --> [*]" for state in last)])
