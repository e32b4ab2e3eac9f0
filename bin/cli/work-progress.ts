/** A bar for work that may take long: on a terminal only, and only when it does. */
import progress from 'cli-progress';

export interface WorkProgress {
  /** So much more is done. */
  readonly note: (bytes: number) => void;
  /** Puts the terminal in order again. */
  readonly close: () => void;
}

/** Work that is done sooner has no bar. */
const QUIET_MS = 500;

/** @param totalBytes 0 where it is not known: then there is no bar */
export function workProgress(what: string, totalBytes: number): WorkProgress {
  let doneBytes = 0;
  let bar: progress.SingleBar | undefined;
  const startedMs = performance.now();
  const isShown = process.stderr.isTTY === true && totalBytes > 0;
  return {
    note(bytes) {
      doneBytes = Math.min(totalBytes, doneBytes + bytes);
      if (!isShown || performance.now() - startedMs < QUIET_MS) return;
      bar ??= begunBar(what, totalBytes);
      bar.update(doneBytes);
    },
    close: () => bar?.stop(),
  };
}

function begunBar(what: string, totalBytes: number): progress.SingleBar {
  const bar = new progress.SingleBar({
    format: `${what} {bar} {percentage}%`,
    barCompleteChar: '█',
    barIncompleteChar: '░',
    barsize: 30,
    hideCursor: true,
    clearOnComplete: true,
    stream: process.stderr,
    linewrap: false,
    gracefulExit: false,
  });
  bar.start(totalBytes, 0);
  return bar;
}
