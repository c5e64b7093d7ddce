"""The second look at a decision, in words for the time line and for its subject."""

from credit_gate.second_look import GROUNDS
from survey_server.survey.decision_events import DecisionEvent, DecisionUpheld, Overruled, PersonAsked, RefusalLifted
from survey_server.wire.basics import Text
from survey_server.wire.own import ReviewGround


def second_look_sentence(event: DecisionEvent) -> Text:
    """One event in both languages."""
    match event:
        case PersonAsked(name=name):
            return Text(f"{name} 申请人工复核准入决定", f"{name} asked that a person look at the gate's decision")
        case DecisionUpheld(officer=officer):
            return Text(f"{officer} 人工复核：维持决定", f"{officer} looked at the decision: it is upheld")
        case Overruled(officer=officer, ground=ground):
            why = ground_words(ground)
            return Text(
                f"{officer} 人工复核：准予远程踏勘（{why.zh}）",
                f"{officer} overruled the gate: admitted to a remote survey ({why.en})",
            )
        case RefusalLifted(officer=officer, ground=ground):
            why = ground_words(ground)
            return Text(
                f"{officer} 人工复核：撤销不予受理，转现场踏勘（{why.zh}）",
                f"{officer} overruled the gate: the refusal is lifted, with a survey on the spot ({why.en})",
            )


def ground_words(ground: ReviewGround) -> Text:
    """The ground in both languages."""
    return Text(*GROUNDS[ground])
