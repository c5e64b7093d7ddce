"""Files of a case that the approvals platform fetches by links: a ticket for one stored object, good for some days."""

from datetime import timedelta
from typing import Literal

from survey_server.db.objects import StoredObject
from survey_server.flows import tickets
from survey_server.flows.case import Case
from survey_server.flows.node import Node
from survey_server.flows.restriction import check_reader
from survey_server.flows.tickets import Ticket
from survey_server.flows.trouble import not_found, wrong_role
from survey_server.survey.survey import Seal
from survey_server.wire.basics import Text
from survey_server.wire.platform import FileLink

Language = Literal["zh", "en"]
LANGUAGES: tuple[Language, ...] = ("zh", "en")
GOOD_FOR = timedelta(days=7)


async def case_files(node: Node, case: Case) -> list[FileLink]:
    """Those of the newest seal that is in the archive; none of a restricted case."""
    for seal in reversed(case.survey.seals):
        files = await seal_files(node, case, seal)
        if files is not None:
            return files
    return []


async def seal_files(node: Node, case: Case, seal: Seal) -> list[FileLink] | None:
    """The manifest of a seal, and from the case seal on the report; None while the archive does not have them. A
    restricted case gives none out.
    """
    manifest = await node.index.by_key(seal.key)
    if manifest is None:
        return None
    if case.survey.restriction is not None:
        return []
    reports: dict[Language, StoredObject] = {}
    if seal.kind != "recording":
        objects = await node.index.of_survey(case.id)
        reports = {name: one for one in objects for name in LANGUAGES if one.about.get("report") == name}
    links = [_link(node, case, "report", name, reports[name]) for name in LANGUAGES if name in reports]
    return [_link(node, case, "manifest", "", manifest), *links]


async def linked_file(node: Node, text: str) -> StoredObject:
    """The object that a ticket is for. Raises Trouble in words."""
    ticket = tickets.redeem(node.secret, text, node.clock())
    if not ticket.file:
        raise wrong_role()
    stored = await node.index.get(ticket.file)
    if stored is None or stored.survey != ticket.survey:
        raise not_found(Text("没有这个文件。", "There is no such file."))
    check_reader((await node.case(stored.survey)).survey, "auditor")
    return stored


def _link(
    node: Node, case: Case, kind: Literal["manifest", "report"], language: Language | Literal[""], stored: StoredObject
) -> FileLink:
    until = node.clock() + GOOD_FOR
    ticket = tickets.issue(node.secret, Ticket(case.id, "platform", int(until.timestamp()), file=stored.id))
    url = f"{node.public_url}/api/files/{ticket}"
    return FileLink(kind, language, url, stored.sha256, stored.size, stored.media_type, until)
