/** Matching: which tasks fit into which offers. */
import { deepEqual, equal, ok } from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Demand, type Match, matchTasks } from '../../../actors/framework/matching.ts';
import type { AgentId, ExecutorId, FrameworkId, OfferId } from '../../../actors/protocol/ids.ts';
import type { Offer } from '../../../actors/protocol/offer.ts';
import {
  formatResources,
  parseAttributes,
  parseResources,
} from '../../../actors/protocol/resource-text.ts';
import { contains, plus, type Resources } from '../../../actors/protocol/resources.ts';
import { address } from '../../kit/probe.ts';

test('first fit fills one agent before the next', () => {
  const offers = [offer('a', 'cpus:2'), offer('b', 'cpus:2')];
  deepEqual(where(matchTasks(offers, tasks(3, 'cpus:1'))), ['a: 0 1', 'b: 2']);
});

test('spread takes the agent with the fewest tasks', () => {
  const offers = [offer('a', 'cpus:9'), offer('b', 'cpus:1'), offer('c', 'cpus:9')];
  deepEqual(where(matchTasks(offers, tasks(5, 'cpus:1'), 'spread')), ['a: 0 3', 'b: 1', 'c: 2 4']);
});

test('a task may take from several offers of one agent and role', () => {
  const offers = [offer('a', 'cpus:1'), offer('a', 'cpus:1;mem:32'), offer('b', 'cpus:1')];
  const { launches, unusedOffers } = matchTasks(offers, tasks(1, 'cpus:2;mem:32'));
  deepEqual(
    launches.map((launch) => launch.offers.length),
    [2],
  );
  deepEqual(
    unusedOffers.map(({ agentId }) => agentId),
    ['b'],
  );
});

test('offers of different roles are not put together', () => {
  const offers = [offer('a', 'cpus:1'), { ...offer('a', 'cpus:1'), role: 'other' }];
  equal(matchTasks(offers, tasks(1, 'cpus:2')).unplacedTasks.length, 1);
});

test('a smaller task fits where a bigger one did not', () => {
  const big = { index: 0, resources: parseResources('cpus:4') };
  const small = { index: 1, resources: parseResources('cpus:1') };
  const match = matchTasks([offer('a', 'cpus:2')], [big, small]);
  deepEqual(where(match), ['a: 1']);
  deepEqual(match.unplacedTasks, [big]);
});

test('ports are chosen, each once, and belong to what is launched', () => {
  const offers = [offer('a', 'cpus:4;ports:[10-11,20-20]')];
  const demand = { index: 0, resources: parseResources('cpus:1'), portCount: 2 };
  const match = matchTasks(offers, [demand, { ...demand, portCount: 1 }, demand]);
  deepEqual(
    match.launches[0]?.placed.map(({ ports, resources }) => [ports, formatResources(resources)]),
    [
      [[10, 11], 'cpus:1;ports:[10-11]'],
      [[20], 'cpus:1;ports:[20-20]'],
    ],
  );
  equal(match.unplacedTasks.length, 1);
});

test('what is reserved is taken first, and ports of whatever reservation', () => {
  const offers = [offer('a', 'cpus:2;cpus(r):1;ports:[5-6];ports(r):[4-4]')];
  const { launches } = matchTasks(offers, [{ ...tasks(1, 'cpus:2')[0], portCount: 2 } as Demand]);
  const [placed] = launches[0]?.placed ?? [];
  deepEqual(placed?.ports, [4, 5]);
  equal(formatResources(placed?.resources ?? []), 'cpus:1;cpus(r):1;ports:[5-5];ports(r):[4-4]');
});

test('constraints name attributes that the agent has', () => {
  const offers = [
    { ...offer('a', 'cpus:1'), attributes: parseAttributes('rack:r1') },
    { ...offer('b', 'cpus:1'), attributes: parseAttributes('rack:r2;rack:r1') },
    { ...offer('c', 'cpus:1'), attributes: parseAttributes('rack:r2;disk:ssd') },
  ];
  const resources = parseResources('cpus:1');
  const constraints = [
    { name: 'rack', value: 'r2' },
    { name: 'disk', value: 'ssd' },
  ];
  deepEqual(where(matchTasks(offers, [{ index: 0, resources, constraints }])), ['c: 0']);
});

test('an executor is paid for once on each agent, and not where it runs already', () => {
  const executor = {
    executorId: 'e' as ExecutorId,
    name: 'e',
    command: { shell: true, value: 'e', arguments: [], environment: [] },
    resources: parseResources('cpus:1'),
  };
  const demands = tasks(4, 'cpus:1').map((task) => ({ ...task, executor }));
  const offers = [
    offer('a', 'cpus:3'),
    { ...offer('b', 'cpus:1'), executorIds: [executor.executorId] },
    offer('c', 'cpus:1'),
  ];
  const match = matchTasks(offers, demands);
  deepEqual(where(match), ['a: 0 1', 'b: 2']);
  equal(match.unplacedTasks.length, 1);
});

test('never more is placed than was offered, and nothing is lost or placed twice', () => {
  const amount = fc.integer({ min: 1, max: 8 });
  const anyOffer = fc.record({
    agent: fc.constantFrom('a', 'b', 'c'),
    cpus: amount,
    ports: amount,
  });
  const anyTask = fc.record({ cpus: amount, portCount: fc.integer({ min: 0, max: 3 }) });
  fc.assert(
    fc.property(
      fc.array(anyOffer, { maxLength: 6 }),
      fc.array(anyTask, { maxLength: 12 }),
      fc.constantFrom('firstFit', 'spread'),
      (offersOf, tasksOf, strategy) => {
        const offers = offersOf.map(({ agent, cpus, ports }, index) =>
          offer(agent, `cpus:${cpus};ports:[${index * 10}-${index * 10 + ports - 1}]`),
        );
        const demands = tasksOf.map(({ cpus, portCount }, index) => {
          return { index, portCount, resources: parseResources(`cpus:${cpus}`) };
        });
        const match = matchTasks(offers, demands, strategy as 'firstFit' | 'spread');

        for (const { offers: used, placed } of match.launches) {
          ok(contains(sum(used), sum(placed)));
          for (const { task, ports } of placed) equal(ports.length, task.portCount);
          const ports = placed.flatMap((one) => one.ports);
          equal(new Set(ports).size, ports.length);
        }
        const seenTasks = [
          ...match.launches.flatMap(({ placed }) => placed.map(({ task }) => task)),
          ...match.unplacedTasks,
        ];
        deepEqual(new Set(seenTasks), new Set(demands));
        equal(seenTasks.length, demands.length);
        const seenOffers = [...match.launches.flatMap((one) => one.offers), ...match.unusedOffers];
        deepEqual(new Set(seenOffers), new Set(offers));
        equal(seenOffers.length, offers.length);
      },
    ),
  );
});

function sum(parts: readonly { readonly resources: Resources }[]): Resources {
  return parts.reduce<Resources>((all, { resources }) => plus(all, resources), []);
}

interface NumberedDemand extends Demand {
  readonly index: number;
}

function tasks(count: number, text: string): NumberedDemand[] {
  const resources = parseResources(text);
  return Array.from({ length: count }, (_, index) => ({ index, resources }));
}

function where({ launches }: Match<NumberedDemand>): string[] {
  return launches.map(
    ({ offers, placed }) =>
      `${offers[0]?.agentId}: ${placed.map(({ task }) => task.index).join(' ')}`,
  );
}

function offer(agent: string, resources: string): Offer {
  return {
    offerId: `offer-${agent}` as OfferId,
    frameworkId: 'framework-1' as FrameworkId,
    agentId: agent as AgentId,
    agent: address('agent'),
    hostname: agent,
    role: '*',
    resources: parseResources(resources),
    attributes: [],
    executorIds: [],
  };
}
