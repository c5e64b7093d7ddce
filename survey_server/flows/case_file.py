"""An officer reads the file of a case that they are to decide about: an appeal, or a finding of false material.

**Nobody reads a case they took part in, and every look is journaled.**
"""

import time

from credit_gate.feedback.feedback import may_decide, same_person
from survey_server.flows.allowances import LOOKS
from survey_server.flows.case import Case
from survey_server.flows.node import Node
from survey_server.flows.restriction import check_reader
from survey_server.flows.trouble import Trouble
from survey_server.survey.events import Replayed
from survey_server.survey.life_rules import may_decide_appeal
from survey_server.wire.basics import Text


async def officer_reads(node: Node, case: Case, officer: str, purpose: str) -> None:
    """Journals that they look, once a minute at most for the same purpose. Raises Trouble (403) in words where they
    took part in the case, have nothing to decide in it, or it is restricted and they say no purpose.
    """
    survey = case.survey
    if same_person(officer, [person.name for person in survey.participants.values()]):
        raise _refused(
            "own_case",
            Text("参加过本案的人不能以经办人员身份查阅。", "Who took part in the case can't read it as its officer."),
        )
    signed = [survey.participants[one].name for one in survey.signatures]
    found = await node.feedbacks.of_survey(survey.id)
    if may_decide_appeal(survey, officer) is not None and not any(may_decide(one, officer, signed) for one in found):
        raise _refused(
            "nothing_to_decide",
            Text(
                "本案没有待您决定的申诉或虚假材料，不能查阅案卷。",
                "There is no appeal and no finding in this case for you to decide.",
            ),
        )
    check_reader(survey, "officer", purpose)
    if node.allowances.take((survey.id, officer, "case file", purpose), LOOKS, time.monotonic()):
        await case.record(Replayed(officer, purpose, file=True))


def _refused(code: str, words: Text) -> Trouble:
    return Trouble(403, code, Text("不能查阅", "You can't read this case"), words)
