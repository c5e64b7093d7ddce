"""A browser that sends VP8 and one that sends H.264 in one survey: each sees the other, both recordings play."""

import asyncio

import pytest

from tests.media.chromium import BrowserPerson, chromium, pages, replay
from tests.media.people import Person, room, until
from tests.media.prepared import small
from tests.recording.lane import accounts_for_every_second, decodes_silently, epoch_files, stored
from tests.servers import require

HAS_ONLY = """(name) => {
  const plain = RTCPeerConnection.prototype.setRemoteDescription;
  const without = (part) => {
    const named = [...part.matchAll(/^a=rtpmap:(\\d+) (\\w+)/gm)];
    const types = named.filter(([, , codec]) => codec !== name).map(([, type]) => type);
    const [line, ...lines] = part.split('\\r\\n');
    const kept = lines.filter((one) => !types.includes(/^a=(?:rtpmap|fmtp|rtcp-fb):(\\d+)/.exec(one)?.[1]));
    return [line.split(' ').filter((word, n) => n < 3 || !types.includes(word)).join(' '), ...kept].join('\\r\\n');
  };
  const edited = (part) => (part.startsWith('m=video') && part.includes('a=recvonly') ? without(part) : part);
  RTCPeerConnection.prototype.setRemoteDescription = function ({ type, sdp }) {
    return plain.call(this, { type, sdp: sdp.split(/(?=^m=)/m).map(edited).join('') });
  };
}"""
"""As a browser that can make pictures in this codec only hears an offer."""
SENT = """async () => {
  const report = [...(await pc.getStats()).values()];
  const codecs = Object.fromEntries(report.filter((r) => r.type === 'codec').map((r) => [r.id, r.mimeType]));
  return report.filter((r) => r.type === 'outbound-rtp' && r.kind === 'video').map((r) => codecs[r.codecId]);
}"""
CODECS = {"new": ("video/H264", "avc1", "video/mp4"), "old": ("video/VP8", "vp8", "video/webm")}


async def decoded(browser: BrowserPerson) -> int:
    return sum(track["frames"] for track in (await browser.stats())["inbound"] if track["kind"] == "video")


async def sees_more(browser: BrowserPerson, frames: int) -> None:
    seen = await decoded(browser)
    async with asyncio.timeout(30):
        while await decoded(browser) < seen + frames:
            await asyncio.sleep(0.1)


async def test_vp8_and_h264_senders_see_each_other_and_both_recordings_play(tmp_path) -> None:
    require("chromium", chromium())
    pytest.importorskip("playwright")
    async with pages(2) as opened, room(tmp_path / "spool") as place:
        browsers = {}
        for (who, (mime, _, _)), page in zip(CODECS.items(), opened, strict=True):
            await page.evaluate(HAS_ONLY, mime.partition("/")[2])
            browsers[who] = BrowserPerson(place.session, who, page)
            await browsers[who].join()
        viewer = await Person(place, "viewer", small()).join()
        for who, browser in browsers.items():
            await sees_more(browser, 40)
            assert await browser.page.evaluate(SENT) == [CODECS[who][0]]
        await until(lambda: viewer.media.frames.get("new", 0) > 30, 30)
        await until(lambda: viewer.media.sounds.get("old", 0) > 30, 30)
        await asyncio.sleep(3)
        for one in (viewer, *browsers.values()):
            await one.leave()
        await place.session.close()
        lanes = {lane.participant: lane for lane in await place.recording.close()}
        place.spool.close()
        objects = stored(tmp_path / "spool")
        for who, (_, codec, container) in CODECS.items():
            lane = lanes[who]
            accounts_for_every_second(lane)
            for file in epoch_files(lane, objects, tmp_path):
                await asyncio.to_thread(decodes_silently, file)
            epoch = max(lane.epochs, key=lambda one: one.parts[-1].end_s - one.parts[0].start_s)
            assert {track.codec.partition(".")[0] for track in epoch.tracks} == {codec, "opus"}
            assert epoch.mime.startswith(container)
            assert sum(track.seconds for track in epoch.tracks if track.kind == "video") > 2
            parts = [objects[epoch.init.key], *(objects[part.key] for part in epoch.parts)]
            played = await replay(opened[0], epoch.mime, parts, epoch.parts[0].start_s + 0.2, 2.0)
            print(who, epoch.mime, played)
            assert played.get("error") is None
            assert played["w"] == epoch.width
            assert played["frames"] > 10
            assert played["at"] > epoch.parts[0].start_s + 0.7
