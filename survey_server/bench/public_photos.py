"""Distinct public photos for measuring re-use, out of Debian packages (bookworm), which are unpacked beside the source.

| package | pictures | licence |
|---|---|---|
| gcompris-qt-data | animals, monuments, musicians (inside its .rcc files) | CC-BY-SA, public domain, AGPL-3 |
| lomiri-wallpapers-16.04, mate-backgrounds, plasma-workspace-wallpapers | landscapes, plants | CC-BY-SA, GPL-2 |
| palapeli-data, puzzle-jigsaw | buildings, fruit, animals | public domain, CC-BY-SA, GPL-2 |
| tuxmath-data, tuxtype-data | sky (NASA), coasts, mountains | public domain, GPL-3 |
| opencv-doc, python3-skimage | the usual test photos | Apache-2.0, BSD-3, public domain |
| kphotoalbum | a family's album | GPL-2 |
| cimg-doc | photos of picture postcards | CeCILL |

Left out by name: drawings, paintings, screenshots, textures, and of several views of one thing all but one; of a corpus
beside the source those are taken that show different things.
"""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from survey_server.photo.container import open_container

_RCC: Final = "gcompris-qt-data"
_IN_RCC: Final = re.compile(
    r"(clickgame-[02-6]|erase-\d+|explore_(farm_animals|monuments|world_animals|world_music)-\d+"
    r"|details-(0|1|3|5|6|9|11|13|14|16|17|18|20))$"
)
_PHOTOS: Final = {
    "lomiri-wallpapers-16.04": r"/(Bridge|Dragonfly|Picture|Wine|aitz|free|friends|green|life|picos|seed|sunset)[^/]*$",
    "mate-backgrounds": r"/mate/nature/",
    "plasma-workspace-wallpapers": r"/(BytheWater|ColdRipple|ColorfulCups|EveningGlow|FallenLeaf|Grey|Kite|OneStandsOut"
    r"|Path|summer_1am|Volna)/contents/images/(2560x1600|5120x2880)\.",
    "palapeli-data": r"/palapeli/collection/",
    "puzzle-jigsaw": r"/puzzle-jigsaw/samples/",
    "tuxmath-data": r"/images/backgrounds/\d\.jpg",
    "tuxtype-data": r"/images/(backgrounds/[013]|kcas\d+|hidden)\.jpg",
    "opencv-doc": r"/examples/data/(aero1|aloeL|apple|baboon|board|building|butterfly|fruits|graf1|home|leuvenA|left01"
    r"|messi5|orange|rubberwhale1|smarties|squirrel_cls|stuff|basketball1)\.|/examples/text/scenetext0\d",
    "python3-skimage": r"/skimage/data/(astronaut|brick|camera|chelsea|coffee|grass|gravel|motorcycle_left|rocket"
    r"|retina)\.",
    "kphotoalbum": r"/kphotoalbum/demo/[a-z]+(_helene|_wave|_canyon|_water)?(55)?(_\d)?\.jpg",
    "cimg-doc": r"/html/img/postcard(?!12\.|37\.|41\.|45\.|51\.|52\.|55\.|66\.|70\.|71\.|73\.)\d+\.",
}
_CORPUS: Final = re.compile(
    r"adobe-20220124-A|no_alg|HTC_Desire\.jpg|Nikon_D5000|Samsung_GT-I9000|corrupted|gps/DSCN|landscape_1\.|xmp/no_exif"
    r"|(berlin|lund)/images/01"
)
"""Of the corpus beside the source, one of each picture."""
SHELF: Final = Path("~/.cache/takan-photos")
_LEAST: Final = 400
"""Longer side of a picture that is taken for a photo; icons and thumbnails lie in the same folders."""


def unpacked(shelf: Path) -> Path:
    """The packages under this folder, fetched with apt and unpacked if they are not there. Raises OSError or
    CalledProcessError where apt can't get them.
    """
    for package in (_RCC, *_PHOTOS):
        if not (shelf / package).is_dir():
            shelf.mkdir(parents=True, exist_ok=True)
            subprocess.run(["apt-get", "download", "-q", package], cwd=shelf, check=True, capture_output=True)
            archive = next(shelf.glob(f"{package}_*.deb"))
            subprocess.run(["dpkg", "-x", archive, shelf / package], check=True)
            archive.unlink()
    return shelf


def public_photos(shelf: Path) -> Iterator[tuple[str, bytes]]:
    """Name and bytes of each chosen picture in the unpacked packages."""
    for name, data in _carved(shelf / _RCC):
        if _IN_RCC.match(name):
            yield name, data
    for package, chosen in _PHOTOS.items():
        pattern = re.compile(chosen)
        for name, data in pictures_in(shelf / package):
            if pattern.search(f"/{name}"):
                yield f"{package}/{name}", data


def distinct(corpus: Path) -> Iterator[tuple[str, bytes]]:
    """Those of the corpus beside the source that show different things."""
    return ((name, data) for name, data in pictures_in(corpus) if _CORPUS.search(name))


def pictures_in(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Name and bytes of each picture in a folder and those in it."""
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() in (".jpg", ".jpeg", ".png", ".webp", ".heic"):
            data = path.read_bytes()
            container = open_container(data)
            if max(container.width, container.height) >= _LEAST:
                yield str(path.relative_to(folder)), data


def _carved(folder: Path) -> Iterator[tuple[str, bytes]]:
    """WebP and JPEG files that Qt's resource files hold as they are, their length in front."""
    for resource in sorted(folder.rglob("*.rcc")):
        data, number = resource.read_bytes(), 0
        for match in re.finditer(rb"RIFF(....)WEBP|\xff\xd8\xff[\xe0\xe1\xdb]", data, re.DOTALL):
            start = match.start()
            size = int.from_bytes(data[start - 4 : start], "big")
            if 15_000 < size < 5_000_000 and start + size <= len(data):
                yield f"{resource.stem}-{number}", data[start : start + size]
                number += 1
