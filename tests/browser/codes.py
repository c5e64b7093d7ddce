"""A moving machine-readable code: the frame's number as a grid of black and white blocks, with a check.

Blocks survive H.264 at any quality a call uses and can be read by a page (canvas) and from a file alike. 6 columns and
4 rows: 16 bits of number, 8 bits of check.
"""

from collections.abc import Iterator
from pathlib import Path

import av
import cv2
import numpy as np
import numpy.typing as npt

COLUMNS, ROWS = 6, 4
WIDTH, HEIGHT = 640, 480
FPS = 30
COUNT = 900

READ_JS = """
(() => {
  const canvas = new OffscreenCanvas(96, 64);
  const context = canvas.getContext('2d', { willReadFrequently: true });
  return (video) => {
    if (!video || video.readyState < 2 || !video.videoWidth) return null;
    context.drawImage(video, 0, 0, 96, 64);
    const pixels = context.getImageData(0, 0, 96, 64).data;
    let bits = 0;
    for (let i = 0; i < 24; i++) {
      const x = (i % 6) * 16 + 8, y = Math.floor(i / 6) * 16 + 8;
      bits = bits * 2 + (pixels[(y * 96 + x) * 4] > 127 ? 1 : 0);
    }
    const number = Math.floor(bits / 256), check = bits % 256;
    return check === (number * 31 + (number >> 8) * 17 + 7) % 256 ? number : null;
  };
})()
"""


def check_of(number: int) -> int:
    return (number * 31 + (number >> 8) * 17 + 7) % 256


def draw(number: int) -> npt.NDArray[np.uint8]:
    bits = f"{number:016b}{check_of(number):08b}"
    blocks = np.array([255 if bit == "1" else 0 for bit in bits], np.uint8).reshape(ROWS, COLUMNS)
    return cv2.resize(blocks, (WIDTH, HEIGHT), interpolation=cv2.INTER_NEAREST).astype(np.uint8)


def read(picture: npt.NDArray[np.uint8]) -> int | None:
    small = cv2.resize(picture, (COLUMNS * 16, ROWS * 16), interpolation=cv2.INTER_AREA)
    bits = "".join("1" if small[row * 16 + 8, column * 16 + 8] > 127 else "0"
                   for row in range(ROWS) for column in range(COLUMNS))  # fmt: skip
    number = int(bits[:16], 2)
    return number if int(bits[16:], 2) == check_of(number) else None


def write_mjpeg(path: Path) -> Path:
    """The file Chromium's fake camera plays in a loop."""
    with path.open("wb") as out:
        for number in range(COUNT):
            out.write(cv2.imencode(".jpg", draw(number), [cv2.IMWRITE_JPEG_QUALITY, 80])[1].tobytes())
    return path


def codes_of(path: Path) -> Iterator[int | None]:
    """The code of each picture of a file, in order; None where it can't be read."""
    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            yield read(frame.to_ndarray(format="gray"))
