/** Reads the few counters of a peer connection that `core/quality.ts` judges (W3C webrtc-stats). */
import type { Sample } from "../core/quality";

type Counters = {
  type: string;
  packetsSent?: number;
  packetsLost?: number;
  currentRoundTripTime?: number;
  nominated?: boolean;
};

export function sample(report: RTCStatsReport): Sample {
  let sent = 0;
  let lost = 0;
  let roundTripS: number | null = null;
  report.forEach((one: Counters) => {
    if (one.type === "outbound-rtp") sent += one.packetsSent ?? 0;
    if (one.type === "remote-inbound-rtp") lost += one.packetsLost ?? 0;
    if (one.type === "candidate-pair" && one.nominated) roundTripS = one.currentRoundTripTime ?? roundTripS;
  });
  return { sent, lost, roundTripS };
}
