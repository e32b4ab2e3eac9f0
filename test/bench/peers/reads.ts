/**
 * A master with 1000 agents, 40 000 tasks and 10 frameworks that decline what they are offered, while
 * operators read `/state`: what that costs the master's loop.
 * usage: node reads.js idle|polled|zipped|onLoop SECONDS
 * idle: nobody reads; polled: five clients, each asking again as soon as it is answered; zipped: the
 * same, and they take gzip; onLoop: as polled, but encoded on the master's own loop.
 * Agents and frameworks are played on the other side of a carrier that leads nowhere.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Agent, get } from 'node:http';
import { gunzipSync } from 'node:zlib';
import { ALLOCATOR_DEFAULTS } from '../../../actors/master/allocator/allocator.ts';
import { masterApi } from '../../../actors/master/api/master-api.ts';
import { modelEngine } from '../../../actors/master/api/snapshot/model-engine.ts';
import { workerEngine } from '../../../actors/master/api/snapshot/worker-engine.ts';
import { mastership } from '../../../actors/master/mastership.ts';
import { MASTER_DEFAULTS } from '../../../actors/master/options.ts';
import { startMemoryStore } from '../../../actors/master/registry/memory-store.ts';
import type { AgentId, FrameworkId, TaskId, UpdateId } from '../../../actors/protocol/ids.ts';
import type {
  AgentMessage,
  MasterMessage,
  SchedulerMessage,
} from '../../../actors/protocol/messages.ts';
import { parseResources } from '../../../actors/protocol/resource-text.ts';
import type { Task } from '../../../actors/protocol/task.ts';
import { address } from '../../../runtime/address.ts';
import type { Carrier, CarrierReceiver } from '../../../runtime/host.ts';
import { nodeHost } from '../../../runtime/node-host.ts';
import { createSystem } from '../../../runtime/system.ts';
import { startTransport } from '../../../transport/transport.ts';
import { watchLoop } from '../loop-watch.ts';

const [mode = 'idle', secondsText = '5', url = ''] = process.argv.slice(2);
const durationMs = Number(secondsText) * 1000;
const AGENT_COUNT = 1000;
const FRAMEWORK_COUNT = 10;
const TASKS_PER_AGENT = 40;
const CLIENT_COUNT = 5;
/** How long a framework looks at its offers. */
const THINK_MS = 20;

if (mode === 'client') await readForEver();
else await measure();

async function measure(): Promise<void> {
  const host = nodeHost({ logSink: () => {} });
  const engine = mode === 'onLoop' ? modelEngine() : workerEngine(fail);
  const api = masterApi({ version: '0', engine });
  const transport = await startTransport({
    host,
    cluster: 'bench',
    incarnation: 1,
    listen: { address: '127.0.0.1', port: 0 },
    routes: api.routes,
  });
  const { node } = transport;
  let offerCount = 0;
  const master = address<MasterMessage>('master', node);
  let receiver: CarrierReceiver | undefined;
  const say = (from: { readonly name: string; readonly node: string }, message: MasterMessage) => {
    const sender = address<MasterMessage>(from.name, from.node, 1);
    receiver?.deliver(from.node, {
      ...{ kind: 'message', to: master, from: sender, id: 1, causeId: 0, causeNode: '' },
      message,
    });
  };
  const carrier: Carrier = {
    attach(attached) {
      receiver = attached;
    },
    send(signal) {
      if (signal.kind !== 'message') return;
      const message = signal.message as SchedulerMessage | AgentMessage;
      if (message.type !== 'offersMade') return;
      const { offers } = message;
      offerCount += offers.length;
      const frameworkId = offers[0]?.frameworkId;
      if (frameworkId === undefined) return;
      const offerIds = offers.map(({ offerId }) => offerId);
      const decline = { type: 'decline', frameworkId, offerIds, filters: { refuseMs: 0 } } as const;
      setTimeout(() => say(signal.to, decline), THINK_MS);
    },
    close: async () => {},
  };
  const system = createSystem({ node, incarnation: 1, host, carrier });
  const address_ = system.spawn(mastership, {
    candidate: { node, masterId: 'm', version: '0' },
    startStore: startMemoryStore,
    masters: [node],
    master: {
      ...{ cluster: 'bench', version: '0', weights: [], registryIsDurable: false },
      settings: { ...MASTER_DEFAULTS, pingIntervalMs: 3_600_000 },
      allocator: { ...ALLOCATOR_DEFAULTS, allocationIntervalMs: 100 },
      reads: api.reads,
    },
  });
  api.open({ system, mastership: address_ });
  await delay(200);
  for (let number = 0; number < FRAMEWORK_COUNT; number++) {
    const scheduler = address<SchedulerMessage>('scheduler', `framework-${number}:1`, 1);
    say(scheduler, {
      type: 'subscribe',
      frameworkId: frameworkIdOf(number),
      scheduler,
      info: infoOf(number),
      suppressedRoles: [],
    });
  }
  for (let number = 0; number < AGENT_COUNT; number++) {
    const agent = address<AgentMessage>('agent', `agent-${number}:5051`, 1);
    const agentId = `m-S${number}` as AgentId;
    const tasks = Array.from({ length: TASKS_PER_AGENT }, (_, index) =>
      taskOf(agentId, number, index),
    );
    const info = {
      ...{ hostname: `agent-${number}`, port: 5051, attributes: [], version: '0' },
      resources: parseResources('cpus:64;mem:65536;disk:1000000;ports:[31000-32000]'),
    };
    say(agent, {
      type: 'reregisterAgent',
      agentId,
      agent,
      info,
      frameworks: [],
      executors: [],
      tasks,
    } as never);
    if (number % 50 === 49) await delay(5);
  }
  await delay(1500);

  const clients = mode === 'idle' ? [] : [client()];
  const warm = clients.map((one) => once(one.stdout, 'data'));
  await Promise.all(warm);
  const busy = watchLoop();
  const cpu = process.cpuUsage();
  const offersBefore = offerCount;
  const startMs = performance.now();
  await delay(durationMs);
  const loop = busy();
  const wallMs = performance.now() - startMs;
  const { user, system: inSystem } = process.cpuUsage(cpu);
  const answers = await Promise.all(clients.map(endClient));
  const [{ count: answerCount = 0, medianMs = 0, bytes = 0 } = {}] = answers;
  console.log(
    JSON.stringify({
      ...{ count: offerCount - offersBefore, wallMs, cpuMs: (user + inSystem) / 1000 },
      ...loop,
      ...{ answerCount, answerMs: medianMs, answerBytes: bytes },
    }),
  );
  process.exit(0);

  function client() {
    const target = `http://127.0.0.1:${node.slice(node.lastIndexOf(':') + 1)}/state`;
    const of = process.argv[1] ?? '';
    return spawn(process.execPath, [...process.execArgv, of, 'client', mode, target], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
  }
}

interface Read {
  readonly count: number;
  readonly medianMs: number;
  readonly bytes: number;
}

async function endClient(client: ReturnType<typeof spawn>): Promise<Read> {
  const { stdin, stdout } = client;
  const said = stdout === null ? [] : once(stdout, 'data');
  stdin?.end();
  const [text] = await said;
  return JSON.parse(String(text));
}

/** Says `ready` after the first answers, and what it has seen when its input ends. */
async function readForEver(): Promise<void> {
  const agent = new Agent({ keepAlive: true });
  const headers = secondsText === 'zipped' ? { 'accept-encoding': 'gzip' } : {};
  const timesMs: number[] = [];
  let bytes = 0;
  const readOnce = () =>
    new Promise<Buffer>((resolve, reject) => {
      get(url, { agent, headers }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => resolve(Buffer.concat(chunks)));
      }).on('error', reject);
    });
  const first = await readOnce();
  const text = secondsText === 'zipped' ? gunzipSync(first) : first;
  const { frameworks } = JSON.parse(text.toString());
  const shown = frameworks.reduce(
    (sum: number, { tasks }: { tasks: unknown[] }) => sum + tasks.length,
    0,
  );
  if (shown !== AGENT_COUNT * TASKS_PER_AGENT) throw new Error(`${shown} tasks are shown`);
  process.stdout.write('ready\n');
  process.stdin.resume().on('end', () => {
    const count = timesMs.length;
    const medianMs = timesMs.sort((one, other) => one - other)[Math.floor(count / 2)] ?? 0;
    process.stdout.write(`${JSON.stringify({ count, medianMs, bytes })}\n`, () => process.exit(0));
  });
  const client = async () => {
    for (;;) {
      const startMs = performance.now();
      bytes = (await readOnce()).length;
      timesMs.push(performance.now() - startMs);
    }
  };
  await Promise.all(Array.from({ length: CLIENT_COUNT }, client));
}

function frameworkIdOf(number: number): FrameworkId {
  return `m-${String(number).padStart(4, '0')}` as FrameworkId;
}

function infoOf(number: number) {
  return {
    ...{ name: `framework ${number}`, user: 'bench', roles: ['*'], failoverTimeoutMs: 3600_000 },
    capabilities: ['partitionAware'] as const,
  };
}

/** As rich as those of the state benchmark of Mesos: ten labels, two statuses. */
function taskOf(agentId: AgentId, agent: number, index: number): Task {
  const taskId = `task-${agent}-${index}` as TaskId;
  const status = (state: 'starting' | 'running') =>
    ({
      taskId,
      state,
      source: 'executor',
      timestampMs: 1_700_000_000_000 + index,
      agentId,
    }) as const;
  return {
    ...{
      taskId,
      agentId,
      name: `service ${index}`,
      frameworkId: frameworkIdOf(index % FRAMEWORK_COUNT),
    },
    ...{ role: '*', state: 'running', updateState: 'running' },
    resources: parseResources(`cpus:0.1;mem:64;ports:[${31000 + 2 * index}-${31001 + 2 * index}]`),
    labels: Array.from({ length: 10 }, (_, label) => ({
      key: `key-${label}`,
      value: `value-${index}`,
    })),
    statuses: [status('starting'), status('running')],
    updateId: '6df63a5f-0b00-4e3d-b5f4-2551aef12496' as UpdateId,
  };
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function fail(error: Error): never {
  throw error;
}
