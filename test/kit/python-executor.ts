/** The executor in Python of the tests, as what a task of the v1 API brings along. */
import { spawnSync } from 'node:child_process';
import { createReadStream, readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { V1 } from '../../actors/protocol/v1/dictionary.ts';
import { type Afterwards, lastFirst } from './programs.ts';

const PROGRAMS = join(import.meta.dirname, '../e2e/executors');

export const NO_PYTHON =
  spawnSync('python3', ['--version']).status === 0 ? false : 'there is no python3';

/** @returns where programs of executors can be fetched */
export async function serveExecutors(afterwards: Afterwards): Promise<string> {
  const server = createServer(({ url = '/' }, response) => {
    createReadStream(join(PROGRAMS, url.slice(1))).pipe(response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  lastFirst(afterwards, async () => {
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return `http://127.0.0.1:${port}`;
}

export function pythonExecutor(
  server: string,
  frameworkId: string,
  executorId: string,
): V1<'ExecutorInfo'> {
  return {
    executor_id: { value: executorId },
    framework_id: { value: frameworkId },
    command: {
      value: 'exec python3 ./executor.py',
      uris: [{ value: `${server}/executor.py`, executable: true }],
      environment: { variables: [{ name: 'PATH', value: process.env['PATH'] ?? '' }] },
    },
    resources: [{ name: 'cpus', type: 'SCALAR', scalar: { value: 0.1 } }],
  };
}

/** What it has printed, in all its runs on this agent; `''`: nothing yet. */
export function outputOf(workDirectory: string, executorId: string): string {
  const files = readdirSync(workDirectory, { recursive: true, encoding: 'utf8' });
  const its = files.filter((file) =>
    new RegExp(`executors/${executorId}/runs/(?!latest)[^/]+/stdout$`).test(file),
  );
  return its.map((file) => readFileSync(join(workDirectory, file), 'utf8')).join('');
}
