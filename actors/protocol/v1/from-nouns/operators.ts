/** Our quotas, weights, maintenance and draining → what operators read. */
import type {
  DrainInfo,
  InverseOfferStatus,
  MachineStatus,
  MaintenanceWindow,
  Unavailability,
} from '../../maintenance.ts';
import type { QuotaConfig, RoleWeight } from '../../quota.ts';
import type { V1 } from '../dictionary.ts';
import { nanosecondsOfMs } from '../times.ts';

export function fromQuota(config: QuotaConfig): V1<'quota.QuotaConfig'> {
  return {
    role: config.role,
    guarantees: fromAmounts(config.guaranteesMilli),
    limits: fromAmounts(config.limitsMilli),
  };
}

/** Also in the form of before there were limits: guarantees as resources. */
export function fromQuotas(configs: readonly QuotaConfig[]): V1<'quota.QuotaStatus'> {
  return {
    infos: configs.map(({ role, guaranteesMilli }) => ({
      role,
      guarantee: Object.entries(guaranteesMilli).map(([name, milli]) => ({
        ...{ name, type: 'SCALAR', scalar: { value: milli / 1000 } },
      })),
    })),
    configs: configs.map(fromQuota),
  };
}

function fromAmounts(
  amountsMilli: Readonly<Record<string, number>>,
): ReadonlyMap<string, V1<'Value.Scalar'>> {
  const amounts = Object.entries(amountsMilli);
  return new Map(amounts.map(([name, milli]) => [name, { value: milli / 1000 }]));
}

export function fromWeight({ role, weight }: RoleWeight): V1<'WeightInfo'> {
  return { weight, role };
}

export function fromWindow(window: MaintenanceWindow): V1<'maintenance.Window'> {
  return { machine_ids: window.machineIds, unavailability: fromUnavailability(window) };
}

export function fromUnavailability({ startMs, durationMs }: Unavailability): V1<'Unavailability'> {
  return {
    start: { nanoseconds: nanosecondsOfMs(startMs) },
    ...(durationMs !== undefined && { duration: { nanoseconds: nanosecondsOfMs(durationMs) } }),
  };
}

/** Who has not answered is not in it. */
export function fromMachines(machines: readonly MachineStatus[]): V1<'maintenance.ClusterStatus'> {
  const draining = machines.filter(({ mode }) => mode === 'draining');
  const down = machines.filter(({ mode }) => mode === 'down');
  return {
    ...(draining.length > 0 && {
      draining_machines: draining.map(({ machineId, statuses }) => ({
        id: machineId,
        ...(statuses.length > 0 && { statuses: statuses.map(fromInverseStatus) }),
      })),
    }),
    ...(down.length > 0 && { down_machines: down.map(({ machineId }) => machineId) }),
  };
}

function fromInverseStatus(status: InverseOfferStatus): V1<'allocator.InverseOfferStatus'> {
  return {
    status: status.accepted ? 'ACCEPT' : 'DECLINE',
    framework_id: { value: status.frameworkId },
    timestamp: { nanoseconds: nanosecondsOfMs(status.atMs) },
  };
}

export function fromDrain(drain: DrainInfo): V1<'DrainInfo'> {
  const { maxGracePeriodMs: graceMs, markGone, drained } = drain;
  return {
    state: drained ? 'DRAINED' : 'DRAINING',
    config: {
      ...(graceMs === undefined
        ? {}
        : { max_grace_period: { nanoseconds: nanosecondsOfMs(graceMs) } }),
      mark_gone: markGone,
    },
  };
}
