"""Mail to one configured relay (RFC 5321, submission RFC 6409), by the standard library's smtplib in a thread.

TLS is verified and never left out: with `starttls` a relay that does not offer it gets nothing, `none` is for the
loopback. A line is opened for each letter. What the relay says decides what becomes of a letter:

    4xx, silence, a broken line        again later
    5xx to the recipient or the text   refused for good
    5xx before that                    again later: the account or the sender is set up wrongly, not the letter

Cancelled, a letter that is under way may arrive all the same; it then comes again under the same Message-ID.
"""

import asyncio
import contextlib
import smtplib
import socket
import ssl
from collections.abc import Generator
from email.headerregistry import Address
from email.message import EmailMessage
from pathlib import Path
from typing import Literal

from msgspec import Struct

from survey_server.net.webhook import NotTaken

Security = Literal["starttls", "tls", "none"]
_PORTS: dict[Security, int] = {"starttls": 587, "tls": 465, "none": 25}
_TOTAL = 3
"""So many times one step's time a whole letter may take."""
_LASTING = 500
"""Answers from here on are for good (RFC 5321, 4.2.1)."""


class Relay(Struct, frozen=True):
    """Where mail is handed in. `port` 0: the usual one. `timeout_s`: for each step."""

    host: str
    port: int = 0
    security: Security = "starttls"
    user: str = ""
    password: str = ""
    ca: Path | None = None
    timeout_s: float = 20.0


class Mailer:
    """Hands letters to the relay. Used from one event loop."""

    def __init__(self, relay: Relay) -> None:
        self._relay = relay
        self._tls = ssl.create_default_context(cafile=relay.ca)

    async def send(self, letter: EmailMessage, to: str) -> None:
        """Hand it in; when this returns the relay has taken it. Raises NotTaken."""
        open_: list[smtplib.SMTP] = []
        work = asyncio.get_running_loop().run_in_executor(None, self._send, letter, to, open_)
        try:
            async with asyncio.timeout(_TOTAL * self._relay.timeout_s):
                await asyncio.shield(work)
        except TimeoutError:
            raise NotTaken(f"no end within {_TOTAL * self._relay.timeout_s:.0f} s", unreachable=True) from None
        finally:
            if not work.done():  # nobody waits for it any more: its line is cut, and the thread comes to its end
                work.add_done_callback(lambda done: done.cancelled() or done.exception())
                for line in open_:
                    _cut(line)

    def _send(self, letter: EmailMessage, to: str, open_: list[smtplib.SMTP]) -> None:
        relay, port = self._relay, self._relay.port or _PORTS[self._relay.security]
        with _translated():
            if relay.security == "tls":
                line = smtplib.SMTP_SSL(relay.host, port, timeout=relay.timeout_s, context=self._tls)
            else:
                line = smtplib.SMTP(relay.host, port, timeout=relay.timeout_s)
            open_.append(line)
            try:
                if relay.security == "starttls":
                    line.starttls(context=self._tls)
                if relay.user:
                    line.login(relay.user, relay.password)
                line.send_message(letter, str(letter["From"].addresses[0].addr_spec), [to])
            finally:
                with contextlib.suppress(OSError, smtplib.SMTPException):  # taken is taken, whatever comes of QUIT
                    line.quit()
                line.close()


def address(text: str, name: str = "") -> Address:
    """An address as a header takes it. Raises ValueError."""
    return Address(name, addr_spec=text)


def _cut(line: smtplib.SMTP) -> None:
    """End the connection under a thread that reads from it."""
    if line.sock is not None:
        with contextlib.suppress(OSError):
            socket.socket.shutdown(line.sock, socket.SHUT_RDWR)  # not SSLSocket's, which also takes its TLS away


@contextlib.contextmanager
def _translated() -> Generator[None]:
    try:
        yield
    except smtplib.SMTPRecipientsRefused as fault:
        code, words = next(iter(fault.recipients.values()))
        raise NotTaken(_said(code, words), final=code >= _LASTING) from None
    except smtplib.SMTPDataError as fault:
        raise NotTaken(_said(fault.smtp_code, fault.smtp_error), final=fault.smtp_code >= _LASTING) from None
    except smtplib.SMTPResponseException as fault:
        raise NotTaken(_said(fault.smtp_code, fault.smtp_error)) from None
    except smtplib.SMTPServerDisconnected as fault:
        raise NotTaken(f"hung up: {_short(str(fault))}", unreachable=True) from None
    except smtplib.SMTPException as fault:
        raise NotTaken(_short(str(fault))) from None
    except OSError as fault:
        raise NotTaken(f"not reached: {_short(str(fault))}", unreachable=True) from None


def _said(code: int, words: bytes | str) -> str:
    return f"{code} {_short(words if isinstance(words, str) else words.decode('utf-8', 'replace'))}"


def _short(text: str) -> str:
    return "".join(sign if sign.isprintable() else " " for sign in text)[:200].strip()
