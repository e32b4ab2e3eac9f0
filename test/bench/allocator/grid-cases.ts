/**
 * Mesos' cases over agents and frameworks, with its names and parameters, but that an agent has what
 * is in use there. Source: Mesos 1.11, src/tests/hierarchical_allocator_tests.cpp.
 */
import type { UsedResources } from '../../../actors/master/allocator/messages.ts';
import { parseResources } from '../../../actors/protocol/resource-text.ts';
import { plus, type Resource, type Resources } from '../../../actors/protocol/resources.ts';
import { bareRound } from './bare.ts';
import {
  AGENT,
  addAgents,
  addFrameworks,
  agentIdOf,
  fragmented,
  frameworkIdOf,
} from './cluster.ts';
import { type Case, type Figure, type Size, timed } from './figures.ts';
import { openStage, type Stage } from './stage.ts';

/** 10 000 agents in 100 ms. */
export const WANTED_ROUND_MS_PER_AGENT = 0.01;

/** A year: as good as for ever. */
const REFUSE_MS = 365 * 24 * 60 * 60 * 1000;
/** Cases with a round for each framework end when they have used up so much CPU. */
const BUDGET_MS = Number(process.env['BENCH_BUDGET_MS'] ?? 20_000);

export const gridCases: Readonly<Record<string, Case>> = {
  AddAndUpdateSlave({ agents, frameworks }, _variant, say) {
    const stage = openStage();
    const total = parseResources('cpus:2;mem:1024;disk:4096;ports:[31000-32000]');
    const used = parseResources(
      'cpus:1;mem:128;disk:1024;ports:[31126-31510,31512-31623,31810-31852,31854-31964]',
    );
    const oversubscribed: Resource = {
      name: 'cpus',
      type: 'scalar',
      milli: 10_000,
      revocable: true,
    };
    const more = plus(total, [oversubscribed]);
    const capabilities = ['revocableResources'] as const;
    sayTimed(say, 'addFramework', frameworks, () => {
      addFrameworks(stage, frameworks, () => '*', capabilities);
    });
    sayTimed(say, 'addAgent', agents, () => {
      addAgents(
        stage,
        agents,
        () => total,
        usedBy(frameworks, '*', () => used),
      );
    });
    sayRound(say, 'round', { agents, frameworks }, () => stage.decide().length);
    sayTimed(say, 'updateAgent', agents, () => {
      for (let number = 0; number < agents; number++) {
        stage.tell({
          type: 'updateAgent',
          agentId: agentIdOf(number),
          total: more,
          attributes: [],
        });
      }
    });
    sayRound(say, 'round', { agents, frameworks }, () => stage.decide().length);
  },

  DeclineOffers(size, _variant, say) {
    const stage = openStage();
    const used = fragmented('cpus:16;mem:2014;disk:1024');
    addFrameworks(stage, size.frameworks, () => '*');
    sayTimed(say, 'addAgent', size.agents, () => {
      addAgents(
        stage,
        size.agents,
        () => AGENT,
        usedBy(size.frameworks, '*', () => used),
      );
    });
    declineAll(stage, size, say);
  },

  ResourceLabels(size, _variant, say) {
    const stage = openStage();
    const role = 'role1';
    addFrameworks(stage, size.frameworks, () => role, ['reservationRefinement']);
    const plain = fragmented('mem:2014;disk:1024');
    const reserved = (labels: number, own: readonly string[], number: number): Resource => ({
      ...{ name: 'cpus', type: 'scalar', milli: 8000 },
      reservations: [
        {
          ...{ type: 'dynamic', role, principal: 'principal1' },
          labels: [
            ...Array.from({ length: labels }, (_, label) => ({
              key: `key${label}`,
              value: `value${label}`,
            })),
            ...own.map((key) => ({ key, value: `value_${number}` })),
          ],
        },
      ],
    });
    const reservedOn = (number: number): Resources =>
      plus([reserved(11, ['unique_key_1', 'unique_key_2'], number)], [reserved(11, [], number)]);
    const rest = parseResources('cpus:8;mem:4096;disk:4096;ports:[31000-32000]');
    sayTimed(say, 'addAgent', size.agents, () => {
      addAgents(
        stage,
        size.agents,
        (number) => plus(rest, reservedOn(number)),
        usedBy(size.frameworks, role, (number) => plus(plain, reservedOn(number))),
      );
    });
    declineAll(stage, size, say);
  },

  SuppressOffers(size, _variant, say) {
    const stage = openStage();
    busyCluster(stage, size);
    const offers = stage.decide();
    let left = offers;
    let suppressed = 0;
    for (let count = 1; count <= 5; count++) {
      stage.giveBack(left);
      for (let index = 0; index < Math.floor(size.frameworks / 5); index++) {
        suppress(stage, suppressed++);
      }
      sayRound(say, `round, ${suppressed} suppressed`, size, () => {
        left = stage.round();
        return left.length;
      });
    }
  },

  ExtremeSuppressOffers(size, _variant, say) {
    const stage = openStage();
    busyCluster(stage, size);
    let left = stage.decide();
    const count = Math.floor(size.frameworks * 0.99);
    sayTimed(say, 'suppress', count, () => {
      for (let number = 0; number < count; number++) suppress(stage, number);
    });
    const runs = rounds(5, () => {
      stage.giveBack(left);
      return timed(() => {
        left = stage.round();
      }).cpuMs;
    });
    sayMedian(say, `round, ${count} suppressed`, size, runs, `${left.length} offers`);
  },

  AllocatorBacklog(size, _variant, say) {
    const stage = openStage();
    addFrameworks(stage, size.frameworks, () => '*');
    stage.decide();
    sayTimed(say, 'addAgent', size.agents, () => addAgents(stage, size.agents, () => AGENT));
    sayRound(say, 'round', size, () => stage.decide().length);
    sayTimed(say, 'revive', size.frameworks, () => {
      for (let number = 0; number < size.frameworks; number++) {
        stage.tell({ type: 'revive', frameworkId: frameworkIdOf(number), roles: [] });
      }
    });
    sayRound(say, 'one round for them all', size, () => stage.decide().length);
  },

  PersistentVolumes(size, variant, say) {
    const stage = openStage();
    const capabilities = variant === 'REGULAR' ? [] : (['sharedResources'] as const);
    addFrameworks(stage, size.frameworks, () => 'test', capabilities);
    const plain = parseResources(
      'cpus(test):24;mem(test):4096;disk(test):3072;ports(test):[31000-32000]',
    );
    const used = reservedFor('test', fragmented('cpus:16;mem:1024;disk:1024'));
    const totalOf = (number: number): Resources => {
      const isShared = variant === 'SHARED' || (variant === 'MIXED' && number % 2 === 0);
      return plus(plain, [volumeOf(number, isShared)]);
    };
    sayTimed(say, 'addAgent', size.agents, () => {
      addAgents(
        stage,
        size.agents,
        totalOf,
        usedBy(size.frameworks, 'test', () => used),
      );
    });
    let left = stage.decide();
    const runs = rounds(6, () => {
      stage.giveBack(left);
      return timed(() => {
        left = stage.round();
      }).cpuMs;
    });
    sayMedian(say, 'round', size, runs, `${left.length} offers`);
  },
};

/** All that is offered is refused for ever, so many times as there are frameworks, and again. */
function declineAll(stage: Stage, size: Size, say: (figure: Figure) => void): void {
  const wantedRounds = 2 * size.frameworks;
  const runs: number[] = [];
  let [declineMs, declined, spentMs] = [0, 0, 0];
  let offers = stage.decide();
  while (runs.length < wantedRounds && spentMs < BUDGET_MS) {
    declined += offers.length;
    const decline = timed(() => stage.giveBack(offers, { refuseMs: REFUSE_MS }));
    declineMs += decline.cpuMs;
    const { value, cpuMs } = timed(() => stage.round());
    offers = value;
    runs.push(cpuMs);
    spentMs += cpuMs + decline.cpuMs;
  }
  say({ what: 'decline', count: declined, cpuMs: declineMs });
  const done = runs.length === wantedRounds ? 'all' : `${runs.length} of ${wantedRounds}`;
  sayMedian(say, `round, ${done} rounds`, size, runs, `last ${short(runs.at(-1))} ms`);
}

function busyCluster(stage: Stage, { agents, frameworks }: Size): void {
  const used = fragmented('cpus:16;mem:1024;disk:1024');
  addFrameworks(stage, frameworks, () => '*');
  addAgents(
    stage,
    agents,
    () => AGENT,
    usedBy(frameworks, '*', () => used),
  );
}

function suppress({ tell }: Stage, number: number): void {
  tell({ type: 'suppress', frameworkId: frameworkIdOf(number), roles: [] });
}

/** By the frameworks in turn. */
function usedBy(frameworks: number, role: string, of: (number: number) => Resources) {
  return (number: number): UsedResources[] => [
    { frameworkId: frameworkIdOf(number % frameworks), role, resources: of(number) },
  ];
}

function reservedFor(role: string, resources: Resources): Resources {
  return resources.map((one) => ({ ...one, reservations: [{ type: 'static', role }] }));
}

function volumeOf(number: number, isShared: boolean): Resource {
  return {
    ...{ name: 'disk', type: 'scalar', milli: 1_024_000 },
    reservations: [{ type: 'static', role: 'test' }],
    disk: {
      persistence: { id: `id${number}` },
      volume: { containerPath: `path${number}`, mode: 'rw' },
    },
    ...(isShared ? { shared: true } : {}),
  };
}

export function rounds(count: number, run: () => number): number[] {
  return Array.from({ length: count }, run);
}

export function sayTimed(
  say: (figure: Figure) => void,
  what: string,
  count: number,
  work: () => void,
): void {
  say({ what, count, cpuMs: timed(work).cpuMs });
}

/** @param work gives the number of offers */
export function sayRound(
  say: (figure: Figure) => void,
  what: string,
  size: Size,
  work: () => number,
): void {
  const { value, cpuMs } = timed(work);
  sayMedian(say, what, size, [cpuMs], `${value} offers`);
}

export function sayMedian(
  say: (figure: Figure) => void,
  what: string,
  { agents, frameworks }: Size,
  runs: readonly number[],
  note: string,
): void {
  const sorted = [...runs].sort((one, other) => one - other);
  const cpuMs = sorted[Math.floor(sorted.length / 2)] ?? 0;
  const bareMs = bareRound(agents, frameworks);
  const wantedMs = agents * WANTED_ROUND_MS_PER_AGENT;
  const slowest = runs.length === 1 ? '' : `, slowest ${short(sorted.at(-1))} ms`;
  say({ what, count: agents, cpuMs, wantedMs, bareMs, note: `${note}${slowest}` });
}

function short(value = 0): string {
  return value >= 10 ? value.toFixed(0) : value.toFixed(1);
}
