"""The camera and what was done to its file: does it fit the session's device, and did an editor write it?"""

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from survey_server.photo import advice
from survey_server.photo.context import Context
from survey_server.photo.exif import Exif
from survey_server.photo.finding import finding
from survey_server.photo.timing import stated_moment, wall_clock
from survey_server.wire.basics import Text
from survey_server.wire.photos import Finding

# ---------------------------------------------------------------- the device


@dataclass(frozen=True)
class Device:
    """A phone as its browser describes it. `model` is empty where the browser hides it (Chrome says "K")."""

    maker: str
    model: str = ""


_ANDROID: Final = re.compile(r"Android[^;)]*;(?: [a-z]{2}[-_][A-Za-z]{2};)?\s*([^;)]{1,60}?)(?:\s+Build/[^;)]*)?[;)]")
_CODES: Final = (
    ("SM-", "samsung"), ("GT-", "samsung"), ("Pixel", "google"), ("M2", "xiaomi"), ("Redmi", "xiaomi"),
    ("MI ", "xiaomi"), ("Mi ", "xiaomi"), ("22", "xiaomi"), ("23", "xiaomi"), ("24", "xiaomi"), ("POCO", "xiaomi"),
    ("PC", "oppo"), ("CPH", "oppo"), ("PE", "oppo"), ("PG", "oppo"), ("PH", "oppo"), ("OPPO", "oppo"),
    ("RMX", "realme"), ("vivo", "vivo"), ("V1", "vivo"), ("V2", "vivo"), ("ONEPLUS", "oneplus"), ("HUAWEI", "huawei"),
    ("HONOR", "honor"), ("moto", "motorola"), ("XQ-", "sony"), ("Nokia", "nokia"), ("ASUS_", "asus"), ("ZTE", "zte"),
)  # fmt: skip
"""How model codes of makers begin, where that is plain; Huawei's and Honor's letters are shared and left out."""
_SIBLINGS: Final = ({"oppo", "oneplus", "realme"}, {"huawei", "honor"}, {"xiaomi", "redmi", "poco"}, {"vivo", "iqoo"})
"""Makers that write each other's names into their files."""


def device_of(user_agent: str, model: str = "") -> Device | None:
    """The phone behind a User-Agent (RFC 9110, 10.1.5) and, where the browser gives it apart, its model.

    None for a computer or a browser that does not say.
    """
    if "iPhone" in user_agent or "iPad" in user_agent:
        return Device("apple")
    named = _ANDROID.search(user_agent)
    if named is None:
        return None
    model = model or named[1].strip()
    if model in ("K", "Mobile", "Tablet", ""):
        return Device("android")
    return Device(next((maker for start, maker in _CODES if model.startswith(start)), "android"), model)


def camera_identity(exif: Exif, context: Context) -> Finding:
    """Was the photo taken with the phone that sent it? Only a plain contradiction is flagged."""
    device = device_of(context.user_agent, context.device_model)
    facts = {"make": exif.make, "model": exif.model}
    if device is None or not (exif.make or exif.model):
        return finding(
            "camera_identity",
            "na",
            "没有可与手机比较的相机信息。",
            "There is no camera to compare with the phone.",
            advice.NO_MATTER,
            **facts,
        )
    facts |= {"device_maker": device.maker, "device_model": device.model or None}
    if _differs(device, (exif.make or "").casefold(), (exif.model or "").casefold()):
        return finding(
            "camera_identity",
            "flag",
            "照片是用另一台设备拍的。",
            "The photo was taken with another device than this phone.",
            Text(
                "工作人员会查看。如能用这台手机在现场重拍，请重拍。",
                "A person will look at it. If you can, take it again with this phone on site.",
            ),
            **facts,
        )
    zh, en = "拍摄设备与这台手机没有矛盾。", "The camera does not contradict this phone."
    return finding("camera_identity", "pass", zh, en, **facts)


def _differs(device: Device, make: str, model: str) -> bool:
    apple = "apple" in make or model.startswith(("iphone", "ipad"))
    if (device.maker == "apple") != apple:
        return True
    if apple or not device.model or device.model.casefold() in model or (model and model in device.model.casefold()):
        return False
    maker = next((name for start, name in _CODES if model.startswith(start.casefold())), make.split(" ", 1)[0])
    if device.maker == "android" or not maker:
        return False
    if device.maker == maker:
        return device.maker == "samsung" and model.startswith("sm-") and device.model.startswith("SM-")
    return not any({device.maker, maker} <= group for group in _SIBLINGS)


# ---------------------------------------------------------------- editors

_EDITORS: Final = re.compile(
    r"photoshop|lightroom|adobe (?:bridge|express|fresco|illustrator|firefly)|camera raw|gimp|snapseed|picsart|vsco"
    r"|pixelmator|affinity|paint\.net|microsoft (?:paint|photos|designer)|canva|facetune|faceapp|capcut|jianying|b612"
    r"|beautycam|luminar|capture one|darktable|rawtherapee|photopea|polarr|afterlight|fotor|photoscape|acdsee|corel"
    r"|paintshop|krita|inkscape|imagemagick|irfanview|xnview|photodirector|picasa|aviary|prisma|remini|midjourney"
    r"|stable diffusion|dall.?e|comfyui|novelai|topaz|photomator|darkroom|lensa|inshot|youcam|ulike|meitu|美图|美颜"
    r"|剪映|醒图|轻颜|黄油相机|天天p图|泼辣|光影魔术手",
    re.IGNORECASE,
)
"""Programs that change pictures. Phones and cameras write build numbers, which are nobody's trace."""
_XMP_TOOL: Final = re.compile(
    rb"(?:CreatorTool|softwareAgent|photoshop:History)(?:>|=[\"'])\s*([^<\"']{1,160})", re.IGNORECASE
)


def xmp_tools(xmp: bytes) -> list[str]:
    """The programs an XMP packet (ISO 16684-1) names as its writers: at most eight, printable, cut to 120."""
    names = [found.decode("utf-8", "replace") for found in _XMP_TOOL.findall(xmp)[:8]]
    return ["".join(char for char in name if char.isprintable()).strip()[:120] for name in names]


def edit_traces(exif: Exif, xmp: bytes, context: Context) -> Finding:
    """Does the file name an editor, or say that it was changed after the picture was taken?"""
    tools = [tool for tool in (exif.software or "", *xmp_tools(xmp)) if _EDITORS.search(tool)]
    taken, changed = wall_clock(exif), stated_moment(exif.datetime_modified)
    late: timedelta | None = changed - taken if taken is not None and changed is not None else None
    facts = {
        "software": exif.software,
        "editors": sorted(set(tools)),
        "modified_after_s": None if late is None else round(late.total_seconds()),
    }
    if tools:
        return finding(
            "edit_traces",
            "flag",
            f"照片经“{tools[0]}”处理过。",
            f"The photo was processed with “{tools[0]}”.",
            advice.ORIGINAL,
            **facts,
        )
    if late is not None and late.total_seconds() > context.policy.modified_after_s:
        return finding(
            "edit_traces",
            "flag",
            "照片拍摄之后又被修改过。",
            "The photo was changed after it was taken.",
            advice.ORIGINAL,
            **facts,
        )
    if exif.software is None and changed is None and not xmp:
        zh, en = (
            "照片不含处理记录。",
            "The photo keeps no record of editing.",
        )
        return finding("edit_traces", "na", zh, en, advice.NO_MATTER, **facts)
    return finding("edit_traces", "pass", "没有发现编辑痕迹。", "No trace of an editor was found.", **facts)
