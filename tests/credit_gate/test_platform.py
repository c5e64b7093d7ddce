"""A credit platform as a source, against a real one: asked each time, silent in every way a server can be."""

import asyncio
import itertools
import sqlite3
import time
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
import pytest
import trustme

from credit_gate import policy, words
from credit_gate.decision import Decision, OnSite
from credit_gate.gate import decide
from credit_gate.policy import ItemTerms
from credit_gate.sources.answer import BadAnswer, answered
from credit_gate.sources.breaker import AFTER, LONGEST_REST_S, Breaker
from credit_gate.sources.last_known import LastKnown
from credit_gate.sources.platform import Platform, PlatformTerms
from credit_gate.sources.signing import SharedKey
from credit_gate.standing import Standing
from credit_gate.subject import parse
from credit_gate.tier import Tier
from tests.platform_server import PlatformServer, platform

POLICY, ITEM = policy.load(), ItemTerms("plain", "remote_survey", 10)
FIRM, PERSON = parse("91350100M000100Y43"), parse("11010519491231002X")
BEARER, KEY = "a token of the node", SharedKey("node-1", b"a secret of 22 letters")
EVENT = {
    "subject": "91350100M000100Y43",
    "kind": {"zh": "提交虚假材料", "en": "false material"},
    "severity": "serious",
    "at": "2026-02-20T09:00:00+08:00",
    "rule": "《法》第七十八条",
    "confirmed_by": "某局",
}
BROKEN = ["error", "garbage", "cut", "half", "slow", "redirect", "long"]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PlatformServer]:
    with platform(tmp_path_factory.mktemp("platform"), "--bearer", BEARER) as running:
        yield running


class Bench:
    """A platform source and what a test needs around it."""

    def __init__(self, server: PlatformServer, folder: Path) -> None:
        self.server, self.folder = server, folder
        self.now = datetime.now(UTC)
        self.sources: list[Platform] = []
        self.http = aiohttp.ClientSession(headers={"Authorization": f"Bearer {BEARER}"})

    def source(self, auth: str | SharedKey = BEARER, timeout_s: float = 10, rest_s: float = 0.05) -> Platform:
        terms = PlatformTerms(self.server.url, auth, timeout_s, rest_s)
        one = Platform(terms, LastKnown(self.folder / "standings.db"), b"key", 7, lambda: self.now)
        self.sources.append(one)
        return one

    async def put(self, path: str, body: Any) -> None:
        async with self.http.put(f"{self.server.url}/{path}", json=body) as answer:
            assert answer.status < 300, await answer.text()

    async def evaluated(self, tier: str | None, **more: Any) -> None:
        await self.put("standings/91350100M000100Y43", {"tier": tier, **more})

    async def broken(self, kind: str, times: int = 1000) -> None:
        await self.put("faults", [{"kind": kind, "seconds": 60, "times": times}])

    async def decided(self, source: Platform) -> Decision:
        return self.decide(await source.ask(FIRM, self.now))

    def decide(self, standing: Standing) -> Decision:
        return decide(FIRM, standing, ITEM, POLICY, self.now)


@pytest.fixture
async def bench(server: PlatformServer, tmp_path: Path) -> AsyncIterator[Bench]:
    if server.process is None or server.process.poll() is not None:
        server.start()
    one = Bench(server, tmp_path)
    await one.put("faults", [])
    await one.evaluated("red")
    yield one
    for source in one.sources:
        await source.close()
    await one.http.close()


def codes(decision: Decision) -> list[str]:
    return [reason.code for reason in decision.reasons]


_numbers = itertools.count(1)


async def test_records_repairs_and_reversals_count_at_the_next_question(bench: Bench) -> None:
    source, lifted = bench.source(), datetime.now(UTC) - timedelta(minutes=1)
    assert (await bench.decided(source)).tier is Tier.RED
    for path, name in (("repairs", "repaired_at"), ("reversals", "reversed_at")):
        event = f"E-{next(_numbers)}"
        await bench.put(f"events/{event}", EVENT)
        decision = await bench.decided(source)
        assert (decision.outcome, decision.tier, decision.events) == ("on_site", Tier.BLACK, (event,))
        await bench.put(f"{path}/{event}", {name: lifted.isoformat()})
        decision = await bench.decided(source)
        assert (decision.outcome, decision.tier, decision.source) == ("admitted", Tier.RED, bench.server.url)


async def test_who_is_not_evaluated_is_unknown_and_may_be_represented(bench: Bench) -> None:
    source = bench.source()
    stranger = await source.ask(PERSON, bench.now)
    assert (stranger.tier, stranger.unknown_because, stranger.fault) == (Tier.UNKNOWN, words.NO_RECORD, "")
    await bench.put("standings/440524188001010014", {"tier": "red"})
    await bench.evaluated(None, representative="440524188001010014", authorised_at=bench.now.isoformat())
    decision = await bench.decided(source)
    assert (decision.outcome, decision.whose) == ("admitted", "representative")
    before = await source.ask(FIRM, bench.now - timedelta(seconds=1))
    assert before.representative is None


@pytest.mark.parametrize("kind", BROKEN)
async def test_a_platform_that_fails_admits_nobody_but_by_its_last_known_word(bench: Bench, kind: str) -> None:
    timeout_s = 0.5 if kind == "slow" else 10
    stranger, source = bench.source(timeout_s=timeout_s), bench.source()
    assert (await bench.decided(source)).outcome == "admitted"
    await bench.broken(kind)
    unknown = await stranger.ask(PERSON, bench.now)
    assert isinstance(bench.decide(unknown), OnSite)
    assert (unknown.tier, unknown.unknown_because) == (Tier.UNKNOWN, words.SOURCE_SILENT)
    assert "11010519491231002" not in unknown.fault
    assert unknown.fault.startswith(bench.server.url)

    again = bench.source(timeout_s=timeout_s)  # as after a restart: the last known standings are on disk
    bench.now += timedelta(days=6)
    decision = await bench.decided(again)
    assert (decision.outcome, decision.tier) == ("admitted", Tier.RED)
    assert "last_known" in codes(decision)
    bench.now += timedelta(days=2)
    decision = await bench.decided(again)
    assert (decision.outcome, decision.tier) == ("on_site", Tier.UNKNOWN)
    assert "source_silent" in codes(decision)


async def test_nobody_waits_longer_than_the_limit(bench: Bench) -> None:
    source = bench.source(timeout_s=0.3)
    await bench.broken("slow")
    began = time.monotonic()
    told = await asyncio.gather(*(source.ask(FIRM, bench.now) for _ in range(20)))
    assert time.monotonic() - began < 5
    assert all(standing.tier is Tier.UNKNOWN for standing in told)


async def test_the_last_known_word_goes_on_as_time_goes_on(bench: Bench) -> None:
    """What was recorded when the platform fell silent ends by itself, a repair that it did not tell of does not."""
    await bench.put("events/E-ends", EVENT | {"until": (bench.now + timedelta(days=2)).isoformat()})
    source = bench.source()
    assert (await bench.decided(source)).tier is Tier.BLACK
    bench.server.kill()
    assert (await bench.decided(source)).tier is Tier.BLACK
    bench.now += timedelta(days=3)
    assert (await bench.decided(source)).tier is Tier.RED
    bench.server.start()
    await bench.put("repairs/E-ends", {"repaired_at": datetime.now(UTC).isoformat()})


async def test_one_hiccup_is_asked_over_and_an_error_of_its_own_is_not(bench: Bench) -> None:
    source = bench.source()
    await bench.broken("cut", times=2)  # aiohttp's own second attempt goes down too
    assert (await source.ask(FIRM, bench.now)).fault == ""
    await bench.broken("error", times=1)
    told = await source.ask(PERSON, bench.now)
    assert "500" in told.fault
    assert (await source.ask(PERSON, bench.now)).fault == ""


async def test_after_failures_in_a_row_it_is_left_alone_and_comes_back(bench: Bench) -> None:
    source = bench.source(rest_s=0.5)
    await bench.decided(source)
    await bench.broken("error", times=AFTER)
    for _ in range(AFTER):
        assert "500" in (await source.ask(FIRM, bench.now)).fault
    resting = await source.ask(FIRM, bench.now)  # the platform is well again, but is not asked
    assert "left alone" in resting.fault
    assert codes(bench.decide(resting))[-1] == "last_known"
    await asyncio.sleep(0.6)
    assert (await source.ask(FIRM, bench.now)).fault == ""
    assert (await source.ask(FIRM, bench.now)).learnt is None


async def test_every_attempt_is_signed_anew(tmp_path: Path) -> None:
    with platform(tmp_path / "signed", "--key-id", KEY.id, "--secret", KEY.secret.decode()) as server:
        bench = Bench(server, tmp_path)
        source = bench.source(KEY)
        await bench.evaluated("orange")
        assert (await source.ask(FIRM, bench.now)).tier is Tier.ORANGE
        await bench.broken("lost_answer", times=3)
        told = await source.ask(FIRM, bench.now)
        assert (told.tier, told.fault) == (Tier.ORANGE, "")
        for wrong in (SharedKey("node-1", b"some other secret"), SharedKey("node-2", KEY.secret), BEARER):
            told = await bench.source(wrong).ask(PERSON, bench.now)
            assert "answers 401; check credit_bearer" in told.fault
        for one in bench.sources:
            await one.close()
        await bench.http.close()


async def test_a_platform_nobody_vouches_for_is_not_asked(tmp_path: Path) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(tmp_path / "platform.pem")
    with platform(tmp_path / "platform", "--bearer", BEARER, "--cert", str(tmp_path / "platform.pem")) as server:
        for ca, fault in ((tmp_path / "ca.pem", ""), (None, "ClientConnectorCertificateError")):
            terms = PlatformTerms(server.url, BEARER, 10, ca=ca)
            source = Platform(terms, LastKnown(tmp_path / f"{fault}.db"), b"key", 7, lambda: datetime.now(UTC))
            told = await source.ask(FIRM, datetime.now(UTC))
            await source.close()
            assert told.unknown_because == (words.SOURCE_SILENT if fault else words.NO_RECORD)
            assert fault in told.fault


async def test_nothing_that_is_kept_names_anybody(bench: Bench) -> None:
    source = bench.source()
    await source.ask(FIRM, bench.now)
    await source.ask(PERSON, bench.now)
    await source.close()
    bench.sources.remove(source)
    files = list(bench.folder.glob("standings.db*"))
    assert files
    for file in files:
        kept = file.read_bytes()
        assert b"91350100M000100Y43" not in kept
        assert b"11010519491231002X" not in kept
        assert file.stat().st_mode & 0o077 == 0


def test_the_file_keeps_the_newest_forgets_the_old_and_survives_being_broken(tmp_path: Path) -> None:
    path, now = tmp_path / "standings.db", datetime.now(UTC)
    known = LastKnown(path)
    known.put("a", now, b"newer")
    known.put("a", now - timedelta(seconds=1), b"older")
    known.put("b", now - timedelta(days=8), b"old")
    known.forget(now - timedelta(days=7))
    known.close()
    again = LastKnown(path)
    assert (again.get("a"), again.get("b"), again.get("c")) == (b"newer", None, None)
    again.close()
    path.write_bytes(b"no database at all, but long enough to be looked at" * 100)
    broken = LastKnown(path)
    assert broken.get("a") is None
    broken.put("a", now, b"anew")
    assert broken.get("a") == b"anew"
    broken.close()
    assert path.with_name("standings.db.broken").exists()


async def test_a_disk_that_does_not_take_it_is_the_operators_trouble_alone(bench: Bench) -> None:
    source = bench.source()
    await source.ask(FIRM, bench.now)
    with sqlite3.connect(bench.folder / "standings.db") as database:
        database.execute("DROP TABLE standing")
    told = await source.ask(FIRM, bench.now)
    assert (told.tier, "cannot be written" in told.fault) == (Tier.RED, True)
    await bench.broken("error")
    assert isinstance(await bench.decided(source), OnSite)


NOW = datetime(2026, 11, 22, 2, tzinfo=UTC)
GOOD: dict[str, Any] = {
    "code": "91350100M000100Y43",
    "as_of": "2026-11-22T09:59:00+08:00",
    "tier": "orange",
    "events": [{"id": "E-1", **{name: value for name, value in EVENT.items() if name != "subject"}}],
}


def test_an_answer_of_the_agreed_form_is_taken() -> None:
    known = answered(msgspec.json.encode(GOOD), "91350100M000100Y43", NOW)
    assert (known.tier, [event.id for event in known.events]) == (Tier.ORANGE, ["E-1"])


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"code": "91110000710925462X"}, "another subject"),
        ({"tier": "green"}, "tier"),
        ({"tier": "unknown"}, "form"),
        ({"as_of": "2026-11-22T09:59:00"}, "as_of"),
        ({"as_of": "2026-11-22T10:11:00+08:00"}, "yet to come"),
        ({"suspended": True}, "form"),
        ({"events": None}, "events"),
        ({"events": [{**GOOD["events"][0], "suspended_at": "2026-11-01T00:00:00+08:00"}]}, "events[0]"),
        ({"events": [{**GOOD["events"][0], "severity": "grave"}]}, "severity"),
        ({"events": [{**GOOD["events"][0], "repaired_at": "2020-01-01T00:00:00+08:00"}]}, "form"),
        ({"events": GOOD["events"] * 2}, "form"),
        ({"events": GOOD["events"] * 1001}, "events"),
        ({"representative": {"as_of": GOOD["as_of"], "tier": "red", "events": []}}, "form"),
        ({"authorised_at": GOOD["as_of"]}, "form"),
    ],
)
def test_an_answer_that_says_anything_unforeseen_is_none(change: dict[str, Any], says: str) -> None:
    with pytest.raises(BadAnswer) as caught:
        answered(msgspec.json.encode(GOOD | change), "91350100M000100Y43", NOW)
    assert says in str(caught.value)
    assert not any(word in str(caught.value) for word in ("grave", "green", "9135"))


@pytest.mark.parametrize("body", [b"", b"null", b"[]", b"{}", b"<html>", b"\xff\xfe", b'{"code": 1}', b"[" * 100_000])
def test_what_is_no_answer_at_all_is_none(body: bytes) -> None:
    with pytest.raises(BadAnswer):
        answered(body, "91350100M000100Y43", NOW)


def test_the_breaker_rests_longer_each_time_and_lets_one_probe_through() -> None:
    breaker, now = Breaker(first_rest_s=1), 0.0
    for _ in range(AFTER):
        assert breaker.lets_through(now)
        breaker = breaker.asked().failed(now)
    rests = []
    for _ in range(10):
        assert not breaker.lets_through(now)
        assert breaker.rests_until is not None
        rests.append(breaker.rests_until - now)
        assert not breaker.lets_through(breaker.rests_until - 0.01)
        now = breaker.rests_until
        assert breaker.lets_through(now)
        breaker = breaker.asked()
        assert not breaker.lets_through(now)  # one probe at a time
        breaker = breaker.failed(now)
    assert rests == [1, 2, 4, 8, 16, 32, 64, *[LONGEST_REST_S] * 3]
    probing = breaker.asked()
    assert probing.given_up().lets_through(now + LONGEST_REST_S)
    assert breaker.asked().answered() == Breaker(first_rest_s=1)


def test_what_was_still_out_when_the_rest_began_does_not_lengthen_it() -> None:
    breaker = Breaker(first_rest_s=1)
    for _ in range(AFTER):
        breaker = breaker.asked().failed(0)
    assert breaker.failed(0.9).rests_until == breaker.rests_until
