"""Settings of reminders and mail: what can't be meant stops the start, is named, and repeats no password."""

import pytest

from survey_server.settings import BadSettings, load_settings

MAIL = {"smtp_host": "mail.test", "mail_from": "takan@bureau.test"}


def load(**given: object) -> object:
    return load_settings(None, {}, embedded=True, intake_key="k" * 20, **given)


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"mail_officers": "a@b.test"}, "smtp_host"),
        ({"smtp_host": "mail.test"}, "mail_from"),
        ({**MAIL, "mail_from": "takan"}, "mail_from"),
        ({**MAIL, "mail_officers": "a@b.test, c@d.test\r\nBcc: e@f.test"}, "mail_officers"),
        ({**MAIL, "smtp_security": "none"}, "loopback"),
        ({**MAIL, "smtp_security": "ssl"}, "smtp_security"),
        ({**MAIL, "smtp_user": "takan"}, "smtp_password"),
        ({**MAIL, "smtp_password": "hush"}, "smtp_user"),
        ({**MAIL, "smtp_user": "takan", "smtp_password": "hush 密码"}, "ASCII"),
        ({**MAIL, "smtp_port": 70_000}, "smtp_port"),
        ({"begin_days": -1}, "begin_days"),
    ],
)
def test_what_can_not_be_meant_is_named(given: dict[str, object], named: str) -> None:
    with pytest.raises(BadSettings, match=named) as told:
        load(**given)
    assert "hush" not in str(told.value)


def test_a_relay_without_more_is_enough() -> None:
    load(**MAIL)
    load(**MAIL, mail_officers="a@b.test, c@d.test", smtp_user="takan", smtp_password="hush", smtp_security="tls")
    load(**{**MAIL, "smtp_host": "127.0.0.1"}, smtp_security="none")
