"""A real credit platform for tests: standings by code, credit events taken once by id, repairs; its state in SQLite.

`python -m tests.platform_server --db FILE --port N [--bearer TOKEN | --key-id ID --secret TEXT] [--cert PEM]` prints
"ready at URL" and serves until it is killed; what it has acknowledged is synced to disk before the answer goes out.

    GET  /standings/{code}      200 {code, as_of, tier | null, events: [...], representative?, ref}
    PUT  /standings/{code}      the test sets {tier, tier_since?, as_of?, representative?, authorised_at?}
    PUT  /events/{event_id}     201 new, 200 the same again, 409 other content under this id, 422 what is wrong
    PUT  /repairs/{event_id}    likewise {repaired_at, ...}; 404 an event it does not know
    PUT  /reversals/{event_id}  likewise {reversed_at, ...}: on appeal
    GET  /events                {events: [{id, content, received_at, deliveries, repair | null, reversal | null}]}
    PUT  /faults                the test orders [{kind, seconds?, times?, path?}], used up in order: see `Fault`

An event's `subject` is a code, or the `ref` by which this platform answered for it: who keeps no codes keeps that.
"""

import argparse
import asyncio
import contextlib
import hmac
import re
import select
import signal
import sqlite3
import ssl
import subprocess
import sys
import time
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
import rfc8785
from aiohttp import web
from msgspec import Meta, Struct

from tests.servers import free_port

ROOT = Path(__file__).parent.parent
SERVE = (sys.executable, "-m", "tests.platform_server")
Time = Annotated[datetime, Meta(tz=True)]
WINDOW = timedelta(minutes=5)
"""How old a signature may be."""
TABLES = """
CREATE TABLE IF NOT EXISTS subjects (code TEXT PRIMARY KEY, ref TEXT UNIQUE NOT NULL, evaluation TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS events (
  id TEXT PRIMARY KEY, number INTEGER UNIQUE NOT NULL, code TEXT NOT NULL, content TEXT NOT NULL,
  received_at TEXT NOT NULL, deliveries INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS repairs (
  event_id TEXT PRIMARY KEY REFERENCES events (id), content TEXT NOT NULL, deliveries INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS reversals (
  event_id TEXT PRIMARY KEY REFERENCES events (id), content TEXT NOT NULL, deliveries INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS nonces (nonce TEXT PRIMARY KEY);
"""


class Naming(Struct, frozen=True):
    """Words in both languages."""

    zh: Annotated[str, Meta(min_length=1)]
    en: Annotated[str, Meta(min_length=1)]


class Event(Struct, frozen=True):
    """What must be in an event's content; more is kept as it came (evidence digests, the repair notice)."""

    subject: str
    kind: Naming
    severity: Literal["minor", "general", "serious"]
    at: Time
    rule: Annotated[str, Meta(min_length=1)]
    confirmed_by: Annotated[str, Meta(min_length=1)]
    until: Time | None = None


class Repair(Struct, frozen=True):
    """What must be in a repair."""

    repaired_at: Time


class Reversal(Struct, frozen=True):
    """What must be in a reversal."""

    reversed_at: Time


class Evaluation(Struct, frozen=True, forbid_unknown_fields=True):
    """What the test sets: the tier before events, None for a subject that was not evaluated."""

    tier: Literal["red", "orange", "blue", "black"] | None = None
    tier_since: Time | None = None
    as_of: Time | None = None
    representative: str | None = None
    authorised_at: Time | None = None


class Fault(Struct, forbid_unknown_fields=True):
    """`slow` waits and then answers; `error` is a 500; `garbage` a 200 that is no JSON; `cut` hangs up without doing
    anything; `half` hangs up amid the answer; `lost_answer` does the work and hangs up instead of answering;
    `redirect` sends elsewhere; `long` answers with 3 MB.
    """

    kind: Literal["slow", "error", "garbage", "cut", "half", "lost_answer", "redirect", "long"]
    seconds: float = 0
    times: int = 1_000_000
    path: str = ""
    """Only for requests whose path begins so."""


@dataclass
class State:
    """The database, and who may ask."""

    database: sqlite3.Connection
    bearer: str = ""
    key_id: str = ""
    secret: str = ""
    faults: list[Fault] = field(default_factory=list)


STATE = web.AppKey("state", State)


def application(state: State) -> web.Application:
    app = web.Application(middlewares=[faulty, authorised])
    app[STATE] = state
    app.add_routes(
        [
            web.get("/standings/{code}", answer_standing),
            web.put("/standings/{code}", set_standing),
            web.put("/events/{id}", take_event),
            web.put("/repairs/{id}", partial(take_lift, "repairs", Repair)),
            web.put("/reversals/{id}", partial(take_lift, "reversals", Reversal)),
            web.get("/events", list_events),
            web.put("/faults", order_faults),
        ]
    )
    return app


@web.middleware
async def faulty(request: web.Request, handler: Any) -> web.StreamResponse:
    """Break what was ordered to be broken."""
    fault = next(
        (one for one in request.app[STATE].faults if one.times > 0 and request.path.startswith(one.path)), None
    )
    if fault is None or request.path == "/faults":
        return await handler(request)
    fault.times -= 1
    match fault.kind:
        case "slow":
            await asyncio.sleep(fault.seconds)
            return await handler(request)
        case "error":
            return web.json_response({"error": "out of order"}, status=500)
        case "garbage":
            return web.Response(text="<html>maintenance</html>", content_type="application/json")
        case "cut":
            return hang_up(request)
        case "lost_answer":
            await handler(request)
            return hang_up(request)
        case "redirect":
            return web.Response(status=307, headers={"Location": f"{request.scheme}://{request.host}/elsewhere"})
        case "long":
            return web.Response(body=b" " * (3 << 20), content_type="application/json")
        case "half":
            response = web.StreamResponse(headers={"Content-Length": "500", "Content-Type": "application/json"})
            await response.prepare(request)
            await response.write(b'{"code": "9')
            return hang_up(request)


def hang_up(request: web.Request) -> web.Response:
    """Reset the connection in the middle of things."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


@web.middleware
async def authorised(request: web.Request, handler: Any) -> web.StreamResponse:
    """401 unless the request carries the bearer token, or a fresh signature of this very request."""
    state, fault = request.app[STATE], ""
    if request.path == "/faults" or (request.method == "PUT" and request.path.startswith("/standings/")):
        return await handler(request)  # the test's own orders
    if state.bearer and not hmac.compare_digest(request.headers.get("Authorization", ""), f"Bearer {state.bearer}"):
        fault = "no bearer token, or a wrong one"
    if state.secret:
        fault = signature_fault(state, request, await request.read())
    return web.json_response({"error": fault}, status=401) if fault else await handler(request)


def signature_fault(state: State, request: web.Request, body: bytes) -> str:
    """What is wrong with the request's RFC 9421 signature; empty if nothing is. Written apart from the signer."""
    given = re.fullmatch(
        r'(\w+)=(\(([^)]*)\);created=(\d+);nonce="(\w+)";keyid="([^"]+)";alg="hmac-sha256")',
        request.headers.get("Signature-Input", ""),
    )
    if given is None:
        return "no signature"
    label, params, names, created, nonce, key_id = given.groups()
    digest = f"sha-256=:{b64encode(sha256(body).digest()).decode()}:"
    values = {
        '"@method"': request.method,
        '"@authority"': request.host,
        '"@path"': request.path,
        '"@query"': "?" + request.query_string,
        '"content-digest"': digest,
    }
    needed = set(values) - (set() if body else {'"content-digest"'})
    if set(names.split()) != needed:
        return f"the signature covers {names}"
    base = "\n".join([*(f"{name}: {values[name]}" for name in names.split()), f'"@signature-params": {params}'])
    expected = b64encode(hmac.digest(state.secret.encode(), base.encode(), "sha256")).decode()
    if key_id != state.key_id or request.headers.get("Signature") != f"{label}=:{expected}:":
        return "the signature does not fit"
    if abs(time.time() - int(created)) > WINDOW.total_seconds():
        return "the signature is too old"
    with state.database as database:
        fresh = database.execute("INSERT OR IGNORE INTO nonces VALUES (?)", [nonce]).rowcount
    return "" if fresh else "the signature was used before"


async def answer_standing(request: web.Request) -> web.Response:
    return web.json_response(standing(request.app[STATE].database, request.match_info["code"]))


def standing(database: sqlite3.Connection, code: str) -> dict[str, Any]:
    """What the platform says of one subject; of one it never heard of, that it has no evaluation and no events."""
    row = database.execute("SELECT ref, evaluation FROM subjects WHERE code = ?", [code]).fetchone()
    evaluation = msgspec.json.decode(row[1], type=Evaluation) if row else Evaluation()
    events = database.execute(
        "SELECT e.id, e.content, r.content, a.content FROM events e LEFT JOIN repairs r ON r.event_id = e.id"
        " LEFT JOIN reversals a ON a.event_id = e.id WHERE e.code = ? ORDER BY e.number",
        [code],
    )
    told: dict[str, Any] = {
        "code": code,
        "as_of": (evaluation.as_of or datetime.now(UTC)).isoformat(),
        "tier": evaluation.tier,
        "events": [_published(*event) for event in events],
    }
    if evaluation.tier_since:
        told["tier_since"] = evaluation.tier_since.isoformat()
    if row:
        told["ref"] = row[0]
    if evaluation.representative and evaluation.authorised_at:
        told["authorised_at"] = evaluation.authorised_at.isoformat()
        theirs = standing(database, evaluation.representative)
        told["representative"] = {name: theirs[name] for name in ("as_of", "tier", "events")}
    return told


def _published(event: str, content: str, repair: str | None, reversal: str | None) -> dict[str, Any]:
    shown = msgspec.to_builtins(msgspec.json.decode(content, type=Event))
    del shown["subject"]
    if shown["until"] is None:
        del shown["until"]
    if repair is not None:
        shown["repaired_at"] = msgspec.json.decode(repair)["repaired_at"]
    if reversal is not None:
        shown["reversed_at"] = msgspec.json.decode(reversal)["reversed_at"]
    return {"id": event, **shown}


async def set_standing(request: web.Request) -> web.Response:
    evaluation = msgspec.json.decode(await request.read(), type=Evaluation)
    with request.app[STATE].database as database:
        _know(database, request.match_info["code"], msgspec.json.encode(evaluation).decode())
    return web.json_response({})


def _know(database: sqlite3.Connection, code: str, evaluation: str) -> None:
    ref = sha256(b"ref of " + code.encode()).hexdigest()[:24]
    database.execute(
        "INSERT INTO subjects VALUES (?, ?, ?) ON CONFLICT (code) DO UPDATE SET evaluation = excluded.evaluation",
        [code, ref, evaluation],
    )


async def take_event(request: web.Request) -> web.Response:
    state, event = request.app[STATE], request.match_info["id"]
    try:
        told = msgspec.json.decode(body := await request.read(), type=Event)
    except msgspec.DecodeError as error:
        return web.json_response({"error": str(error)}, status=422)
    content = rfc8785.dumps(msgspec.json.decode(body)).decode()
    with state.database as database:
        row = database.execute("SELECT content FROM events WHERE id = ?", [event]).fetchone()
        if row is not None:
            if row[0] != content:
                return web.json_response({"error": f"event {event} is here with other content"}, status=409)
            database.execute("UPDATE events SET deliveries = deliveries + 1 WHERE id = ?", [event])
            return web.json_response({"id": event})
        known = database.execute("SELECT code FROM subjects WHERE ref = ?", [told.subject]).fetchone()
        code = known[0] if known else told.subject
        if not known and len(code) != 18:
            return web.json_response({"error": "subject is neither a code nor a known ref"}, status=422)
        if database.execute("SELECT 1 FROM subjects WHERE code = ?", [code]).fetchone() is None:
            _know(database, code, "{}")
        database.execute(
            "INSERT INTO events VALUES (?, (SELECT coalesce(max(number), 0) + 1 FROM events), ?, ?, ?, 1)",
            [event, code, content, datetime.now(UTC).isoformat()],
        )
    return web.json_response({"id": event}, status=201)


async def take_lift(table: str, kind: type[Struct], request: web.Request) -> web.Response:
    state, event = request.app[STATE], request.match_info["id"]
    try:
        msgspec.json.decode(body := await request.read(), type=kind)
    except msgspec.DecodeError as error:
        return web.json_response({"error": str(error)}, status=422)
    content = rfc8785.dumps(msgspec.json.decode(body)).decode()
    with state.database as database:
        if database.execute("SELECT 1 FROM events WHERE id = ?", [event]).fetchone() is None:
            return web.json_response({"error": f"there is no event {event}"}, status=404)
        row = database.execute(f"SELECT content FROM {table} WHERE event_id = ?", [event]).fetchone()
        if row is not None and row[0] != content:
            return web.json_response({"error": f"event {event} is in {table} with other content"}, status=409)
        database.execute(
            f"INSERT INTO {table} VALUES (?, ?, 1) ON CONFLICT (event_id) DO UPDATE SET deliveries = deliveries + 1",
            [event, content],
        )
    return web.json_response({"id": event}, status=201 if row is None else 200)


async def list_events(request: web.Request) -> web.Response:
    rows = request.app[STATE].database.execute(
        "SELECT e.id, e.content, e.received_at, e.deliveries, r.content, a.content FROM events e"
        " LEFT JOIN repairs r ON r.event_id = e.id LEFT JOIN reversals a ON a.event_id = e.id ORDER BY e.number"
    )
    events = [
        {
            "id": event,
            "content": msgspec.json.decode(content),
            "received_at": received,
            "deliveries": deliveries,
            "repair": repair and msgspec.json.decode(repair),
            "reversal": reversal and msgspec.json.decode(reversal),
        }
        for event, content, received, deliveries, repair, reversal in rows
    ]
    return web.json_response({"events": events})


async def order_faults(request: web.Request) -> web.Response:
    request.app[STATE].faults[:] = msgspec.json.decode(await request.read(), type=list[Fault])
    return web.json_response({})


def open_state(path: Path, bearer: str = "", key_id: str = "", secret: str = "") -> State:
    database = sqlite3.connect(path)
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("PRAGMA synchronous = FULL")
    database.executescript(TABLES)
    return State(database, bearer, key_id, secret)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--db", type=Path, required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--bearer", default="")
    parser.add_argument("--key-id", default="")
    parser.add_argument("--secret", default="")
    parser.add_argument("--cert", default="", help="PEM file with certificate and key: then it speaks TLS")
    given = parser.parse_args()
    app = application(open_state(given.db, given.bearer, given.key_id, given.secret))
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH) if given.cert else None
    if tls is not None:
        tls.load_cert_chain(given.cert)
    url = f"{'https' if tls else 'http'}://127.0.0.1:{given.port}"
    ready = partial(print, f"ready at {url}", flush=True)
    web.run_app(app, host="127.0.0.1", port=given.port, access_log=None, ssl_context=tls, print=lambda _: ready())


@dataclass
class PlatformServer:
    """The platform as a child process; `start` again after `kill`: same port, same state."""

    directory: Path
    arguments: tuple[str, ...] = ()
    port: int = field(default_factory=free_port)
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def url(self) -> str:
        return f"{'https' if '--cert' in self.arguments else 'http'}://127.0.0.1:{self.port}"

    @property
    def db(self) -> Path:
        return self.directory / "platform.db"

    def start(self, timeout_s: float = 30) -> None:
        self.directory.mkdir(parents=True, exist_ok=True)
        with (self.directory / "platform.log").open("ab") as log:
            self.process = subprocess.Popen(
                [*SERVE, "--db", str(self.db), "--port", str(self.port), *self.arguments],
                cwd=ROOT,
                stdout=subprocess.PIPE,
                stderr=log,
            )
        assert self.process.stdout is not None
        ready = select.select([self.process.stdout], [], [], timeout_s)[0] and self.process.stdout.readline()
        assert ready, (self.directory / "platform.log").read_text()

    def kill(self) -> None:
        """SIGKILL, and gone when this returns."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()

    def received(self) -> list[tuple[str, int]]:
        """Every event on its disk and how often it came, whether or not the process runs: in order of receipt."""
        with contextlib.closing(sqlite3.connect(self.db)) as database:
            return database.execute("SELECT id, deliveries FROM events ORDER BY number").fetchall()


@contextlib.contextmanager
def platform(directory: Path, *arguments: str) -> Iterator[PlatformServer]:
    server = PlatformServer(directory, arguments)
    try:
        server.start()
        yield server
    finally:
        server.kill()


if __name__ == "__main__":
    main()
