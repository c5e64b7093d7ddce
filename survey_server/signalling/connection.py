"""One person's WebSocket: hello, then messages in, changes out."""

import asyncio
import contextlib
import logging
import time
from datetime import timedelta
from functools import partial
from secrets import token_urlsafe
from typing import Literal, Protocol

import msgspec

from evidence_store.errors import EvidenceError
from survey_server.db.errors import DatabaseFault
from survey_server.flows.allowances import JOURNALED, MESSAGES
from survey_server.flows.case import Case
from survey_server.flows.draw import take_number, wanted_of_page
from survey_server.flows.errands import came_in
from survey_server.flows.faults import trouble_of
from survey_server.flows.node import Node
from survey_server.flows.photo_intake import commit_still
from survey_server.flows.re_survey import earlier_case
from survey_server.flows.recusal import stand_aside
from survey_server.flows.reports import Report, Reports
from survey_server.flows.session import LiveSession, SessionOver, TooOften, live_of, watch_idle
from survey_server.flows.trouble import Trouble, no_nul
from survey_server.flows.views import survey_view
from survey_server.net.turn import ice_servers
from survey_server.signalling.audience import Audience
from survey_server.survey.concluding import signature_of, signing
from survey_server.survey.events import (
    DeviceChecked,
    Joined,
    Left,
    Muted,
    StillAsked,
)
from survey_server.survey.events import DeviceTurned as DeviceTurnedEvent
from survey_server.survey.events import Interrupted as InterruptedEvent
from survey_server.survey.material_rules import said_before
from survey_server.survey.panel_events import Recused
from survey_server.survey.restriction_rules import may_read
from survey_server.survey.rules import refusal
from survey_server.survey.said import recorded
from survey_server.survey.step import OutOfOrder
from survey_server.survey.survey import Participant
from survey_server.wire.basics import Mode, Text
from survey_server.wire.draws import CommitNumber, NumberWanted, RevealNumber, RevealWanted
from survey_server.wire.from_person import (
    AcknowledgeRecord,
    AnswerPoint,
    AskQuestion,
    AskShot,
    AskStill,
    Conclude,
    Consent,
    DeviceReport,
    DeviceTurned,
    ExplainShot,
    FromPerson,
    GiveOpinion,
    Hello,
    Interrupted,
    JoinMedia,
    Mute,
    Ping,
    SdpAnswer,
    StillTaken,
    SubmitMaterial,
)
from survey_server.wire.panel import StandAside
from survey_server.wire.survey import SurveyView
from survey_server.wire.to_person import (
    Fault,
    OfferedTrack,
    PicturesRest,
    Pong,
    SdpOffer,
    StillRequested,
    SurveyChanged,
    ToPerson,
    Welcome,
)

NOTICES: dict[Mode, str] = {"live": "recording-2026-11b", "upload_only": "material-2026-11b"}
"""Version of the notice the client shows: what is kept, by whom, for how long."""
STILL_SECONDS = 120
"""How long a still's nonce is good (PHOTOS.md)."""
LARGEST_MESSAGE = 256 * 1024
_ACTS = (
    AskStill,
    AskQuestion,
    StillTaken,
    AnswerPoint,
    Conclude,
    ExplainShot,
    SubmitMaterial,
    AskShot,
    GiveOpinion,
    CommitNumber,
    RevealNumber,
    StandAside,
    AcknowledgeRecord,
)
"""What a person does, each on record: over the bound it is refused, never condensed."""

_log = logging.getLogger(__name__)

_decoder: msgspec.json.Decoder[FromPerson] = msgspec.json.Decoder(FromPerson)


def decoded(text: str) -> FromPerson:
    """The message of a frame. Raises msgspec.MsgspecError or RecursionError for one that is none."""
    return _decoder.decode(no_nul(text.encode()))


class Socket(Protocol):
    """What a connection needs of a WebSocket: text frames both ways."""

    async def receive(self) -> str | None:
        """The next text frame; None when the other side is gone."""
        ...

    async def send(self, text: str) -> None:
        """Send a text frame. Raises ConnectionError when the other side is gone."""
        ...

    async def close(self) -> None:
        """Close the socket."""
        ...

    @property
    def said_goodbye(self) -> bool:
        """After its end: did the other side say that it meant to go?"""
        ...


class Refused(Exception):
    """A message that is not carried out; the connection goes on."""

    def __init__(self, code: str, text: Text) -> None:
        super().__init__(code)
        self.fault = Fault(code, text)


def too_many() -> Refused:
    """What is refused because there was too much of it."""
    return Refused("too_many", Text("操作过于频繁，请稍候。", "Too many messages; wait a moment."))


class Connection:
    """A person's connection from hello to goodbye."""

    def __init__(self, node: Node, audience: Audience, socket: Socket, case: Case, participant: str) -> None:
        self._node = node
        self._audience = audience
        self._socket = socket
        self._case = case
        self.participant = participant
        self._replaced = asyncio.Event()
        self._changed = asyncio.Event()
        self._shown: SurveyView | None = None
        self._wanted: NumberWanted | RevealWanted | None = None
        self._earlier: Case | None = None
        """Of a re-survey: held, so that no view reads it from its journal."""
        self._messages = MESSAGES.allowance(time.monotonic())
        self._reports = Reports(node, case, participant, lambda: self.current)

    @property
    def survey(self) -> str:
        """The survey this connection belongs to."""
        return self._case.id

    @property
    def person(self) -> Participant:
        """Whose connection this is, as the survey has them now."""
        return self._case.survey.participants[self.participant]

    @property
    def current(self) -> bool:
        """Is this the person's newest connection, and not given up?"""
        return self._audience.holds(self)

    async def run(self, hello: Hello) -> None:
        """Serve the person until the socket closes."""
        now = self._node.clock()
        offset_ms = round((hello.clock - now).total_seconds() * 1000)
        self._audience.enter(self)
        telling: list[asyncio.Task[None]] = []
        try:
            await self._case.record(Joined(self.participant, offset_ms, hello.device))
            came_in(self._node, self._case, self.participant)
            self._case.changed.add(self._changed.set)
            self._earlier = await earlier_case(self._node, self._case)
            view = self._shown = await survey_view(self._node, self._case, self.person)
            await self.send(Welcome(self.participant, self.person.role, now, offset_ms, self._notice, view))
            if self.person.role == "applicant":
                await self._repeat_request()
                await self._want()
            telling += [asyncio.create_task(self._push()), asyncio.create_task(self._light())]
            while (text := await self._socket.receive()) is not None:
                await self._take(text)
        except ConnectionError:
            pass  # gone while something was being told
        except (DatabaseFault, EvidenceError) as fault:
            with contextlib.suppress(ConnectionError):
                await self._say(fault)  # they could not be let in: their page comes back by itself
        finally:
            self._case.changed.discard(self._changed.set)
            for task in telling:
                task.cancel()
            if self._node.stopping or self._socket.said_goodbye or self._silent_s() is None:
                await self._leave("closed" if self._socket.said_goodbye else "lost")
            else:
                self._node.watch(self._await_return())

    def replace(self) -> None:
        """Another connection of the same person took over: say so and close.

        The old line may be dead without either side knowing; the new one does not wait for it.
        """
        self._replaced.set()
        self._node.spawn(self._part())

    async def _part(self) -> None:
        text = Text("您已在另一个页面继续，此页面已断开。", "You went on in another page; this one is disconnected.")
        with contextlib.suppress(ConnectionError):
            await self.send(Fault("replaced", text, fatal=True))
        await self._socket.close()

    async def send(self, message: ToPerson) -> None:
        """Send one message."""
        await self._socket.send(msgspec.json.encode(message).decode())

    async def offer(self, revision: int, sdp: str, tracks: list[OfferedTrack]) -> None:
        """Send an offer, with TURN servers and credentials that are good from now on."""
        settings = self._node.settings
        servers = ice_servers(
            settings.turn_servers,
            settings.turn_secret,
            self.participant,
            self._node.clock(),
            settings.turn_credential_s,
        )
        await self.send(SdpOffer(revision, sdp, tracks, servers))

    async def _take(self, text: str) -> None:
        if self._replaced.is_set():
            return  # what this page still says must not undo what the newer one does
        try:
            if not self._messages.take(time.monotonic()):
                raise too_many()  # not even looked at
            if len(text) > LARGEST_MESSAGE:
                raise Refused("too_large", Text("消息过长。", "That message is too long."))
            message = decoded(text)
            if not said_before(self._case.survey, self.person, message):
                await self._do(message)
        except (msgspec.MsgspecError, RecursionError) as fault:
            words = Text(f"消息格式不对：{fault}", f"The message is malformed: {fault}")
            await self.send(Fault("malformed", words))
        except OutOfOrder:
            await self.send(Fault("closed", Text("踏勘的状态已经改变。", "The survey has moved on meanwhile.")))
        except Refused as refused:
            await self.send(refused.fault)
        except (Trouble, DatabaseFault, EvidenceError) as fault:
            await self._say(fault)

    async def _do(self, message: FromPerson) -> None:
        refused = refusal(self._case.survey, self.person, message, self._points())
        if refused is not None:
            raise Refused(refused.code, refused.text)
        if isinstance(message, _ACTS) and not self._may_act():
            raise too_many()
        await self._act(message)

    async def _say(self, fault: Exception) -> None:
        trouble = trouble_of(fault)
        if trouble is None:
            raise fault
        if not isinstance(fault, Trouble):
            _log.warning("%s: %s", self.survey, fault)
        await self.send(Fault(trouble.code, trouble.detail))

    def _may_act(self) -> bool:
        return self._node.allowances.take((self.survey, self.participant, "act"), JOURNALED, time.monotonic())

    async def _report(self, report: Report) -> None:
        if not await self._reports.take(report):
            words = Text(
                "设备状态变化过于频繁：不再逐条登记，只登记最后的状态。",
                "Your device reports changes too often: they are no longer put on record one by one, but by their end.",
            )
            raise Refused("too_often", words)

    async def _act(self, message: FromPerson) -> None:  # noqa: C901, PLR0912 - one arm for each message
        me, case = self.participant, self._case
        match message:
            case Hello():
                raise Refused("again", Text("已经打过招呼。", "This connection has already said hello."))
            case Ping(n):
                await self.send(Pong(n))
            case DeviceReport() as report:
                await self._report(DeviceChecked(me, report.camera, report.microphone, report.location))
            case JoinMedia(peer):
                await self._join_media(peer)
            case SdpAnswer(revision, sdp):
                await self._answer(revision, sdp)
            case Mute(kind, muted):
                if (live := self._live) is not None:
                    live.mute(me, kind, muted=muted)
                await self._report(Muted(me, kind, muted))
            case Interrupted(what, over):
                await self._report(InterruptedEvent(me, what, over))
            case DeviceTurned(facing, orientation):
                await self._report(DeviceTurnedEvent(me, facing, orientation))
            case AskStill(note, point):
                await self._ask_still(note, point)
            case StillTaken() as taken:
                await commit_still(self._node, case, self.person, taken)
            case StandAside(cause, reason):
                await stand_aside(self._node, case, Recused(me, cause, reason.strip()))
            case CommitNumber() | RevealNumber():
                await take_number(self._node, case, self.person, message)
            case Conclude():
                signed = signature_of(me, message)
                await case.decide(lambda survey: signing(survey, signed, self._node.clock()))
            case _:
                if isinstance(message, Consent) and message.notice != self._notice:
                    raise Refused("old_notice", Text("告知已更新，请刷新页面。", "The notice has changed: reload."))
                await case.decide(lambda survey: recorded(survey, me, message))

    @property
    def _notice(self) -> str:
        return NOTICES[self._case.survey.mode]

    @property
    def _live(self) -> LiveSession | None:
        live = self._node.live.get(self._case.id)
        return live if isinstance(live, LiveSession) else None

    async def _join_media(self, username: str) -> None:
        try:
            live = await live_of(self._node, self._case)
            await live.join(self.participant, self, username)
        except SessionOver:
            raise Refused("not_open", Text("通话已经结束。", "The call is closed.")) from None
        except TooOften:
            raise too_many() from None

    async def _answer(self, revision: int, sdp: str) -> None:
        live = self._live
        try:
            if live is not None:
                await live.answer(self.participant, revision, sdp)
        except ValueError as fault:
            words = Text(f"媒体协商失败：{fault}", f"The media answer can't be used: {fault}")
            raise Refused("bad_sdp", words) from None

    async def _ask_still(self, note: str, point: str | None) -> None:
        nonce = token_urlsafe(16)
        expires = self._node.clock() + timedelta(seconds=STILL_SECONDS)
        outside = point is None
        await self._case.record(StillAsked(self.participant, nonce, note, expires, point, outside))
        request = StillRequested(nonce, self.person.name, note, expires, point, outside)
        for one in self._audience.of(self._case.id):
            if one.person.role == "applicant":
                with contextlib.suppress(ConnectionError):
                    await one.send(request)

    async def _repeat_request(self) -> None:
        """An applicant who reconnects sees the newest request that still waits for its still."""
        now = self._node.clock()
        waiting = [
            still for still in self._case.survey.stills.values() if still.committed is None and still.expires_at > now
        ]
        if waiting:
            still = waiting[-1]
            by = self._case.survey.participants[still.by].name
            await self.send(StillRequested(still.nonce, by, still.note, still.expires_at, still.point, still.outside))

    async def _want(self) -> None:
        """The page's part in a draw, told once on each line."""
        wanted = wanted_of_page(self._case.survey)
        if wanted is not None and wanted != self._wanted:
            self._wanted = wanted
            await self.send(wanted)

    def _silent_s(self) -> float | None:
        """Seconds since the person's media were heard; None if they have no part in the call."""
        return None if self._live is None else self._live.silent_s(self.participant)

    async def _await_return(self) -> None:
        """The line is lost without a goodbye. The person stays present as long as their media are heard, and
        `return_s` longer; meanwhile this lost line stays theirs, until a new one takes its place.
        """
        lost_at = time.monotonic()
        while (silent_s := self._silent_s()) is not None:
            patience_s = self._node.settings.return_s - min(silent_s, time.monotonic() - lost_at)
            if patience_s <= 0:
                break
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._replaced.wait(), patience_s)
                return  # the connection that replaced this one keeps the person present
        await self._leave("lost")

    async def _leave(self, cause: Literal["closed", "lost"]) -> None:
        last = self._audience.leave(self)
        if not last:
            return  # the connection that replaced this one keeps the person present
        try:
            if (live := self._live) is not None:
                with contextlib.suppress(DatabaseFault):  # their media are closed, and Left says so too
                    await live.leave(self.participant, self, lost=cause == "lost")
        finally:
            try:
                await self._left(cause)
            except DatabaseFault as fault:  # else they would be present for ever, and the session never idle
                _log.warning("%s: %s", self.survey, fault)
                self._node.persist(f"leaving of {self.participant}", partial(self._left, cause))

    async def _left(self, cause: Literal["closed", "lost"]) -> None:
        await self._case.record(
            Left(self.participant, "server_restart" if self._node.stopping else cause),
            unless=lambda _: not self.person.present or self._audience.has(self.survey, self.participant),
        )
        self._node.watch(watch_idle(self._node, self._case))

    async def _push(self) -> None:
        with contextlib.suppress(ConnectionError):
            while True:
                await self._changed.wait()
                await asyncio.sleep(0.05)  # several changes at once become one message
                self._changed.clear()
                refused = may_read(self._case.survey, self.person.role)
                if refused is not None:
                    await self.send(Fault(refused.code, refused.text, fatal=True))
                    await self._socket.close()
                    return
                view = await survey_view(self._node, self._case, self.person)
                if view != self._shown:
                    self._shown = view
                    await self.send(SurveyChanged(view))
                if self.person.role == "applicant":
                    await self._want()

    async def _light(self) -> None:
        resting: list[str] = []
        with contextlib.suppress(ConnectionError):
            while True:
                await asyncio.sleep(1.0)
                live = self._live
                if live is None:
                    continue
                await self.send(live.light())
                if resting != live.resting(self.participant):
                    resting = live.resting(self.participant)
                    await self.send(PicturesRest(resting))

    def _points(self) -> frozenset[str]:
        return frozenset(point.id for point in self._case.survey.application.item.view.points)
