/** A master that doesn't lead sends who asks to the one that does. */
import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { applyAll } from '../../../actors/master/registry/operations.ts';
import { emptyRegistry } from '../../../actors/master/registry/registry.ts';
import type { RegistryStoreMessage } from '../../../actors/master/registry/store.ts';
import {
  type FromStandbyToMastership,
  type KnownLeader,
  standby,
} from '../../../actors/master/standby.ts';
import type {
  AgentMessage,
  NotLeader,
  SchedulerMessage,
} from '../../../actors/protocol/messages.ts';
import type { MasterPage } from '../../../actors/protocol/views.ts';
import { address, probe } from '../../kit/probe.ts';
import { admit } from '../../kit/registry-operations.ts';
import { info } from '../agent/nouns.ts';

const agent = address<AgentMessage>('agent', 'agent:1');
const scheduler = address<SchedulerMessage>('scheduler', 'scheduler:0');
const operator = address<NotLeader | MasterPage>('operator', 'operator:0');
const mastership = address<FromStandbyToMastership>('mastership');
const masters = ['a:5050', 'b:5050'];
const subscribe = {
  type: 'subscribe',
  scheduler,
  info: { name: 'f', user: 'u', roles: ['*'], failoverTimeoutMs: 0, capabilities: [] },
  suppressedRoles: [],
} as const;
const store = address<RegistryStoreMessage>('registry-store');
const master = { masterId: 'm', cluster: 'c', version: '1', node: 'a:5050', startedMs: 0 };
const start = (known: KnownLeader) => probe(standby, { known, mastership, store, master });
const heard = (actor: ReturnType<typeof start>, who: typeof agent | typeof scheduler) =>
  actor.sentTo(who as typeof agent).map(({ message }) => message);

test('agents, schedulers and operators are told who leads', () => {
  const known = { epoch: 4, leader: 'b:5050', masters };
  const actor = start(known);
  actor.receive({ type: 'registerAgent', agent, info });
  actor.receive(subscribe);
  actor.receive({
    type: 'describeMaster',
    section: 'agents',
    offset: 0,
    countMax: 1,
    replyTo: operator,
  });
  const answer = { type: 'notLeader', ...known };
  deepEqual(heard(actor, agent), [answer]);
  deepEqual(heard(actor, scheduler), [answer]);
  deepEqual(
    actor.sentTo(operator).map(({ message }) => message),
    [answer],
  );
});

test('who watches is told each time that somebody leads, until its link breaks', () => {
  const actor = start({ epoch: 4, leader: 'b:5050', masters });
  const epochs = () =>
    heard(actor, scheduler).map((message) => message.type === 'notLeader' && message.epoch);
  const lead = (epoch: number) =>
    actor.receive({ type: 'leaderKnown', known: { epoch, leader: 'a:5050', masters } });
  actor.receiveFrom(address('scheduler', 'other:0'), { type: 'watchLeader', watcher: scheduler });
  deepEqual(epochs(), []);
  actor.receiveFrom(scheduler, { type: 'watchLeader', watcher: scheduler });
  actor.receive({ type: 'leaderKnown', known: { epoch: 4, masters } });
  lead(5);
  lead(6);
  deepEqual(epochs(), [4, 5, 6]);
  actor.receive({ type: 'exited', address: scheduler, reason: 'noConnection' });
  lead(7);
  deepEqual(epochs(), [4, 5, 6]);
});

test('who asks while nobody leads is told once more when somebody does', () => {
  const actor = start({ epoch: 4, masters });
  actor.receive({ type: 'registerAgent', agent, info });
  actor.receive({ type: 'registerAgent', agent, info });
  actor.receive(subscribe);
  actor.receive({ type: 'leaderKnown', known: { epoch: 5, leader: 'a:5050', masters } });
  const leaders = (who: typeof agent | typeof scheduler) =>
    heard(actor, who).map((message) => (message.type === 'notLeader' ? message.leader : ''));
  deepEqual(leaders(agent), [undefined, undefined, 'a:5050']);
  deepEqual(leaders(scheduler), [undefined, 'a:5050']);
  actor.receive({ type: 'leaderKnown', known: { epoch: 6, leader: 'b:5050', masters } });
  equal(leaders(agent).length, 3);
});

test('when it ends, those that wait are left to whom comes after it', () => {
  const actor = start({ epoch: 4, masters });
  actor.receive({ type: 'registerAgent', agent, info });
  standby.stopped?.(actor.state, actor.context);
  deepEqual(
    actor.sentTo(mastership).map(({ message }) => message),
    [{ type: 'askersLeft', askers: [agent] }],
  );
});

test('what was meant for a leader that was here before comes to nothing', () => {
  const actor = start({ epoch: 4, leader: 'b:5050', masters });
  actor.receive({ type: 'teardown', frameworkId: 'f' as never });
  actor.receive({ type: 'pong', agentId: 'a' as never });
  deepEqual(actor.takeSent(), []);
});

test('who asks for what is known here gets it from the store, with its age', () => {
  const actor = start({ epoch: 4, masters });
  const ask = (section: MasterPage['section'], offset = 0) =>
    actor.receive({
      type: 'describeMaster',
      stale: true,
      section,
      offset,
      countMax: 1,
      replyTo: operator,
    });
  const registry = emptyRegistry();
  const candidate = { node: 'b:5050', masterId: 'b', version: '1' };
  applyAll(registry, [
    { type: 'recover', leader: { epoch: 4, candidate } },
    admit('one'),
    admit('two'),
  ]);
  ask('agents');
  ask('agents', 1);
  ask('tasks');
  deepEqual(
    actor.sentTo(store).map(({ message }) => message),
    [1, 2, 3].map((readNumber) => ({ type: 'read', readNumber, replyTo: actor.context.self })),
  );
  actor.advance(5000);
  const age = { term: 7, appliedIndex: 40, leaderHeardMs: actor.context.nowMs() - 3000 };
  for (const readNumber of [3, 1, 2]) {
    actor.receive({ type: 'registryRead', readNumber, registry, age });
  }
  const stale = { epoch: 4, leader: 'b:5050', term: 7, appliedIndex: 40, silenceMs: 3000 };
  deepEqual(
    actor.sentTo(operator).map(({ message }) => {
      if (message.type !== 'masterPage' || message.section === 'offers') return message.type;
      deepEqual(message.stale, stale);
      return message.items.map((item) => ('info' in item ? item.info.hostname : 'other'));
    }),
    [[], ['one.example'], ['two.example']],
  );
});

test('who asks for what is known here is told who leads where there is nothing yet', () => {
  const known = { epoch: 0, masters };
  const actor = start(known);
  const question = { section: 'agents', offset: 0, countMax: 1, replyTo: operator } as const;
  actor.receive({ type: 'describeMaster', stale: true, ...question });
  actor.receive({ type: 'nothingToRead', readNumber: 1 });
  deepEqual(
    actor.sentTo(operator).map(({ message }) => message),
    [{ type: 'notLeader', ...known }],
  );
});
