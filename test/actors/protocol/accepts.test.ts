/** What another node sends is let in only when it is what its type promises. */
import { equal, match, ok } from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { acceptsAgentMessage } from '../../../actors/protocol/accepts-agent.ts';
import {
  acceptsAgentStateView,
  acceptsOperatorAnswer,
  acceptsSandboxChunk,
} from '../../../actors/protocol/accepts-answers.ts';
import { acceptsExecutorMessage } from '../../../actors/protocol/accepts-executor.ts';
import { acceptsMasterMessage } from '../../../actors/protocol/accepts-master.ts';
import { acceptsMasterPage } from '../../../actors/protocol/accepts-pages.ts';
import { acceptsSchedulerMessage } from '../../../actors/protocol/accepts-scheduler.ts';
import { OFFERS_PER_MESSAGE_MAX } from '../../../actors/protocol/maxima.ts';
import type { OperatorAnswer } from '../../../actors/protocol/operator-to-master.ts';
import type { AgentStateView, MasterPage, SandboxChunk } from '../../../actors/protocol/views.ts';
import {
  agent,
  filters,
  frameworkId,
  info,
  known,
  master,
  offerId,
  registered,
  resources,
  task,
  toAgent,
  toExecutor,
  toMaster,
  toScheduler,
} from './sound-messages.ts';

const listeners = [
  { examples: toMaster, accepts: acceptsMasterMessage },
  { examples: toAgent, accepts: acceptsAgentMessage },
  { examples: toScheduler, accepts: acceptsSchedulerMessage },
  { examples: toExecutor, accepts: acceptsExecutorMessage },
].map(({ examples, accepts }) => ({
  accepts,
  messages: Object.entries(examples).map(([type, fields]): object => ({ type, ...fields })),
}));

test('every message of every listener is accepted when it is sound', () => {
  for (const { messages, accepts } of listeners) {
    for (const message of messages) equal(accepts(message), undefined);
  }
});

test('a message that lacks something or has something more is refused', () => {
  for (const { messages, accepts } of listeners) {
    for (const message of messages) {
      match(accepts({ ...message, more: 1 }) ?? '', /has a field "more" that is not known here/);
      if ('frameworkId' in message) {
        match(accepts({ ...message, frameworkId: 7 }) ?? '', /^frameworkId: /);
      }
    }
  }
});

test('an exit is told by the runtime and by nobody else', () => {
  for (const { accepts } of listeners) {
    const forged = { type: 'exited', address: master, reason: 'stopped' };
    equal(accepts(forged), 'is never sent from elsewhere');
  }
});

test('what an actor says only to itself is unknown from elsewhere', () => {
  equal(acceptsMasterMessage({ type: 'pingTimer' }), 'type: "pingTimer" is not known here');
});

test('the fault is named by its path', () => {
  const accept = { type: 'accept', ...toMaster.accept };
  equal(
    acceptsMasterMessage({ ...accept, offerIds: ['a', 'b', 'c', 7] }),
    'offerIds[3]: expected a string, got 7',
  );
  equal(
    acceptsMasterMessage({
      ...accept,
      operations: [{ type: 'launch', tasks: [task, { ...task, name: null }] }],
    }),
    'operations[0].tasks[1].name: expected a string, got null',
  );
});

test('more than the maximum is refused', () => {
  const offerIds = new Array(OFFERS_PER_MESSAGE_MAX + 1).fill(offerId);
  equal(
    acceptsMasterMessage({ type: 'decline', frameworkId, offerIds, filters }),
    `offerIds: expected at most ${OFFERS_PER_MESSAGE_MAX} items, got ${offerIds.length}`,
  );
});

test('an improper id in a call is left to the master to answer, but reaches no agent', () => {
  const improper = { ...task, taskId: '../escape' };
  const operations = [{ type: 'launch', tasks: [improper] }];
  equal(acceptsMasterMessage({ type: 'accept', ...toMaster.accept, operations }), undefined);
  equal(
    acceptsAgentMessage({ type: 'runTask', ...toAgent.runTask, task: improper }),
    'task.taskId: an id must not contain control characters, "/" or "\\"',
  );
});

test('resources must be canonical', () => {
  const faults: readonly (readonly [fault: RegExp, resources: unknown])[] = [
    [/\[0\]\.milli: expected a whole number from 1 /, [{ name: 'a', type: 'scalar', milli: 0 }]],
    [/\[0\]\.milli: expected/, [{ name: 'a', type: 'scalar', milli: 1e16 }]],
    [/\[0\]\.milli: expected/, [{ name: 'a', type: 'scalar', milli: 1.5 }]],
    [/\[0\]\.name: expected letters/, [{ name: 'a:b', type: 'scalar', milli: 1 }]],
    [/\[0\]\.type: "text" is not known/, [{ name: 'a', type: 'text' }]],
    [/: expected one entry for each name/, [...resources].reverse()],
    [/: expected one entry for each name/, [resources[0], resources[0]]],
    [/\[0\]\.ranges: expected at least one/, [ranges()]],
    [/\[0\]\.ranges: expected ascending/, [ranges([1, 2], [3, 4])]],
    [/\[0\]\.ranges: expected ascending/, [ranges([5, 6], [1, 2])]],
    [/\[0\]\.ranges: expected ranges that begin/, [ranges([2, 1])]],
    [/\[0\]\.ranges\[0\]\.end: expected/, [ranges([0, 2 ** 53])]],
    [/\[0\]\.items: expected ascending/, [{ name: 'a', type: 'set', items: ['b', 'a'] }]],
    [/\[0\]\.items: expected items without/, [{ name: 'a', type: 'set', items: ['a,b'] }]],
  ];
  for (const [fault, wrong] of faults) {
    const message = { type: 'registerAgent', agent, info: { ...info, resources: wrong } };
    match(acceptsMasterMessage(message) ?? '', fault);
  }
});

test('answers are looked at, too', () => {
  const summary = { masterId: 'm', cluster: 'c', version: '0', node: 'h:1', startedMs: 1 };
  const page: MasterPage = {
    type: 'masterPage',
    section: 'tasks',
    master: summary,
    items: [{ ...known, phase: 'active' }],
    nextOffset: 1,
  };
  equal(acceptsMasterPage(page), undefined);
  equal(acceptsMasterPage({ ...page, section: 'agents' }), 'items[0].info: is missing');
  const state: AgentStateView = {
    type: 'agentState',
    agentId: undefined,
    info: registered,
    workDirectory: '/tmp',
    tasks: [known],
    executors: [],
    completedTasks: [],
  };
  equal(acceptsAgentStateView(state), undefined);
  const chunk: SandboxChunk = {
    type: 'sandboxChunk',
    bytes: new Uint8Array(3),
    offsetBytes: 0,
    sizeBytes: 3,
    ended: false,
  };
  equal(acceptsSandboxChunk(chunk), undefined);
  equal(acceptsSandboxChunk({ ...chunk, bytes: 'abc' }), 'bytes: expected bytes, got "abc"');
  const answer: OperatorAnswer = { type: 'operatorAnswer', refused: 'No such task' };
  equal(acceptsOperatorAnswer(answer), undefined);
});

test('property: whatever comes is judged and nothing is thrown', () => {
  const all = [
    ...listeners.map(({ accepts }) => accepts),
    acceptsMasterPage,
    acceptsAgentStateView,
    acceptsSandboxChunk,
    acceptsOperatorAnswer,
  ];
  fc.assert(
    fc.property(fc.anything({ withBigInt: true, withNullPrototype: true }), (value) => {
      for (const accepts of all) ok(accepts(value) !== undefined);
    }),
  );
});

test('property: a sound message with one place spoiled is refused or still sound, never thrown at', () => {
  const cases = listeners.flatMap(({ messages, accepts }) =>
    messages.map((message) => ({ message, accepts })),
  );
  fc.assert(
    fc.property(
      fc.constantFrom(...cases),
      fc.infiniteStream(fc.nat(99)),
      fc.anything({ withBigInt: true }),
      ({ message, accepts }, choices, value) => {
        const fault = accepts(spoiled(message, choices, value));
        ok(fault === undefined || typeof fault === 'string');
      },
    ),
    { numRuns: 1000 },
  );
});

function ranges(...pairs: (readonly [begin: number, end: number])[]) {
  return { name: 'a', type: 'ranges', ranges: pairs.map(([begin, end]) => ({ begin, end })) };
}

/** Walks down as the choices say, and puts `value` where it ends. */
function spoiled(target: unknown, choices: Iterator<number>, value: unknown): unknown {
  const choice: number = choices.next().value;
  if (typeof target !== 'object' || target === null || choice < 20) return value;
  const keys = Object.keys(target);
  const key = keys[choice % Math.max(keys.length, 1)];
  if (key === undefined) return value;
  const copy = (Array.isArray(target) ? [...target] : { ...target }) as Record<string, unknown>;
  copy[key] = spoiled(copy[key], choices, value);
  return copy;
}
