/**
 * The endpoints of the time before v1.
 *
 * | path                                               | who answers, and what                      |
 * |---|---|
 * | `/state`, `/state-summary`, `/slaves`, `/frameworks`, `/tasks`, `/roles`, `/registrar(1)/registry` | the leader; how the cluster is (`read-route.ts`) |
 * | `/quota`, `/weights`, `/maintenance/schedule`, `/maintenance/status` | the leader; what operators have granted |
 * | `/teardown`                                        | the leader; ends a framework               |
 * | `/reserve`, `/machine/down` … (`LATER`)             | the leader; 501                            |
 * | `/health`, `/version`, `/metrics` … (`node-routes.ts`), `/help` | each master, of itself |
 *
 * Masters that don't lead send clients to the leader, as in Mesos: what they have is the registry,
 * without tasks, and a client that takes that for the cluster (a DNS, an exporter) would do harm.
 * Each path is also answered with `.json` at its end. Source: Mesos 1.11, src/master/master.cpp.
 */
import type { System } from '../../../../runtime/system.ts';
import { formValue, parseFormBody } from '../../../../transport/http/form.ts';
import { withJsonp } from '../../../../transport/http/jsonp.ts';
import type { LoggingLevel } from '../../../../transport/http/logging-level.ts';
import {
  type HttpGate,
  type HttpHandler,
  type HttpRoute,
  type HttpRoutes,
  jsonResponse,
  textResponse,
} from '../../../../transport/http/message.ts';
import { nodeRoutes } from '../../../../transport/http/node/node-routes.ts';
import type { FrameworkId } from '../../../protocol/ids.ts';
import { flatMetrics } from '../../../protocol/metrics/flat-metrics.ts';
import { prometheusText } from '../../../protocol/metrics/prometheus-text.ts';
import { parseJson, readV1 } from '../../../protocol/v1/codec.ts';
import type { V1 } from '../../../protocol/v1/dictionary.ts';
import { msOfDurationText } from '../../../protocol/v1/duration-text.ts';
import { V1Error } from '../../../protocol/v1/faults.ts';
import { fromWeight } from '../../../protocol/v1/from-nouns/operators.ts';
import { versionInfo } from '../../../protocol/v1/versions.ts';
import type { MasterCommands } from '../master-commands.ts';
import type { ReadMetrics } from '../master-metrics.ts';
import type { NodeFacts } from '../node-facts.ts';
import { maintenanceRoutes } from '../operator/maintenance-calls.ts';
import { READONLY_REALM, READWRITE_REALM } from '../operator/operator-api.ts';
import { teardown, updateWeights } from '../operator/operator-changes.ts';
import type { Reader } from '../reader.ts';
import type { OldRead } from '../snapshot/read-changes.ts';
import { oldRead } from './read-route.ts';

/** What they change comes with roles, quotas, reservations and maintenance. */
const LATER: Readonly<Record<string, 'POST' | 'PUT'>> = {
  '/reserve': 'POST',
  '/unreserve': 'POST',
  '/create-volumes': 'POST',
  '/destroy-volumes': 'POST',
};

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
  readonly system: () => System | undefined;
  readonly readMetrics: ReadMetrics;
}

export function oldRoutes({
  onLeader,
  reader,
  facts,
  commands,
  logging,
  system,
  readMetrics,
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
      ...readwrite,
      GET: jsonOf(() => reader.reads.grants().weights.map(fromWeight)),
      PUT: weightsOf(commands),
    },
    ...maintenanceRoutes(commands, onLeader),
    '/teardown': { ...readwrite, POST: teardownOf(commands) },
    ...nodeRoutes({
      realms: { readonly: READONLY_REALM, readwrite: READWRITE_REALM },
      version: versionInfo(facts.version),
      flags: facts.flags,
      machine: facts.machine,
      ...{ logging, system },
      metrics: { read: readMetrics, flat: flatMetrics, text: prometheusText },
      msOf: msOfDurationText,
    }),
  };
  for (const read of READS) {
    routes[`/${read}`] = { ...readonly, first: onLeader, GET: oldRead(read, reader) };
  }
  for (const [path, method] of Object.entries(LATER)) {
    routes[path] = { ...readwrite, [method]: unsupported(`${method} "${path}"`) };
  }
  return { ...routes, '/help': local(() => helpOf(routes)) };
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

/** Source of the sentences: Mesos 1.11, src/master/weights_handler.cpp. */
function weightsOf(commands: MasterCommands): HttpHandler {
  return ({ body }) => {
    const text = new TextDecoder().decode(body);
    let weights: V1<'WeightInfo'>[];
    try {
      const json = parseJson(body);
      if (!Array.isArray(json)) throw new V1Error('fieldMistyped', 'Expecting a JSON array', '');
      weights = json.map((one) => readV1('WeightInfo', one));
    } catch (error) {
      if (!(error instanceof V1Error)) throw error;
      const what = 'Failed to parse update weights request JSON';
      return textResponse(400, `${what} '${text}': ${error.message}`);
    }
    return updateWeights(commands, weights);
  };
}

function helpOf(routes: HttpRoutes) {
  const names = Object.entries(routes).map(([path, route]) => ({
    name: path,
    text: ['GET', 'POST', 'PUT', 'DELETE'].filter((method) => method in route).join(', '),
  }));
  return { processes: [{ id: 'master', endpoints: names }] };
}
