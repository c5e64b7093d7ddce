"""A survey as HLS (RFC 8216), made of its stored fragments as they are: playlists only, no byte of media is copied.

Each participant has a media playlist: an EXT-X-MAP for each epoch's init segment, a segment for each stored part.
Decode times are on the recording's line, so everybody's playlists are in step; EXT-X-PROGRAM-DATE-TIME says the time of
day. A hole is an EXT-X-DISCONTINUITY with a new date: every player goes on behind it, while EXT-X-GAP stops some.

The people are renditions of one picture group (RFC 8216 section 4.3.4.1, "camera angles"), not variants: a player
changes variants by itself as the network gets better or worse, and must not change people so.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from survey_server.recording import Epoch, Part

TARGET_S = 16
"""EXT-X-TARGETDURATION: parts are closed at 15 s. More only where a part holds a hole that makes it longer."""
HOLE_S = 0.5
"""What is missing between two parts for longer than this is said."""
_NO_MEDIA_YET_BPS = 2_700_000


@dataclass(frozen=True)
class Person:
    """A participant's epochs, as far as they may be played: nothing comes before what is there already."""

    participant: str
    name: str
    role: str
    epochs: tuple[Epoch, ...]

    @property
    def playable(self) -> tuple[Epoch, ...]:
        """Without the epochs HLS can't carry."""
        return tuple(epoch for epoch in self.epochs if _in_mp4(epoch))


def master(people: Sequence[Person], uri: Callable[[Person], str]) -> str:
    """The master playlist. The first applicant's picture plays by itself; the others can be chosen."""
    lines = ["#EXTM3U", "#EXT-X-VERSION:7"]
    shown = sorted(people, key=lambda person: (person.role != "applicant", person.participant))
    for place, person in enumerate(shown):
        first = "YES" if place == 0 else "NO"
        name = _quoted(f"{person.name} ({person.role}, {person.participant})")
        lines.append(
            f'#EXT-X-MEDIA:TYPE=VIDEO,GROUP-ID="people",NAME={name},DEFAULT={first},AUTOSELECT={first}'
            + (f',URI="{uri(person)}"' if place else "")
        )
    for person in shown[:1]:
        lines += [f'#EXT-X-STREAM-INF:{_stream(person.playable)},VIDEO="people"', uri(person)]
    return "\n".join(lines) + "\n"


def media(person: Person, began: datetime, *, whole: bool, uri: Callable[[Part], str]) -> str:
    """One participant's playlist. `began` is second 0 of the recording's line; `whole` when nothing will be added.

    It only ever grows at its end, as section 6.2.1 asks.
    """
    longest_s = max((part.end_s - part.start_s for epoch in person.playable for part in epoch.parts), default=0.0)
    lines = [
        "#EXTM3U",
        "#EXT-X-VERSION:7",
        f"#EXT-X-TARGETDURATION:{max(TARGET_S, round(longest_s))}",
        "#EXT-X-PLAYLIST-TYPE:EVENT",
        "#EXT-X-MEDIA-SEQUENCE:0",
    ]
    end_s: float | None = None
    for epoch in person.epochs:
        if not _in_mp4(epoch):
            lines.append(_left_out(epoch))
            continue
        if end_s is not None:
            lines.append("#EXT-X-DISCONTINUITY")
        lines += [f'#EXT-X-MAP:URI="{uri(epoch.init)}"', _date(began, epoch.parts[0].start_s)]
        end_s = epoch.parts[0].start_s
        for part in epoch.parts:
            if part.start_s - end_s > HOLE_S:
                lines += ["#EXT-X-DISCONTINUITY", _date(began, part.start_s)]
            lines += [f"#EXTINF:{part.end_s - part.start_s:.4f},", uri(part)]
            end_s = part.end_s
    if whole:
        lines.append("#EXT-X-ENDLIST")
    return "\n".join(lines) + "\n"


def _stream(epochs: Sequence[Epoch]) -> str:
    """The attributes of a variant stream."""
    rates = [part.size * 8 / max(0.1, part.end_s - part.start_s) for epoch in epochs for part in epoch.parts]
    peak = ceil(max(rates, default=_NO_MEDIA_YET_BPS))
    codecs = ",".join(dict.fromkeys(codec for epoch in epochs for codec in _codecs(epoch)))
    largest = max(((e.width, e.height) for e in epochs), key=lambda size: size[0] * size[1], default=(0, 0))
    attributes = [f"BANDWIDTH={peak}"]
    if codecs:
        attributes.append(f'CODECS="{codecs}"')
    if all(largest):
        attributes.append(f"RESOLUTION={largest[0]}x{largest[1]}")
    return ",".join(attributes)


def _codecs(epoch: Epoch) -> Iterator[str]:
    """Out of `video/mp4; codecs="avc1.42e01f,opus"` (RFC 6381); section 4.3.4.2 wants all codecs of any segment."""
    named = epoch.mime.partition("codecs=")[2].strip('"')
    yield from (codec.strip() for codec in named.split(",") if codec.strip())


def _in_mp4(epoch: Epoch) -> bool:
    return epoch.mime.partition("/")[2].startswith("mp4") and bool(epoch.parts)


def _left_out(epoch: Epoch) -> str:
    mime = epoch.mime.partition(";")[0]
    return f"# from {epoch.parts[0].start_s:.1f} s on: epoch {epoch.number} is {mime}, which HLS can't carry; left out"


def _date(began: datetime, seconds: float) -> str:
    return f"#EXT-X-PROGRAM-DATE-TIME:{(began + timedelta(seconds=seconds)).isoformat(timespec='milliseconds')}"


def _quoted(text: str) -> str:
    """A quoted-string holds no line break and no double quote (section 4.2)."""
    return '"' + "".join(" " if c in "\r\n" else "'" if c == '"' else c for c in text) + '"'
