"""What the applicant's camera showed, a picture every few seconds, so that photos can be found in it.

**Nothing in the media path waits for it**: a key picture is taken as the recorder hands it on, or passed over. One at a
time is decoded, in a process that computes only where nobody else would. What is remembered (features, and a small
JPEG) lies in the working folder, survives a restart, and is no evidence: that is the recording itself, and the one
picture that a verdict names.
"""

import asyncio
import contextlib
import logging
import re
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import msgspec

from survey_server.photo.live_match import Look, PictureCodec
from survey_server.photo.worker import PhotoWorker, WorkerUnavailable
from survey_server.recording import KeyPicture

MOST = 200
"""Pictures remembered of one survey, at most 0.35 MB each: thinned out where they lie closest beyond that."""
_ABANDONED_S = 30 * 86_400.0
_FEATURES, _PICTURE = ".features", ".jpg"
_NAME = re.compile(r"(\d{9})-([\w-]+)\.features")

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class RememberedFrame:
    """A remembered picture: whose, when on the survey's line, and where its features lie."""

    participant: str
    moment_s: float
    features: Path

    def jpeg(self) -> bytes:
        """The picture. Raises OSError when it is gone."""
        return self.features.with_suffix(_PICTURE).read_bytes()


class LiveFrames:
    """The remembered pictures of this node's surveys."""

    def __init__(self, working: Path, worker: PhotoWorker, every_s: float, room: Callable[[], bool]) -> None:
        """`every_s` is the least time between two of a survey, 0 for none at all; `room`: does the disk have any?"""
        self._working, self._worker, self._every_s, self._room = working, worker, every_s, room
        self._waiting: dict[str, tuple[str, KeyPicture]] = {}
        self._latest: dict[str, float] = {}
        self._busy: asyncio.Task[None] | None = None
        self._closed = False

    @property
    def on(self) -> bool:
        """Is anything remembered at all?"""
        return self._every_s > 0 and not self._closed

    def offer(self, survey: str, participant: str, picture: KeyPicture) -> None:
        """Take this picture if it is time for one. Returns at once; raises nothing."""
        before = self._latest.get(survey)
        if not self.on or (before is not None and picture.at_s - before < self._every_s):
            return
        if survey in self._waiting:
            return  # the machine is busy with better things: this one is passed over
        self._latest[survey] = picture.at_s
        self._waiting[survey] = (participant, picture)
        if self._busy is None or self._busy.done():
            self._busy = asyncio.get_running_loop().create_task(self._look_at_all())

    async def of(self, survey: str) -> list[RememberedFrame]:
        """Those of this survey, the earliest first."""
        return await asyncio.to_thread(_listed, self._folder(survey))

    async def forget(self, survey: str) -> None:
        """The survey's photos are all judged."""
        self._waiting.pop(survey, None)
        self._latest.pop(survey, None)
        await asyncio.to_thread(shutil.rmtree, self._folder(survey), ignore_errors=True)

    async def forget_abandoned(self, now: float) -> None:
        """Those of surveys in which nothing was shown for a month; `now` is seconds since the epoch."""
        await asyncio.to_thread(_remove_old, self._working, now - _ABANDONED_S)

    async def close(self) -> None:
        """Take no more; the one at work is given up."""
        self._closed = True
        if self._busy is not None:
            self._busy.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._busy

    async def _look_at_all(self) -> None:
        while self._waiting:
            survey = next(iter(self._waiting))
            participant, picture = self._waiting[survey]
            try:
                look = await self._worker.look(*_stream(picture))
                if look.jpeg and self._room():
                    await asyncio.to_thread(_remember, self._folder(survey), participant, picture.at_s, look)
            except (WorkerUnavailable, OSError) as fault:
                _log.warning("a picture of %s is not remembered: %s", survey, fault)
            except Exception:  # the next one may go better
                _log.exception("a picture of %s is not remembered", survey)
            finally:
                self._waiting.pop(survey, None)

    def _folder(self, survey: str) -> Path:
        return self._working / survey / "live"


def _stream(picture: KeyPicture) -> tuple[bytes, PictureCodec]:
    if picture.codec == "vp8":
        return b"".join(picture.units), "vp8"
    return b"".join(b"\0\0\0\1" + unit for unit in picture.units), "h264"


def _remove_old(working: Path, before: float) -> None:
    for folder in working.glob("*/live"):
        with contextlib.suppress(OSError):
            if folder.stat().st_mtime < before:
                shutil.rmtree(folder, ignore_errors=True)


def _listed(folder: Path) -> list[RememberedFrame]:
    found = ((_NAME.fullmatch(path.name), path) for path in sorted(folder.glob(f"*{_FEATURES}")))
    return [RememberedFrame(name[2], int(name[1]) / 1000, path) for name, path in found if name is not None]


def _remember(folder: Path, participant: str, moment_s: float, look: Look) -> None:
    """The features last: where they are, the picture is."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{round(moment_s * 1000):09}-{participant}{_FEATURES}"
    path.with_suffix(_PICTURE).write_bytes(look.jpeg)
    torn = path.with_suffix(".part")
    torn.write_bytes(msgspec.msgpack.encode(look.features))
    torn.rename(path)
    for crowded in crowded_out(_listed(folder)):
        crowded.features.unlink(missing_ok=True)
        crowded.features.with_suffix(_PICTURE).unlink(missing_ok=True)


def crowded_out(frames: Sequence[RememberedFrame], most: int = MOST) -> list[RememberedFrame]:
    """Which to forget, one by one, so that the rest is spread over the survey: those with the closest neighbours. The
    newest stays: photos come soon after what they show.
    """
    kept, gone = list(frames), list[RememberedFrame]()
    while len(kept) > most:
        between = [after.moment_s - before.moment_s for before, after in pairwise(kept)]
        gone.append(kept.pop(min(range(1, len(kept) - 1), key=lambda at: between[at - 1] + between[at])))
    return gone
