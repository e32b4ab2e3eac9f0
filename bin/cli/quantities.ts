/** Times and amounts as people read them. */

/** `3s`, `12m`, `5h`, `9d`: how long ago, roughly. */
export function age(sinceMs: number, nowMs: number): string {
  const seconds = Math.max(0, Math.floor((nowMs - sinceMs) / 1000));
  if (seconds < 120) return `${seconds}s`;
  if (seconds < 7200) return `${Math.floor(seconds / 60)}m`;
  if (seconds < 172_800) return `${Math.floor(seconds / 3600)}h`;
  return `${Math.floor(seconds / 86_400)}d`;
}

/** Thousandths as a number: `1500` is `1.5`. */
export function fromMilli(milli: number): string {
  return String(milli / 1000);
}

/** MiB in thousandths, in the unit that needs the fewest digits: `1536000` is `1.5GB`. */
export function fromMebiMilli(milli: number): string {
  const mebibytes = milli / 1000;
  if (mebibytes < 1024) return `${round(mebibytes)}MB`;
  if (mebibytes < 1024 * 1024) return `${round(mebibytes / 1024)}GB`;
  return `${round(mebibytes / (1024 * 1024))}TB`;
}

function round(number: number): number {
  return Math.round(number * 10) / 10;
}

export function isoTime(ms: number): string {
  return new Date(ms).toISOString();
}

/** `1 task`, `2 tasks` */
export function counted(count: number, noun: string, plural = `${noun}s`): string {
  return `${count} ${count === 1 ? noun : plural}`;
}
