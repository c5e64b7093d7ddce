"""A fresh socket: its hello, who that is, and then their connection."""

import asyncio
import contextlib
import time

import msgspec

from survey_server.db.errors import DatabaseFault
from survey_server.flows.allowances import JOURNALED
from survey_server.flows.faults import trouble_of
from survey_server.flows.invitation import member, visitor
from survey_server.flows.node import Node
from survey_server.flows.restriction import check_reader
from survey_server.flows.trouble import Trouble
from survey_server.signalling.audience import Audience
from survey_server.signalling.connection import Connection, Refused, Socket, decoded, too_many
from survey_server.wire.basics import Text
from survey_server.wire.from_person import Hello
from survey_server.wire.to_person import Fault

HELLO_SECONDS = 10.0


async def serve(node: Node, audience: Audience, socket: Socket) -> None:
    """Take the hello of a fresh socket and serve its person; a bad hello is answered in words and closed."""
    try:
        async with asyncio.timeout(HELLO_SECONDS):
            text = await socket.receive()
        if text is None:
            return
        hello = decoded(text)
        if not isinstance(hello, Hello):
            raise Refused("hello_first", Text("请先发送 hello。", "The first message must be `hello`."))
        case, person = await member(node, await visitor(node, hello.session))
        check_reader(case.survey, person.role)
    except TimeoutError:
        await socket.close()
        return
    except (msgspec.MsgspecError, RecursionError) as fault:
        words = Text(f"消息格式不对：{fault}", f"The message is malformed: {fault}")
        await _turn_away(socket, Fault("malformed", words, fatal=True))
        return
    except Refused as refused:
        await _turn_away(socket, Fault(refused.fault.code, refused.fault.text, fatal=True))
        return
    except Trouble as trouble:
        await _turn_away(socket, Fault(trouble.code, trouble.detail, fatal=True))
        return
    except DatabaseFault as fault:
        trouble = trouble_of(fault)
        if trouble is None:
            raise
        await _turn_away(socket, Fault(trouble.code, trouble.detail))  # not for good: a page comes back by itself
        return
    if not node.allowances.take((case.id, person.id, "line"), JOURNALED, time.monotonic()):
        await _turn_away(socket, too_many().fault)  # not for good: a page comes back by itself
        return
    await Connection(node, audience, socket, case, person.id).run(hello)


async def _turn_away(socket: Socket, fault: Fault) -> None:
    with contextlib.suppress(ConnectionError):
        await socket.send(msgspec.json.encode(fault).decode())
    await socket.close()
