"""A ticket opens one survey for a while, and nobody but the node can make one."""

from datetime import UTC, datetime, timedelta

import pytest

from survey_server.flows.tickets import Ticket, issue, redeem
from survey_server.flows.trouble import Trouble

NOW = datetime(2026, 11, 22, 1, tzinfo=UTC)
SECRET = bytes(range(32))
TICKET = Ticket("s1", "审计员", int((NOW + timedelta(hours=1)).timestamp()))


def status(secret: bytes, text: str, now: datetime = NOW) -> int:
    with pytest.raises(Trouble) as refused:
        redeem(secret, text, now)
    assert refused.value.detail.zh
    assert refused.value.detail.en
    return refused.value.status


def test_a_ticket_is_good_until_it_expires() -> None:
    text = issue(SECRET, TICKET)
    assert redeem(SECRET, text, NOW) == TICKET
    assert redeem(SECRET, text, NOW + timedelta(seconds=3599)) == TICKET
    assert status(SECRET, text, NOW + timedelta(hours=1)) == 410


def test_no_other_ticket_is_taken() -> None:
    text = issue(SECRET, TICKET)
    body, _, mac = text.partition(".")
    other = issue(SECRET, Ticket("s2", "审计员", TICKET.until)).partition(".")[0]
    later = issue(SECRET, Ticket("s1", "审计员", TICKET.until + 1)).partition(".")[0]
    for forged in (f"{other}.{mac}", f"{later}.{mac}", body, f"{body}.", f".{mac}", "", "审.计", f"{body}.{mac[:-1]}"):
        assert status(SECRET, forged) == 403
    assert status(bytes(32), text) == 403, "another node's"
