/** What is recorded, for those who sign. */

import type { RecordedTrack, Text } from "../core/wire.gen";

const KIND: Record<RecordedTrack["kind"], Text> = {
  audio: { zh: "声音", en: "sound" },
  video: { zh: "画面", en: "picture" },
};

export const recorded = {
  whole: { zh: "录像情况", en: "What is recorded" },
  holed: { zh: "录像有缺失", en: "Parts of the recording are missing" },
  advice: { zh: "签署前请确认所见足够作出结论。", en: "Sign only if what you saw is enough." },
  absent: (name: string, kind: RecordedTrack["kind"]): Text => ({ zh: `${name}：没有录到${KIND[kind].zh}`, en: `${name}: no ${KIND[kind].en} was recorded` }),
  track: (name: string, { kind, coverage, gaps, missing_s }: RecordedTrack): Text => ({
    zh: `${name}，${KIND[kind].zh}：录得 ${coverage} %${gaps === 0 ? "" : `，缺 ${gaps} 处共 ${missing_s} 秒`}`,
    en: `${name}, ${KIND[kind].en}: ${coverage} % recorded${gaps === 0 ? "" : `, ${gaps} ${gaps === 1 ? "gap" : "gaps"} of ${missing_s} s in all`}`,
  }),
};
