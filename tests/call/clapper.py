"""A camera that flashes and a microphone that beeps at the same moment, every second of the machine's clock.

The page's `getUserMedia` gives a canvas and a WebAudio tone instead of a device; everything after that (encoder, RTP,
sender reports, server, recording) is the real thing. Where flashes and beeps lie in a recording is read from its
decoded pictures and sound, placed by their decode times alone, as any player would place them.
"""

import itertools
from typing import Any

import av
import numpy as np

from tests.call.recorded import lane_of, media_of
from tests.flows.bundles import Bundle

BEEP_S = 0.1
_LEVEL = 3000
_BRIGHT = 110
_APART_S = 0.5

SCRIPT = """
(() => {
  const now = () => performance.timeOrigin + performance.now();
  let made = null;
  const make = async () => {
    const canvas = document.createElement('canvas');
    canvas.width = 320; canvas.height = 240;
    const context = canvas.getContext('2d');
    const audio = new AudioContext({ sampleRate: 48000 });
    await audio.resume();
    const level = audio.createGain(), tone = audio.createOscillator(), out = audio.createMediaStreamDestination();
    level.gain.value = 0.0005;
    tone.frequency.value = 1000;
    tone.connect(level).connect(out);
    tone.start();
    // The context's clock runs ahead in steps of a render quantum: the least difference is the true one.
    const offsets = [];
    let due = Math.ceil(now() / 1000) + 2, turn = 0;
    setInterval(() => {
      const at = now();
      offsets.push(at - audio.currentTime * 1000);
      if (offsets.length > 500) offsets.shift();
      const into = at - Math.floor(at / 1000) * 1000;
      context.fillStyle = into < 100 ? '#fff' : '#000';
      context.fillRect(0, 0, 320, 240);
      context.fillStyle = turn++ % 2 ? '#333' : '#222';  // every picture differs, so every one is captured
      context.fillRect(0, 0, 8, 8);
      if (due * 1000 - at < 400) {
        const start = (due * 1000 - Math.min(...offsets)) / 1000;
        level.gain.setValueAtTime(0.5, start);
        level.gain.setValueAtTime(0.0005, start + 0.1);
        due += 1;
      }
    }, 16);
    return [...canvas.captureStream(60).getVideoTracks(), ...out.stream.getAudioTracks()];
  };
  navigator.mediaDevices.getUserMedia = async (wanted) => {
    made ??= make();
    const tracks = (await made).filter((one) => wanted[one.kind]);
    return new MediaStream(tracks.map((one) => one.clone()));
  };
})();
"""


def flashes(bundle: Bundle, participant: str) -> list[float]:
    """When the picture turned bright, seconds on the line."""
    found: list[float] = []
    for epoch in lane_of(bundle, participant)["epochs"]:
        if "video" not in epoch["kinds"]:
            continue
        with av.open(media_of(bundle, epoch)) as container:
            pictures = container.decode(video=0)
            found += [one.time for one in pictures if one.to_ndarray(format="gray").mean() > _BRIGHT]
    return _beginnings(found)


def beeps(bundle: Bundle, participant: str) -> list[float]:
    """When the tone began, seconds on the line."""
    found: list[float] = []
    for epoch in lane_of(bundle, participant)["epochs"]:
        if "audio" not in epoch["kinds"]:
            continue
        with av.open(media_of(bundle, epoch)) as container:
            for frame in container.decode(audio=0):
                loud = np.flatnonzero(np.abs(_mono(frame)) > _LEVEL)
                found += [frame.time + at / frame.sample_rate for at in loud]
    return _beginnings(found)


def _mono(frame: Any) -> Any:
    heard = frame.to_ndarray()
    heard = heard.astype(np.float64) * (32768 if heard.dtype.kind == "f" else 1)
    return heard[0] if frame.format.is_planar else heard.reshape(-1, len(frame.layout.channels))[:, 0]


def _beginnings(times: list[float]) -> list[float]:
    times = sorted(times)
    return times[:1] + [after for before, after in itertools.pairwise(times) if after - before > _APART_S]


def differences(one: list[float], other: list[float]) -> list[float]:
    """For each moment of one the nearest of the other, as a difference in seconds; none where there is none near."""
    return [
        nearest - at for at in one for nearest in [min(other, key=lambda b, at=at: abs(b - at), default=at + 9)]
        if abs(nearest - at) < _APART_S
    ]  # fmt: skip
