"""An abandoned case's evidence may go when its locks run out. That it may is itself evidence, and stays."""

import rfc8785

from evidence_store import Facts
from survey_server.flows.case import Case
from survey_server.flows.node import Node
from survey_server.survey.locks import PERMANENT


async def preserve_notice(node: Node, case: Case) -> None:
    """Keep for good, entered in the ledger, from when on the case's locks run out: an audit then knows why objects that
    the ledger has are locked no longer, or gone. Safe to run again after a restart.
    """
    first = case.survey.locks_end
    if first is None:
        return
    about = {"record": "lapse", "first": first.isoformat()}
    made = [facts.about for facts, _ in node.store.held(node.prefix(case))]
    made += [stored.about for stored in await node.index.of_survey(case.id)]
    if about in made:
        return
    notice = {"v": 1, "type": "lapse", "survey": case.id, "first_lock_ends": first.isoformat()}
    facts = Facts(
        name=f"{node.prefix(case)}/lapse/{first:%Y%m%d}",
        suffix=".json",
        media_type="application/json",
        lock_days=PERMANENT.days,
        kind="lapse",
        about=about,
    )
    await node.store.preserve(rfc8785.dumps(notice), facts)
