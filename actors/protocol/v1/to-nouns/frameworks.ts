/** What a scheduler says of its framework → ours. */
import type { FrameworkCapability, FrameworkInfo } from '../../framework.ts';
import type { V1, V1Enum } from '../dictionary.ts';
import { type Report, step } from '../reading.ts';
import { msOfSeconds } from '../times.ts';
import { CAPABILITIES, ours } from '../words.ts';
import { toLabels } from './commands.ts';
import { toRoleMinima } from './offer-filters.ts';

/** They decide the form of resources and roles, and that is done here, at the door. */
const OF_THE_FORM: readonly string[] = ['MULTI_ROLE'];

const FRAMEWORK_FIELDS = [
  'user',
  'name',
  'id',
  'failover_timeout',
  'role',
  'roles',
  'hostname',
  'principal',
  'webui_url',
  'capabilities',
  'labels',
  'checkpoint',
  'offer_filters',
] as const;

export function toFramework(
  info: V1<'FrameworkInfo'>,
  report: Report,
  path: string,
): FrameworkInfo {
  report.rest('FrameworkInfo', info, FRAMEWORK_FIELDS, path);
  const { failover_timeout = 0, hostname, principal, webui_url, labels } = info;
  const roles = toRoles(info, report, path);
  const filters = info.offer_filters ?? new Map();
  const offerMinima = toRoleMinima(filters, report, step(path, 'offer_filters'));
  if (!(failover_timeout >= 0) || failover_timeout > FAILOVER_TIMEOUT_SECONDS_MAX) {
    const sentence = `The framework failover_timeout (${failover_timeout}) is invalid`;
    report.refuse(step(path, 'failover_timeout'), sentence);
  }
  return {
    name: info.name,
    user: info.user,
    roles,
    failoverTimeoutMs: msOfSeconds(failover_timeout),
    capabilities: toCapabilities(info, report, path),
    ...(principal === undefined ? {} : { principal }),
    ...(hostname === undefined ? {} : { hostname }),
    ...(webui_url === undefined ? {} : { webuiUrl: webui_url }),
    ...(labels && { labels: toLabels(labels) }),
    ...(offerMinima.length > 0 && { offerMinima }),
    checkpoint: info.checkpoint ?? false,
  };
}

/** What 64 bits of nanoseconds hold. */
const FAILOVER_TIMEOUT_SECONDS_MAX = 9_223_372_036;

export function hasCapability(
  { capabilities = [] }: V1<'FrameworkInfo'>,
  capability: V1Enum<'FrameworkInfo.Capability.Type'>,
): boolean {
  return capabilities.some(({ type }) => type === capability);
}

/** Source of the sentences: Mesos, src/master/validation.cpp, validateRoles. */
function toRoles(info: V1<'FrameworkInfo'>, report: Report, path: string): readonly string[] {
  const { role, roles = [] } = info;
  if (hasCapability(info, 'MULTI_ROLE')) {
    if (role !== undefined) {
      const sentence =
        "'FrameworkInfo.role' must not be set when the framework is MULTI_ROLE capable";
      report.refuse(step(path, 'role'), sentence);
    }
    const double = roles.filter((one, index) => roles.indexOf(one) !== index);
    if (double.length > 0) {
      const sentence = `'FrameworkInfo.roles' contains duplicate items: { ${double.join(', ')} }`;
      report.refuse(step(path, 'roles'), sentence);
    }
    return [...new Set(roles)];
  }
  if (roles.length > 0) {
    const sentence =
      "'FrameworkInfo.roles' must not be set when the framework is not MULTI_ROLE capable";
    report.refuse(step(path, 'roles'), sentence);
  }
  return [role ?? '*'];
}

function toCapabilities(
  { capabilities = [] }: V1<'FrameworkInfo'>,
  report: Report,
  path: string,
): readonly FrameworkCapability[] {
  const known = new Set<FrameworkCapability>();
  for (const [index, { type = 'UNKNOWN' }] of capabilities.entries()) {
    const our = ours(CAPABILITIES, type);
    if (our !== undefined) known.add(our);
    // One that Mesos does not know either is nothing to it.
    else if (type !== 'UNKNOWN' && !OF_THE_FORM.includes(type)) {
      const at = step(path, 'capabilities', index);
      report.valueNotSupported('FrameworkInfo.Capability.type', step(at, 'type'), type);
    }
  }
  return [...known];
}
