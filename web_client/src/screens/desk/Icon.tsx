/** Line icons of desk and archive: 24 by 24, the stroke takes the text's colour. */

const PATHS = {
  camera: "M4 8h4l2-3h4l2 3h4v11H4z M12 17a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7z",
  mic: "M12 3a3 3 0 0 0-3 3v6a3 3 0 0 0 6 0V6a3 3 0 0 0-3-3z M5 11v1a7 7 0 0 0 14 0v-1 M12 19v2.5",
  micOff: "M9 9v3a3 3 0 0 0 5 2.2 M15 11V6a3 3 0 0 0-5.7-1.3 M5 11v1a7 7 0 0 0 11 5.7 M19 11v1c0 .9-.2 1.8-.5 2.6 M12 19v2.5 M4 3l16 18",
  video: "M3 7h12v10H3z M15 11l6-3.5v9L15 13",
  videoOff: "M3 7h3 M10 7h5v5 M15 15v2H3V7 M15 11l6-3.5v9l-3-1.7 M4 3l16 18",
  full: "M4 9V4h5 M20 9V4h-5 M4 15v5h5 M20 15v5h-5",
  unfull: "M9 4v5H4 M15 4v5h5 M9 20v-5H4 M15 20v-5h5",
  pin: "M12 21s-6.5-6-6.5-11a6.5 6.5 0 0 1 13 0c0 5-6.5 11-6.5 11z M12 12.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5z",
  shield: "M12 3l8 4v5c0 5-3.5 8-8 9-4.5-1-8-4-8-9V7z M8.5 12l2.5 2.5 4.5-5",
  shieldOpen: "M12 3l8 4v5c0 5-3.5 8-8 9-4.5-1-8-4-8-9V7z",
  play: "M7 4.5v15l12-7.5z",
  pause: "M8 5v14 M16 5v14",
  back: "M14.5 5l-7 7 7 7",
  sound: "M4 9.5v5h3.5L12 19V5L7.5 9.5z M15.5 9a4.2 4.2 0 0 1 0 6 M18 6.5a8 8 0 0 1 0 11",
  soundOff: "M4 9.5v5h3.5L12 19V5L7.5 9.5z M16 9.5l5 5 M21 9.5l-5 5",
  again10: "M4 5v5h5 M4.5 10A8 8 0 1 1 4 13.5",
  ahead10: "M20 5v5h-5 M19.5 10A8 8 0 1 0 20 13.5",
  down: "M12 4v11 M7.5 11l4.5 4.5 4.5-4.5 M5 20h14",
  close: "M6 6l12 12 M18 6L6 18",
  search: "M11 17.5a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13z M20 20l-4.3-4.3",
  moon: "M20 14.5A8.5 8.5 0 0 1 9.5 4a8.5 8.5 0 1 0 10.5 10.5z",
  sun: "M12 16.5a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9z M12 2.5v2 M12 19.5v2 M2.5 12h2 M19.5 12h2 M5.3 5.3l1.4 1.4 M17.3 17.3l1.4 1.4 M5.3 18.7l1.4-1.4 M17.3 6.7l1.4-1.4",
  warn: "M12 4L2.5 20h19z M12 10v4.5 M12 17.2v.2",
  pen: "M4 20l4-1L20 7l-3-3L5 16z",
  check: "M5 12.5l4.5 4.5L19 7.5",
  cross: "M7 7l10 10 M17 7L7 17",
  bang: "M12 6v7 M12 17.3v.2",
  refresh: "M20 5v5h-5 M19.5 10A8 8 0 1 0 20 13.5",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name, size = 20 }: { name: IconName; size?: number }) {
  return (
    <svg class="d-icon" width={size} height={size} viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  );
}
