"""What goes wrong on this server's side, disk, database or archive, as troubles in words."""

import errno

from evidence_store.errors import EvidenceError, SpoolFault, SpoolFull
from survey_server.db.errors import DatabaseFull, DatabaseUnreachable
from survey_server.flows.trouble import Trouble
from survey_server.wire.basics import Text

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})


def trouble_of(fault: BaseException) -> Trouble | None:
    """The trouble that tells of this fault; None for what nobody expected."""
    match fault:
        case Trouble():
            return fault
        case SpoolFull() | DatabaseFull():
            return disk_full()
        case OSError() if fault.errno in _FULL:
            return disk_full()
        case SpoolFault():
            return _not_kept()
        case DatabaseUnreachable():
            return _database_away()
        case EvidenceError():
            return _archive_away()
        case _:
            return None


def disk_full() -> Trouble:
    """What was sent could not be written; what was acknowledged before is safe."""
    return Trouble(
        507,
        "disk_full",
        Text("服务器磁盘已满", "The server's disk is full"),
        Text(
            "这一次没有保存，请稍后再试；此前已保存的内容没有丢失。请联系工作人员清理服务器磁盘。",
            "This was not kept: try again later. What was kept before is safe. The operator has to make room on the "
            "server's disk.",
        ),
    )


def _not_kept() -> Trouble:
    return Trouble(
        503,
        "not_kept",
        Text("服务器没有写入成功", "The server could not write it down"),
        Text(
            "这一次没有保存，请稍后再试；此前已保存的内容没有丢失。",
            "This was not kept: try again in a moment. What was kept before is safe.",
        ),
    )


def _database_away() -> Trouble:
    return Trouble(
        503,
        "database_away",
        Text("数据库暂时不可用", "The database can't be reached"),
        Text(
            "请稍后再试；通话和录像不受影响。",
            "Try again in a moment; calls and their recording go on meanwhile.",
        ),
    )


def _archive_away() -> Trouble:
    return Trouble(
        503,
        "store_unreachable",
        Text("存储暂时不可用", "The archive can't be reached"),
        Text("请稍后再试。", "Try again in a moment; what was recorded is safe on this server."),
    )
