/** Task groups from a scheduler's side: matched as one, launched as one, answered as one. */
import { deepEqual, equal, match } from 'node:assert/strict';
import { test } from 'node:test';
import { groupRefusal } from '../../../actors/framework/group-launches.ts';
import { LAUNCH_WEIGHT_MAX } from '../../../actors/framework/launch-limits.ts';
import { matchTasks } from '../../../actors/framework/matching.ts';
import { defineScheduler } from '../../../actors/framework/scheduler.ts';
import type { SchedulerCalls } from '../../../actors/framework/scheduler-logic.ts';
import { emptyTaskBook, noteLaunch } from '../../../actors/framework/task-book.ts';
import {
  defaultExecutor,
  groupDemand,
  groupMembers,
} from '../../../actors/framework/task-groups.ts';
import type {
  AgentId,
  ExecutorId,
  FrameworkId,
  OfferId,
  TaskId,
} from '../../../actors/protocol/ids.ts';
import { TASKS_PER_GROUP_MAX } from '../../../actors/protocol/maxima.ts';
import type { MasterMessage } from '../../../actors/protocol/messages.ts';
import type { Offer } from '../../../actors/protocol/offer.ts';
import { formatResources, parseResources } from '../../../actors/protocol/resource-text.ts';
import { address, probe } from '../../kit/probe.ts';

const frameworkId = 'framework-1' as FrameworkId;
const agentId = 'agent-1' as AgentId;
const master = address<MasterMessage>('master', 'a:1');
const executor = defaultExecutor('pod' as ExecutorId, parseResources('cpus:0.5;mem:32;disk:1'));
const one = parseResources('cpus:1');

test('a group is placed on one agent as a whole, with its executor, or nowhere', () => {
  const group = groupDemand(executor, [{ resources: one }, { resources: one }]);
  const small = [offer('a', 'cpus:2;mem:64;disk:9'), offer('b', 'cpus:2;mem:64;disk:9')];
  equal(matchTasks(small, [group]).unplacedTasks.length, 1);
  const { launches } = matchTasks([...small, offer('c', 'cpus:2.5;mem:64;disk:9')], [group]);
  deepEqual(
    launches.map(({ offers: [first] }) => first?.agentId),
    ['c'],
  );
});

test('its tasks get ports of their own, in their order', () => {
  const tasks = [
    { resources: one, portCount: 2 },
    { resources: one },
    { resources: one, portCount: 1 },
  ];
  const offers = [offer('a', 'cpus:9;mem:64;disk:9;ports:[7-20]')];
  const placed = matchTasks(offers, [groupDemand(executor, tasks)]).launches[0]?.placed[0];
  if (placed === undefined) throw new Error('It was not placed');
  deepEqual(
    groupMembers(placed).map(({ resources }) => formatResources(resources)),
    ['cpus:1;ports:[7-8]', 'cpus:1', 'cpus:1;ports:[9-9]'],
  );
});

test('a group is accepted as one operation, of which each task is watched', () => {
  const { launch, accepted, live } = start();
  launch(['t1', 't2']);
  deepEqual(accepted(), [
    [
      {
        type: 'launchGroup',
        executor,
        tasks: ['t1', 't2'].map((id) => ({ ...task(id), agentId })),
      },
    ],
  ]);
  deepEqual(live(), ['t1', 't2']);
});

test('what the master would refuse is answered for each task, and nothing is launched', () => {
  const { launch, accepted, live, heard } = start();
  launch(['t1', 'x'.repeat(2000)]);
  deepEqual(accepted(), [[]]);
  deepEqual(live(), []);
  deepEqual(
    heard().map((line) => line.slice(-24)),
    ['t1 error taskGroupInvalid', `${'x'.repeat(2000)} error taskGroupInvalid`].map((line) =>
      line.slice(-24),
    ),
  );
});

test('without offers each task is answered', () => {
  const { launch, heard, accepted } = start();
  launch(['t1', 't2'], []);
  deepEqual(heard(), ['t1 lost invalidOffers', 't2 lost invalidOffers']);
  deepEqual(accepted(), []);
});

test('a group is refused that is too large, comes with too much else, or finds no master', () => {
  const book = emptyTaskBook();
  const of = (ids: readonly string[]) => ({
    ...({ type: 'launchGroup', executor } as const),
    tasks: ids.map((id) => ({ ...task(id), agentId })),
  });
  equal(groupRefusal(of(['t']), 1, true, book), undefined);
  const many = of(Array.from({ length: TASKS_PER_GROUP_MAX + 1 }, (_, index) => `t${index}`));
  match(groupRefusal(many, 1, true, book)?.message ?? '', /at most 1000/);
  match(groupRefusal(of(['t']), LAUNCH_WEIGHT_MAX + 1, true, book)?.message ?? '', /along with/);
  equal(groupRefusal(of(['t']), 1, false, book)?.reason, 'masterDisconnected');
  for (let index = 0; index < 99_999; index++) noteLaunch(book, `l${index}` as TaskId, agentId, 0);
  match(groupRefusal(of(['t1', 't2']), 1, true, book)?.message ?? '', /99999 tasks have not ended/);
});

function task(id: string) {
  return { taskId: id as TaskId, name: 'task', resources: one };
}

function offer(agent: string, resources: string): Offer {
  return {
    offerId: `offer-${agent}` as OfferId,
    frameworkId,
    agentId: agent as AgentId,
    agent: address('agent'),
    hostname: agent,
    role: '*',
    resources: parseResources(resources),
    attributes: [],
    executorIds: [],
  };
}

/** A scheduler that is subscribed, and what its master and its logic hear. */
function start() {
  const lines: string[] = [];
  let calls: SchedulerCalls | undefined;
  const definition = defineScheduler<object, object, { readonly type: 'poke' }>({
    name: 'logic',
    info: () => ({ name: 'logic' }),
    initialState: () => ({}),
    on: {
      offers: () => {},
      update: (_state, { status }) => {
        lines.push([status.taskId, status.state, status.reason].join(' '));
      },
    },
    handlers: {
      poke(_state, _message, driver) {
        calls = driver;
      },
    },
  });
  const actor = probe(definition, { masters: [master] });
  actor.receive({
    ...{ type: 'subscribed', frameworkId, master, epoch: 1, masters: [] },
    heartbeatIntervalMs: 15_000,
  });
  actor.receive({ type: 'poke' });
  if (calls === undefined) throw new Error('The logic has not been called');
  const driver = calls;
  return {
    launch(ids: readonly string[], offers = [offer(agentId, 'cpus:4;mem:64;disk:9')]) {
      driver.launchGroup(offers, { executor, tasks: ids.map(task) });
      actor.advance(0);
    },
    accepted: () =>
      actor
        .sentTo(master)
        .flatMap(({ message }) => (message.type === 'accept' ? [message.operations] : [])),
    heard: () => lines,
    live: () => [...driver.liveTasks()].map(({ taskId }) => taskId),
  };
}
