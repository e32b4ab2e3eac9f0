/** Reads a file of a task's sandbox piece by piece: neither a huge file nor a slow reader costs memory. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Cluster, SandboxFile } from './cluster.ts';

const POLL_INTERVAL_MS = 250;

/** @param follow go on until the task is over, instead of only to the end of what is there */
export async function* readPieces(
  cluster: Cluster,
  file: SandboxFile,
  follow: boolean,
): AsyncGenerator<{ readonly offsetBytes: number; readonly bytes: Uint8Array }> {
  for (let offsetBytes = 0; ; ) {
    const { bytes, ended } = await cluster.readSandbox(file, offsetBytes);
    if (bytes.byteLength > 0) {
      yield { offsetBytes, bytes };
      offsetBytes += bytes.byteLength;
    } else if (!follow || ended) {
      return;
    } else {
      await delay(POLL_INTERVAL_MS);
    }
  }
}
