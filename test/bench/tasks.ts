/**
 * Whole tasks: `/bin/true` from the launch to the acknowledged FINISHED, on two agents.
 *
 * Once with the sandboxes in memory, which shows what Messor, fork and exec cost, and once on the
 * disk of temporary files: six inodes a task. ext4 doesn't give out a number again for minutes after
 * it was freed, and looks at each such number in turn: after many sandboxes have been deleted, as by
 * the round before, making them takes more CPU than all the rest.
 */
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { interleave, median, peer, type Sample } from './measure.ts';
import { printTable, type Row } from './table.ts';

const MEMORY = '/dev/shm';

export function benchTasks(roundCount: number): void {
  const rounds = Math.min(roundCount, 3);
  const directories = [...(existsSync(MEMORY) ? [MEMORY] : []), tmpdir()];
  console.log('  throughput …');
  const many = interleave(
    directories.map((name) => ({ name, command: peer('tasks', 'throughput', '6000', name) })),
    rounds,
  );
  console.log('  single …');
  const [first = tmpdir()] = directories;
  const single = { name: 'single', command: peer('tasks', 'single', '200', first) };
  const one = interleave([single], rounds).get('single') ?? [];
  printTable('Tasks end to end: master, two agents, launcher, /bin/true', [
    ...directories.flatMap((directory) => throughputRows(directory, many.get(directory) ?? [])),
    {
      ...MESSOR,
      workload: 'one at a time',
      figure: `p50 ${figure(one, 'p50Ms').toFixed(1)} ms, p99 ${figure(one, 'p99Ms').toFixed(1)} ms`,
      cpu: '',
      goal: '',
    },
  ]);
}

const MESSOR = { contender: 'Messor', ratio: '' };

function throughputRows(directory: string, samples: readonly Sample[]): Row[] {
  const perTask = (name: string) =>
    median(samples.map((sample) => (sample[name] ?? Number.NaN) / sample.count));
  const cpuMs = perTask('cpuMs');
  const launchMs = perTask('launchCpuMs');
  const inMemory = directory === MEMORY;
  return [
    {
      ...MESSOR,
      workload: `200 at once, sandboxes ${inMemory ? 'in memory' : 'on disk'}`,
      figure: `${(1000 / perTask('wallMs')).toFixed(0)} tasks/s`,
      cpu: `${cpuMs.toFixed(2)} ms`,
      goal: inMemory ? '>= 500/s, < 2 ms' : '>= 500/s',
    },
    {
      ...MESSOR,
      workload: '  of it fork and exec',
      figure: `${((launchMs / cpuMs) * 100).toFixed(0)} %`,
      cpu: `${launchMs.toFixed(2)} ms`,
      goal: '',
    },
  ];
}

function figure(samples: readonly Sample[], name: string): number {
  return median(samples.map((sample) => sample[name] ?? Number.NaN));
}
