/** What stands in the lines of a snapshot: a record of the registry each, in the order of its maps. */
import { boolean, object, oneOf, union } from '../../../runtime/decode.ts';
import type { AgentId, FrameworkId } from '../../protocol/ids.ts';
import type { MachineMode, MaintenanceWindow } from '../../protocol/maintenance.ts';
import {
  count,
  frameworkInfo,
  milliseconds,
  name,
  properId,
  registeredAgentInfo,
} from '../../protocol/nouns.ts';
import {
  drainInfo,
  machineId,
  maintenanceWindow,
  quotaConfig,
  roleWeight,
} from '../../protocol/operator-nouns.ts';
import type { QuotaConfig, RoleWeight } from '../../protocol/quota.ts';
import type { Leader } from './leader.ts';
import type { ReplicatedLog } from './log-operations.ts';
import { leader, replicatedLog } from './operation-text.ts';
import {
  type AdmittedAgent,
  type CompletedFramework,
  type GoneAgent,
  type Machine,
  machineKey,
  type RegisteredFramework,
  type Registry,
  type UnreachableAgent,
} from './registry.ts';

export type SnapshotLine =
  | { readonly type: 'leader'; readonly leader: Leader }
  | { readonly type: 'admittedAgent'; readonly agent: AdmittedAgent }
  | { readonly type: 'unreachableAgent'; readonly agent: UnreachableAgent }
  | { readonly type: 'goneAgent'; readonly agentId: AgentId; readonly agent: GoneAgent }
  | {
      readonly type: 'framework';
      readonly frameworkId: FrameworkId;
      readonly framework: RegisteredFramework;
    }
  | {
      readonly type: 'completedFramework';
      readonly frameworkId: FrameworkId;
      readonly framework: CompletedFramework;
    }
  | { readonly type: 'machine'; readonly machine: Machine }
  | { readonly type: 'maintenanceWindow'; readonly window: MaintenanceWindow }
  | { readonly type: 'quota'; readonly config: QuotaConfig }
  | { readonly type: 'weight'; readonly weight: RoleWeight }
  | { readonly type: 'replicatedLog'; readonly log: ReplicatedLog }
  | { readonly type: 'minimumCapability'; readonly capability: string }
  /** The last: what is cut off is noticed. */
  | { readonly type: 'end'; readonly recordCount: number };

const marks = { deactivated: boolean };
const marksOptional = { drain: drainInfo };

export const snapshotLine = union<SnapshotLine, 'type'>('type', {
  leader: [{ leader }],
  admittedAgent: [
    { agent: object<AdmittedAgent>({ info: registeredAgentInfo, ...marks }, marksOptional) },
  ],
  unreachableAgent: [
    {
      agent: object<UnreachableAgent>(
        { info: registeredAgentInfo, sinceMs: milliseconds, ...marks },
        marksOptional,
      ),
    },
  ],
  goneAgent: [
    {
      agentId: properId(),
      agent: object<GoneAgent>({ sinceMs: milliseconds }, { byOperator: boolean }),
    },
  ],
  framework: [
    {
      frameworkId: properId(),
      framework: object<RegisteredFramework>(
        { info: frameworkInfo },
        { disconnectedMs: milliseconds },
      ),
    },
  ],
  completedFramework: [
    {
      frameworkId: properId(),
      framework: object<CompletedFramework>({ name, endedMs: milliseconds }),
    },
  ],
  machine: [
    {
      machine: object<Machine>({
        machineId,
        mode: oneOf<MachineMode>({ draining: true, down: true }),
      }),
    },
  ],
  maintenanceWindow: [{ window: maintenanceWindow }],
  quota: [{ config: quotaConfig }],
  weight: [{ weight: roleWeight }],
  replicatedLog: [{ log: replicatedLog }],
  minimumCapability: [{ capability: name }],
  end: [{ recordCount: count }],
});

/** All but the last. */
export function* linesOf(registry: Registry): Generator<SnapshotLine, void> {
  if (registry.leader !== undefined) yield { type: 'leader', leader: registry.leader };
  for (const agent of registry.admitted.values()) yield { type: 'admittedAgent', agent };
  for (const agent of registry.unreachable.values()) yield { type: 'unreachableAgent', agent };
  for (const [agentId, agent] of registry.gone) yield { type: 'goneAgent', agentId, agent };
  for (const [frameworkId, framework] of registry.frameworks) {
    yield { type: 'framework', frameworkId, framework };
  }
  for (const [frameworkId, framework] of registry.completedFrameworks) {
    yield { type: 'completedFramework', frameworkId, framework };
  }
  for (const machine of registry.machines.values()) yield { type: 'machine', machine };
  for (const window of registry.maintenanceWindows) yield { type: 'maintenanceWindow', window };
  for (const config of registry.quotas.values()) yield { type: 'quota', config };
  for (const [role, weight] of registry.weights) yield { type: 'weight', weight: { role, weight } };
  for (const log of registry.logs) yield { type: 'replicatedLog', log };
  for (const capability of registry.minimumCapabilities) {
    yield { type: 'minimumCapability', capability };
  }
}

/** The other way round. */
export function addLine(registry: Registry, line: Exclude<SnapshotLine, { type: 'end' }>): void {
  switch (line.type) {
    case 'leader':
      registry.leader = line.leader;
      break;
    case 'admittedAgent':
      registry.admitted.set(line.agent.info.agentId, line.agent);
      break;
    case 'unreachableAgent':
      registry.unreachable.set(line.agent.info.agentId, line.agent);
      break;
    case 'goneAgent':
      registry.gone.set(line.agentId, line.agent);
      break;
    case 'framework':
      registry.frameworks.set(line.frameworkId, line.framework);
      break;
    case 'completedFramework':
      registry.completedFrameworks.set(line.frameworkId, line.framework);
      break;
    case 'machine':
      registry.machines.set(machineKey(line.machine.machineId), line.machine);
      break;
    case 'maintenanceWindow':
      registry.maintenanceWindows = [...registry.maintenanceWindows, line.window];
      break;
    case 'quota':
      registry.quotas.set(line.config.role, line.config);
      break;
    case 'weight':
      registry.weights.set(line.weight.role, line.weight.weight);
      break;
    case 'replicatedLog':
      registry.logs = [...registry.logs, line.log];
      break;
    case 'minimumCapability':
      registry.minimumCapabilities.add(line.capability);
  }
}
