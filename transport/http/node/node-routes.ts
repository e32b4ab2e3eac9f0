/**
 * What every node answers of itself, whatever it is: whether it lives, its version and flags, its metrics,
 * how much it logs, its machine and its actors.
 *
 * `/health`, `/version`, `/flags`, `/metrics/snapshot`, `/metrics`, `/logging/toggle`,
 * `/system/stats.json`, `/__processes__`
 */
import type { System } from '../../../runtime/system.ts';
import { withJsonp } from '../jsonp.ts';
import { type LoggingLevel, loggingRoute } from '../logging-level.ts';
import { type HttpRoute, type HttpRoutes, jsonResponse } from '../message.ts';
import { type MachineLoad, machineRoute } from './machine.ts';
import { type MetricRoutesOptions, metricRoutes } from './metrics.ts';
import { processesRoute } from './processes.ts';

export interface NodeRoutesOptions<Metrics> {
  readonly realms: { readonly readonly: string; readonly readwrite: string };
  /** As it is told. */
  readonly version: object;
  /** By name, as they could be given again. */
  readonly flags: Readonly<Record<string, string>>;
  readonly logging: LoggingLevel;
  readonly machine: () => MachineLoad;
  /** Undefined while there are no actors yet. */
  readonly system: () => System | undefined;
  readonly metrics: Omit<MetricRoutesOptions<Metrics>, 'realm' | 'msOf'>;
  /** Reads a duration such as `10secs`; undefined for what is none. */
  readonly msOf: (text: string) => number | undefined;
}

export function nodeRoutes<Metrics>({
  realms: { readonly, readwrite },
  version,
  flags,
  logging,
  machine,
  system,
  metrics,
  msOf,
}: NodeRoutesOptions<Metrics>): HttpRoutes {
  return {
    '/health': { GET: () => ({ status: 200 }) },
    '/version': told(version),
    '/flags': { ...told({ flags }), realm: readonly },
    ...metricRoutes({ ...metrics, realm: readonly, msOf }),
    '/logging/toggle': loggingRoute(logging, { realm: readwrite, msOf }),
    '/system/stats.json': machineRoute(machine, readonly),
    '/__processes__': processesRoute(system, readonly),
  };
}

function told(value: object): HttpRoute {
  return { jsonAlias: true, GET: (request) => withJsonp(request, jsonResponse(200, value)) };
}
