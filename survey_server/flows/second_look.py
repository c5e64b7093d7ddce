"""A person looks at the gate's decision again: asked for by its subject, answered by an officer, never by itself.

Request and answer are preserved, then journaled; the approvals platform is told of both.
"""

from collections.abc import Mapping
from typing import Final, Literal

import msgspec
import rfc8785

from credit_gate.decision import Admitted, OnSite
from credit_gate.reason import Reason
from credit_gate.replay import kept
from credit_gate.second_look import Before, Found, corrected
from credit_gate.tier import Tier
from evidence_store import Facts, Receipt
from survey_server.flows.admission import journaled
from survey_server.flows.case import Case
from survey_server.flows.collecting import watch_material
from survey_server.flows.node import Node
from survey_server.flows.trouble import Trouble, or_told
from survey_server.survey.decision_events import DecisionUpheld, Overruled, PersonAsked, RefusalLifted, Weighed
from survey_server.survey.events import Decided
from survey_server.survey.life_rules import LIMITS
from survey_server.survey.second_look_rules import may_answer, may_ask
from survey_server.wire.basics import Text
from survey_server.wire.own import CorrectForm, ReviewForm, UpholdForm

_TIERS: Final[dict[str, Literal[Tier.RED, Tier.ORANGE, Tier.BLUE]]] = {
    "red": Tier.RED,
    "orange": Tier.ORANGE,
    "blue": Tier.BLUE,
}


async def ask(node: Node, case: Case, participant: str | None, name: str, words: str) -> None:
    """The subject asks for a person. Raises Trouble (409) in words where there is nothing to ask about."""
    now = node.clock()
    or_told(may_ask(case.survey, now))
    due = node.calendar.due(now, LIMITS.person_answer_days)
    request = {"words": words.strip(), "due": due.at, "participant": participant, "name": name}
    held = await _preserve(node, case, "asked", request)
    asked = PersonAsked(words.strip(), due.at, [*due.weekends_only], participant, name, held.key, held.sha256)

    await case.decide(lambda survey: [] if or_told(may_ask(survey, now)) else [asked])


async def answer(node: Node, case: Case, officer: str, form: ReviewForm) -> None:
    """An officer answers. Raises Trouble (409) in words: nobody asked, somebody has answered, the policy says no."""
    officer = officer.strip()
    or_told(may_answer(case.survey, officer))
    event = await _event(node, case, officer, form)
    await case.decide(lambda survey: [] if or_told(may_answer(survey, officer)) else [event])
    if case.survey.mode == "upload_only" and case.survey.state == "admitted":
        node.watch(watch_material(node, case.id))


async def _event(node: Node, case: Case, officer: str, form: ReviewForm) -> DecisionUpheld | Overruled | RefusalLifted:
    words = form.words.strip()
    if isinstance(form, UpholdForm):
        held = await _preserve(node, case, "answer", {"answer": "uphold", "officer": officer, "words": words})
        return DecisionUpheld(officer, words, held.key, held.sha256)
    decision = _corrected(node, case, form)
    terms = node.item(case.survey.application.item.view.code).terms()
    record = kept(decision, case.survey.application.subject, terms, node.policy)
    told = {"answer": "correct", "officer": officer, "words": words, "ground": form.ground, "seen": form.seen.strip()}
    held = await _preserve(node, case, "answer", {**record, "by_a_person": told})
    kind = Overruled if isinstance(decision, Admitted) else RefusalLifted
    return kind(journaled(decision, held, []), form.ground, form.seen.strip(), officer, words)


def _corrected(node: Node, case: Case, form: CorrectForm) -> Admitted | OnSite:
    """What follows from the facts found, under the policy in force. Raises Trouble where nothing better does."""
    before = case.survey.decision
    assert before is not None  # somebody asked about it
    item = node.item(case.survey.application.item.view.code)
    found = corrected(_before(before), Found(_TIERS[form.tier], form.ground), item.terms(), node.policy, node.clock())
    if isinstance(found, Reason):
        raise Trouble(409, found.code, Text("不能这样答复", "This can't be the answer"), Text(found.zh, found.en))
    return found


def _before(decision: Decided) -> Before:
    """Lines of earlier versions do not say what was weighed: a live survey of an enterprise is the most of them."""
    weighed = decision.weighed or Weighed(decision.mode, "enterprise", None, 0)
    return Before(decision.outcome, weighed.wish, Tier(decision.tier), weighed.whose)


async def _preserve(node: Node, case: Case, name: str, record: Mapping[str, object]) -> Receipt:
    told = {"v": 1, "type": "second_look", "survey": case.id, "at": node.clock(), **record}
    return await node.store.preserve(
        rfc8785.dumps(msgspec.to_builtins(told)),
        Facts(
            name=f"{node.prefix(case)}/admission/{name}",
            suffix=".json",
            media_type="application/json",
            lock_days=node.lock_days(case),
            kind="decision",
            about={"second_look": name},
        ),
    )
