/**
 * What operators want of machines, from any node: when they are unavailable, that they are down, that
 * they are up again; and what is known of them. Source: Mesos 1.11, master.proto, maintenance.proto.
 */
import type { Address } from '../../runtime/actor.ts';
import { array } from '../../runtime/decode.ts';
import type { Asked } from './agent-orders.ts';
import type { MachineId, MachineStatus, MaintenanceWindow } from './maintenance.ts';
import { MAINTENANCE_WINDOWS_MAX } from './maxima.ts';
import type { NotLeader } from './messages.ts';
import { address } from './nouns.ts';
import { machineIds, maintenanceWindow } from './operator-nouns.ts';
import type { OperatorAnswer } from './operator-to-master.ts';

export type MaintenanceOrder =
  /** The whole schedule, instead of the one before. */
  | ({
      readonly type: 'updateMaintenanceSchedule';
      readonly windows: readonly MaintenanceWindow[];
    } & Asked)
  /** Machines of the schedule: their agents are shut down, and none may register from there. */
  | ({ readonly type: 'startMaintenance'; readonly machineIds: readonly MachineId[] } & Asked)
  /** They leave the schedule. */
  | ({ readonly type: 'stopMaintenance'; readonly machineIds: readonly MachineId[] } & Asked);

export interface MaintenanceQuestion {
  readonly type: 'describeMaintenance';
  readonly replyTo: Address<MaintenanceView | NotLeader>;
}

export interface MaintenanceView {
  readonly type: 'maintenanceView';
  readonly windows: readonly MaintenanceWindow[];
  readonly machines: readonly MachineStatus[];
}

const replyTo = address<OperatorAnswer | NotLeader>();

/** For `acceptsMasterMessage`. */
export const maintenanceFields = {
  updateMaintenanceSchedule: [
    { windows: array(maintenanceWindow, MAINTENANCE_WINDOWS_MAX), replyTo },
  ],
  startMaintenance: [{ machineIds, replyTo }],
  stopMaintenance: [{ machineIds, replyTo }],
  describeMaintenance: [{ replyTo: address<MaintenanceView | NotLeader>() }],
} as const;
