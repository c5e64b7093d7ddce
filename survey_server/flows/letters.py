"""A reminder as a letter: plain text in both languages, known by its Message-ID wherever it comes twice."""

from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from hashlib import sha256

from survey_server.net.smtp import address
from survey_server.wire.basics import Text

_FOOT = Text(
    "此邮件由系统自动发出，请勿回复；详情见邀请链接。",
    "Sent automatically; please do not reply. Your link shows more.",
)


def letter(message: str, at: datetime, head: Text, words: Text, sender: str, to: str, domain: str) -> EmailMessage:
    """The letter of this message, the same at each attempt. `domain` makes its id unique in the world (RFC 5322)."""
    made = EmailMessage(policy=SMTP)
    made["From"] = address(sender, "Takan")
    made["To"] = address(to)
    made["Subject"] = " ".join(f"{head.zh} / {head.en}".split())
    made["Date"] = at
    made["Message-ID"] = f"<{sha256(message.encode()).hexdigest()[:24]}@{domain}>"
    made["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody's absence answers it
    made["Content-Language"] = "zh, en"
    made.set_content(f"{words.zh}\n\n{words.en}\n\n{_FOOT.zh}\n{_FOOT.en}\n", cte="base64")
    return made
