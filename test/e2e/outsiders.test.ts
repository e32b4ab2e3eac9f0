/**
 * Well-formed messages from somebody who means no good, at a master and an agent at work: each type
 * there is, with the ids and addresses of others, spoiled or not, to every actor there is.
 */
import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { invariants } from '../../actors/master/invariants.ts';
import { parseResources } from '../../actors/protocol/resources.ts';
import type { Tagged } from '../../runtime/actor.ts';
import {
  toAgent,
  toExecutor,
  toLogClient,
  toMaster,
  toReplicatedLogs,
  toScheduler,
} from '../actors/protocol/sound-messages.ts';
import { eventually, type Program, startProgram } from '../kit/programs.ts';
import { type Random, seededRandom } from '../kit/random.ts';
import { dialOnlyNode, type LiveNode } from '../transport/live.ts';
import { type LiveCluster, startLiveCluster } from './live-cluster.ts';

const MESSAGE_COUNT = 24_000;
const BATCH_COUNT = 200;
const COPY_COUNT = 30;

type Message = Tagged & Readonly<Record<string, unknown>>;

test('24 000 messages of every type, true and spoiled, from a stranger: a job ends right, and all actors live', {
  timeout: 60_000,
}, async (context) => {
  const cluster = await startLiveCluster(context);
  const residents = cluster.residents();
  equal(residents.length, 4);
  const run = startJob(context, cluster);
  await run.untilPrinted(/RUNNING/);

  const stranger = await dialOnlyNode({ cluster: 'messor' });
  const random = seededRandom('stranger');
  const broken: string[] = [];
  for (let count = 0; count < MESSAGE_COUNT; count += BATCH_COUNT) {
    const known = knownTo(cluster, stranger);
    for (let sent = 0; sent < BATCH_COUNT; sent++) throwOne(stranger, cluster, known, random);
    await answered(stranger, cluster);
    broken.push(...invariants(cluster.masterState()));
  }
  deepEqual(broken, []);
  await stranger.close();

  await assertJobDone(run);
  deepEqual(cluster.residents(), residents);
  await assertNothingUsed(cluster);
  deepEqual(cluster.faults, []);
});

test('a framework that takes all it can get, floods and never acknowledges: a job beside it ends right', {
  timeout: 60_000,
}, async (context) => {
  const cluster = await startLiveCluster(context);
  const residents = cluster.residents();
  const { master, masterState } = cluster;
  const stranger = await dialOnlyNode({ cluster: 'messor' });
  const tell = (message: Message, from = 'sender') =>
    stranger.tell(master.node, message, 'master', from);
  const subscribe = (name: string) => {
    const scheduler = { node: stranger.node, name };
    tell({ type: 'subscribe', scheduler, info: GREEDY, suppressedRoles: [] }, name);
  };
  for (let count = 0; count < 10_000; count++) subscribe('sender');
  await answered(stranger, cluster);
  const [frameworkId] = masterState().frameworks.keys();
  equal(masterState().frameworks.size, 1);

  const run = startJob(context, cluster);
  await eventually('the job is there', async () => masterState().frameworks.size > 1 || undefined);
  const broken: string[] = [];
  for (let round = 0; round < 100; round++) {
    const known = knownTo(cluster, stranger);
    const [agentId] = known.ids['agentId'] ?? [];
    const { offerIds = [], taskId = [] } = known.ids;
    const tasks = Array.from({ length: 1000 }, (_, index) => ({
      ...EXAMPLE_TASK,
      agentId,
      taskId: `greedy-${round}-${index}`,
    }));
    const operations = [{ type: 'launch', tasks }];
    // Of others, and its own.
    for (const offerId of offerIds.slice(0, 10)) {
      tell({
        type: 'accept',
        frameworkId,
        offerIds: [offerId],
        operations,
        filters: { refuseMs: 0 },
      });
    }
    if (offerIds.length === 0) {
      tell({
        type: 'accept',
        frameworkId,
        offerIds: ['none'],
        operations,
        filters: { refuseMs: 0 },
      });
    }
    for (const id of taskId) {
      if (!id.startsWith('greedy')) tell({ type: 'kill', frameworkId, taskId: id, agentId });
    }
    for (let count = 0; count < 50; count++) {
      tell({ type: 'suppress', frameworkId, roles: [] });
      tell({ type: 'revive', frameworkId, roles: [] });
    }
    await answered(stranger, cluster);
    broken.push(...invariants(masterState()));
  }
  deepEqual(broken, []);
  await stranger.close();

  await assertJobDone(run);
  deepEqual(cluster.residents(), residents);
  await assertNothingUsed(cluster);
  deepEqual(cluster.faults, []);
});

const GREEDY = { ...(toMaster.subscribe.info as object), roles: ['*'], failoverTimeoutMs: 0 };
const EXAMPLE_TASK = {
  name: 'greedy',
  resources: parseResources('cpus:0.01;mem:1'),
  command: { shell: true, value: 'true', arguments: [], environment: [] },
};

function startJob(context: TestContext, { master }: LiveCluster): Program {
  return startProgram(context, 'bin/messor', [
    ...['run', '--master', master.node, '--count', String(COPY_COUNT)],
    // More memory than what strangers claim to have.
    ...['--cpus', '0.2', '--mem', '64MB', '--', 'sleep', '0.3'],
  ]);
}

async function assertJobDone(run: Program): Promise<void> {
  const { exitCode, stdout, stderr } = await run.ended;
  match(stdout, new RegExp(`^${COPY_COUNT} finished$`, 'm'), stderr);
  equal(stdout.match(/ FINISHED/g)?.length, COPY_COUNT);
  equal(exitCode, 0);
}

async function assertNothingUsed(cluster: LiveCluster): Promise<void> {
  await eventually('nothing is used any more', async () => {
    const agents = [...cluster.masterState().agents.registered.values()];
    return agents.every(({ used }) => used.length === 0) || undefined;
  });
  deepEqual(invariants(cluster.masterState()), []);
}

/** Ids and addresses that others have, as lists from which anybody could read them. */
interface Known {
  readonly ids: Readonly<Record<string, readonly string[]>>;
  readonly addresses: readonly object[];
}

function knownTo({ masterState, agent, master }: LiveCluster, { node }: LiveNode): Known {
  const { agents, frameworks, offers } = masterState();
  const tasks = [...frameworks.values()].flatMap((framework) => [...framework.tasks.values()]);
  const taskIds = tasks.map(({ task }) => task.taskId);
  const updateIds = tasks.flatMap(({ task }) =>
    task.updateId === undefined ? [] : [task.updateId],
  );
  return {
    ids: {
      frameworkId: [...frameworks.keys()],
      agentId: [...agents.registered.keys()],
      taskId: taskIds,
      executorId: taskIds,
      offerIds: [...offers.keys()],
      updateId: updateIds,
      id: updateIds,
    },
    addresses: [
      { node, name: 'sender' },
      { node, name: 'nobody' },
      { node: agent.node, name: 'agent' },
      { node: master.node, name: 'master' },
      { node: master.node, name: 'allocator' },
      { node: '127.0.0.1:1', name: 'master' },
      ...[...frameworks.values()].flatMap(({ scheduler }) => scheduler ?? []),
    ],
  };
}

const SOUND: readonly Message[] = [
  ...[toMaster, toAgent, toScheduler, toExecutor, toReplicatedLogs, toLogClient],
].flatMap((messages) =>
  Object.entries(messages).map(([type, fields]) => ({ type, ...(fields as object) })),
);
const NEWS_OF_OWN: readonly string[] = [
  ...[
    'exited',
    'pingTimer',
    'registryApplied',
    'elected',
    'deposed',
    'write',
    'written',
    'allocated',
    'addAgent',
    'removeFramework',
    'apply',
  ],
  ...[
    'launcherReady',
    'launcherFailed',
    'containerEnded',
    'shutdownDue',
    'forwardUpdate',
    'launch',
  ],
  ...['forgetFramework', 'taskSettled', 'inspectState', 'inspectNode', '', '__proto__', 'toString'],
];
const MASTER_ACTORS = [
  ...['master', 'master', 'allocator', 'registrar', 'inspector'],
  ...['replicated-logs', 'replicated-logs'],
];
/** What any operator may do, and would. */
const OPERATIONS: readonly string[] = [
  ...['killTask', 'teardownFramework', 'changeResources', 'updateWeights', 'updateQuota'],
  ...['drainAgent', 'cancelDrain', 'deactivateAgent', 'reactivateAgent', 'markAgentGone'],
  ...['updateMaintenanceSchedule', 'startMaintenance', 'stopMaintenance'],
];

function throwOne(stranger: LiveNode, cluster: LiveCluster, known: Known, random: Random): void {
  const whole = random.chance(0.1)
    ? { ...random.pick(SOUND), type: random.pick(NEWS_OF_OWN) }
    : random.pick(SOUND);
  const [node, names] = random.chance(0.5)
    ? ([cluster.master.node, MASTER_ACTORS] as const)
    : ([cluster.agent.node, ['agent', 'agent', ...actorNames(cluster)]] as const);
  const name = random.pick(names);
  const mild = name === 'master' && OPERATIONS.includes(whole.type);
  const filled = mild ? whole : (filledIn(whole, known, random) as Message);
  const odd = random.chance(0.3) ? (spoiled(filled, random) as Message) : filled;
  // An operator may take everything from the job's role, too.
  const message = mild && JSON.stringify(odd).includes('"role":"*"') ? filled : odd;
  const from = random.chance(0.2) ? null : random.pick(['sender', 'master', 'agent']);
  stranger.tell(node, { ...message, type: whole.type }, name, from);
}

/** All that live on the agent's node, also those that come and go with tasks. */
function actorNames({ agent }: LiveCluster): readonly string[] {
  const { kernel } = agent as unknown as { kernel: { cells: ReadonlyMap<string, unknown> } };
  return [...kernel.cells.keys()];
}

function filledIn(value: unknown, known: Known, random: Random, key = ''): unknown {
  const ids = known.ids[key] ?? [];
  if (typeof value === 'string') {
    return ids.length > 0 && random.chance(0.7) ? random.pick(ids) : value;
  }
  if (Array.isArray(value)) return value.map((item) => filledIn(item, known, random, key));
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value;
  if ('node' in value && 'name' in value) return random.pick(known.addresses);
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [name, filledIn(item, known, random, name)]),
  );
}

const ODD: readonly unknown[] = [
  null,
  undefined,
  true,
  -1,
  0,
  1.5,
  2 ** 53,
  -(2 ** 53),
  Number.NaN,
  Number.POSITIVE_INFINITY,
  '',
  '*',
  '../../etc/passwd',
  'x'.repeat(5000),
  '\u0000\ud83d',
  [],
  {},
  new Uint8Array(9),
  Array.from({ length: 10_001 }, () => 'x'),
  Array.from({ length: 2000 }, () => ({ type: 'launch', tasks: [] })),
];

/** With something else in one place, or all it has of one kind many times. */
function spoiled(value: unknown, random: Random): unknown {
  if (typeof value !== 'object' || value === null || random.chance(0.2)) return random.pick(ODD);
  if (Array.isArray(value)) {
    if (value.length === 0 || random.chance(0.3)) return random.pick(ODD);
    if (random.chance(0.3)) return Array.from({ length: 1100 }, () => value[0]);
    return value.map((item, index) => (index === 0 ? spoiled(item, random) : item));
  }
  const keys = Object.keys(value);
  if (keys.length === 0) return value;
  const key = random.pick(keys);
  return { ...value, [key]: spoiled((value as Record<string, unknown>)[key], random) };
}

/** Everything that was sent before has been handled by the master when it answers this. */
async function answered(stranger: LiveNode, { master, agent }: LiveCluster): Promise<void> {
  stranger.received.length = 0;
  const replyTo = { node: stranger.node, name: 'sentinel' };
  const question = {
    type: 'describeMaster',
    section: 'frameworks',
    offset: 0,
    countMax: 1,
    replyTo,
  };
  stranger.tell(master.node, question, 'master');
  stranger.tell(agent.node, { type: 'describeAgent', replyTo }, 'agent');
  const heard = (type: string) =>
    stranger.received.some(
      ({ signal }) =>
        signal.kind === 'message' && signal.to.name === 'sentinel' && signal.message.type === type,
    );
  await stranger.until(() => heard('masterPage') && heard('agentState'));
  ok(stranger.transport.connections().length <= 3);
}
