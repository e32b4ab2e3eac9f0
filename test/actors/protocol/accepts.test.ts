/** What another node sends is let in only when it is what its type promises. */
import { equal, match, ok } from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  acceptsAgentMessage,
  acceptsAgentStateView,
  acceptsExecutorMessage,
  acceptsMasterMessage,
  acceptsMasterPage,
  acceptsOperatorAnswer,
  acceptsSandboxChunk,
  acceptsSchedulerMessage,
} from '../../../actors/protocol/accepts.ts';
import type { AgentInfo, RegisteredAgentInfo } from '../../../actors/protocol/agent.ts';
import type { FrameworkInfo } from '../../../actors/protocol/framework.ts';
import type {
  AgentId,
  ExecutorId,
  FrameworkId,
  OfferId,
  TaskId,
  UpdateId,
} from '../../../actors/protocol/ids.ts';
import { OFFERS_PER_MESSAGE_MAX } from '../../../actors/protocol/maxima.ts';
import type {
  AgentMessage,
  ExecutorMessage,
  MasterMessage,
  OperatorAnswer,
  SchedulerMessage,
} from '../../../actors/protocol/messages.ts';
import type { Offer } from '../../../actors/protocol/offer.ts';
import { parseAttributes, parseResources } from '../../../actors/protocol/resources.ts';
import type { ExecutorInfo, StatusUpdate, Task, TaskInfo } from '../../../actors/protocol/task.ts';
import type { AgentStateView, MasterPage, SandboxChunk } from '../../../actors/protocol/views.ts';
import { address } from '../../kit/probe.ts';

const frameworkId = 'f-0000' as FrameworkId;
const agentId = 'm-S0' as AgentId;
const executorId = 'executor' as ExecutorId;
const taskId = 'task' as TaskId;
const updateId = 'u-1' as UpdateId;
const offerId = 'm-O0' as OfferId;
const agent = address<AgentMessage>('agent');
const master = address<MasterMessage>('master');
const resources = parseResources('cpus:1;mem:32;ports:[1-2,5-6];disks:{a,b}');
const attributes = parseAttributes('rack:r1');
const framework: FrameworkInfo = {
  name: 'example',
  user: 'root',
  roles: ['*'],
  failoverTimeoutMs: 0,
  capabilities: ['partitionAware'],
  labels: [{ key: 'a', value: 'b' }, { key: 'c' }],
};
const info: AgentInfo = { hostname: 'h', port: 1, resources, attributes, version: '0.1.0' };
const registered: RegisteredAgentInfo = { ...info, agentId };
const command = {
  shell: true,
  value: 'true',
  arguments: [],
  environment: [{ name: 'A', value: '1' }],
};
const executor: ExecutorInfo = { executorId, name: '', command, resources };
const task: TaskInfo = { taskId, name: 't', agentId, resources, command, labels: [] };
const update: StatusUpdate & { readonly id: UpdateId } = {
  id: updateId,
  frameworkId,
  status: { taskId, state: 'running', source: 'executor', timestampMs: 1.5, exitCode: 0 },
};
const known: Task = {
  taskId,
  frameworkId,
  agentId,
  name: 't',
  resources,
  state: 'running',
  statuses: [update.status],
};
const offer: Offer = {
  offerId,
  frameworkId,
  agentId,
  agent,
  hostname: 'h',
  role: '*',
  resources,
  attributes,
  executorIds: [executorId],
};
const filters = { refuseMs: 5000 };
const data = 'x';

type Examples<Message extends { readonly type: string }> = {
  readonly [M in Message as Exclude<M['type'], 'exited'>]: Omit<M, 'type'>;
};

const toMaster: Examples<MasterMessage> = {
  registerAgent: { agent, info },
  reregisterAgent: {
    agent,
    agentId,
    info,
    frameworks: [{ frameworkId, info: framework }],
    executors: [{ frameworkId, info: executor }],
    tasks: [known],
  },
  unregisterAgent: { agentId },
  pong: { agentId },
  statusUpdate: { agentId, agent, update, latestState: 'running' },
  executorExited: { agentId, frameworkId, executorId, status: 137 },
  executorMessage: { agentId, frameworkId, executorId, data },
  subscribe: { scheduler: address('scheduler'), info: framework, suppressedRoles: ['a'] },
  teardown: { frameworkId },
  accept: {
    frameworkId,
    offerIds: [offerId],
    operations: [{ type: 'launch', tasks: [task] }],
    filters,
  },
  decline: { frameworkId, offerIds: [offerId], filters },
  revive: { frameworkId, roles: [] },
  suppress: { frameworkId, roles: ['*'] },
  kill: { frameworkId, taskId, agentId },
  shutdownExecutor: { frameworkId, agentId, executorId },
  acknowledge: { frameworkId, agentId, taskId, updateId },
  reconcile: { frameworkId, tasks: [{ taskId }, { taskId, agentId }] },
  schedulerMessage: { frameworkId, agentId, executorId, data },
  describeMaster: { section: 'agents', offset: 0, countMax: 10, replyTo: address('cli') },
  killTask: { taskId, replyTo: address('cli') },
  teardownFramework: { frameworkId, replyTo: address('cli') },
};

const toAgent: Examples<AgentMessage> = {
  agentRegistered: { master, agentId, pingTimeoutMs: 75_000 },
  agentReregistered: {
    master,
    agentId,
    pingTimeoutMs: 75_000,
    unknownTasks: [{ frameworkId, taskId, partitionAware: true }],
  },
  shutdownAgent: { reason: 'It was removed' },
  ping: { master, agentId, connected: true },
  runTask: { frameworkId, framework, task, role: '*', launchExecutor: true },
  killTask: { frameworkId, taskId, killGracePeriodMs: 0 },
  confirmTasks: { tasks: [], executors: [{ frameworkId, executorId }] },
  acknowledgeUpdate: { frameworkId, taskId, updateId },
  shutdownFramework: { frameworkId },
  shutdownExecutor: { frameworkId, executorId },
  schedulerMessage: { frameworkId, executorId, data },
  registerExecutor: { executor: address('executor'), frameworkId, executorId },
  executorUpdate: { frameworkId, executorId, update },
  executorMessage: { frameworkId, executorId, data },
  describeAgent: { replyTo: address('cli') },
  readSandbox: {
    frameworkId,
    taskId,
    path: 'stdout',
    offsetBytes: -10,
    lengthBytes: 10,
    replyTo: address('cli'),
  },
};

const toScheduler: Examples<SchedulerMessage> = {
  subscribed: { frameworkId, master, heartbeatIntervalMs: 15_000 },
  heartbeat: {},
  subscriptionEnded: { message: 'Removed' },
  offersMade: { offers: [offer] },
  offerRescinded: { offerId },
  taskUpdated: { update },
  executorMessage: { agentId, executorId, data },
  failed: { agentId },
};

const toExecutor: Examples<ExecutorMessage> = {
  executorRegistered: { frameworkId, framework, executor, agent: registered },
  launch: { task },
  kill: { taskId },
  updateReceived: { taskId, updateId },
  schedulerMessage: { data },
  shutdown: {},
};

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
