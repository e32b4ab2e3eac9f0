/**
 * The endpoints of the time before v1.
 *
 * | path                                               | who answers, and what                      |
 * |---|---|
 * | `/state`, `/state-summary`, `/slaves`, `/frameworks`, `/tasks`, `/roles`, `/registrar(1)/registry` | the leader; how the cluster is (`read-route.ts`) |
 * | `/quota`, `/weights`, `/maintenance/schedule`, `/maintenance/status` | the leader; what operators have granted |
 * | `/teardown`                                        | the leader; ends a framework               |
 * | `/reserve`, `/machine/down` … (`LATER`)             | the leader; 501                            |
 * | `/health`, `/version`, `/flags`, `/metrics…`, `/logging/toggle`, `/__processes__`, `/help`, `/system/stats.json` | each master, of itself |
 *
 * Masters that don't lead send clients to the leader, as in Mesos: what they have is the registry,
 * without tasks, and a client that takes that for the cluster (a DNS, an exporter) would do harm.
 * Each path is also answered with `.json` at its end. Source: Mesos 1.11, src/master/master.cpp.
 */
import { formValue, parseFormBody } from '../../../../transport/http/form.ts';
import { withJsonp } from '../../../../transport/http/jsonp.ts';
import { type LoggingLevel, loggingRoute } from '../../../../transport/http/logging-level.ts';
import {
  type HttpGate,
  type HttpHandler,
  type HttpRoute,
  type HttpRoutes,
  jsonResponse,
  textResponse,
} from '../../../../transport/http/message.ts';
import type { FrameworkId } from '../../../protocol/ids.ts';
import { systemStats } from '../../../protocol/machine-load.ts';
import { durationFromText } from '../../../protocol/v1/duration-text.ts';
import { versionInfo } from '../../../protocol/v1/versions.ts';
import type { MasterCommands } from '../master-commands.ts';
import type { NodeFacts, WaitingProcess } from '../node-facts.ts';
import { READONLY_REALM, READWRITE_REALM } from '../operator/operator-api.ts';
import { teardown } from '../operator/operator-changes.ts';
import type { Reader } from '../reader.ts';
import type { OldRead } from '../snapshot/read-changes.ts';
import { metricsOf, prometheusText } from './metrics.ts';
import { oldRead } from './read-route.ts';

/** What they change comes with roles, quotas, reservations and maintenance. */
const LATER: Readonly<Record<string, 'POST' | 'PUT'>> = {
  '/reserve': 'POST',
  '/unreserve': 'POST',
  '/create-volumes': 'POST',
  '/destroy-volumes': 'POST',
  '/machine/down': 'POST',
  '/machine/up': 'POST',
};

/** Waiting messages of one actor that are listed. */
const EVENTS_SHOWN_MAX = 100;

const READS: readonly OldRead[] = [
  'state',
  'state-summary',
  'slaves',
  'frameworks',
  'tasks',
  'roles',
];

export interface OldRouteParts {
  readonly onLeader: HttpGate;
  readonly reader: Reader;
  readonly facts: NodeFacts;
  readonly commands: MasterCommands;
  readonly logging: LoggingLevel;
}

export function oldRoutes({
  onLeader,
  reader,
  facts,
  commands,
  logging,
}: OldRouteParts): HttpRoutes {
  const readonly = { realm: READONLY_REALM, jsonAlias: true };
  const readwrite = { realm: READWRITE_REALM, first: onLeader };
  const local = (make: () => unknown): HttpRoute => ({ ...readonly, GET: jsonOf(make) });
  const granted = (
    what: string,
    empty: unknown,
    methods: readonly ('POST' | 'PUT' | 'DELETE')[],
  ): HttpRoute => ({
    ...readwrite,
    GET: jsonOf(() => empty),
    ...Object.fromEntries(methods.map((method) => [method, unsupported(`${method} "${what}"`)])),
  });
  const routes: Record<string, HttpRoute> = {
    '/registrar(1)/registry': { ...readonly, first: onLeader, GET: oldRead('registry', reader) },
    '/quota': granted('/quota', {}, ['POST', 'DELETE']),
    '/weights': {
      ...granted('/weights', [], ['PUT']),
      GET: jsonOf(() => reader.reads.weights().map(({ weight, role }) => ({ weight, role }))),
    },
    '/maintenance/schedule': granted('/maintenance/schedule', {}, ['POST']),
    '/maintenance/status': granted('/maintenance/status', {}, []),
    '/teardown': { ...readwrite, POST: teardownOf(commands) },
    '/health': { GET: () => ({ status: 200 }) },
    '/version': {
      jsonAlias: true,
      GET: jsonOf(() => versionInfo(facts.version)),
    },
    '/flags': local(() => ({ flags: facts.flags })),
    '/metrics/snapshot': { ...readonly, GET: jsonOf(() => metricsOf(reader, facts)) },
    '/metrics': {
      ...readonly,
      GET: async () => ({
        status: 200,
        headers: { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' },
        body: prometheusText(await metricsOf(reader, facts)),
      }),
    },
    '/logging/toggle': loggingRoute(logging, { realm: READWRITE_REALM, msOf }),
    '/system/stats.json': local(() => systemStats(facts.machine())),
    '/__processes__': local(async () => (await facts.processes()).map(processOf)),
  };
  for (const read of READS) {
    routes[`/${read}`] = { ...readonly, first: onLeader, GET: oldRead(read, reader) };
  }
  for (const [path, method] of Object.entries(LATER)) {
    routes[path] = { ...readwrite, [method]: unsupported(`${method} "${path}"`) };
  }
  return { ...routes, '/help': local(() => helpOf(routes)) };
}

/** Of a duration such as `10mins`. */
function msOf(text: string): number | undefined {
  const read = durationFromText(text);
  return read && Number(read.seconds) * 1000 + read.nanos / 1e6;
}

function jsonOf(make: () => unknown): HttpHandler {
  return async (request) => withJsonp(request, jsonResponse(200, await make()));
}

function unsupported(what: string): HttpHandler {
  return () => textResponse(501, `Cannot ${what}: this version does not support it`);
}

/** Source of the sentences: Mesos 1.11, src/master/http.cpp, `Master::Http::teardown`. */
function teardownOf(commands: MasterCommands): HttpHandler {
  return ({ body }) => {
    const form = parseFormBody(body);
    if (form === undefined) {
      return textResponse(
        400,
        'Unable to decode query string: malformed percent signs or no UTF-8',
      );
    }
    const frameworkId = formValue(form, 'frameworkId');
    if (frameworkId === undefined) {
      return textResponse(400, "Missing 'frameworkId' query parameter in the request body");
    }
    return teardown(commands, frameworkId as FrameworkId);
  };
}

/** Of what waits only the number is told; what it is, the inspector shows. */
function processOf({ name, waitingCount }: WaitingProcess) {
  const countMax = Math.min(waitingCount, EVENTS_SHOWN_MAX);
  return { id: name, events: Array.from({ length: countMax }, () => ({ type: 'MESSAGE' })) };
}

function helpOf(routes: HttpRoutes) {
  const names = Object.entries(routes).map(([path, route]) => ({
    name: path,
    text: ['GET', 'POST', 'PUT', 'DELETE'].filter((method) => method in route).join(', '),
  }));
  return { processes: [{ id: 'master', endpoints: names }] };
}
