"""Photos through real pages, seen on both screens: a still in the call, a HEIC with its place, hostile files."""

import io
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pillow_heif
from PIL import Image
from playwright.async_api import Locator, Page, expect

from survey_server.wire.admission import InvitationOrder
from tests.browser.conftest import Browsers
from tests.browser.test_survey import enter
from tests.nodes import AREZZO, ServedNode, application
from tests.photo.combinations import dms
from tests.photo.forge import Tiff, noise, png_bomb, with_exif

PEOPLE_HERE = [InvitationOrder("reviewer", "审核员"), InvitationOrder("applicant", "申请人")]
ALERT = '"><img src=x onerror="window.__run=1">'


def taken_here() -> Tiff:
    now = datetime.now(UTC)
    tiff = (
        Tiff().taken(f"{now:%Y:%m:%d %H:%M:%S}", "+00:00").text("ifd0", 0x10F, "Apple").text("ifd0", 0x110, "iPhone 13")
    )
    return tiff.place((dms(AREZZO.lat), dms(AREZZO.lon)), error=(8, 1))


def heic(tiff: bytes) -> bytes:
    """Sharp, of a phone's shape, its left half red."""
    values = np.random.default_rng(11).integers(40, 220, (300, 400, 3), np.uint8).repeat(3, axis=0).repeat(3, axis=1)
    values[:, :600, 1:] = 0
    out = io.BytesIO()
    pillow_heif.from_pillow(Image.fromarray(values)).save(out, quality=70, exif=b"Exif\0\0" + tiff)
    return out.getvalue()


def files(folder: Path) -> dict[str, tuple[Path, str]]:
    """Each with the result it must get."""
    now = f"{datetime.now(UTC):%Y:%m:%d %H:%M:%S}"
    blanked = Tiff().place(dms=(((0, 0),) * 3,) * 2, refs=("", "")).taken(now, "+00:00")
    edited = Tiff().text("ifd0", 0x131, "Photoshop " + ALERT).blob()
    made = {
        "IMG_0001.HEIC": (heic(taken_here().blob()), "accepted"),
        "blanked.jpg": (with_exif(blanked.blob()), "needs_review"),
        f"{ALERT}.jpg": (with_exif(edited, noise(1200, 900)), "needs_review"),
        "page.jpg": (b"<html><script>window.__run=1</script></html>", "rejected"),
        "bomb.png": (png_bomb(9000, 9000), "rejected"),
    }
    out: dict[str, tuple[Path, str]] = {}
    for number, (name, (data, result)) in enumerate(made.items()):
        path = folder / f"{number}" / name
        path.parent.mkdir()
        path.write_bytes(data)
        out[name] = (path, result)
    return out


async def shot(page: Page, name: str, folder: Path) -> None:
    await page.screenshot(path=folder / f"{name}.png", full_page=True)


async def shown(item: Locator) -> int:
    return await item.evaluate("(it) => it.querySelector('img')?.naturalWidth ?? 0")


async def test_photos_of_every_sort_reach_both_screens_with_their_reasons(
    browsers: Browsers, node: ServedNode, camera: Path, tmp_path: Path
) -> None:
    made = files(tmp_path)
    async with node.client() as client:
        view = await client.apply(application())
        links = [link.link for link in await client.invite(view.survey, PEOPLE_HERE)]
        desk = await browsers.page(viewport={"width": 1280, "height": 800})
        phone = await browsers.page(camera=camera, phone=True, device_scale_factor=1)
        await enter(desk, links[0])
        await enter(phone, links[1])
        await desk.get_by_test_id("ask-still").click()
        await desk.get_by_test_id("still-send").click()
        await phone.get_by_test_id("still-request").wait_for()
        await phone.get_by_test_id("shutter").click()
        await desk.get_by_test_id("tab-photos").click()
        await expect(desk.get_by_test_id("photo-item")).to_have_count(1)

        await phone.get_by_test_id("upload-input").set_input_files([path for path, _ in made.values()])
        await expect(desk.get_by_test_id("photo-item")).to_have_count(1 + len(made), timeout=30_000)
        for name, (_, result) in made.items():
            item = desk.get_by_test_id("photo-item").filter(has=desk.get_by_role("heading", name=name, exact=True))
            await expect(item).to_have_attribute("data-result", result, timeout=30_000)
            if result == "rejected":
                assert await shown(item) == 0, "what is no photo is never shown as one"
            else:
                await desk.wait_for_function(
                    "(id) => document.querySelector(`[data-photo='${id}'] img`)?.naturalWidth > 100",
                    arg=await item.get_attribute("data-photo"),
                )
        still = desk.get_by_test_id("photo-item").filter(has_text="in the call")
        await expect(still).not_to_have_attribute("data-result", "checking", timeout=30_000)
        auditor = await client.start(await client.invite_auditor("a"))
        photos = {one.name: one for one in (await client.survey(view.survey, auditor.session)).photos}
        told = {one.id: one for one in photos["IMG_0001.HEIC"].findings}
        assert told["geofence"].result == told["time_window"].result == told["camera_identity"].result == "pass"
        assert photos["blanked.jpg"].findings[3].evidence["state"] == "redacted"
        taken = next(one for one in photos.values() if one.channel == "still")
        assert taken.result == "accepted", [one.reason.en for one in taken.findings if one.result in ("flag", "fail")]
        for page, name in ((desk, "desk"), (phone, "phone")):
            assert await page.evaluate("window.__run") is None, "nothing from a file runs"
            await shot(page, name, tmp_path)

        await desk.get_by_test_id("end-session").click()
        await desk.get_by_test_id("end-confirm").click()
        await expect(desk.get_by_test_id("tab-conclusion")).to_be_visible()
