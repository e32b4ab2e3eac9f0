/** Operations as they stand in a log: a header, and one line of JSON for each. */
import {
  acceptor,
  array,
  boolean,
  type Check,
  type FieldChecks,
  object,
  union,
} from '../../../runtime/decode.ts';
import type { AgentId, FrameworkId } from '../../protocol/ids.ts';
import { MAINTENANCE_WINDOWS_MAX } from '../../protocol/maxima.ts';
import {
  count,
  frameworkInfo,
  milliseconds,
  name,
  properId,
  registeredAgentInfo,
} from '../../protocol/nouns.ts';
import {
  machineIds,
  maintenanceWindow,
  quotaConfig,
  roleWeight,
} from '../../protocol/operator-nouns.ts';
import type { Candidate, Leader } from './leader.ts';
import { damaged, headerLine, readHeader, readLine } from './lines.ts';
import type { LogFounder, ReplicatedLog } from './log-operations.ts';
import type { RegistryOperation } from './operations.ts';

/** Agents or frameworks that one operation forgets, and roles that one changes; more go in the next. */
export const NAMES_PER_OPERATION_MAX = 10_000;

export const candidate: Check<Candidate> = object<Candidate>({
  node: name,
  masterId: name,
  version: name,
});

export const leader: Check<Leader> = object<Leader>({ epoch: count, candidate });

/** Masters that begin a log together. */
const FOUNDERS_MAX = 100;

export const replicatedLog: Check<ReplicatedLog> = object<ReplicatedLog>({
  name,
  logId: name,
  clusterId: name,
  founders: array(object<LogFounder>({ memberId: count, node: name }), FOUNDERS_MAX),
});

const agent: FieldChecks<{ agentId: AgentId }> = [{ agentId: properId() }];
const agentInfo = [{ info: registeredAgentInfo }] as const;
const agentSince = [{ agentId: properId<AgentId>(), sinceMs: milliseconds }] as const;
const frameworkId = properId<FrameworkId>();
const agentIds = array(properId<AgentId>(), NAMES_PER_OPERATION_MAX);

const operation = union<RegistryOperation, 'type'>('type', {
  recover: [{ leader }],
  admitAgent: agentInfo,
  updateAgent: agentInfo,
  markAgentUnreachable: agentSince,
  markAgentReachable: agentInfo,
  markAgentGone: [{ agentId: properId<AgentId>(), sinceMs: milliseconds }, { byOperator: boolean }],
  forgetAgents: [{ agentIds }],
  forgetGoneAgents: [{ agentIds }],
  drainAgent: [
    { agentId: properId<AgentId>(), markGone: boolean },
    { maxGracePeriodMs: milliseconds },
  ],
  markAgentDrained: agent,
  cancelDrain: agent,
  deactivateAgent: agent,
  reactivateAgent: agent,
  admitFramework: [{ frameworkId, info: frameworkInfo }],
  updateFramework: [{ frameworkId, info: frameworkInfo }],
  markFrameworkDisconnected: [{ frameworkId, sinceMs: milliseconds }],
  markFrameworkConnected: [{ frameworkId }],
  completeFramework: [{ frameworkId, endedMs: milliseconds }],
  forgetFrameworks: [{ frameworkIds: array(frameworkId, NAMES_PER_OPERATION_MAX) }],
  updateMaintenanceSchedule: [{ windows: array(maintenanceWindow, MAINTENANCE_WINDOWS_MAX) }],
  startMaintenance: [{ machineIds }],
  stopMaintenance: [{ machineIds }],
  updateQuota: [{ configs: array(quotaConfig, NAMES_PER_OPERATION_MAX) }],
  createLog: [{ log: replicatedLog }],
  removeLog: [{ logId: name }],
  updateWeights: [{ weights: array(roleWeight, NAMES_PER_OPERATION_MAX) }],
});

/** What is wrong with it, so that it could be written and not be read again; with its path. */
export const operationFault = acceptor(operation);

export function operationLine(one: RegistryOperation): string {
  return JSON.stringify(one);
}

export function encodeOperations(operations: readonly RegistryOperation[]): Uint8Array {
  const lines = [headerLine('operations'), ...operations.map(operationLine)];
  return Buffer.from(`${lines.join('\n')}\n`);
}

/** @throws CodedError registryNewer, registryDamaged */
export function decodeOperations(bytes: Uint8Array): readonly RegistryOperation[] {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
  const [header = '', ...lines] = text.split('\n');
  readHeader(header, 'operations');
  if (lines.pop() !== '') throw damaged('operations', 'the last line has no end');
  return lines.map((line) => readLine(line, operation, 'an operation'));
}
