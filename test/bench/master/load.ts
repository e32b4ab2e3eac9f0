/** A master under load: all agents are on offer each second, and each framework keeps tasks running. */
import { short } from '../measure.ts';
import { closeCluster, openCluster, sumOf } from './cluster.ts';
import { delay, untilCounted } from './processes.ts';

/** A line of the table. */
export interface MasterRow {
  readonly what: string;
  readonly figure: string;
  readonly wanted: string;
}

export interface LoadSize {
  readonly agents: number;
  readonly frameworks: number;
  readonly seconds: number;
  /** Of each framework, at a time. */
  readonly tasks: number;
}

const TASK_MS = 500;
const TASKS_PER_OFFER = 5;
const WARM_UP_MS = 5000;
const READY_TIMEOUT_MS = 120_000;

export async function measureLoad(size: LoadSize): Promise<readonly MasterRow[]> {
  const cluster = await openCluster({
    ...{ agents: size.agents, frameworks: size.frameworks, outstanding: size.tasks },
    ...{ tasksPerOffer: TASKS_PER_OFFER, taskMs: TASK_MS, tasksOnReturn: 0 },
  });
  try {
    const { master, agents, frameworks } = cluster;
    await untilCounted('agents that are registered', size.agents, READY_TIMEOUT_MS, () =>
      sumOf(agents, 'registered'),
    );
    await delay(Math.min(WARM_UP_MS, size.seconds * 1000));
    const before = await frameworks.ask({ type: 'begin' });
    await master.ask({ type: 'begin' });
    await delay(size.seconds * 1000);
    const figures = await master.ask({ type: 'figures' });
    const after = await frameworks.ask({ type: 'figures' });
    const of = (name: string) => Number(figures[name]);
    const counted = (name: string) => Number(after[name]) - Number(before[name]);
    const seconds = of('wallMs') / 1000;
    const finished = counted('finished');
    const cpuUs = (of('cpuMs') * 1000) / Math.max(1, finished);
    const perCore = finished / (of('cpuMs') / 1000);
    const rate = (name: string) => `${short(counted(name) / seconds)}/s`;
    return [
      { what: 'offers', figure: rate('offers'), wanted: '' },
      { what: 'tasks launched', figure: rate('launched'), wanted: '>= 5 k/s' },
      { what: 'tasks finished', figure: rate('finished'), wanted: '' },
      { what: 'tasks dropped', figure: `${counted('dropped')}`, wanted: '0' },
      {
        what: "the master's CPU for a task and its offers",
        figure: `${cpuUs.toFixed(0)} µs: ${short(perCore)} tasks/s with all of one core`,
        wanted: '>= 5 k/s',
      },
      {
        what: "the master's loop between two ticks, CPU time",
        figure: `p99 ${of('stallP99Ms').toFixed(1)} ms, at most ${of('stallMaxMs').toFixed(1)} ms`,
        wanted: 'p99 < 50 ms',
      },
      {
        what: "delay of the master's loop, by the clock",
        figure: `p99 ${of('delayP99Ms').toFixed(1)} ms`,
        wanted: '< 50 ms',
      },
      {
        what: "the master's load",
        figure: `${((of('cpuMs') / of('wallMs')) * 100).toFixed(0)} % of a core`,
        wanted: '',
      },
      {
        what: "the master's memory",
        figure: `${mebibytes(of('rssBytes'))}, heap ${mebibytes(of('heapBytes'))}, peak ${mebibytes(of('peakBytes'))}`,
        wanted: '',
      },
    ];
  } finally {
    await closeCluster(cluster);
  }
}

export function mebibytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(0)} MiB`;
}
