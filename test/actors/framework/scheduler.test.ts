/** The scheduler driver alone, with a logic that writes down what it hears. */
import { deepEqual, equal, match, throws } from 'node:assert/strict';
import { test } from 'node:test';
import { OFFER_COUNT_MAX } from '../../../actors/framework/cluster-events.ts';
import { defineScheduler } from '../../../actors/framework/scheduler.ts';
import type { SchedulerCalls, SchedulerEvent } from '../../../actors/framework/scheduler-logic.ts';
import type { SchedulerTimings } from '../../../actors/framework/scheduler-state.ts';
import type {
  AgentId,
  ExecutorId,
  FrameworkId,
  OfferId,
  TaskId,
  UpdateId,
} from '../../../actors/protocol/ids.ts';
import type { MasterMessage } from '../../../actors/protocol/messages.ts';
import type { Offer, Operation } from '../../../actors/protocol/offer.ts';
import { parseResources } from '../../../actors/protocol/resource-text.ts';
import type { StatusUpdate, TaskInfo, TaskState } from '../../../actors/protocol/task.ts';
import { address, probe } from '../../kit/probe.ts';

/** Chance always falls on the far end, so that waits are their whole length. */
const ALMOST_ONE = 1 - 2 ** -53;
const frameworkId = 'framework-1' as FrameworkId;
const agentId = 'agent-1' as AgentId;
const master = address<MasterMessage>('master', 'a:1');
const otherMaster = address<MasterMessage>('master', 'b:1');
const subscribed = {
  type: 'subscribed',
  frameworkId,
  master,
  epoch: 1,
  masters: [],
  heartbeatIntervalMs: 15_000,
} as const;

test('a subscription is tried again, with each master in turn, until one answers', () => {
  const { advance, sentTo, receive } = start({ masters: [master, otherMaster] });
  advance(10_000);
  deepEqual(
    [...sentTo(master), ...sentTo(otherMaster)].map(({ atMs }) => atMs).sort((a, b) => a - b),
    [0, 2000, 6000],
  );
  receive(subscribed);
  advance(60_000);
  deepEqual(typesTo(sentTo(otherMaster)), ['subscribe', 'watchLeader']);
});

test('another master is watched, and believed when it says that the leader has been succeeded', () => {
  const { advance, sentTo, receive, receiveFrom, heard, links } = start({
    masters: [master, otherMaster],
  });
  receive(subscribed);
  deepEqual(links, [master, otherMaster]);
  const news = (epoch: number) =>
    ({ type: 'notLeader', epoch, leader: 'b:1', masters: ['a:1', 'b:1'] }) as const;
  receiveFrom(address('master', 'evil:1'), news(9));
  receiveFrom(otherMaster, news(1));
  deepEqual(heard(), ['subscribed']);
  receiveFrom(otherMaster, news(2));
  deepEqual(heard(), ['subscribed', 'disconnected']);
  deepEqual(links, []);
  advance(500);
  deepEqual(typesTo(sentTo(otherMaster)), ['watchLeader', 'subscribe']);
  // The one that led before wakes, and does not know yet.
  receiveFrom(master, subscribed);
  deepEqual(heard(), ['subscribed', 'disconnected']);
});

test('when no master answers it says so after a while, then seldom, and not when one has', () => {
  const { advance, receive, logged } = start({ masters: [master, otherMaster] });
  const said = () => logged.filter(({ level }) => level === 'warn').map(({ text }) => text);
  advance(9999);
  deepEqual(said(), []);
  advance(1);
  deepEqual(said(), [
    'No master has answered at a:1, b:1 for 10 s; check that one of them runs, is reached from here under this name, and belongs to the same cluster',
  ]);
  advance(599_999);
  equal(said().length, 1);
  advance(1);
  match(said()[1] ?? '', /for 610 s;/);
  receive(subscribed, { type: 'heartbeat' });
  advance(30_000);
  equal(said().length, 2);
  receive({ type: 'exited', address: master, reason: 'noConnection' });
  advance(10_500);
  match(said().at(-1) ?? '', /^No master has answered at a:1, b:1 for 10 s;/);
});

test('several tries fit into the time after which the framework would be removed', () => {
  const { advance, sentTo } = start({ failoverTimeoutMs: 10_000 });
  advance(5000);
  deepEqual(
    sentTo(master).map(({ atMs }) => atMs),
    [0, 1000, 2000, 3000, 4000, 5000],
  );
});

test('an answer to a repeated try changes nothing', () => {
  const { receive, heard, links } = start();
  receive(subscribed, subscribed);
  deepEqual(heard(), ['subscribed']);
  deepEqual(links, [master]);
});

test('after a broken link it subscribes again under its id, and offers are void', () => {
  const { receive, advance, heard, takeSent, sentTo, calls } = start();
  receive(subscribed, { type: 'offersMade', offers: [offer(1)] });
  takeSent();
  receive({ type: 'exited', address: master, reason: 'noConnection' });
  equal(calls().connected, false);
  equal(calls().offers.size, 0);
  advance(500);
  const [again] = sentTo(master);
  equal(again?.message.type === 'subscribe' && again.message.frameworkId, frameworkId);
  receive(subscribed);
  deepEqual(heard(), ['subscribed', 'offers 1', 'disconnected', 'subscribed again']);
});

test('five missed heartbeats count as a broken link', () => {
  const { receive, advance, heard, links } = start();
  receive(subscribed);
  advance(60_000);
  receive({ type: 'heartbeat' });
  advance(75_000);
  deepEqual(heard(), ['subscribed']);
  deepEqual(links, [master]);
  advance(1000);
  deepEqual(heard(), ['subscribed', 'disconnected']);
});

test('only the master that answered is listened to', () => {
  const { receiveFrom, receive, heard } = start();
  receive(subscribed);
  receiveFrom(otherMaster, { type: 'offersMade', offers: [offer(1)] });
  receiveFrom({ ...master, incarnation: 7 }, { type: 'offersMade', offers: [offer(2)] });
  receiveFrom(master, { type: 'offersMade', offers: [offer(3)] });
  deepEqual(heard(), ['subscribed', 'offers 2', 'offers 3']);
});

test('the end of the subscription is told, and the actor stops', () => {
  const { receive, heard, stopped, timers, self } = start();
  receive(subscribed, { type: 'subscriptionEnded', message: 'Framework has been removed' });
  deepEqual(heard(), ['subscribed', 'ended Framework has been removed']);
  deepEqual(stopped, [self]);
  deepEqual(timers(), []);
});

test('offers that the handler leaves untouched are declined', () => {
  const { receive, on, lastTo } = start();
  on.offers = (offers, driver) => driver.launch(first(offers), [task('t')]);
  receive(subscribed, { type: 'offersMade', offers: [offer(1), offer(2), offer(3)] });
  deepEqual(lastTo('accept').offerIds, ['offer-1']);
  deepEqual(lastTo('decline'), {
    type: 'decline',
    frameworkId,
    offerIds: ['offer-2', 'offer-3'],
    filters: { refuseMs: 5000 },
  });
});

test('a scheduler that keeps its offers loses them to a rescission', () => {
  const { receive, heard, calls, takeSent } = start({ unusedOffers: 'keep' });
  receive(subscribed, { type: 'offersMade', offers: [offer(1), offer(2)] });
  takeSent();
  receive({ type: 'offerRescinded', offerId: 'offer-1' as OfferId });
  receive({ type: 'offerRescinded', offerId: 'offer-1' as OfferId });
  deepEqual([...calls().offers.keys()], ['offer-2']);
  deepEqual(heard(), ['subscribed', 'offers 1 2', 'rescinded offer-1']);
  deepEqual(takeSent(), []);
});

test('offers over the maximum are declined unseen', () => {
  const { receive, calls, lastTo } = start({ unusedOffers: 'keep' });
  const many = Array.from({ length: OFFER_COUNT_MAX }, (_, number) => offer(number));
  receive(subscribed, { type: 'offersMade', offers: many });
  receive({ type: 'offersMade', offers: [offer(OFFER_COUNT_MAX)] });
  equal(calls().offers.size, OFFER_COUNT_MAX);
  deepEqual(lastTo('decline').offerIds, [`offer-${OFFER_COUNT_MAX}`]);
});

test('a launch of very many tasks is split into operations that may be sent', () => {
  const { receive, on, lastTo } = start();
  const many = Array.from({ length: 2500 }, (_, number) => task(`t${number}`));
  on.offers = (offers, driver) => driver.launch(offers, many);
  receive(subscribed, { type: 'offersMade', offers: [offer(1)] });
  deepEqual(
    lastTo('accept').operations.map((operation) => tasksOf(operation).length),
    [1000, 1000, 500],
  );
});

test('a task is launched on the agent of its offers', () => {
  const { receive, on, lastTo } = start();
  on.offers = (offers, driver) => driver.launch(offers, [task('t')]);
  receive(subscribed, { type: 'offersMade', offers: [offer(1), offer(2)] });
  const { operations, offerIds } = lastTo('accept');
  deepEqual(offerIds, ['offer-1', 'offer-2']);
  deepEqual(operations, [{ type: 'launch', tasks: [{ ...task('t'), agentId }] }]);
});

test('a launch without a master is answered here, in a later turn', () => {
  const { receive, advance, calls, heard } = start();
  receive(subscribed, { type: 'exited', address: master, reason: 'stopped' });
  calls().launch(offer(1), [task('t')]);
  deepEqual(heard(), ['subscribed', 'disconnected']);
  advance(0);
  deepEqual(heard(), ['subscribed', 'disconnected', 't lost masterDisconnected']);
});

test('a partition-aware framework hears that such a task was dropped', () => {
  const { advance, calls, heard } = start({ capabilities: ['partitionAware'] });
  calls().launch([], [task('t')]);
  advance(0);
  deepEqual(heard(), ['t dropped invalidOffers']);
});

test('an update is acknowledged once the logic has seen it', () => {
  const { receive, on, lastTo, sentTo } = start();
  on.update = () => equal(typesTo(sentTo(master)).includes('acknowledge'), false);
  receive(subscribed, update('t', 'running', 'u1'));
  deepEqual(lastTo('acknowledge'), {
    type: 'acknowledge',
    frameworkId,
    agentId,
    taskId: 't',
    updateId: 'u1',
  });
});

test('a repeated update is acknowledged again but not shown again', () => {
  const { receive, heard, sentTo } = start();
  receive(subscribed, update('t', 'running', 'u1'), update('t', 'running', 'u1'));
  deepEqual(heard(), ['subscribed', 't running']);
  equal(typesTo(sentTo(master)).filter((type) => type === 'acknowledge').length, 2);
});

test('who acknowledges explicitly decides when, and repetitions wait for that', () => {
  const { receive, calls, sentTo, events } = start({ acknowledge: 'explicit' });
  const acknowledged = () => typesTo(sentTo(master)).filter((type) => type === 'acknowledge');
  receive(subscribed, update('t', 'running', 'u1'), update('t', 'running', 'u1'));
  deepEqual(acknowledged(), []);
  const shown = events.find((event) => event.type === 'update');
  if (shown?.type === 'update') calls().acknowledge(shown);
  equal(acknowledged().length, 1);
  receive(update('t', 'running', 'u1'));
  equal(acknowledged().length, 2);
});

test('an answer that is no news is not shown, unless the logic asked', () => {
  const { receive, calls, heard } = start();
  receive(subscribed, update('t', 'running', 'u1'), update('t', 'running'));
  deepEqual(heard(), ['subscribed', 't running']);
  calls().reconcile([{ taskId: 't' as TaskId }]);
  receive(update('t', 'running'), update('t', 'running'));
  deepEqual(heard(), ['subscribed', 't running', 't running']);
});

test('what looked lost may turn out to run', () => {
  const { receive, heard, calls } = start();
  receive(subscribed, update('t', 'lost'));
  equal([...calls().liveTasks()].length, 0);
  receive(update('t', 'running'));
  deepEqual(
    [...calls().liveTasks()].map(({ taskId, state }) => `${taskId} ${state}`),
    ['t running'],
  );
  deepEqual(heard(), ['subscribed', 't lost', 't running']);
});

test('a launch that nothing is heard of is asked for, ever more slowly', () => {
  const { receive, on, advance, asked } = start();
  on.offers = (offers, driver) => driver.launch(offers, [task('t')]);
  receive(subscribed, { type: 'offersMade', offers: [offer(1)] });
  for (let count = 0; count < 100; count++) {
    advance(1000);
    receive({ type: 'heartbeat' });
  }
  deepEqual(asked(), ['30s t', '40s t', '60s t', '100s t']);
  receive(update('t', 'running', 'u1'));
  for (let count = 0; count < 100; count++) {
    advance(1000);
    receive({ type: 'heartbeat' });
  }
  equal(asked().length, 4);
});

test('a new master is asked for all live tasks, not for ended ones, and which others there are', () => {
  const { receive, advance, asked } = start();
  receive(subscribed, update('t1', 'running', 'u1'), update('t2', 'running', 'u2'));
  receive(update('t2', 'finished', 'u3'));
  receive({ type: 'exited', address: master, reason: 'noConnection' });
  advance(1000);
  receive(subscribed);
  deepEqual(asked(), ['1s t1', '1s ']);
});

test('every 15 minutes all tasks are reconciled, explicitly and implicitly', () => {
  const { receive, advance, asked } = start();
  receive(subscribed, update('t', 'running', 'u1'));
  for (let step = 0; step < 200; step++) {
    advance(5000);
    receive({ type: 'heartbeat' }, update('t', 'running'));
  }
  deepEqual(asked(), ['991s t', '991s ']);
});

test('a kill is repeated until the task has ended', () => {
  const { receive, advance, calls, sentTo } = start();
  const kills = () => sentTo(master).filter(({ message }) => message.type === 'kill');
  receive(subscribed, update('t', 'running', 'u1'));
  calls().kill('t' as TaskId, 500);
  advance(45_000);
  deepEqual(
    kills().map(({ atMs }) => atMs),
    [0, 10_000, 20_000, 40_000],
  );
  deepEqual(kills()[3]?.message, {
    type: 'kill',
    frameworkId,
    taskId: 't',
    agentId,
    killGracePeriodMs: 500,
  });
  receive(update('t', 'killed', 'u2'));
  advance(70_000);
  equal(kills().length, 4);
});

test('a kill without a master is sent to the next one', () => {
  const { receive, advance, calls, sentTo } = start();
  receive(subscribed, update('t', 'running', 'u1'));
  receive({ type: 'exited', address: master, reason: 'noConnection' });
  calls().kill('t' as TaskId);
  advance(1000);
  receive(subscribed);
  equal(typesTo(sentTo(master)).includes('kill'), true);
});

test('a revival is repeated until an offer says that it was heard', () => {
  const { receive, advance, calls, sentTo } = start();
  const revivals = () => typesTo(sentTo(master)).filter((type) => type === 'revive').length;
  receive(subscribed);
  calls().suppress();
  calls().suppress();
  equal(typesTo(sentTo(master)).filter((type) => type === 'suppress').length, 1);
  calls().revive();
  advance(25_000);
  equal(revivals(), 3);
  receive({ type: 'offersMade', offers: [offer(1)], demandNumber: 2 });
  advance(60_000);
  equal(revivals(), 3);
});

test('an offer that is older than a revival does not end it', () => {
  const { receive, advance, calls, sentTo } = start();
  const revivals = () => typesTo(sentTo(master)).filter((type) => type === 'revive').length;
  receive(subscribed);
  receive({ type: 'offersMade', offers: [offer(0)] });
  calls().suppress();
  advance(12_000);
  calls().revive();
  receive({ type: 'offersMade', offers: [offer(1)], demandNumber: 1 });
  equal(revivals(), 1);
  advance(12_000);
  equal(revivals(), 2);
  receive({ type: 'offersMade', offers: [offer(2)], demandNumber: 2 });
  advance(60_000);
  equal(revivals(), 2);
});

test('suppressed roles are named to the next master', () => {
  const { receive, advance, calls, sentTo } = start();
  receive(subscribed);
  calls().suppress();
  receive({ type: 'exited', address: master, reason: 'noConnection' });
  advance(1000);
  const message = sentTo(master).at(-1)?.message;
  deepEqual(message?.type === 'subscribe' && message.suppressedRoles, ['*']);
});

test('a wish that changes while a subscription is under way follows it', () => {
  const { receive, calls, lastTo } = start();
  calls().suppress();
  receive(subscribed);
  deepEqual(lastTo('suppress').roles, ['*']);
});

test('an offer for a suppressed role repeats the wish', () => {
  const { receive, calls, sentTo } = start();
  receive(subscribed);
  calls().suppress();
  receive({ type: 'offersMade', offers: [offer(1)] });
  equal(typesTo(sentTo(master)).filter((type) => type === 'suppress').length, 2);
});

test('the loss of an agent has its silent tasks asked for', () => {
  const { receive, advance, heard, asked } = start();
  receive(subscribed, update('t', 'running', 'u1'), { type: 'failed', agentId });
  advance(15_000);
  deepEqual(heard(), ['subscribed', 't running', 'agentLost agent-1']);
  deepEqual(asked(), ['10s t']);
});

test('messages and ends of executors are told', () => {
  const { receive, events } = start();
  const executorId = 'e' as ExecutorId;
  receive(
    subscribed,
    { type: 'executorMessage', agentId, executorId, data: 'hello' },
    { type: 'failed', agentId, executorId, status: 1 },
  );
  deepEqual(events.slice(1), [
    { type: 'message', agentId, executorId, data: 'hello' },
    { type: 'executorLost', agentId, executorId, status: 1 },
  ]);
});

test('a teardown is sent when the handler has returned, after its acknowledgement', () => {
  const { receive, on, takeSent, stopped } = start();
  on.update = (_status, driver) => driver.teardown();
  receive(subscribed);
  takeSent();
  receive(update('t', 'finished', 'u1'));
  deepEqual(takeSent(), ['master@a:1 acknowledge', 'master@a:1 teardown']);
  equal(stopped.length, 1);
});

test('who only stops leaves the framework to its failover timeout', () => {
  const { receive, on, takeSent, stopped } = start();
  on.update = (_status, driver) => driver.stop();
  receive(subscribed);
  takeSent();
  receive(update('t', 'running'));
  deepEqual(takeSent(), []);
  equal(stopped.length, 1);
});

test('what the logic itself links is told to the logic', () => {
  const { receive, events } = start();
  const friend = address<never>('friend');
  receive(subscribed, { type: 'exited', address: friend, reason: 'stopped' });
  deepEqual(events.at(-1), { type: 'exited', address: friend, reason: 'stopped' });
});

test('a message of its own must not have the name of one of the driver', () => {
  throws(
    () =>
      defineScheduler<object, object, { readonly type: 'subscribed' }>({
        name: 'clash',
        info: () => ({ name: 'clash' }),
        initialState: () => ({}),
        on: { offers() {}, update() {} },
        handlers: { subscribed() {} },
      }),
    /^Error: Cannot define scheduler "clash": "subscribed" is a message of the driver/,
  );
});

test('logic without a handler for offers or updates does not compile', () => {
  const info = () => ({ name: 'deaf' });
  const initialState = () => ({});
  // @ts-expect-error: what is offered and what becomes of tasks must be heard
  defineScheduler<object, object>({ name: 'deaf', info, initialState, on: { offers() {} } });
  defineScheduler<object, object>({
    name: 'deaf',
    info,
    initialState,
    // @ts-expect-error: there is no such event
    on: { offers() {}, update() {}, offered() {} },
  });
});

test('from other nodes come only messages of the protocol', () => {
  const { definition } = start();
  equal(definition.accepts?.({ type: 'heartbeat' }), undefined);
  match(definition.accepts?.({ type: 'sweepDue' }) ?? '', /sweepDue/);
  match(definition.accepts?.({ type: 'poke' }) ?? '', /poke/);
});

interface StartOptions {
  readonly masters?: (typeof master)[];
  readonly failoverTimeoutMs?: number;
  readonly capabilities?: readonly 'partitionAware'[];
  readonly acknowledge?: 'explicit';
  readonly unusedOffers?: 'keep';
  readonly timings?: Partial<SchedulerTimings>;
}

test('what no message may carry is answered at once, and the rest is launched', () => {
  const { receive, on, lastTo, heard, advance } = start();
  receive(subscribed);
  const words = Array.from({ length: 10_001 }, () => 'x');
  const command = { shell: false, value: 'echo', arguments: words, environment: [] };
  const data = 'x'.repeat(1_000_000);
  const ids = ['b', 'c', 'd', 'e', 'f'];
  on.offers = (offers, driver) =>
    driver.launch(offers, [{ ...task('a'), command }, ...ids.map((id) => ({ ...task(id), data }))]);
  receive({ type: 'offersMade', offers: [offer(1)] });
  advance(0);
  const [operation] = lastTo('accept').operations;
  deepEqual(operation && tasksOf(operation).map(({ taskId }) => taskId), ['b', 'c', 'd']);
  deepEqual(heard().slice(2), ['a error taskInvalid', 'e lost', 'f lost']);
});

function start({ masters = [master], failoverTimeoutMs = 0, ...settings }: StartOptions = {}) {
  const events: SchedulerEvent[] = [];
  const on: {
    offers?: (offers: readonly Offer[], driver: SchedulerCalls) => void;
    update?: (status: StatusUpdate['status'], driver: SchedulerCalls) => void;
  } = {};
  let calls: SchedulerCalls | undefined;
  const note = (_state: object, event: SchedulerEvent, driver: SchedulerCalls) => {
    events.push(event);
    calls = driver;
    if (event.type === 'offers') on.offers?.(event.offers, driver);
    if (event.type === 'update') on.update?.(event.status, driver);
  };
  const { capabilities = [], acknowledge = 'automatic', unusedOffers = 'decline' } = settings;
  const definition = defineScheduler<object, object, { readonly type: 'poke' }>({
    name: 'logic',
    info: () => ({ name: 'logic', failoverTimeoutMs, capabilities }),
    initialState: () => ({}),
    acknowledge,
    unusedOffers,
    on: {
      subscribed: note,
      disconnected: note,
      offers: note,
      rescinded: note,
      update: note,
      message: note,
      agentLost: note,
      executorLost: note,
      exited: note,
      ended: note,
    },
    handlers: {
      poke(_state, _message, driver) {
        calls = driver;
      },
    },
  });
  const { timings = {} } = settings;
  const actor = probe(definition, { masters, timings }, { random: () => ALMOST_ONE });
  const { sentTo } = actor;
  return {
    ...actor,
    /** Times in whole milliseconds: the far end of chance is a hair short of it. */
    sentTo: (to: typeof master) =>
      sentTo(to).map(({ atMs, message }) => ({ atMs: Math.round(atMs), message })),
    definition,
    events,
    on,
    calls(): SchedulerCalls {
      actor.receive({ type: 'poke' });
      if (calls === undefined) throw new Error('The logic has not been called');
      return calls;
    },
    heard: () => events.map(line),
    lastTo<Type extends MasterMessage['type']>(type: Type) {
      const found = sentTo(master)
        .map(({ message }) => message)
        .findLast((message) => message.type === type);
      if (found === undefined) throw new Error(`No ${type} was sent`);
      return found as Extract<MasterMessage, { readonly type: Type }>;
    },
    asked: () =>
      sentTo(master).flatMap(({ atMs, message }) =>
        message.type === 'reconcile'
          ? [`${Math.round(atMs / 1000)}s ${message.tasks.map(({ taskId }) => taskId).join(' ')}`]
          : [],
      ),
  };
}

function line(event: SchedulerEvent): string {
  switch (event.type) {
    case 'subscribed':
      return event.again ? 'subscribed again' : 'subscribed';
    case 'offers':
      return ['offers', ...event.offers.map(({ offerId }) => offerId.slice(6))].join(' ');
    case 'rescinded':
      return `rescinded ${event.offerId}`;
    case 'update': {
      const { taskId, state, reason } = event.status;
      return [taskId, state, ...(reason === undefined ? [] : [reason])].join(' ');
    }
    case 'agentLost':
      return `agentLost ${event.agentId}`;
    case 'ended':
      return `ended ${event.message}`;
    default:
      return event.type;
  }
}

function typesTo(sent: readonly { readonly message: MasterMessage }[]): string[] {
  return sent.map(({ message }) => message.type);
}

function offer(number: number): Offer {
  return {
    offerId: `offer-${number}` as OfferId,
    frameworkId,
    agentId,
    agent: address('agent'),
    hostname: 'host',
    role: '*',
    resources: parseResources('cpus:1;mem:128'),
    attributes: [],
    executorIds: [],
  };
}

function first(offers: readonly Offer[]): Offer {
  const [one] = offers;
  if (one === undefined) throw new Error('No offers');
  return one;
}

function task(id: string) {
  return { taskId: id as TaskId, name: id, resources: parseResources('cpus:1') };
}

function update(id: string, state: TaskState, updateId?: string) {
  return {
    type: 'taskUpdated',
    update: {
      ...(updateId === undefined ? {} : { id: updateId as UpdateId }),
      frameworkId,
      status: { taskId: id as TaskId, state, source: 'agent', agentId, timestampMs: 0 },
    },
  } as const;
}

function tasksOf(operation: Operation): readonly TaskInfo[] {
  return operation.type === 'change' ? [] : operation.tasks;
}
