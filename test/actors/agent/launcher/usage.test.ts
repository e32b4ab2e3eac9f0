/** What containers use, as /proc tells. Source of the fields: proc(5). */
import { deepEqual, equal } from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { CONTAINER_MARK } from '../../../../actors/agent/launcher/processes.ts';
import { processUsage, readUsage } from '../../../../actors/agent/launcher/usage.ts';

test('times are summed with those of children that have ended, memory is in kibibytes', () => {
  const stat =
    '42 (a) b) S 1 42 42 0 -1 4194304 100 200 0 0 150 50 25 75 20 0 3 0 1000 2000000 300 0 0';
  const status = 'Name:\ta) b\nVmHWM:\t  999 kB\nVmRSS:\t  12 kB\nThreads:\t3\n';
  deepEqual(processUsage(stat, status), {
    processCount: 1,
    threadCount: 3,
    cpuUserSeconds: 1.75,
    cpuSystemSeconds: 1.25,
    memBytes: 12_288,
  });
});

test('the processes of a container are summed, and nobody asks for none', async (t) => {
  const containerId = `usage-test-${process.pid}`;
  const child = spawn('sh', ['-c', 'sleep 100 & echo here; wait'], {
    env: { ...process.env, [CONTAINER_MARK]: containerId },
    stdio: ['ignore', 'pipe', 'ignore'],
    detached: true,
  });
  t.after(() => process.kill(-(child.pid ?? 0), 'SIGKILL'));
  await once(child.stdout, 'data');
  const usage = (await readUsage([containerId, 'other'])).get(containerId);
  equal(usage?.processCount, 2);
  equal((usage?.memBytes ?? 0) > 0, true);
  equal((await readUsage(['other'])).size, 0);
  equal((await readUsage([])).size, 0);
});
