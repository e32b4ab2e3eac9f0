/**
 * The endpoints of the time before v1.
 *
 * | path                                               | who answers, and what                      |
 * |---|---|
 * | `/state`, `/state-summary`, `/slaves`, `/frameworks`, `/tasks`, `/roles`, `/registrar(1)/registry` | the leader; how the cluster is (`read-route.ts`) |
 * | `/quota`, `/weights` (`grant-routes.ts`)           | the leader; what operators have granted    |
 * | `/maintenance/schedule`, `/machine/down` … (`maintenance-calls.ts`) | the leader; machines that are to be unavailable |
 * | `/teardown`                                        | the leader; ends a framework               |
 * | `/reserve`, `/create-volumes` … (`old-resources.ts`) | the leader; changes what agents have       |
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
import { msOfDurationText } from '../../../protocol/v1/duration-text.ts';
import { versionInfo } from '../../../protocol/v1/versions.ts';
import type { MasterCommands } from '../master-commands.ts';
import type { ReadMetrics } from '../master-metrics.ts';
import type { NodeFacts } from '../node-facts.ts';
import { maintenanceRoutes } from '../operator/maintenance-calls.ts';
import { READONLY_REALM, READWRITE_REALM } from '../operator/operator-api.ts';
import { teardown } from '../operator/operator-changes.ts';
import type { Reader } from '../reader.ts';
import type { OldRead } from '../snapshot/read-changes.ts';
import { grantRoutes } from './grant-routes.ts';
import { oldResourceHandlers } from './old-resources.ts';
import { oldRead } from './read-route.ts';

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
  const routes: Record<string, HttpRoute> = {
    '/registrar(1)/registry': { ...readonly, first: onLeader, GET: oldRead('registry', reader) },
    ...grantRoutes(commands, reader, onLeader),
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
  for (const [path, POST] of Object.entries(oldResourceHandlers(commands))) {
    routes[path] = { ...readwrite, POST };
  }
  return { ...routes, '/help': local(() => helpOf(routes)) };
}

function jsonOf(make: () => unknown): HttpHandler {
  return async (request) => withJsonp(request, jsonResponse(200, await make()));
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

function helpOf(routes: HttpRoutes) {
  const names = Object.entries(routes).map(([path, route]) => ({
    name: path,
    text: ['GET', 'POST', 'PUT', 'DELETE'].filter((method) => method in route).join(', '),
  }));
  return { processes: [{ id: 'master', endpoints: names }] };
}
