"""takan bench photo: what the photo checks find and cost, part by part."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from survey_server.commands.ending import fail


def _reading(photos: Path) -> dict[str, Any]:
    from survey_server.bench.photo_reading import agreement, costs, pictures

    files = pictures(photos)
    if not files:
        raise FileNotFoundError(f"there is no picture under {photos}")
    large = sorted(files, key=lambda file: file.stat().st_size)[-6:]
    return {"agreement_with_exiftool": agreement(files), "costs": costs(files, large)}


def _scene(photos: Path) -> dict[str, Any]:
    """The films lie beside the folder; the public photos are those that the part `reuse` fetched, if it did."""
    from survey_server.bench.photo_scene import same_place
    from survey_server.bench.public_photos import SHELF, public_photos

    shelf = SHELF.expanduser()
    return same_place(photos, photos.parent / "video", public_photos(shelf) if shelf.is_dir() else ())


def _public(photos: Path) -> dict[str, bytes]:
    """Public photos of Debian packages, fetched at the first time, and the distinct ones of the folder."""
    import subprocess

    from survey_server.bench.public_photos import SHELF, distinct, public_photos, unpacked

    try:
        pictures = dict(public_photos(unpacked(SHELF.expanduser())))
    except subprocess.CalledProcessError as fault:
        raise OSError(f"the public photos could not be fetched with apt-get: {fault}") from fault
    return pictures | dict(distinct(photos))


def _reuse(photos: Path) -> dict[str, Any]:
    """Most of an hour: every photo is laid on every other."""
    import cv2
    import msgspec

    from survey_server.bench.reuse import measure

    cv2.setNumThreads(1)  # as in the process that examines photos
    return msgspec.to_builtins(measure(_public(photos).items(), exhaustive=True))


def _lookup(photos: Path) -> dict[str, Any]:
    import msgspec

    from survey_server.bench.reuse import lookups, seen

    some = list(_public(photos).values())[:100]
    return msgspec.to_builtins(lookups([one for one in map(seen, some) if one], 1_000_000))


PARTS: Final[dict[str, Callable[[Path], dict[str, Any]]]] = {
    "reading": _reading,
    "scene": _scene,
    "reuse": _reuse,
    "lookup": _lookup,
}
"""Each part takes the folder of photos and returns its figures."""


def bench_photo(
    photos: Annotated[Path, typer.Argument(help="A folder with photos, searched to its depth.")],
    part: Annotated[list[str] | None, typer.Option(help=f"{', '.join(PARTS)}; default: all.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")] = False,
) -> None:
    """What the photo checks find and cost, beside a named baseline where there is one."""
    from survey_server.bench.media import machine

    unknown = set(part or ()) - set(PARTS)
    if unknown:
        fail(f"there is no part {', '.join(unknown)}; there are {', '.join(PARTS)}")
    if not as_json:
        print(machine(), flush=True)
    figures: dict[str, Any] = {}
    for name in part or PARTS:
        try:
            figures[name] = PARTS[name](photos)
        except OSError as fault:
            fail(f"the part {name} could not be carried out: {fault}")
        if not as_json:
            print(f"\n{name}")
            _tell(figures[name], "  ")
            sys.stdout.flush()  # the next part may take minutes
    if as_json:
        print(json.dumps({"machine": machine()} | figures, indent=1, ensure_ascii=False))


def _tell(told: Any, indent: str) -> None:
    for name, value in told.items():
        if isinstance(value, dict):
            print(f"{indent}{name}")
            _tell(value, indent + "  ")
        elif isinstance(value, list):
            print(f"{indent}{name}")
            for row in value:
                print(f"{indent}  {row}")
        else:
            print(f"{indent}{name}: {value}")
