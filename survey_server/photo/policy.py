"""The thresholds photos are judged by: data, with a digest that every verdict carries.

The defaults are the measured ones; a file in TOML may change any of them. The digest names the thresholds a verdict
came from, so that the same photo can be judged the same way years later.
"""

import hashlib
import tomllib
from functools import cached_property
from pathlib import Path
from typing import Annotated

import msgspec
import rfc8785
from msgspec import Meta

Positive = Annotated[float, Meta(gt=0)]
Count = Annotated[int, Meta(ge=1)]


class PolicyFault(ValueError):
    """The file can't be used; the message names the field, or the line, and what is wrong with it."""


class Policy(msgspec.Struct, frozen=True, forbid_unknown_fields=True, dict=True):
    """What counts as far, late, blurred, edited or alike. Lengths in metres, times in seconds."""

    far_m: Positive = 50_000.0
    """Farther from the site than this fails; nearer, outside the fence, is a person's question."""
    after_receipt_s: Positive = 86_400.0
    """A photo can't be taken later than it came; a day covers every wrong zone."""
    clocks_agree_s: Positive = 300.0
    modified_after_s: Positive = 60.0
    """Cameras finish a file within seconds; a file written later than this after the picture was worked on."""
    blur: Positive = 20.0
    """Variance of the Laplacian at 1024 px. Sharp photos have 250 to 16,000; blurred by 3 px, 2 to 18 (measured)."""
    dark: Positive = 40.0
    """Mean grey value of 255."""
    tiny_px: Count = 480
    duplicate_bits: Count = 48
    """Of 256 bits of the perceptual hash, how many may differ before the pictures are compared themselves."""
    duplicate_inliers: Count = 25
    """Fewer matched points on one plane are no duplicate; a watermark bar alone has up to 29 (measured)."""
    duplicate_share: Annotated[float, Meta(gt=0, le=1)] = 0.35
    """Which part of all points must match where two pictures overlap. Copies have .42 and more; photos that share a
    watermark bar only, at most .30 (measured)."""
    scene_inliers: Count = 25
    """Matched points that show the same place (measured: 0 false in 14,076 pairs)."""
    c2pa_anchors: str = ""
    """Certificates (PEM) of the signers of Content Credentials we trust ourselves; nobody else's signature counts."""

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the thresholds as canonical JSON (RFC 8785), in hexadecimal."""
        return hashlib.sha256(rfc8785.dumps(msgspec.to_builtins(self))).hexdigest()


def load_policy(path: Path | None) -> Policy:
    """A policy from a TOML file; what it leaves out has its default, as everything has without a file.

    Raises PolicyFault.
    """
    if path is None:
        return Policy()
    try:
        return msgspec.convert(tomllib.loads(path.read_text("utf-8")), type=Policy)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError) as fault:
        raise PolicyFault(f"the photo policy {path} can't be used: {fault}") from fault
