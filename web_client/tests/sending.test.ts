import { describe, expect, it } from "vitest";
import { avoidsH264, repairingSound, withoutH264 } from "../src/core/sending";

const IPHONE = (os: string) => `Mozilla/5.0 (iPhone; CPU iPhone OS ${os} like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/15.1 Mobile/15E148 Safari/604.1`;
const MAC = (version: string) => `Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/${version} Safari/605.1.15`;

describe("devices that must not send H.264", () => {
  it.each<[string, boolean]>([
    [IPHONE("15_1"), true],
    [IPHONE("15_1_1"), true],
    [IPHONE("15_0_2"), false],
    [IPHONE("15_2"), false],
    [IPHONE("15_10"), false],
    [IPHONE("18_5"), false],
    ["Mozilla/5.0 (iPad; CPU OS 15_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/96.0 Mobile/15E148 Safari/604.1", true],
    ["Mozilla/5.0 (iPhone; CPU iPhone OS 15_1 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 MicroMessenger/8.0.16(0x18001030) NetType/WIFI", true],
    [MAC("15.1"), true],
    [MAC("15.10"), false],
    [MAC("17.1"), false],
    ["Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Mobile Safari/537.36", false],
  ])("%s: %s", (agent, avoids) => {
    expect(avoidsH264(agent)).toBe(avoids);
  });
});

const lines = (...all: string[]): string => all.map((line) => `${line}\r\n`).join("");
const VIDEO = (mid: string) => lines(
  "m=video 9 UDP/TLS/RTP/SAVPF 102 103 96 97",
  `a=mid:${mid}`,
  "a=rtpmap:102 H264/90000",
  "a=rtcp-fb:102 nack pli",
  "a=fmtp:102 profile-level-id=42e01f;packetization-mode=1",
  "a=rtpmap:103 rtx/90000",
  "a=fmtp:103 apt=102",
  "a=rtpmap:96 VP8/90000",
  "a=rtcp-fb:96 nack pli",
  "a=rtpmap:97 rtx/90000",
  "a=fmtp:97 apt=96",
);
const HEAD = lines("v=0", "a=group:BUNDLE 0 1 2", "m=audio 9 UDP/TLS/RTP/SAVPF 111", "a=mid:0", "a=rtpmap:111 opus/48000/2");

describe("an offer without H.264", () => {
  it("loses the codec and its retransmissions in the named m-line only", () => {
    const thin = withoutH264(HEAD + VIDEO("1") + VIDEO("2"), "1");
    expect(thin).toBe(
      HEAD +
        lines(
          "m=video 9 UDP/TLS/RTP/SAVPF 96 97",
          "a=mid:1",
          "a=rtpmap:96 VP8/90000",
          "a=rtcp-fb:96 nack pli",
          "a=rtpmap:97 rtx/90000",
          "a=fmtp:97 apt=96",
        ) +
        VIDEO("2"),
    );
  });

  it("stays as it is where nothing else is offered, or no H.264", () => {
    const only = HEAD + lines("m=video 9 UDP/TLS/RTP/SAVPF 102 103", "a=mid:1", "a=rtpmap:102 H264/90000", "a=rtpmap:103 rtx/90000", "a=fmtp:103 apt=102");
    expect(withoutH264(only, "1")).toBe(only);
    expect(withoutH264(HEAD, "0")).toBe(HEAD);
    expect(withoutH264(HEAD + VIDEO("1"), "7")).toBe(HEAD + VIDEO("1"));
  });
});

describe("an answer", () => {
  const sound = "m=audio 9 UDP/TLS/RTP/SAVPF 96\r\na=rtpmap:96 opus/48000/2\r\na=rtcp-fb:96 transport-cc\r\n";

  it("asks for lost sound again, once", () => {
    const asked = repairingSound(sound);
    expect(asked).toContain("a=rtpmap:96 opus/48000/2\r\na=rtcp-fb:96 nack\r\n");
    expect(repairingSound(asked)).toBe(asked);
  });

  it("is left alone without Opus", () => {
    const picture = "m=video 9 UDP/TLS/RTP/SAVPF 97\r\na=rtpmap:97 VP8/90000\r\n";
    expect(repairingSound(picture)).toBe(picture);
  });
});
