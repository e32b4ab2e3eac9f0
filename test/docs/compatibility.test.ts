/**
 * docs/v1-compatibility.md and the code say the same. What is said to be there is asked for, and what
 * is not there must not answer; of a row that is wrong the test says which word it should have.
 * Flags are not compared: their tables are the ones that the command line is read by.
 */
import { deepEqual } from 'node:assert/strict';
import { test } from 'node:test';
import { agentApi } from '../../actors/agent/api/agent-api.ts';
import { masterApi } from '../../actors/master/api/master-api.ts';
import { readWith } from '../../actors/protocol/v1/reading.ts';
import { toOperations } from '../../actors/protocol/v1/to-nouns/offers.ts';
import type { HttpRoutes } from '../../transport/http/message.ts';
import { apiStage } from '../actors/agent/api/api-stage.ts';
import { askingRoutes } from '../kit/http-routes.ts';
import { startMasterOf } from '../kit/lone-master.ts';
import { playedFetching } from '../kit/played-fetching.ts';
import { VirtualWorld } from '../kit/virtual-world.ts';
import * as calls from './compatibility/calls.ts';
import { AGENT_ENDPOINTS, BEYOND_MESOS, MASTER_ENDPOINTS } from './compatibility/endpoints.ts';
import { AGENT_METRICS, MASTER_METRICS } from './compatibility/metrics.ts';
import { isThere, type Row } from './compatibility/row.ts';

type Rows = Readonly<Record<string, Row>>;

const MASTER_ROUTES = masterApi({ version: '0.0.0' }).routes;
const AGENT_ROUTES = agentApi({ version: '0.0.0', workDirectory: '/nowhere' }).routes;

test('endpoints that are there are routed, and no others', () => {
  for (const [routes, rows] of [
    [MASTER_ROUTES, MASTER_ENDPOINTS],
    [AGENT_ROUTES, AGENT_ENDPOINTS],
  ] as const) {
    deepEqual(
      wrongRows(rows, (path) => Object.hasOwn(routes, path)),
      [],
    );
    const unknown = Object.keys(routes).filter(
      (path) => !Object.hasOwn(rows, path) && !Object.hasOwn(BEYOND_MESOS, path),
    );
    deepEqual(unknown, [], 'these stand neither in the table nor in BEYOND_MESOS');
  }
});

for (const [role, path, rows] of [
  ['master', '/api/v1/scheduler', calls.SCHEDULER_CALLS],
  ['master', '/api/v1', calls.MASTER_CALLS],
  ['agent', '/api/v1', calls.AGENT_CALLS],
] as const) {
  test(`calls of ${path} of a node that is ${role} are answered, and what is refused is answered 501`, async () => {
    const statuses = await statusesOfCalls(role, path, Object.keys(rows));
    const wrong = Object.entries(rows).flatMap(([name, row]) => {
      const status = statuses.get(name);
      if (status === 404 || status === 405) return isThere(row) ? [`${name}: done → pending`] : [];
      if (status === 501) return isThere(row) ? [`${name}: done → refused`] : [];
      // What is refused may be told first what it lacks: here a call is nothing but its name.
      return row === 'pending' ? [`${name}: pending → done`] : [];
    });
    deepEqual(wrong, []);
  });
}

test('operations are there when what a scheduler says is read as one', () => {
  const types = Object.keys(calls.OPERATIONS) as (keyof typeof calls.OPERATIONS)[];
  const wrong = types.flatMap((type) => {
    const { notSupported } = readWith((report) => toOperations([{ type }], report, 'operations'));
    const isRead = !notSupported.some(({ field }) => field === 'Offer.Operation.type');
    if (isThere(calls.OPERATIONS[type]) === isRead) return [];
    return [`${type}: ${isRead ? 'refused → done' : 'done → refused'}`];
  });
  deepEqual(wrong, []);
});

test('events, and calls to agents, are there when there is a route for them', () => {
  const streams: readonly (readonly [HttpRoutes, string, Rows])[] = [
    [MASTER_ROUTES, '/api/v1/scheduler', calls.SCHEDULER_EVENTS],
    [MASTER_ROUTES, '/api/v1', calls.MASTER_EVENTS],
    [AGENT_ROUTES, '/api/v1/executor', calls.EXECUTOR_CALLS],
    [AGENT_ROUTES, '/api/v1/executor', calls.EXECUTOR_EVENTS],
    [AGENT_ROUTES, '/api/v1/resource_provider', calls.PROVIDER_CALLS],
    [AGENT_ROUTES, '/api/v1/resource_provider', calls.PROVIDER_EVENTS],
  ];
  for (const [routes, path, rows] of streams) {
    if (Object.hasOwn(routes, path)) {
      const words = Object.entries(rows).filter(([, row]) => row === 'pending');
      deepEqual(
        words.map(([name]) => `${name}: pending → done`),
        [],
        path,
      );
    } else {
      const words = Object.entries(rows).filter(([, row]) => isThere(row));
      deepEqual(
        words.map(([name]) => `${name}: done → pending`),
        [],
        path,
      );
    }
  }
});

test('metrics that are there are answered by masters, and no others', async () => {
  const answered = await metricsOfMaster();
  const patterns = Object.keys(MASTER_METRICS).map((name) => [name, patternOf(name)] as const);
  const found = new Set(
    patterns.flatMap(([name, pattern]) =>
      answered.some((one) => pattern.test(one)) ? [name] : [],
    ),
  );
  // Those of frameworks, roles and the like come with these; those of durations with the first.
  const always = Object.fromEntries(
    Object.entries(MASTER_METRICS).filter(([name]) => !/[<]|_ms$/.test(name) || found.has(name)),
  );
  deepEqual(
    wrongRows(always, (name) => found.has(name)),
    [],
  );
  deepEqual(
    answered.filter((name) => !patterns.some(([, pattern]) => pattern.test(name))),
    [],
    'these are in no table',
  );
});

test('metrics of agents are those that an agent counts', async () => {
  const { fetching } = playedFetching();
  const fetcher = { fetching, cacheBytesMax: 1, stallTimeoutMs: 60_000 };
  const stage = apiStage({ agent: { fetcher } });
  stage.receive({ type: 'executorsBack' });
  const { text } = await stage.ask('GET', '/metrics/snapshot');
  const answered: Readonly<Record<string, number>> = JSON.parse(text);
  deepEqual(
    wrongRows(AGENT_METRICS, (name) => Object.hasOwn(answered, name)),
    [],
  );
  deepEqual(
    Object.keys(answered).filter((name) => !Object.hasOwn(AGENT_METRICS, name)),
    [],
    'these are in no table',
  );
  await stage.close();
});

/** As `name: word → word`, to be changed in the table. */
function wrongRows(rows: Rows, isAnswered: (name: string) => boolean): readonly string[] {
  return Object.entries(rows).flatMap(([name, row]) => {
    if (isThere(row) === isAnswered(name)) return [];
    return [`${name}: ${isThere(row) ? 'done → pending' : 'pending → done'}`];
  });
}

async function statusesOfCalls(
  role: 'master' | 'agent',
  path: string,
  names: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const statuses = new Map<string, number>();
  await (role === 'master' ? withLeadingMaster : withAgent)(async (ask) => {
    for (const type of names) {
      const headers = { 'content-type': 'application/json', accept: 'application/json' };
      const { status, stream } = await ask('POST', path, { headers, body: `{"type":"${type}"}` });
      stream?.leave();
      statuses.set(type, status);
    }
  });
  return statuses;
}

async function metricsOfMaster(): Promise<readonly string[]> {
  let names: readonly string[] = [];
  await withLeadingMaster(async (ask) => {
    const { status, text } = await ask('GET', '/metrics/snapshot');
    if (status === 200) names = Object.keys(JSON.parse(text));
  });
  return names;
}

type Ask = ReturnType<typeof askingRoutes>;

/** One that has not recovered: what it has no answer for it says all the same. */
async function withAgent(work: (ask: Ask) => Promise<void>): Promise<void> {
  await work(askingRoutes(AGENT_ROUTES, ['slave(1)']));
}

async function withLeadingMaster(work: (ask: Ask) => Promise<void>): Promise<void> {
  const world = new VirtualWorld({ seed: 1 });
  const api = masterApi({ version: '0.0.0' });
  world.start('a:5050', ({ system }) => {
    api.open({
      system,
      mastership: startMasterOf(system, ['a:5050'], world.disk('a'), { reads: api.reads }),
    });
  });
  await world.runFor(3000);
  const ask = askingRoutes(api.routes, ['master']);
  await work((...asked) => world.settle(ask(...asked)));
  await world.close();
}

/** `<ROLE>` is any name, also with slashes; a duration has its percentiles beside it. */
function patternOf(name: string): RegExp {
  const escaped = name.replace(/[.()]/g, '\\$&').replace(/<\w+>/g, '.+');
  return new RegExp(`^${escaped}(/(count|min|max|p\\d+))?$`);
}
