"""A re-survey (复验): what was to be put right is looked at again.

It is no item of its own. It has the points that the earlier survey's conclusion named, with the first one, which shows
the street front with the address; the earlier item's legal basis, retention and terms for the credit gate.
"""

from msgspec.structs import replace

from survey_server.survey.events import EarlierCase, ItemRecord
from survey_server.survey.refusals import Refusal
from survey_server.survey.survey import Photo, Survey
from survey_server.wire.basics import Text
from survey_server.wire.items import ItemView


def may_re_survey(earlier: Survey, subject: str, item: str) -> Refusal | None:
    """May this subject (keyed reference) apply for a re-survey that goes back to this case?"""
    if earlier.application.subject != subject:
        return Refusal(
            "other_subject",
            Text(
                "原踏勘不是这个主体的。请核对原踏勘编号。",
                "The earlier survey is of another subject: check its number.",
            ),
        )
    if earlier.application.item.view.code != item:
        code = earlier.application.item.view.code
        return Refusal(
            "other_item",
            Text(
                f"复验与原踏勘是同一事项，请填 {code}。", f"A re-survey is of the earlier survey's item: give {code}."
            ),
        )
    if earlier.conclusion != "rectify":
        return Refusal(
            "nothing_to_rectify",
            Text(
                "原踏勘的结论不是“整改后复验”，不能申请复验。",
                "The earlier survey did not end with “rectify, then survey again”.",
            ),
        )
    if not any(seal.kind == "case" for seal in earlier.seals):
        return Refusal(
            "not_sealed_yet",
            Text(
                "原踏勘正在封存，请几分钟后再申请复验。", "The earlier survey is being sealed: apply in a few minutes."
            ),
        )
    return None


def goes_back_to(earlier: Survey) -> EarlierCase:
    """What the re-survey's application says of the earlier case."""
    named = list(earlier.rectify) or [point.id for point in earlier.application.item.view.points]
    return EarlierCase(earlier.id, earlier.application.case_no, earlier.seals[-1].sha256, named, earlier.rectify_days)


def looked_at_again(earlier: Survey) -> ItemRecord:
    """The item of the re-survey: the points to be put right, after the one that shows the address."""
    record = earlier.application.item
    named = set(goes_back_to(earlier).points)
    first = record.view.points[0]
    points = [point for point in record.view.points if point.id in named]
    departments = [one for one in record.view.departments if one in [point.department for point in points]]
    if first.id not in named:  # whoever takes part sees the address, whose point it was before
        points = [first if first.department in departments else replace(first, department=None), *points]
    return replace(record, view=replace(_named(record.view), kind="re_survey", points=points, departments=departments))


def may_see(survey: Survey, earlier: str, photo: Photo) -> bool:
    """May the people of this survey see a photo of that earlier one: of a point looked at again, or of none?"""
    if survey.application.earlier is None or survey.application.earlier.survey != earlier:
        return False
    return photo.received.point in {None, *(point.id for point in survey.application.item.view.points)}


def _named(view: ItemView) -> ItemView:
    if view.kind == "re_survey":
        return view
    return replace(view, name=Text(f"{view.name.zh}（整改复验）", f"{view.name.en}: check after rectification"))
