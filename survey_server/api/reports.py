"""The survey's record for download."""

from aiohttp import web

from survey_server.api.access import node, of_file
from survey_server.flows.trouble import not_found
from survey_server.flows.written_record import read_record
from survey_server.survey.events import Exported
from survey_server.wire.basics import Text


async def send_report(request: web.Request) -> web.Response:
    """The record as a PDF: its people were there and may have it; that an auditor or an officer took it is journaled.

    Exactly the preserved bytes, so that anybody can compare their digest; 404 in words while there is none.
    """
    who, case = await of_file(request)
    language = request.match_info["language"]
    files = [] if case.survey.report is None else case.survey.report.files
    file = next((one for one in files if one.language == language), None)
    if file is None:
        raise not_found(
            Text(
                "踏勘笔录还没有生成，结论作出后会自动生成。",
                "There is no record yet; the conclusion brings it.",
            )
        )
    data = await read_record(node(request), file)
    if who.role in ("auditor", "officer"):
        await case.record(Exported(who.name, file.sha256))
    headers = {
        "Content-Disposition": f'attachment; filename="takan-{case.id}-{language}.pdf"',
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "private, no-store",
        "X-Takan-Sha256": file.sha256,
    }
    return web.Response(body=data, content_type="application/pdf", headers=headers)
