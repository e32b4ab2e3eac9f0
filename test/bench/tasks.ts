/** Whole tasks: `/bin/true` from the launch to the acknowledged FINISHED, on two agents. */
import { interleave, median, peer, type Sample } from './measure.ts';
import { printTable } from './table.ts';

export function benchTasks(roundCount: number): void {
  const figure = (list: readonly Sample[], value: (sample: Sample) => number) =>
    median(list.map(value));
  const of = (name: string) => (sample: Sample) => sample[name] ?? Number.NaN;

  console.log('  throughput …');
  const throughput = interleave(
    [{ name: 'Messor', command: peer('tasks', 'throughput', '4000') }],
    Math.min(roundCount, 3),
  );
  console.log('  single …');
  const single = interleave(
    [{ name: 'Messor', command: peer('tasks', 'single', '200') }],
    Math.min(roundCount, 3),
  );
  const many = throughput.get('Messor') ?? [];
  const one = single.get('Messor') ?? [];
  const cpuMs = figure(many, (sample) => sample.cpuMs / sample.count);
  const launchMs = figure(many, (sample) => (sample['launchCpuMs'] ?? Number.NaN) / sample.count);
  const row = { contender: 'Messor', ratio: '' };
  printTable('Tasks end to end: master, two agents, launcher, /bin/true', [
    {
      ...row,
      workload: '200 outstanding',
      figure: `${figure(many, ({ count, wallMs }) => (count / wallMs) * 1000).toFixed(0)} tasks/s`,
      cpu: `${cpuMs.toFixed(2)} ms`,
      goal: '>= 500/s, < 2 ms',
    },
    {
      ...row,
      workload: '  of it fork and exec',
      figure: `${((launchMs / cpuMs) * 100).toFixed(0)} %`,
      cpu: `${launchMs.toFixed(2)} ms`,
      goal: '',
    },
    {
      ...row,
      workload: 'one at a time',
      figure: `p50 ${figure(one, of('p50Ms')).toFixed(1)} ms, p99 ${figure(one, of('p99Ms')).toFixed(1)} ms`,
      cpu: '',
      goal: '',
    },
  ]);
}
