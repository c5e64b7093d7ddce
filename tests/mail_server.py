"""A mail relay for tests: real SMTP on a real socket (RFC 5321, STARTTLS, AUTH PLAIN), with faults when told so.

Written for these tests: the libraries that serve SMTP in Python are no longer kept up.
"""

import asyncio
import contextlib
import email
import email.policy
import ssl
from base64 import b64decode
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path

import trustme

ACCOUNT = ("takan", "a password: %")


@dataclass
class Letter:
    sender: str
    to: str
    data: bytes

    @property
    def message(self) -> EmailMessage:
        return email.message_from_bytes(self.data, _class=EmailMessage, policy=email.policy.default)

    @property
    def text(self) -> str:
        return self.message.get_content()


@dataclass
class MailServer:
    """`faults` are used up in order: `CODE words` at STAGE (`rcpt`, `data`, `text`, `mail`), as `STAGE CODE words`; or
    `cut` hangs up at the text's end without having taken it, `lost` after having taken it, `silent` says nothing.
    """

    port: int = 0
    security: str = "none"
    account: tuple[str, str] | None = None
    tls: ssl.SSLContext | None = None
    letters: list[Letter] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)

    def fault(self, stage: str) -> str | None:
        if self.faults and self.faults[0].partition(" ")[0] == stage:
            return self.faults.pop(0).partition(" ")[2] or stage
        return None

    async def until(self, count: int, timeout_s: float = 20) -> list[Letter]:
        ends = asyncio.get_running_loop().time() + timeout_s
        while len(self.letters) < count:
            assert asyncio.get_running_loop().time() < ends, f"{count} letters expected, there are {self.letters}"
            await asyncio.sleep(0.02)
        return self.letters

    async def about(self, words: str, timeout_s: float = 20) -> Letter:
        """The first letter whose subject begins with this."""
        ends = asyncio.get_running_loop().time() + timeout_s
        while True:
            for letter in self.letters:
                if letter.message["Subject"].startswith(words):
                    return letter
            assert asyncio.get_running_loop().time() < ends, [letter.message["Subject"] for letter in self.letters]
            await asyncio.sleep(0.05)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
            await self._talk(reader, writer)
        with contextlib.suppress(ConnectionError, ssl.SSLError):
            writer.close()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        secure, known, sender, to = self.security == "tls", False, "", ""

        def say(line: str) -> None:
            writer.write(f"{line}\r\n".encode())

        if self.fault("silent"):
            await asyncio.sleep(60)
        say("220 mail.test ESMTP")
        while line := (await reader.readline()).decode().rstrip("\r\n"):
            self.lines.append(line)
            verb = line.partition(" ")[0].upper()
            match verb:
                case "EHLO":
                    can = [*(["STARTTLS"] if self.security == "starttls" and not secure else [])]
                    can += ["AUTH PLAIN"] if self.account and secure else []
                    for one in ["mail.test", *can][:-1]:
                        say(f"250-{one}")
                    say(f"250 {['mail.test', *can][-1]}")
                case "STARTTLS":
                    assert self.tls is not None
                    say("220 go on")
                    await writer.drain()
                    await writer.start_tls(self.tls)
                    secure = True
                case "AUTH":
                    given = tuple(b64decode(line.split(" ")[2]).decode().split("\0")[1:])
                    known = given == self.account
                    say("235 hello" if known else "535 who are you")
                case "MAIL":
                    refused = self.fault("mail") or (None if known or not self.account else "530 log in first")
                    sender = line.partition("<")[2].partition(">")[0]
                    say(refused or "250 yes")
                case "RCPT":
                    to = line.partition("<")[2].partition(">")[0]
                    say(self.fault("rcpt") or "250 yes")
                case "DATA":
                    refused = self.fault("data")
                    say(refused or "354 go on")
                    if refused is None:
                        data = (await reader.readuntil(b"\r\n.\r\n"))[:-3]
                        if self.fault("cut"):
                            return
                        refused = self.fault("text")
                        if refused is None:
                            self.letters.append(Letter(sender, to, data))
                        if self.fault("lost"):
                            return
                        say(refused or "250 taken")
                case "QUIT":
                    say("221 bye")
                    return
                case _:
                    say("250 yes")


@contextlib.asynccontextmanager
async def mail_server(
    folder: Path, security: str = "none", account: tuple[str, str] | None = None
) -> AsyncIterator[MailServer]:
    """A relay on the loopback; its CA is `folder / "mail-ca.pem"`."""
    context = None
    if security != "none":
        authority = trustme.CA()
        folder.mkdir(parents=True, exist_ok=True)
        authority.cert_pem.write_to_path(folder / "mail-ca.pem")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("127.0.0.1", "localhost").configure_cert(context)
    server = MailServer(security=security, account=account, tls=context)
    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0, ssl=context if security == "tls" else None)
    server.port = listening.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listening.close()
