/** How much of something, as a bar that can be taken in at a glance. Pure. */

const WIDTH = 10;

/** `████░░░░░░  40%`; more than all of it is a full bar, and its number. */
export function bar(part: number): string {
  const share = Number.isFinite(part) ? Math.max(0, part) : 1;
  const full = Math.round(Math.min(1, share) * WIDTH);
  const percent = `${Math.round(share * 100)}%`.padStart(4);
  return `${'█'.repeat(full)}${'░'.repeat(WIDTH - full)} ${percent}`;
}
