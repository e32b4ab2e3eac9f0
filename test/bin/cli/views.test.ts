/** What `--json` promises: the members that docs/handbook/command-line.md lists, and no others. */
import { deepEqual, equal, match } from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type {
  AgentId,
  ExecutorId,
  FrameworkId,
  OfferId,
  TaskId,
} from '../../../actors/protocol/ids.ts';
import type { Offer } from '../../../actors/protocol/offer.ts';
import { parseAttributes, parseResources } from '../../../actors/protocol/resources.ts';
import type {
  AgentView,
  FrameworkView,
  RoleView,
  TaskView,
} from '../../../actors/protocol/views.ts';
import { messorProgram } from '../../../bin/cli/program.ts';
import { quotaCells, quotaRows, roleJson, roleRow } from '../../../bin/cli/role-views.ts';
import * as views from '../../../bin/cli/views.ts';
import { EXITS } from '../../../bin/exits.ts';
import { address } from '../../kit/probe.ts';

const handbook = (page: string) =>
  readFileSync(join(import.meta.dirname, '../../../docs/handbook', page), 'utf8');

const agentId = 'm-S0' as AgentId;
const frameworkId = 'm-0000' as FrameworkId;
const resources = parseResources('cpus:1.5;mem:64;ports:[1-2];disks:{a}');

const agent: AgentView = {
  agentId,
  info: {
    agentId,
    node: 'host:5051',
    hostname: 'host',
    port: 5051,
    resources,
    attributes: parseAttributes('rack:r1'),
    version: '1',
  },
  address: address('agent', 'host:5051'),
  state: 'active',
  registeredMs: 0,
  reregisteredMs: 1,
  unreachableAtMs: 2,
  total: resources,
  used: parseResources('cpus:0.5'),
  offered: [],
  deactivated: true,
  drain: { markGone: false, drained: false, maxGracePeriodMs: 5000 },
  drainStartedMs: 3,
};

const framework: FrameworkView = {
  frameworkId,
  info: {
    name: 'job',
    user: 'me',
    roles: ['*'],
    failoverTimeoutMs: 0,
    capabilities: ['partitionAware'],
  },
  state: 'active',
  subscribedMs: 0,
  resubscribedMs: 1,
  failsOverMs: 2,
  endedMs: 2,
  used: [],
  offered: [],
  activeTaskCount: 3,
};

const task: TaskView = {
  taskId: 'task-1' as TaskId,
  frameworkId,
  agentId,
  executorId: 'executor-1' as ExecutorId,
  name: 'task',
  resources,
  healthCheck: { type: 'tcp', port: 1 },
  discovery: { visibility: 'cluster' },
  labels: [{ key: 'k', value: 'v' }],
  state: 'goneByOperator',
  phase: 'completed',
  statuses: [
    {
      taskId: 'task-1' as TaskId,
      state: 'failed',
      source: 'executor',
      timestampMs: 0,
      reason: 'commandExecutorFailed',
      message: 'why',
      exitCode: 1,
      signal: 'SIGTERM',
      healthy: true,
      checkStatus: { type: 'tcp' },
    },
  ],
};

const offer: Offer = {
  offerId: 'm-O0' as OfferId,
  frameworkId,
  agentId,
  agent: address('agent', 'host:5051'),
  hostname: 'host',
  role: '*',
  resources,
  attributes: [],
  executorIds: [],
};

const amounts = parseResources('cpus:1.5;mem:64');
const role: RoleView = {
  role: 'eng/ml',
  weight: 2,
  quota: {
    role: 'eng/ml',
    guaranteesMilli: { cpus: 1000 },
    limitsMilli: { gpus: 0, mem: 128_000 },
  },
  share: 0.25,
  frameworkCount: 1,
  ...{ consumed: amounts, allocated: amounts, offered: amounts, reserved: [] },
};

test('every view has the members that the handbook promises, and no others', () => {
  deepEqual(membersOf(views.agentJson(agent)), promised('AGENT'));
  deepEqual(membersOf(views.frameworkJson(framework)), promised('FRAMEWORK'));
  deepEqual(membersOf(views.taskJson(task)), promised('TASK'));
  deepEqual(membersOf(views.offerJson(offer)), promised('OFFER'));
  deepEqual(membersOf(roleJson(role)), promised('ROLE'));
  const master = { masterId: 'm', cluster: 'c', version: '1', node: 'host:1', startedMs: 0 };
  deepEqual(membersOf(views.masterJson(master)), promised('master'));
});

test('times are ISO 8601, resources are by name', () => {
  deepEqual(JSON.parse(JSON.stringify(views.agentJson(agent))), {
    id: 'm-S0',
    hostname: 'host',
    address: 'agent@host:5051',
    version: '1',
    state: 'active',
    deactivated: true,
    drain: {
      state: 'draining',
      markGone: false,
      maxGracePeriodMs: 5000,
      started: '1970-01-01T00:00:00.003Z',
    },
    registered: '1970-01-01T00:00:00.000Z',
    reregistered: '1970-01-01T00:00:00.001Z',
    unreachableAt: '1970-01-01T00:00:00.002Z',
    attributes: { rack: 'r1' },
    resources: {
      total: { cpus: 1.5, disks: ['a'], mem: 64, ports: [[1, 2]] },
      used: { cpus: 0.5 },
      offered: {},
    },
  });
});

test('people read what is used of what there is, and states as Mesos writes them', () => {
  deepEqual(views.agentRow(agent, 60_000).slice(0, 6), [
    ...['m-S0', 'host:5051', 'draining', '0.5/1.5', '0MB/64MB', '0MB/0MB'],
  ]);
  deepEqual(
    views.taskRow(task, 5000, () => 'host'),
    ['task-1', 'task', 'GONE_BY_OPERATOR', 'host', '1.5', '64MB', '5s'],
  );
  const [status] = task.statuses;
  const ill = status === undefined ? [] : [{ ...status, healthy: false }];
  const row = views.taskRow({ ...task, state: 'running', statuses: ill }, 0, () => 'host');
  equal(row[2], 'RUNNING (unhealthy)');
});

test('people read roles as a tree, with what they have and what their quotas allow', () => {
  deepEqual(roleRow(role), [
    ...['  eng/ml', '2', '███░░░░░░░  25%', '3', '128MB', '0MB'],
    ...['-', 'cpus 1.5/1+, gpus 0/0, mem 64MB/128MB', '1'],
  ]);
  deepEqual(
    quotaRows(role).map((row) => quotaCells('eng/ml', row).slice(1)),
    [
      ['cpus', '1', '-', '1.5', '-'],
      ['gpus', '-', '0', '0', '░░░░░░░░░░   0%'],
      ['mem', '-', '128MB', '64MB', '█████░░░░░  50%'],
    ],
  );
  equal(roleRow({ ...role, reserved: parseResources('cpus:1;mem:64') })[6], 'cpus 1, mem 64MB');
  // A master that does not lead knows what was granted, and nothing else.
  deepEqual(roleRow({ role: 'a', weight: 1 }), ['a', '1', '-', '-', '-', '-', '-', '-', '-']);
});

test('the handbook has every command and every exit code, and every command speaks JSON', () => {
  const page = handbook('command-line.md');
  const { commands } = messorProgram('1', () => {});
  const asking = commands.filter((command) => command.name() !== 'log');
  for (const command of asking) {
    match(page, new RegExp(`\\b${command.name()}\\b`));
    equal(
      command.options.some(({ long }) => long === '--json'),
      true,
      command.name(),
    );
    equal(
      command.options.some(({ long }) => long === '--master'),
      true,
      command.name(),
    );
  }
  // These read files, and what is dumped is JSON in any case.
  const reading = commands.find((command) => command.name() === 'log')?.commands ?? [];
  deepEqual(
    reading.map((command) => [
      command.name(),
      command.options.some(({ long }) => long === '--json'),
    ]),
    [
      ['inspect', true],
      ['verify', true],
      ['dump', false],
      ['restore', true],
    ],
  );
  const pages = page + handbook('nodes.md');
  for (const { code } of Object.values(EXITS)) match(pages, new RegExp(`^\\|.*\\b${code}\\b`, 'm'));
});

/** `{ id, name, resources: { used }, … }` of the handbook, without what is inside of members. */
function promised(name: string): readonly string[] {
  const start = handbook('command-line.md').indexOf(`\n${name} `);
  const text = handbook('command-line.md').slice(
    handbook('command-line.md').indexOf('{', start) + 1,
  );
  const members: string[] = [];
  let depth = 0;
  let member = '';
  for (const character of text) {
    if (depth === 0 && (character === ',' || character === '}')) {
      members.push(member.trim().replace(/\?$/, ''));
      member = '';
      if (character === '}') break;
    } else if ('{['.includes(character)) depth++;
    else if ('}]'.includes(character)) depth--;
    else if (depth === 0 && character !== ':') member += character;
  }
  return members.sort();
}

function membersOf(object: object): readonly string[] {
  return Object.keys(object).sort();
}
