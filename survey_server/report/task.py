"""The typesetting process: a document and where its pictures lie on standard input, the PDF on standard output.

Run as `python -m survey_server.report.task CPU_SECONDS MEMORY_BYTES` by `worker`, once for each PDF. It can write no
file, open no socket and start no program. Exit status 3: typst refused, and standard output says why.
"""

import resource
import sys
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import msgspec

from survey_server.confinement import confine
from survey_server.report.typesetting import NotTypeset, typeset

REFUSED: Final = 3


class Task(msgspec.Struct, frozen=True):
    """One PDF to make. `at` carries its zone."""

    document: dict[str, Any]
    pictures: str
    at: datetime


def main() -> int:
    """Make one PDF."""
    cpu_seconds, memory_bytes = int(sys.argv[1]), int(sys.argv[2])
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds))
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    confine()
    task = msgspec.json.decode(sys.stdin.buffer.read(), type=Task)
    try:
        made = typeset(task.document, Path(task.pictures), task.at)
    except NotTypeset as fault:
        sys.stdout.buffer.write(str(fault).encode(errors="replace"))
        return REFUSED
    sys.stdout.buffer.write(made)
    return 0


if __name__ == "__main__":
    sys.exit(main())
