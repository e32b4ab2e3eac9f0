/**
 * Reads: what five operators who poll `/state` of 40 000 tasks cost the master's loop, against the same
 * master that nobody reads from, and against one that encodes on its own loop.
 */
import { interleave, median, peer, perSecond, ratioOf, type Sample, short } from './measure.ts';
import { printTable, type Row } from './table.ts';

const SECONDS = '5';
const MODES: readonly (readonly [mode: string, contender: string])[] = [
  ['idle', 'nobody reads'],
  ['polled', '5 clients'],
  ['zipped', '5 clients, gzip'],
  ['onLoop', '5 clients, encoded on the loop'],
];

export function benchReads(roundCount: number): void {
  const contenders = MODES.map(([mode]) => ({ name: mode, command: peer('reads', mode, SECONDS) }));
  const samples = interleave(contenders, Math.min(roundCount, 3));
  const idle = samples.get('idle') ?? [];
  printTable(
    'Reads: 1000 agents, 40 000 tasks, 10 frameworks that decline offers',
    MODES.flatMap(([mode, contender]) => rowsOf(contender, samples.get(mode) ?? [], idle)),
  );
}

function rowsOf(contender: string, samples: readonly Sample[], idle: readonly Sample[]): Row[] {
  const of = (some: readonly Sample[], name: string) =>
    median(some.map((sample) => sample[name] ?? Number.NaN));
  const stallMs = of(samples, 'stallMaxMs');
  const isIdle = samples === idle;
  const answers = of(samples, 'answerCount');
  const loopMs = median(samples.map(({ loopCpuMs = Number.NaN, count }) => loopCpuMs / count));
  return [
    {
      workload: 'offers',
      contender,
      figure: `${short(perSecond(samples))}/s`,
      cpu: `${(loopMs * 1000).toFixed(0)} µs`,
      ratio: isIdle ? '' : `${ratioOf(samples, idle).toFixed(2)}x`,
      goal: '',
    },
    {
      workload: '  longest stall of the loop',
      contender: isIdle ? '' : `${short(answers)} answers`,
      figure: `${stallMs.toFixed(1)} ms`,
      cpu: '',
      ratio: isIdle ? '' : `${(stallMs / of(idle, 'stallMaxMs')).toFixed(2)}x`,
      goal: contender === '5 clients' ? '<= 1.5x' : '',
    },
  ];
}
