"""What happened in a case is told to the approvals platform: a row of the outbox becomes a signed message."""

import msgspec

from survey_server.db.outbox import REMINDER, Message, Outbox
from survey_server.flows.delivery import NotYet
from survey_server.flows.node import Node
from survey_server.flows.platform_files import seal_files
from survey_server.flows.reminding import reminder_tiding
from survey_server.net.webhook import Webhook
from survey_server.survey.events import Entry, Sealed
from survey_server.survey.step import rebuild
from survey_server.survey.tidings import tiding
from survey_server.wire.platform import AnyTiding, FileLink


async def tell(node: Node, outbox: Outbox, webhook: Webhook, message: Message) -> None:
    """Bring a message to the platform. Raises NotTaken, NotYet while the archive does not have what it tells of, and
    Moot where there is nothing to be reminded of any more.
    """
    body = msgspec.json.encode(await tiding_of(node, message))
    await webhook.post(message.id, body, node.clock())
    await outbox.delivered(message, node.clock())


async def tiding_of(node: Node, message: Message) -> AnyTiding:
    """The message itself, made out of the journal up to its line, or of what is due now."""
    if message.kind == REMINDER:
        return await reminder_tiding(node, message)
    entries = [entry for entry in await node.journal.read(message.survey) if entry.seq <= message.seq]
    restricted = (await node.case(message.survey)).survey.restriction is not None
    return tiding(rebuild(entries), entries[-1], await _files(node, entries[-1]), restricted=restricted)


async def _files(node: Node, entry: Entry) -> list[FileLink]:
    if not isinstance(entry.event, Sealed):
        return []
    case = await node.case(entry.survey)
    seal = next(one for one in case.survey.seals if one.number == entry.event.number)
    files = await seal_files(node, case, seal)
    if files is None:
        raise NotYet("the seal is not in the archive yet")
    return files
