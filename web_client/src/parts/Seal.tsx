/** The mark: a seal that has seen the place. */
export function Seal({ size = 30 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <rect width="32" height="32" rx="7" fill="#b3261e" />
      <g fill="none" stroke="#fff" stroke-width="2.4" stroke-linecap="round" stroke-linejoin="round">
        <path d="M7 11V9a2 2 0 0 1 2-2h2M21 7h2a2 2 0 0 1 2 2v2M25 21v2a2 2 0 0 1-2 2h-2M11 25H9a2 2 0 0 1-2-2v-2" />
        <path d="m11.5 16.4 3.2 3.2 6-7" />
      </g>
    </svg>
  );
}
