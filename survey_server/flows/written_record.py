"""The survey's record (踏勘笔录) is made at the conclusion, before the case seal, and preserved in both languages.

The seal never depends on it: what can't be made then is journaled as owed, tried again, and sealed by an addendum.
"""

import asyncio
import logging
from typing import Final

from evidence_store import Facts
from evidence_store.errors import EvidenceError
from survey_server import __version__
from survey_server.db.errors import DatabaseFault
from survey_server.flows.case import Case
from survey_server.flows.lanes import survey_lanes
from survey_server.flows.node import Node
from survey_server.flows.photo_intake import preview
from survey_server.flows.trouble import not_found
from survey_server.photo import Undecodable
from survey_server.report.content import Sources, record
from survey_server.report.document import LANGUAGES, Language, in_language
from survey_server.report.photos import file_of
from survey_server.report.recording import Track
from survey_server.survey.events import Entry, Reported, ReportFailed, ReportFile
from survey_server.survey.step import rebuild
from survey_server.survey.survey import Survey
from survey_server.wire.basics import Text
from survey_server.wire.replay import Gap

_PAUSE_S: Final = 60.0
_LONGEST_PAUSE_S: Final = 6 * 3600.0

_log = logging.getLogger(__name__)


async def write_record(node: Node, case: Case) -> None:
    """Make the record of a concluded survey whose photos are all judged and whose media the store has; preserve and
    journal it. Safe to run again after a restart: what was preserved stands, the rest is made of the same lines.

    Raises what keeps it from being made, and the faults of store and database.
    """
    if case.survey.report is not None:
        return
    made, lines = await _made_before(node, case)
    if lines is None:
        lines = case.survey.seq
    for language in LANGUAGES:
        if language not in made:
            pdf = await made_of(node, case, lines, language)
            made[language] = await _preserve(node, case, language, pdf, lines)
    files = [made[language] for language in LANGUAGES]
    await case.record(Reported(lines, files), unless=lambda survey: survey.report is not None)


async def made_of(node: Node, case: Case, lines: int, language: Language) -> bytes:
    """The record as these first lines of the journal give it: again and again the same bytes, as long as software, keys
    and address are the same. Raises NotTypeset, and what keeps a photo from being looked at.
    """
    entries = (await node.journal.read(case.id))[:lines]
    pictures = await _pictures(node, case, rebuild(entries))
    document = record(await _sources(node, case, entries, pictures))
    return await node.typesetter.typeset(in_language(document, language), pictures, entries[-1].at)


async def write_or_owe(node: Node, case: Case) -> None:
    """The same before the case seal, which does not wait for it: what can't be made is journaled as owed. A case that
    was closed without a conclusion has no record.

    Raises the faults of store and database only: the seal could not be set either.
    """
    if case.survey.report_owed or case.survey.conclusion is None:
        return
    try:
        await write_record(node, case)
    except (DatabaseFault, EvidenceError):
        raise
    except Exception as fault:
        _log.exception("the record of %s can't be written; its case is sealed without", case.id)
        why = f"{type(fault).__name__}: {fault}"[:300]
        await case.record(ReportFailed(why), unless=lambda survey: survey.report is not None or survey.report_owed)


async def write_owed(node: Node, case: Case) -> None:
    """Try again until the record is there, less and less often; a restart tries at once."""
    pause = _PAUSE_S
    while case.survey.report_owed and case.survey.locked_until is not None:
        try:
            await write_record(node, case)
        except Exception:
            _log.exception("the record of %s can't be written; another attempt in %.0f s", case.id, pause)
        else:
            return
        await asyncio.sleep(pause)
        pause = min(2 * pause, _LONGEST_PAUSE_S)


async def read_record(node: Node, file: ReportFile) -> bytes:
    """The preserved bytes. Raises a 404 in words while the archive has not acknowledged them."""
    stored = await node.index.by_key(file.key)
    if stored is None:
        raise not_found(Text("踏勘笔录正在归档，请稍后再试。", "The record is being archived; try again in a moment."))
    return await node.store.read(stored.key, stored.version_id, stored.sha256)


async def _sources(node: Node, case: Case, entries: list[Entry], pictures: dict[str, bytes]) -> Sources:
    survey, objects = rebuild(entries), await node.index.of_survey(case.id)
    address = node.settings.public_url.rstrip("/")
    return Sources(
        survey=survey,
        entries=entries,
        tracks=[
            Track(lane.participant, track.kind, track.seconds, track.coverage,
                  [Gap(gap.start_s, gap.end_s, gap.kind, gap.cause) for gap in track.gaps])
            for lane in survey_lanes(survey, entries, objects)
            for track in lane.tracks
        ],
        shown={number for number in survey.photos if file_of(number) in pictures},
        vkeys=node.ledger.vkeys,
        verifier=f"{address}/verify.html" if address else "",
        software=f"takan {__version__}",
    )  # fmt: skip


async def _pictures(node: Node, case: Case, survey: Survey) -> dict[str, bytes]:
    """A small clean picture of each photo that screens show too."""
    pictures: dict[str, bytes] = {}
    for number, photo in survey.photos.items():
        if photo.verdict is None or photo.verdict.result == "rejected":
            continue
        try:
            pictures[file_of(number)] = await preview(node, case, photo)
        except Undecodable:
            continue
    return pictures


async def _preserve(node: Node, case: Case, language: Language, pdf: bytes, lines: int) -> ReportFile:
    held = await node.store.preserve(
        pdf,
        Facts(
            name=f"{node.prefix(case)}/report/{language}",
            suffix=".pdf",
            media_type="application/pdf",
            lock_days=node.lock_days(case),
            kind="report",
            about={"report": language, "lines": lines},
        ),
    )
    return ReportFile(language, held.key, held.sha256, len(pdf))


async def _made_before(node: Node, case: Case) -> tuple[dict[Language, ReportFile], int | None]:
    """What was preserved just before the node stopped and could not be journaled, and of how many lines it was made.

    What is held is looked at first: an object leaves there only after it stands in the index.
    """
    found = [(facts.about, held.key, held.sha256, held.size) for facts, held in node.store.held(node.prefix(case))]
    found += [(one.about, one.key, one.sha256, one.size) for one in await node.index.of_survey(case.id)]
    made: dict[Language, ReportFile] = {}
    lines: int | None = None
    for about, key, sha256, size in found:
        for language in LANGUAGES:
            if about.get("report") == language:
                made[language] = ReportFile(language, key, sha256, size)
                lines = int(about["lines"])
    return made, lines
