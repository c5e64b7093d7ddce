/** How a person stands in the call, in both languages: short for their picture, and in full. */
import type { Standing } from "../core/standing";
import type { Text } from "../core/wire.gen";

export const STANDING: Record<Standing, Text> = {
  connecting: { zh: "正在进入", en: "coming in" },
  reconnecting: { zh: "正在重新接通", en: "reconnecting" },
  hidden: { zh: "页面在后台", en: "page in background" },
  camera_taken: { zh: "摄像头被占用", en: "camera taken by a call" },
  microphone_taken: { zh: "麦克风被占用", en: "microphone taken by a call" },
};

/** What the others are told of somebody: what happened, and that nobody need do anything. */
export const STANDING_IN_FULL: Record<Standing, (name: string) => Text> = {
  connecting: (name) => ({ zh: `${name}正在进入`, en: `${name} is coming in` }),
  reconnecting: (name) => ({
    zh: `${name}的画面和声音断了，正在自动重新接通`,
    en: `${name}'s picture and sound were lost and are being brought back`,
  }),
  hidden: (name) => ({
    zh: `${name}的页面在后台，手机这时关着摄像头，回来后自动继续`,
    en: `${name}'s page is in the background. A phone has its camera off then; it goes on by itself afterwards`,
  }),
  camera_taken: (name) => ({
    zh: `${name}的摄像头被来电或其他应用占用，结束后自动恢复`,
    en: `A phone call or another app has ${name}'s camera. It comes back by itself afterwards`,
  }),
  microphone_taken: (name) => ({
    zh: `${name}的麦克风被来电或其他应用占用，结束后自动恢复`,
    en: `A phone call or another app has ${name}'s microphone. It comes back by itself afterwards`,
  }),
};

/** What the person themselves is told. */
export const OWN_TAKEN: Record<"camera_taken" | "microphone_taken", Text> = {
  camera_taken: {
    zh: "摄像头被来电或其他应用占用，结束后自动恢复。",
    en: "A phone call or another app has your camera. It comes back by itself.",
  },
  microphone_taken: {
    zh: "麦克风被来电或其他应用占用，结束后自动恢复。",
    en: "A phone call or another app has your microphone. It comes back by itself.",
  },
};

export const elsewhere = {
  title: { zh: "您已在另一个页面继续", en: "You went on in another page" },
  text: {
    zh: "一个人同时只用一个页面。这里的通话已断开，摄像头和麦克风已关闭。",
    en: "One person uses one page at a time. The call is disconnected here; camera and microphone are off.",
  },
  button: { zh: "改用这个页面", en: "Use this page instead" },
} as const;
