"""What reviewers, experts, officers and auditors read of a finding: what was found, without the advice to whoever took
the photo. A finding's sentence tells an applicant first what was found, then what to do; what follows is cut off.
"""

import re
from typing import Final

from msgspec.structs import replace

from survey_server.wire.basics import Text
from survey_server.wire.photos import Finding

_ZH: Final = re.compile(r"[，。；](?:请|如|工作人员会|您|这不影响您|这很常见|下次|视频踏勘时).*", re.DOTALL)
_EN: Final = re.compile(
    r"(?:, so a person|[.;,] (?:a person|please|if you|there is nothing|that does not count|that is common|you may"
    r"|next time|check that|send the)\b).*",
    re.DOTALL | re.IGNORECASE,
)


def fact(finding: Finding) -> Finding:
    """The same finding with the part of its sentence that says what was found."""
    return replace(finding, reason=Text(_cut(_ZH, finding.reason.zh, "。"), _cut(_EN, finding.reason.en, ".")))


def _cut(advice: re.Pattern[str], sentence: str, end: str) -> str:
    kept = advice.sub("", sentence)
    return kept if kept == sentence else kept.rstrip() + end
