"""The examining process: reads tasks from standard input, answers on standard output, under hard limits.

Run as `python -m survey_server.photo.task CPU_SECONDS MEMORY_BYTES` by `worker`. It imports the photo package and the
wire types and nothing else of the server, gets no environment worth stealing, and can neither write a file nor
outlive its parent: end of input is its end, and each task may burn only so much CPU before the kernel ends it.
"""

import logging
import math
import os
import resource
import struct
import sys
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, Final

import cv2
import msgspec

from survey_server.confinement import confine
from survey_server.photo.context import Context
from survey_server.photo.examination import check, given_up, inspect, not_examined
from survey_server.photo.footage import VideoReport, check_video, frame_of, video_given_up, video_not_examined
from survey_server.photo.live_match import PictureCodec, compare
from survey_server.photo.picture import Undecodable, preview

READY: Final = b"ready"
_LENGTH: Final = struct.Struct(">I")


class CheckTask(msgspec.Struct, tag="check", frozen=True):
    """Examine the bytes that follow; the answer is a Report."""

    context: Context


class InspectTask(msgspec.Struct, tag="inspect", frozen=True):
    """Read what the bytes that follow say of themselves; the answer is a JSON object of facts."""


class PreviewTask(msgspec.Struct, tag="preview", frozen=True):
    """Make a preview of the bytes that follow; the answer is a JPEG, or empty when there is none."""


class KeyFrameTask(msgspec.Struct, tag="key_frame", frozen=True):
    """Look at the one picture of a video that follows; the answer is a Look, empty when there is none to see."""

    codec: PictureCodec


class SceneTask(msgspec.Struct, tag="scene", frozen=True):
    """Compare the photo that follows with these files of encoded Features; the answer is a Comparison."""

    files: list[str]


class VideoTask(msgspec.Struct, tag="video", frozen=True):
    """Examine the video file at `path`, which is only read; no bytes follow. The answer is a VideoReport."""

    path: str
    context: Context


class FrameTask(msgspec.Struct, tag="frame", frozen=True):
    """A picture of the video file at `path`; the answer is a JPEG, or empty when there is none."""

    path: str


Task = CheckTask | InspectTask | PreviewTask | KeyFrameTask | SceneTask | VideoTask | FrameTask


# Tasks and reports travel as JSON: MessagePack's timestamps would drop the zone a survey's window is given in.


def frame(payload: bytes) -> bytes:
    """A payload with its length in front, as both directions carry it."""
    return _LENGTH.pack(len(payload)) + payload


def length_of(head: bytes) -> int:
    """How many bytes follow a frame's first four."""
    return int(_LENGTH.unpack(head)[0])


def perform(task: Task, data: bytes) -> bytes:
    """Do one task. Our own faults become a report that blames nobody."""
    match task:
        case CheckTask():
            try:
                report = check(data, task.context)
            except MemoryError:
                report = given_up(data, task.context, "memory")
            except Exception:
                logging.getLogger(__name__).exception("a photo's examination failed")
                report = not_examined(data, task.context)
            return msgspec.json.encode(report)
        case InspectTask():
            return msgspec.json.encode(inspect(data))
        case PreviewTask():
            try:
                return preview(data)
            except (Undecodable, MemoryError):
                return b""
        case KeyFrameTask():
            from survey_server.photo.key_frame import look  # noqa: PLC0415 - most of these processes never decode video

            return msgspec.msgpack.encode(look(data, task.codec))
        case SceneTask():
            return msgspec.json.encode(compare(data, (_read(file) for file in task.files)))
        case VideoTask() | FrameTask():
            return _of_a_video(task)


def _read(file: str) -> bytes:
    """A file that may be gone by now: then nothing."""
    try:
        return Path(file).read_bytes()
    except OSError:
        return b""


def _of_a_video(task: VideoTask | FrameTask) -> bytes:
    match task:
        case VideoTask():
            return msgspec.json.encode(_examined(Path(task.path), task.context))
        case FrameTask():
            try:
                return frame_of(Path(task.path))
            except (Undecodable, MemoryError, OSError):
                return b""


def _examined(path: Path, context: Context) -> VideoReport:
    try:
        return check_video(path, context)
    except MemoryError:
        return video_given_up(path.stat().st_size, context, "memory")
    except Exception:
        logging.getLogger(__name__).exception("a video's examination failed")
        return video_not_examined(path.stat().st_size, context)


def limit_process(memory_bytes: int) -> None:
    """Bounds for the process's whole life; the CPU bound is set anew for each task."""
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def limit_task(cpu_seconds: int) -> None:
    """Allow this much CPU from now on; the kernel ends the process beyond it (SIGXCPU)."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    spent = math.ceil(used.ru_utime + used.ru_stime)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (spent + cpu_seconds, hard))


def _frames(source: BinaryIO) -> Callable[[], bytes | None]:
    def following() -> bytes | None:
        head = source.read(_LENGTH.size)
        return source.read(length_of(head)) if len(head) == _LENGTH.size else None

    return following


def _silence_libraries() -> BinaryIO:
    """Give the picture libraries nowhere to print: not into the answers, and no stranger's text into our log.

    Returns the answers' stream; our own log keeps the real standard error.
    """
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    logging.basicConfig(stream=os.fdopen(os.dup(sys.stderr.fileno()), "w"))
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.dup2(nowhere, sys.stderr.fileno())
    return answers


def main() -> None:
    """Answer tasks until the input ends."""
    cpu_seconds, memory_bytes = int(sys.argv[1]), int(sys.argv[2])
    cv2.setNumThreads(1)
    answers = _silence_libraries()
    limit_process(memory_bytes)
    confine()
    following = _frames(sys.stdin.buffer)
    decoder = msgspec.json.Decoder(Task)
    answers.write(frame(READY))
    answers.flush()
    while (head := following()) is not None and (data := following()) is not None:
        limit_task(cpu_seconds)
        answers.write(frame(perform(decoder.decode(head), data)))
        answers.flush()


if __name__ == "__main__":
    main()
