"""Who is invited to a demonstration or a rehearsal."""

from collections.abc import Sequence

from survey_server.wire.admission import Department, InvitationOrder

PEOPLE = (
    InvitationOrder("applicant", "王经办"),
    InvitationOrder("reviewer", "林审查员"),
    InvitationOrder("reviewer", "陈审查员"),
    InvitationOrder("expert", "符专家"),
)
_NAMES = ("林审查员", "陈审查员", "郑审查员", "吴审查员", "周审查员")
TWO_DEPARTMENTS = (
    Department("市场监督管理局", "Market Regulation Bureau"),
    Department("消防救援局", "Fire and Rescue Bureau"),
)
"""Who reviews photos where the item is not a joint inspection, which says so itself."""


def of_each(departments: Sequence[Department]) -> list[InvitationOrder]:
    """An applicant and a reviewer of each department."""
    reviewers = [
        InvitationOrder("reviewer", _NAMES[number % len(_NAMES)], department)
        for number, department in enumerate(departments)
    ]
    return [PEOPLE[0], *reviewers]


PHOTO_PEOPLE = tuple(of_each(TWO_DEPARTMENTS))
