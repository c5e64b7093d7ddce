"""HEIF pixels through libheif (pillow-heif).

Its decoder turns and mirrors by the file's own boxes, so EXIF's Orientation must not be applied again (measured,
PHOTOS.md).
"""

from typing import cast

import numpy as np
import pillow_heif
from numpy.typing import NDArray

pillow_heif.options.DECODE_THREADS = 1
pillow_heif.options.THUMBNAILS = False
pillow_heif.options.DEPTH_IMAGES = False
pillow_heif.options.AUX_IMAGES = False


def decode(data: bytes) -> NDArray[np.uint8] | None:
    """The primary picture in BGR, 8 bits, upright; None when it can't be decoded. The caller has checked its size."""
    try:
        opened = pillow_heif.open_heif(data, convert_hdr_to_8bit=True, bgr_mode=True)
        pixels = np.asarray(opened[opened.primary_index])
    except (ValueError, OSError, RuntimeError, EOFError, SyntaxError, IndexError):
        return None
    if pixels.ndim == 2:
        pixels = pixels[:, :, np.newaxis].repeat(3, axis=2)
    if pixels.ndim != 3 or pixels.shape[2] not in (3, 4) or not pixels.size:
        return None
    return cast("NDArray[np.uint8]", np.ascontiguousarray(pixels[:, :, :3]))
