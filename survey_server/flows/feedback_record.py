"""Every step of a feedback as a record in the archive, with an entry of its own in the ledger: a chain per feedback."""

from datetime import timedelta

import msgspec
import rfc8785

from credit_gate.feedback.events import Entry
from credit_gate.feedback.feedback import Feedback, step
from credit_gate.feedback.notices import notices
from evidence_store import Facts
from survey_server.flows.node import Node

LOCK = timedelta(days=10 * 365 + 3)
"""How long a record is locked: the longest publicity (three years), and what reconsideration and courts may take."""


async def preserve_steps(node: Node, feedback: str) -> None:
    """Preserve the steps that have no record yet. Safe to run again, after a restart or beside itself."""
    async with node.recording_steps:
        entries = await node.feedbacks.read(feedback)
        prefix = node.prefix_of(feedback, entries[0].at)
        made = {facts.about["step"] for facts, _ in node.store.held(prefix)}
        made |= {stored.about["step"] for stored in await node.index.of_survey(feedback)}
        after: Feedback | None = None
        for entry in entries:
            after = step(after, entry)
            if entry.seq not in made:
                await node.store.preserve(record_of(entry, after), _facts(prefix, entry))


def record_of(entry: Entry, after: Feedback) -> bytes:
    """The step with the notices it brings, in RFC 8785 form."""
    told = {
        "v": 1,
        "type": "feedback",
        "feedback": entry.feedback,
        "step": entry.seq,
        "at": entry.at,
        "state": after.state.value,
        "event": entry.event,
        "notices": notices(entry, after),
    }
    return rfc8785.dumps(msgspec.to_builtins(told))


def _facts(prefix: str, entry: Entry) -> Facts:
    kind = str(type(entry.event).__struct_config__.tag)
    return Facts(
        name=f"{prefix}/steps/{entry.seq:06}-{kind}",
        suffix=".json",
        media_type="application/json",
        lock_days=LOCK.days,
        kind="feedback",
        about={"record": "feedback", "step": entry.seq, "act": kind},
    )
