"""Letters reach a real relay over real sockets; what it answers decides whether one comes again."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest

from survey_server.flows.letters import letter
from survey_server.net.smtp import Mailer, Relay
from survey_server.net.webhook import NotTaken
from survey_server.wire.basics import Text
from tests.mail_server import ACCOUNT, MailServer, mail_server

AT = datetime(2026, 11, 23, 1, tzinfo=UTC)
ROW = "s261123abcdef0123/r/signature.20261122T010006.3d-on.0123456789"
HEAD = Text("结论待签署：琼审〔2026〕1 号\n号", "A conclusion waits for a signature: 琼审〔2026〕1 号")
WORDS = Text("请签署。\n.\n期限：周五", "Please sign.\nUntil Friday " + "x" * 1200)


def written(to: str = "lin@bureau.test"):
    return letter(ROW, AT, HEAD, WORDS, "takan@bureau.test", to, "survey.example.gov")


def relay(server: MailServer, folder: Path, **over: object) -> Relay:
    ca = folder / "mail-ca.pem"
    user, password = server.account or ("", "")
    given = {"user": user, "password": password, "ca": ca if ca.exists() else None, "timeout_s": 5.0, **over}
    return Relay("127.0.0.1", server.port, server.security, **given)  # type: ignore[arg-type]


async def failed(server: MailServer, folder: Path, **over: object) -> NotTaken:
    with pytest.raises(NotTaken) as fault:
        await Mailer(relay(server, folder, **over)).send(written(), "lin@bureau.test")
    return fault.value


@pytest.mark.parametrize("security", ["none", "starttls", "tls"])
async def test_a_letter_arrives_as_it_was_written(tmp_path: Path, security: str) -> None:
    account = None if security == "none" else ACCOUNT
    async with mail_server(tmp_path, security, account) as server:
        await Mailer(relay(server, tmp_path)).send(written(), "lin@bureau.test")
        (came,) = server.letters
    assert (came.sender, came.to) == ("takan@bureau.test", "lin@bureau.test")
    message = came.message
    assert (
        message["Subject"] == "结论待签署：琼审〔2026〕1 号 号 / A conclusion waits for a signature: 琼审〔2026〕1 号"
    )
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Date"].datetime == AT
    assert message["Message-ID"] == written()["Message-ID"]
    assert str(message["Message-ID"]).endswith("@survey.example.gov>")
    assert came.text.replace("\r\n", "\n").startswith(f"{WORDS.zh}\n\n{WORDS.en}\n\n")
    assert message.get_content_type() == "text/plain"
    assert max(len(line) for line in came.data.split(b"\r\n")) <= 998
    assert all(byte < 128 for byte in came.data), "any relay passes it on"


def test_a_row_has_one_message_id_and_no_two_rows_the_same() -> None:
    ids = {written()["Message-ID"] for _ in range(2)}
    other = letter(ROW + "x", AT, HEAD, WORDS, "takan@bureau.test", "a@b.test", "survey.example.gov")
    assert len(ids) == 1
    assert other["Message-ID"] not in ids


@pytest.mark.parametrize(
    ("fault", "final", "words"),
    [
        ("rcpt 450 mailbox busy", False, "450 mailbox busy"),
        ("rcpt 550 nobody\x1b here", True, "550 nobody  here"),
        ("text 452 no room", False, "452 no room"),
        ("text 554 looks like spam", True, "554 looks like spam"),
        ("data 554 not now", True, "554 not now"),
        ("mail 550 who is takan", False, "550 who is takan"),
        ("cut", False, "hung up"),
    ],
)
async def test_what_the_relay_answers(tmp_path: Path, fault: str, final: bool, words: str) -> None:
    async with mail_server(tmp_path) as server:
        server.faults.append(fault)
        refused = await failed(server, tmp_path)
        assert (refused.final, words in str(refused)) == (final, True), refused
        assert server.letters == []
        await Mailer(relay(server, tmp_path)).send(written(), "lin@bureau.test")


async def test_a_wrong_account_is_not_the_letters_fault(tmp_path: Path) -> None:
    async with mail_server(tmp_path, "starttls", ACCOUNT) as server:
        refused = await failed(server, tmp_path, password="wrong")
        assert (refused.final, "535" in str(refused)) == (False, True)
        assert ACCOUNT[1] not in str(refused)


async def test_nothing_is_said_to_a_relay_that_is_not_who_it_should_be(tmp_path: Path) -> None:
    async with mail_server(tmp_path / "real", "starttls"), mail_server(tmp_path / "other", "starttls") as other:
        assert "certificate" in str(await failed(other, tmp_path / "real"))
        assert not any(line.startswith(("MAIL", "AUTH")) for line in other.lines)
    async with mail_server(tmp_path / "plain") as plain:  # somebody in between took the offer of TLS away
        with pytest.raises(NotTaken, match="STARTTLS"):
            await Mailer(Relay("127.0.0.1", plain.port, "starttls")).send(written(), "lin@bureau.test")
        assert not any(line.startswith(("MAIL", "AUTH")) for line in plain.lines)


async def test_silence_ends_and_so_does_a_stop(tmp_path: Path) -> None:
    async with mail_server(tmp_path) as server:
        server.faults += ["silent"]
        refused = await failed(server, tmp_path, timeout_s=0.3)
        assert refused.unreachable
    assert (await failed(server, tmp_path)).unreachable, "nobody listens there any more"
    async with mail_server(tmp_path) as server:
        server.faults.append("silent")
        sending = asyncio.create_task(Mailer(relay(server, tmp_path, timeout_s=1.0)).send(written(), "a@b.test"))
        await asyncio.sleep(0.1)
        sending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sending
