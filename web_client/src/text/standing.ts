/** How a person stands in the call, in both languages: short for their picture, and in full. */
import type { Standing } from "../core/standing";
import type { Text } from "../core/wire.gen";

export const STANDING: Record<Standing, Text> = {
  connecting: { zh: "正在进入", en: "coming in" },
  reconnecting: { zh: "正在重新接通", en: "reconnecting" },
  hidden: { zh: "页面在后台", en: "page in background" },
  camera_taken: { zh: "摄像头被占用", en: "camera taken by a call" },
  microphone_taken: { zh: "麦克风被占用", en: "microphone taken by a call" },
  resting: { zh: "网速不足，仅声音", en: "sound only: slow network" },
};

const COMES_BACK: Text = { zh: "结束后自动恢复，不用做什么。", en: "It comes back by itself afterwards." };

/** What the others are told of somebody: what happened, and that nobody need do anything. */
export const STANDING_IN_FULL: Record<Standing, (name: string) => { title: Text; hint: Text }> = {
  connecting: (name) => ({
    title: { zh: `${name}正在进入`, en: `${name} is coming in` },
    hint: { zh: "接通后，画面会自动出现在这里。", en: "The picture appears here by itself." },
  }),
  reconnecting: (name) => ({
    title: { zh: `正在重新接通${name}`, en: `Bringing ${name} back` },
    hint: { zh: "对方的画面和声音断了，正在自动恢复，已录下的都保留着。", en: "Their picture and sound were lost. What was recorded is kept." },
  }),
  hidden: (name) => ({
    title: { zh: `${name}的页面在后台`, en: `${name}'s page is in the background` },
    hint: { zh: "手机这时会关着摄像头，回到页面后自动继续。", en: "A phone has its camera off then. It goes on by itself when they return." },
  }),
  camera_taken: (name) => ({
    title: { zh: `${name}的摄像头被来电或其他应用占用`, en: `A call or another app has ${name}'s camera` },
    hint: COMES_BACK,
  }),
  microphone_taken: (name) => ({
    title: { zh: `${name}的麦克风被来电或其他应用占用`, en: `A call or another app has ${name}'s microphone` },
    hint: COMES_BACK,
  }),
  resting: (name) => ({
    title: { zh: `${name}的画面暂停，声音继续`, en: `${name}'s picture rests, their sound goes on` },
    hint: { zh: "您这边的网速不足以同时传画面。网络好转后自动恢复，录制不受影响。", en: "Your network is too slow for both. It comes back by itself; the recording is not affected." },
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

/** "Back" in the call. */
export const leaving = {
  title: { zh: "离开通话？", en: "Leave the call?" },
  text: {
    zh: "离开后，审查员看不到、也听不到您。踏勘不会结束，您可以用同一链接回来。",
    en: "The reviewers will not see or hear you. The survey does not end; the same link brings you back.",
  },
  stay: { zh: "留在通话中", en: "Stay" },
  leave: { zh: "离开", en: "Leave" },
  left: { zh: "您已离开通话", en: "You have left the call" },
  leftText: { zh: "踏勘还没有结束，审查员可能在等您。摄像头和麦克风已关闭。", en: "The survey is not over and the reviewers may be waiting. Camera and microphone are off." },
  back: { zh: "返回通话", en: "Back to the call" },
} as const;
