/**
 * Calls of hostile and broken clients at a real master and a real agent that have work to do: all three
 * APIs in both encodings, and the old endpoints of both nodes. Each is answered by a status that is known
 * and a sentence, no process ends or grows beyond its ceiling, and every job that runs meanwhile ends right.
 */
import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import type { Encoding } from '../../actors/protocol/v1/codec.ts';
import type { V1, V1Name } from '../../actors/protocol/v1/dictionary.ts';
import { KeepAliveClient, type WholeRequest } from '../kit/keep-alive-client.ts';
import { LiveScheduler } from '../kit/live-scheduler.ts';
import { eventually, type Program, startProgram } from '../kit/programs.ts';
import { type Random, seededRandom } from '../kit/random.ts';
import { agentFlags, temporaryDirectory } from '../kit/real-agents.ts';
import { commandTask } from '../kit/scheduler-client.ts';
import { wildCall } from '../kit/wild-calls.ts';
import { MEDIA_TYPES, wildOldRequest, wildPost } from '../kit/wild-requests.ts';

/** Of each API in each encoding. More than a run of all tests can afford: MESSOR_FUZZ=100000. */
const CALL_COUNT = Number(process.env['MESSOR_FUZZ'] ?? 100);
/** Of which there may be many runs: MESSOR_FUZZ_SEED=2. */
const SEED = process.env['MESSOR_FUZZ_SEED'] ?? '1';
/** Streams that each attacker holds open. */
const STREAM_COUNT_MAX = 10;
/** The most memory that a node may ever have had: what an idle one has, several times. */
const RSS_BYTES_MAX = 512 * 1024 * 1024;
const STATUSES = new Set([
  ...[200, 202, 304, 307, 400, 403, 404, 405, 406, 408, 409, 413, 415, 501, 503],
]);
/** What the job and the one beside it have; no attacker knows it. */
const ROLE = 'honest';
const COPY_COUNT = 5;
/** A job costs much of the machine, so that of a long run the jobs are long, too. */
const COPY_SECONDS = CALL_COUNT > 1000 ? '5' : '0.2';

const MASTER_PATHS = [
  ...[
    '/state',
    '/state-summary',
    '/slaves',
    '/frameworks',
    '/tasks',
    '/roles',
    '/quota',
    '/weights',
  ],
  ...['/maintenance/schedule', '/maintenance/status', '/machine/down', '/machine/up', '/reserve'],
  ...[
    '/unreserve',
    '/create-volumes',
    '/destroy-volumes',
    '/teardown',
    '/files/browse',
    '/files/read',
  ],
  ...['/files/download', '/files/debug', '/flags', '/version', '/health', '/redirect', '/metrics'],
  ...['/metrics/snapshot', '/__processes__', '/help', '/explain', '/system/stats.json', '/', ''],
  ...['/master/state.json', '/master/tasks', '/api/v1', '/api/v1/scheduler'],
];
const AGENT_PATHS = [
  ...['/state', '/slave(1)/state.json', '/containers', '/monitor/statistics', '/flags', '/version'],
  ...['/health', '/help', '/metrics', '/metrics/snapshot', '/files/browse', '/files/read'],
  ...['/files/download', '/files/debug', '/api/v1', '/slave(1)/api/v1/executor', '/', ''],
];

interface Attack {
  readonly name: string;
  readonly node: string;
  /** Before every call. */
  readonly request: (random: Random) => WholeRequest | Promise<WholeRequest>;
}

test(`${CALL_COUNT} wild calls of each API in each encoding: all are answered, and jobs end right`, {
  timeout: 60_000 + CALL_COUNT * 60,
}, async (context) => {
  const log = ['--log-format', 'json', '--log-level', 'error'];
  const flags = ['--role', 'master', '--port', '0', '--allocation-interval', '50ms', ...log];
  const node = startProgram(context, 'bin/node', [...flags, '--offer-timeout', '300ms']);
  const [, master = ''] = await node.untilPrinted(/^Master at (\S+)$/m);
  const startAgent = async () =>
    startProgram(context, 'bin/node', [
      ...agentFlags(master, await temporaryDirectory(context)),
      ...['--gc-delay', '1secs', '--executor-registration-timeout', '5secs', ...log],
      ...['--executor-shutdown-grace-period', '100ms'],
    ]);
  // Who has the smallest share is offered first, and hostile ones answer nothing: the other gets one.
  const agentNodes = [await startAgent(), await startAgent()];
  const endpoints = await Promise.all(
    agentNodes.map(async (one) => (await one.untilPrinted(/^Agent at (\S+)$/m))[1] ?? ''),
  );
  const [agent = ''] = endpoints;

  const bystander = await LiveScheduler.subscribe(context, master, {
    info: { roles: [ROLE], capabilities: [{ type: 'MULTI_ROLE' }] },
  });
  const offer = await bystander.offer();
  await bystander.launch(offer, [smallTask(offer, 'long', 'sleep 100000')]);
  await bystander.untilCount(1, 'TASK_RUNNING');
  await bystander.accepted({ type: 'SUPPRESS' });

  // They need offers, which others will not let go.
  const executorAttacks = [
    await executorAttack(context, { master, agent, encoding: 'json' }),
    await executorAttack(context, { master, agent, encoding: 'protobuf' }),
  ];
  let isOver = false;
  const jobs = (async () => {
    let count = 0;
    do {
      await assertJobEndsRight(context, master);
      count++;
    } while (!isOver);
    return count;
  })();
  const attacks = [
    ...executorAttacks,
    ...(['json', 'protobuf'] as const).flatMap((encoding) => [
      schedulerAttack(context, master, encoding),
      operatorAttack({ node: master, encoding, name: 'master.Call' }),
      operatorAttack({ node: agent, encoding, name: 'agent.Call' }),
    ]),
    oldAttack(master, MASTER_PATHS),
    oldAttack(agent, AGENT_PATHS),
  ];
  const tallies = await Promise.all(
    attacks.map(async (started) => {
      const attack = await started;
      return `${attack.name}: ${JSON.stringify(Object.fromEntries(await carriedOut(attack)))}`;
    }),
  );
  isOver = true;
  const jobCount = await jobs;

  for (const tally of tallies) context.diagnostic(tally);
  const peaks = [node, ...agentNodes].map(({ processId }) => peakBytesOf(processId));
  context.diagnostic(
    `${jobCount} jobs; peaks of memory: ${peaks.map((bytes) => `${bytes >> 20} MiB`)}`,
  );
  for (const peak of peaks) ok(peak < RSS_BYTES_MAX, `A node had ${peak} bytes`);

  equal(bystander.ended, false);
  await bystander.accepted({ type: 'KILL', kill: { task_id: { value: 'long' } } });
  await bystander.untilCount(1, 'TASK_KILLED');
  deepEqual(
    bystander.statuses.map(({ state }) => state),
    ['TASK_STARTING', 'TASK_RUNNING', 'TASK_KILLED'],
  );
  for (const one of [...agentNodes, node]) {
    const { stderr, exitCode } = await one.end();
    // The level of the log can be changed by who asks.
    deepEqual(stderr.match(/^.*"level":"(error|fatal)".*$/gm), null);
    equal(exitCode, 0);
  }
});

async function assertJobEndsRight(context: TestContext, master: string): Promise<void> {
  const run: Program = startProgram(context, 'bin/messor', [
    ...['run', '--master', master, '--count', String(COPY_COUNT), '--role', ROLE],
    ...['--cpus', '0.1', '--mem', '32', '--', 'sleep', COPY_SECONDS],
  ]);
  const { exitCode, stdout, stderr } = await run.ended;
  match(stdout, new RegExp(`^${COPY_COUNT} finished$`, 'm'), stderr);
  equal(stdout.match(/ FINISHED/g)?.length, COPY_COUNT);
  equal(exitCode, 0);
}

/** @returns how often each status was answered */
async function carriedOut({ name, node, request }: Attack): Promise<Map<number, number>> {
  const random = seededRandom(`hostile calls/${SEED}/${name}`);
  const client = new KeepAliveClient(node);
  const statuses = new Map<number, number>();
  const streams: Socket[] = [];
  for (let count = 0; count < CALL_COUNT; count++) {
    const asked = await request(random);
    const { status, text, stream } = await client.ask(asked).catch((error: unknown) => {
      throw new Error(`${name} ${count}: no answer to ${shown(asked)}`, { cause: error });
    });
    statuses.set(status, (statuses.get(status) ?? 0) + 1);
    const said = () => `${name} ${count}: ${status} ${text} to ${shown(asked)}`;
    ok(STATUSES.has(status), said());
    // Of a file that is not there Mesos says no more than 404.
    const isBare = asked.method === 'HEAD' || (status === 404 && text === '');
    if (status >= 400 && !isBare) match(text, /\w+ \w+/, said());
    if (stream === undefined) continue;
    streams.push(stream);
    if (streams.length > STREAM_COUNT_MAX) streams.shift()?.destroy();
  }
  for (const stream of streams) stream.destroy();
  client.close();
  return statuses;
}

function shown({ method, target, headers, pieces, body }: WholeRequest): string {
  return `${method} ${target} ${JSON.stringify(headers)} ${pieces} ${body.subarray(0, 2000).toString('latin1')}`;
}

async function schedulerAttack(
  context: TestContext,
  master: string,
  encoding: Encoding,
): Promise<Attack> {
  const subscribed = () => LiveScheduler.subscribe(context, master, { encoding });
  let self = await subscribed();
  let count = 0;
  const request = async (random: Random): Promise<WholeRequest> => {
    if (self.ended) self = await subscribed();
    count++;
    const offers = self
      .all('OFFERS')
      .slice(-2)
      .flatMap(({ offers: one }) => one?.offers ?? []);
    const statuses = self.statuses.slice(-5);
    self.events.splice(2, self.events.length - 100);
    const [offer] = offers;
    const agentIds = offers.map(({ agent_id }) => agent_id.value);
    const known = {
      FrameworkID: [self.frameworkId],
      OfferID: offers.map(({ id }) => id.value),
      AgentID: agentIds,
      TaskID: statuses.map(({ task_id }) => task_id.value),
      ExecutorID: ['custom'],
    };
    const body = wildCall({
      ...{ random, name: 'scheduler.Call' as const, encoding, known },
      examples: schedulerExamples(self.frameworkId, offer, statuses[0], count),
    });
    // Who subscribes has no stream yet; it is said in the call, which may be spoiled.
    const subscribes = body.includes('SUBSCRIBE') || random.chance(0.05);
    const headers = subscribes ? {} : { 'mesos-stream-id': self.streamId };
    return wildPost(random, encoding, { target: '/api/v1/scheduler', body, headers });
  };
  return { name: `scheduler ${encoding}`, node: master, request };
}

function schedulerExamples(
  id: string,
  offer: V1<'Offer'> | undefined,
  status: V1<'TaskStatus'> | undefined,
  count: number,
): readonly V1<'scheduler.Call'>[] {
  const framework_id = { value: id };
  const agent_id = offer?.agent_id ?? { value: 'none' };
  const offer_ids = [offer?.id ?? { value: 'none' }];
  const task_id = status?.task_id ?? { value: 'none' };
  const executor_id = { value: 'custom' };
  const tasks = offer === undefined ? [] : [smallTask(offer, `task-${count}`, 'true')];
  const framework_info = { user: 'somebody', name: 'wild' };
  const all: readonly V1<'scheduler.Call'>[] = [
    { type: 'SUBSCRIBE', subscribe: { framework_info } },
    {
      type: 'ACCEPT',
      accept: { offer_ids, operations: [{ type: 'LAUNCH', launch: { task_infos: tasks } }] },
    },
    { type: 'DECLINE', decline: { offer_ids, filters: { refuse_seconds: 0.1 } } },
    { type: 'KILL', kill: { task_id, agent_id } },
    {
      type: 'ACKNOWLEDGE',
      acknowledge: { agent_id, task_id, uuid: status?.uuid ?? new Uint8Array(16) },
    },
    { type: 'RECONCILE', reconcile: { tasks: [{ task_id, agent_id }] } },
    { type: 'MESSAGE', message: { agent_id, executor_id, data: new Uint8Array(100) } },
    { type: 'SHUTDOWN', shutdown: { agent_id, executor_id } },
    { type: 'REVIVE' },
    { type: 'SUPPRESS', suppress: { roles: ['*'] } },
    {
      type: 'UPDATE_FRAMEWORK',
      update_framework: { framework_info: { ...framework_info, id: framework_id } },
    },
  ];
  return all.map((call) => (call.type === 'SUBSCRIBE' ? call : { framework_id, ...call }));
}

/** It stands for an executor that its own framework has launched, again when it has ended. */
async function executorAttack(
  context: TestContext,
  { master, agent, encoding }: { master: string; agent: string; encoding: Encoding },
): Promise<Attack> {
  const self = await LiveScheduler.subscribe(context, master, { encoding });
  const state = (await (await fetch(`http://${agent}/state`)).json()) as { readonly id: string };
  const agentId = state.id;
  const framework_id = { value: self.frameworkId };
  const executor_id = { value: `wild-${encoding}` };
  let launchCount = 0;
  let count = 0;
  const tryToLaunch = async () => {
    launchCount++;
    // An offer is good for a moment only.
    self.events.splice(2);
    const offer = await self.offer(agentId);
    const { command: _, ...task } = smallTask(offer, `wild-${launchCount}`, '');
    const command = { value: 'exec sleep 100000' };
    await self.launch(offer, [{ ...task, executor: { executor_id, framework_id, command } }]);
  };
  const launch = () =>
    eventually('the executor is there', async () => {
      if (!(await isGone())) return true;
      await self.accepted({ type: 'REVIVE' });
      await tryToLaunch();
      await self.accepted({ type: 'SUPPRESS' });
      return undefined;
    });
  const isGone = async () => {
    const message = { type: 'MESSAGE', framework_id, executor_id, message: { data: '' } };
    const answer = await fetch(`http://${agent}/api/v1/executor`, {
      method: 'POST',
      headers: { 'content-type': MEDIA_TYPES.json },
      body: JSON.stringify(message),
    });
    return /cannot be found/.test(await answer.text());
  };
  await launch();
  const request = async (random: Random): Promise<WholeRequest> => {
    count++;
    if (count % 100 === 0 && (await isGone())) await launch();
    const task_id = { value: `wild-${launchCount}` };
    const uuid = Uint8Array.from({ length: 16 }, (_, index) =>
      index === 6 ? 0x40 : random.integer(256),
    );
    const state = random.pick([
      'TASK_RUNNING',
      'TASK_RUNNING',
      'TASK_RUNNING',
      'TASK_FAILED',
    ] as const);
    const status = { task_id, executor_id, state, source: 'SOURCE_EXECUTOR' as const, uuid };
    const examples: readonly V1<'executor.Call'>[] = [
      { type: 'SUBSCRIBE', framework_id, executor_id, subscribe: {} },
      { type: 'UPDATE', framework_id, executor_id, update: { status } },
      { type: 'MESSAGE', framework_id, executor_id, message: { data: uuid } },
      { type: 'HEARTBEAT', framework_id, executor_id },
    ];
    const body = wildCall({
      ...{ random, name: 'executor.Call' as const, encoding, examples },
      known: {
        FrameworkID: [framework_id.value],
        ExecutorID: [executor_id.value],
        TaskID: [task_id.value],
        AgentID: [],
      },
    });
    return wildPost(random, encoding, { target: '/slave(1)/api/v1/executor', body });
  };
  return { name: `executor ${encoding}`, node: agent, request };
}

async function operatorAttack({
  node,
  encoding,
  name,
}: {
  node: string;
  encoding: Encoding;
  name: V1Name & ('master.Call' | 'agent.Call');
}): Promise<Attack> {
  const examples = [
    { type: 'READ_FILE', read_file: { path: '/../x', offset: 1n, length: 2n } },
    { type: 'LIST_FILES', list_files: { path: '/' } },
    { type: 'SET_LOGGING_LEVEL', set_logging_level: { level: 0, duration: { nanoseconds: 9n } } },
    { type: 'GET_METRICS', get_metrics: { timeout: { nanoseconds: 5n } } },
    { type: 'GET_STATE' },
    { type: 'GET_TASKS' },
  ] as const;
  const request = (random: Random): WholeRequest => {
    const body = wildCall({ random, name, encoding, known: {}, examples });
    return wildPost(random, encoding, { target: '/api/v1', body });
  };
  return { name: `${name} ${encoding}`, node, request };
}

async function oldAttack(node: string, paths: readonly string[]): Promise<Attack> {
  return {
    name: `old endpoints of ${node}`,
    node,
    request: (random) => wildOldRequest(random, paths, []),
  };
}

function smallTask(offer: V1<'Offer'>, id: string, line: string): V1<'TaskInfo'> {
  return commandTask(id, offer, line, {
    resources: [
      { name: 'cpus', type: 'SCALAR', scalar: { value: 0.1 } },
      { name: 'mem', type: 'SCALAR', scalar: { value: 32 } },
    ],
  });
}

/** The most that the process has had in memory at a time. */
function peakBytesOf(processId: number): number {
  const [, kibibytes] =
    /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${processId}/status`, 'utf8')) ?? [];
  return Number(kibibytes) * 1024;
}
