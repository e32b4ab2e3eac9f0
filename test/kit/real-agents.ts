/** Real agents for tests with whole clusters: their flags, and directories that are gone afterwards. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Afterwards, lastFirst } from './programs.ts';

/** An agent that looks the same on every machine. */
export function agentFlags(master: string, workDirectory: string): readonly string[] {
  return [
    ...['--role', 'agent', '--port', '0', '--master', master],
    ...['--work-dir', workDirectory, '--resources', 'cpus:2;mem:1024;disk:1024'],
  ];
}

export async function temporaryDirectory(afterwards: Afterwards): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'messor-test-'));
  lastFirst(afterwards, () => rm(directory, { recursive: true, force: true }));
  return directory;
}
