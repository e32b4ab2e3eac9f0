/** Waiting no longer than somebody wants to. */
import type { Host } from '../../../runtime/host.ts';

/** @returns undefined when it is not there in time; with no time at all it is not asked for */
export async function inTime<Value>(
  ask: () => Promise<Value | undefined>,
  timeoutMs: number | undefined,
  host: Pick<Host, 'setTimer'> | undefined,
): Promise<Value | undefined> {
  if (timeoutMs === undefined || host === undefined) return ask();
  if (!(timeoutMs > 0)) return undefined;
  let cancel = () => {};
  const late = new Promise<undefined>((resolve) => {
    cancel = host.setTimer(timeoutMs, () => resolve(undefined));
  });
  try {
    return await Promise.race([ask(), late]);
  } finally {
    cancel();
  }
}
