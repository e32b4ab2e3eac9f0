/** What an agent that was killed has left: its checkpoint, and processes; and a boot of its machine, played. */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  CHECKPOINT_HEAD,
  linesOf,
  readCheckpoint,
} from '../../actors/agent/checkpoint/checkpoint-text.ts';
import { recordsOf } from '../../actors/agent/checkpoint/kept.ts';
import { marksOfProcesses } from '../actors/agent/launcher/real-launcher.ts';

/** @param directory the work directory of the agent */
export function readKept(directory: string) {
  const path = join(directory, 'meta', 'slaves', 'latest', 'checkpoint');
  const kept = readCheckpoint(readFileSync(path, 'utf8'), path);
  if (kept === undefined) throw new Error('The agent has written nothing');
  const containers: string[] = [...kept.frameworks.values()].flatMap(({ executors }) =>
    [...executors.values()].map(({ containerId }) => containerId),
  );
  const tasks: string[] = [...kept.frameworks.values()].flatMap((framework) =>
    [...framework.tasks.values()].map(({ containerId }) => containerId),
  );
  return { path, kept, containers, tasks };
}

/** How many processes these containers have. */
export async function aliveOf(containers: readonly string[]): Promise<number> {
  const all = await marksOfProcesses();
  return all.filter(([, containerId]) => containers.includes(containerId)).length;
}

/** What ran is gone, with all that could tell how; and the kernel has another boot id. */
export async function bootUnder(directory: string): Promise<void> {
  const { path, kept, containers } = readKept(directory);
  const wanted = new Set(containers);
  execFileSync('rm', ['-rf', join(directory, 'meta', 'launcher')]);
  for (const [processId, containerId] of await marksOfProcesses()) {
    if (wanted.has(containerId)) process.kill(processId, 'SIGKILL');
  }
  kept.bootId = 'another';
  writeFileSync(path, CHECKPOINT_HEAD + linesOf(recordsOf(kept), 0));
}
