/** Checks for the nouns of operators: quotas, weights, maintenance, draining. */
import { also, array, boolean, integer, number, object, record } from '../../runtime/decode.ts';
import { ID_LENGTH_MAX } from './ids.ts';
import type { DrainInfo, DrainWords, MachineId, MaintenanceWindow } from './maintenance.ts';
import { MACHINES_PER_WINDOW_MAX, RESOURCES_COUNT_MAX } from './maxima.ts';
import { milliseconds, name, role } from './nouns.ts';
import {
  type QuotaConfig,
  type RoleWeight,
  SIZE_UNITS_MAX,
  WEIGHT_MAX,
  WEIGHT_MIN,
} from './quota.ts';
import { isResourceName } from './resource-text.ts';

const amountsMilli = also(
  record(integer(0, SIZE_UNITS_MAX * 1000), RESOURCES_COUNT_MAX, ID_LENGTH_MAX),
  (amounts) =>
    Object.keys(amounts).every(isResourceName)
      ? undefined
      : 'expected names of resources: letters, digits and _./-',
);

export const quotaConfig = object<QuotaConfig>({
  role,
  guaranteesMilli: amountsMilli,
  limitsMilli: amountsMilli,
});

export const roleWeight = object<RoleWeight>({ role, weight: number(WEIGHT_MIN, WEIGHT_MAX) });

export const machineId = also(
  object<MachineId>({}, { hostname: name, ip: name }),
  ({ hostname, ip }) =>
    hostname === undefined && ip === undefined ? 'expected a hostname or an ip' : undefined,
);

export const machineIds = array(machineId, MACHINES_PER_WINDOW_MAX);

export const maintenanceWindow = object<MaintenanceWindow>(
  { machineIds, startMs: milliseconds },
  { durationMs: milliseconds },
);

export const drainWords = object<DrainWords>(
  { markGone: boolean },
  { maxGracePeriodMs: milliseconds },
);

export const drainInfo = object<DrainInfo>(
  { markGone: boolean, drained: boolean },
  { maxGracePeriodMs: milliseconds },
);
