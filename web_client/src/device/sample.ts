/** Reads the counters of a peer connection that `core/quality.ts` and `core/flow.ts` judge (W3C webrtc-stats). */
import type { Reading } from "../core/flow";
import type { Sample } from "../core/quality";

type Counters = {
  type: string;
  packetsSent?: number;
  packetsLost?: number;
  packetsReceived?: number;
  bytesReceived?: number;
  responsesReceived?: number;
  requestsReceived?: number;
  currentRoundTripTime?: number;
  nominated?: boolean;
  nackCount?: number;
  freezeCount?: number;
};

export function sample(report: RTCStatsReport): Sample {
  let sent = 0;
  let lost = 0;
  let roundTripS: number | null = null;
  let asked = 0;
  let frozen = 0;
  report.forEach((one: Counters) => {
    if (one.type === "inbound-rtp") {
      asked += one.nackCount ?? 0;
      frozen += one.freezeCount ?? 0;
    }
    if (one.type === "outbound-rtp") sent += one.packetsSent ?? 0;
    if (one.type === "remote-inbound-rtp") lost += one.packetsLost ?? 0;
    if (one.type === "candidate-pair" && one.nominated) roundTripS = one.currentRoundTripTime ?? roundTripS;
  });
  return { sent, lost, roundTripS, asked, frozen };
}

/** Everything that arrived: media, reports, and answers and questions of connectivity checks on any path. */
export function reading(report: RTCStatsReport, atMs: number): Reading {
  let heard = 0;
  let media = 0;
  report.forEach((one: Counters) => {
    if (one.type === "inbound-rtp") media += one.packetsReceived ?? 0;
    if (one.type === "transport") heard += one.bytesReceived ?? 0;
    if (one.type === "candidate-pair") heard += (one.bytesReceived ?? 0) + (one.responsesReceived ?? 0) + (one.requestsReceived ?? 0);
  });
  return { atMs, heard: heard + media, media };
}
