"""The camera against the phone that sent, editors, Content Credentials, and what each way of sending leaves."""

import http.server
import io
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from survey_server import photo
from survey_server.photo.camera import device_of
from survey_server.photo.policy import Policy, PolicyFault, load_policy

from .forge import Tiff, context, encoded, found, noise, result, with_exif

IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 Safari/604.1"
REDUCED = (
    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36"
)
GALAXY = (
    "Mozilla/5.0 (Linux; Android 14; SM-S918B) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Mobile Safari/537.36"
)
XIAOMI = (
    "Mozilla/5.0 (Linux; U; Android 13; zh-cn; 2201122C Build/TKQ1) AppleWebKit/537.36 Chrome/100 Mobile MiuiBrowser/17"
)
WECHAT = GALAXY + " MicroMessenger/8.0.50(0x28003252) NetType/WIFI Language/zh_CN"
DESKTOP = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36"


def camera(make: str, model: str) -> Tiff:
    return Tiff().text("ifd0", 0x10F, make).text("ifd0", 0x110, model)


def check(tiff: Tiff, **given) -> photo.Report:
    return photo.check(with_exif(tiff.blob()), context(**given))


@pytest.mark.parametrize(
    ("agent", "model", "device"),
    [
        (IPHONE, "", ("apple", "")),
        (REDUCED, "", ("android", "")),
        (REDUCED, "Pixel 9", ("google", "Pixel 9")),
        (GALAXY, "", ("samsung", "SM-S918B")),
        (XIAOMI, "", ("xiaomi", "2201122C")),
        (DESKTOP, "", None),
        ("", "", None),
    ],
)
def test_which_phone_a_browser_says_it_runs_on(agent, model, device):
    told = device_of(agent, model)
    assert (None if told is None else (told.maker, told.model)) == device


@pytest.mark.parametrize(
    ("agent", "make", "model", "verdict"),
    [
        (IPHONE, "Apple", "iPhone 15 Pro", "pass"),
        (IPHONE, "samsung", "SM-S918B", "flag"),
        (GALAXY, "samsung", "SM-S918B", "pass"),
        (GALAXY, "samsung", "SM-A515F", "flag"),
        (GALAXY, "samsung", "Galaxy S23 Ultra", "pass"),
        (GALAXY, "Apple", "iPhone 15", "flag"),
        (GALAXY, "Xiaomi", "2201122C", "flag"),
        (XIAOMI, "Xiaomi", "2201122C", "pass"),
        (REDUCED, "Xiaomi", "2201122C", "pass"),
        (REDUCED, "Apple", "iPhone 15", "flag"),
        (DESKTOP, "Canon", "EOS 40D", "na"),
        (GALAXY, "", "", "na"),
    ],
)
def test_a_photo_of_another_phone_is_looked_at(agent, make, model, verdict):
    assert result(check(camera(make, model) if make else Tiff(), user_agent=agent), "camera_identity") == verdict


@pytest.mark.parametrize(
    ("software", "verdict"),
    [
        ("Adobe Photoshop 25.1 (Windows)", "flag"),
        ("Snapseed 2.0", "flag"),
        ("美图秀秀", "flag"),
        ("GIMP 2.10.36", "flag"),
        ("14.4.2", "pass"),
        ("G991BXXU5CVDD", "pass"),
        ("HDR+ 1.0.540104767zd", "pass"),
        ("MediaTek Camera Application", "pass"),
        ("ILCE-7SM3 v1.01", "pass"),
        ("QCOM-AA", "pass"),
    ],
)
def test_editors_are_named_and_phones_are_not(software, verdict):
    report = check(Tiff().text("ifd0", 0x131, software))
    assert result(report, "edit_traces") == verdict
    assert report.facts["software"] == software


XMP = b'<x:xmpmeta><rdf:Description xmp:CreatorTool="Adobe Lightroom 8.1 (Macintosh)"/></x:xmpmeta>'


def test_an_editor_is_found_in_xmp_too():
    jpeg = noise()
    packet = b"http://ns.adobe.com/xap/1.0/\0" + XMP
    segment = b"\xff\xe1" + (len(packet) + 2).to_bytes(2, "big") + packet
    assert result(photo.check(jpeg[:2] + segment + jpeg[2:], context()), "edit_traces") == "flag"
    png = PngInfo()
    png.add_itxt("XML:com.adobe.xmp", XMP.decode())
    report = photo.check(encoded(Image.open(io.BytesIO(noise())), "PNG", pnginfo=png), context(name="a.png"))
    assert found(report, "edit_traces").evidence["editors"] == ["Adobe Lightroom 8.1 (Macintosh)"]


C2PA = "c2pa-org_public-testfiles/image/jpeg/adobe-20220124-{}.jpg"


@pytest.mark.parametrize(
    ("name", "verdict"), [("A", "na"), ("C", "na"), ("CA", "na"), ("E-dat-CA", "fail"), ("E-sig-CA", "fail")]
)
def test_content_credentials(corpus: Path, name, verdict):
    report = photo.check((corpus / C2PA.format(name)).read_bytes(), context(name=name + ".jpg"))
    finding = found(report, "c2pa")
    assert finding.result == verdict
    assert finding.evidence["present"] is (name != "A")
    if verdict == "fail":
        assert report.result == "needs_review", "a person decides"


def test_a_manifest_nobody_can_read_weighs_nothing(corpus: Path):
    path = corpus / "contentauth_c2pa-rs/sdk/tests/fixtures/no_alg.jpg"
    assert result(photo.check(path.read_bytes(), context()), "c2pa") == "na"


def test_content_credentials_elsewhere_are_never_fetched(corpus: Path):
    """The file names its manifest by an address; ours points it at a server here and counts who comes."""
    asked: list[str] = []

    class Door(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_error(404)

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Door) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        data = (corpus / "contentauth_c2pa-rs/sdk/tests/fixtures/cloud.jpg").read_bytes()
        at = data.find(b"https://cai-manifests")
        end = data.find(b'"', at)
        here = f"http://127.0.0.1:{server.server_port}/".encode()
        data = data[:at] + here + b"m" * (end - at - len(here)) + data[end:]
        report = photo.check(data, context())
        server.shutdown()
    assert not asked and result(report, "c2pa") == "na"


def test_the_examining_process_opens_no_socket_and_starts_no_program():
    script = """
import socket, subprocess, sys
from survey_server.confinement import confine
assert confine()
for work in (socket.socket, socket.socketpair, lambda: subprocess.run(["true"])):
    try:
        work()
    except PermissionError:
        continue
    sys.exit(3)
open("/proc/self/status").read()
"""
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


@pytest.mark.parametrize(
    ("agent", "source", "channel", "place", "time"),
    [
        (IPHONE, "capture", "ios_capture", "expected_absent", "expected_absent"),
        (IPHONE, "library", "ios_library", "missing", "missing"),
        (GALAXY, "capture", "android_capture", "missing", "missing"),
        (GALAXY, "library", "android_picker", "expected_absent", "missing"),
        (WECHAT, "library", "wechat", "expected_absent", "expected_absent"),
        (DESKTOP, "library", "other", "missing", "missing"),
    ],
)
def test_what_a_way_always_removes_is_expected_to_be_absent(agent, source, channel, place, time):
    report = photo.check(noise(), context(user_agent=agent, source=source))
    told = report.expectation
    assert (told["channel"], told["place"], told["time"]) == (channel, place, time)
    assert {finding.result for finding in report.findings} == {"pass", "na"}, "nothing weighs against anyone"


def test_only_a_contradiction_is_called_one():
    good = Tiff().place().taken("2026:07:01 11:00:00", "+08:00")
    assert check(good, user_agent=IPHONE, source="library").expectation["place"] == "consistent"
    blanked = Tiff().place(dms=(((0, 0),) * 3,) * 2, refs=("", ""))
    assert check(blanked).expectation["place"] == "redacted"
    late = check(Tiff().place().taken("2026:07:01 20:00:00", "+08:00"))
    assert (late.expectation["place"], late.expectation["time"]) == ("consistent", "conflicting")
    assert photo.check(noise(), context(channel="still", nonce="ok")).expectation["channel"] == "call_still"


def test_thresholds_come_from_a_file_and_the_verdict_names_them(tmp_path: Path):
    path = tmp_path / "photos.toml"
    path.write_text("far_m = 600000.0\ntiny_px = 100\n")
    policy = load_policy(path)
    assert policy.blur == Policy().blur and policy.digest != Policy().digest and len(policy.digest) == 64
    far = Tiff().place(dms=(((25, 1), (1, 1), (0, 1)), ((110, 1), (21, 1), (0, 1))))
    assert result(check(far), "geofence") == "fail"
    report = check(far, policy=policy)
    assert result(report, "geofence") == "flag" and report.policy == policy.digest
    for text in ("far_m = -1", "nearness = 3", "far_m = 'x'", "far_m"):
        path.write_text(text)
        with pytest.raises(PolicyFault, match=r"photos\.toml"):
            load_policy(path)
