"""Deductions and their ends go to the credit platform, each once: as the platform sees it by its event id, here by the
line that notes its acknowledgement.

The row in the outbox is written with the step it tells of. It is sent until the platform acknowledges it; the note in
the journal and the row's end are one transaction. A kill in between sends the same content under the same id again,
which the platform knows. A subject's rows go one after another: a repair never before its event.

The subject's code is in the row under a key of this node, only until it was sent.
"""

import hmac
import secrets
from base64 import b64decode, b64encode
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from msgspec import Struct

from credit_gate.feedback.events import Delivered
from credit_gate.feedback.feedback import Stage, take
from credit_gate.feedback.messages import message
from credit_gate.reason import Reason
from survey_server.db.errors import LineTaken
from survey_server.db.feedbacks import Lines, Telling, Told
from survey_server.db.outbox import Message
from survey_server.flows.feedback_record import preserve_steps
from survey_server.flows.node import Node

Put = Callable[[str, dict[str, Any]], Awaitable[str]]
"""Puts a content to a path of the platform; answers with nothing once that is acknowledged, else with why not."""


class Body(Struct, frozen=True):
    """A row's body: `code` is the subject's under the node's key, empty where none is needed, and gone once sent."""

    path: str
    content: dict[str, Any]
    code: str = ""


_body: msgspec.json.Decoder[Body] = msgspec.json.Decoder(Body)


def telling(node: Node, stage: Stage, code: str) -> Telling | None:
    """The row that a step makes, if the platform is to be told of it."""
    entry, after = stage.entry, stage.after
    told = message(entry, after)
    if told is None:
        return None
    number = f"{entry.feedback}/{entry.seq}"
    body = Body(told.path, told.content, _closed(node.secret, number, code) if told.named else "")
    return Telling(
        number, "credit", after.recorded.subject, entry, after.recorded.survey, msgspec.json.encode(body).decode()
    )


async def deliver(node: Node, put: Put, row: Message) -> str:
    """Send one row and note its acknowledgement. Answers with why it was not acknowledged, in words, or nothing."""
    body = _body.decode(row.body)
    content = body.content
    if body.code:
        content = {**content, "subject": _opened(node.secret, row.id, body.code)}
    trouble = await put(body.path, content)
    if trouble:
        return trouble
    feedback, stays = row.id.partition("/")[0], msgspec.json.encode(Body(body.path, body.content)).decode()
    async with node.deciding:
        stands = await node.feedbacks.get(feedback)
        assert stands is not None, row.id
        taken = take(stands, Delivered(row.id), now := node.clock())
        if isinstance(taken, Reason):  # another node noted it, and the row's end with it
            return ""
        lines = Lines([stage.entry for stage in taken], taken[-1].after)
        try:
            await node.feedbacks.append([lines], told=Told(row.id, now, stays))
        except LineTaken:
            return "another line came in between; sent again"
    node.persist(f"records of {feedback}", lambda: preserve_steps(node, feedback))
    return ""


def _key(secret: bytes) -> bytes:
    return hmac.digest(secret, b"codes in the outbox", "sha256")


def _closed(secret: bytes, row: str, code: str) -> str:
    """The code under AES-256-GCM, bound to its row."""
    nonce = secrets.token_bytes(12)
    return b64encode(nonce + AESGCM(_key(secret)).encrypt(nonce, code.encode(), row.encode())).decode()


def _opened(secret: bytes, row: str, closed: str) -> str:
    data = b64decode(closed)
    return AESGCM(_key(secret)).decrypt(data[:12], data[12:], row.encode()).decode()
