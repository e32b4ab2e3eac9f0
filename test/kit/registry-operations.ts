/**
 * Operations on a registry to test with: for each of them when it is permitted, when it is not, and
 * when it changes nothing; and any number of mixed ones, drawn by chance.
 */
import type { RegistryOperation } from '../../actors/master/registry/operations.ts';
import type { RegisteredAgentInfo } from '../../actors/protocol/agent.ts';
import type { FrameworkInfo } from '../../actors/protocol/framework.ts';
import type { AgentId, FrameworkId } from '../../actors/protocol/ids.ts';
import { parseResources } from '../../actors/protocol/resource-text.ts';
import type { Random } from './random.ts';

export interface OperationCase {
  /** What has happened before each of the others. */
  readonly given: readonly RegistryOperation[];
  readonly permitted: readonly RegistryOperation[];
  readonly refused: readonly RegistryOperation[];
  readonly unchanged: readonly RegistryOperation[];
}

export function agentIdOf(name: string): AgentId {
  return `m-${name}` as AgentId;
}

export function agentOf(name: string, resources = 'cpus:4;mem:1024'): RegisteredAgentInfo {
  return {
    agentId: agentIdOf(name),
    node: `${name}.example:5051`,
    hostname: `${name}.example`,
    port: 5051,
    resources: parseResources(resources),
    attributes: [{ name: 'rack', value: 'r1' }],
    version: '0.1.0',
  };
}

export function frameworkIdOf(name: string): FrameworkId {
  return `m-${name}` as FrameworkId;
}

export function frameworkOf(name: string): FrameworkInfo {
  const some = {
    roles: ['*'],
    failoverTimeoutMs: 60_000,
    capabilities: ['partitionAware'],
  } as const;
  return { name, user: 'root', labels: [{ key: 'team', value: 'blue' }], ...some };
}

export const admit = (name: string) => ({ type: 'admitAgent', info: agentOf(name) }) as const;
export const lose = (name: string, sinceMs = 5) =>
  ({ type: 'markAgentUnreachable', agentId: agentIdOf(name), sinceMs }) as const;
export const drain = (name: string) =>
  ({ type: 'drainAgent', agentId: agentIdOf(name), markGone: false }) as const;
export const begin = (name: string) =>
  ({ type: 'admitFramework', frameworkId: frameworkIdOf(name), info: frameworkOf(name) }) as const;
export const complete = (name: string, endedMs = 9) =>
  ({ type: 'completeFramework', frameworkId: frameworkIdOf(name), endedMs }) as const;
export const schedule = (...hostnames: string[]) =>
  ({
    type: 'updateMaintenanceSchedule',
    windows: [{ machineIds: hostnames.map((hostname) => ({ hostname })), startMs: 100 }],
  }) as const;
export const takeDown = (hostname: string) =>
  ({ type: 'startMaintenance', machineIds: [{ hostname }] }) as const;
const bringUp = (hostname: string) =>
  ({ type: 'stopMaintenance', machineIds: [{ hostname }] }) as const;
export const quota = (
  role: string,
  guaranteesMilli: Readonly<Record<string, number>>,
  limitsMilli: Readonly<Record<string, number>> = {},
) => ({ type: 'updateQuota', configs: [{ role, guaranteesMilli, limitsMilli }] }) as const;
export const createLog = (name: string) =>
  ({
    type: 'createLog',
    log: {
      name: `dev/${name}`,
      logId: `id-${name}`,
      clusterId: 'cluster-1',
      founders: [{ memberId: 1, node: 'm0:5050' }],
    },
  }) as const;
const gone = (name: string) =>
  ({ type: 'markAgentGone', agentId: agentIdOf(name), sinceMs: 7 }) as const;
const lead = (epoch: number) =>
  ({
    type: 'recover',
    leader: { epoch, candidate: { node: 'm:5050', masterId: 'm', version: '0.1.0' } },
  }) as const;

const agentId = agentIdOf('a');
const frameworkId = frameworkIdOf('f');

export const OPERATION_CASES: Readonly<Record<RegistryOperation['type'], OperationCase>> = {
  recover: { given: [lead(5)], permitted: [lead(6)], refused: [lead(5), lead(4)], unchanged: [] },
  admitAgent: {
    given: [admit('a'), admit('b'), admit('c'), lose('b'), gone('c')],
    permitted: [admit('d')],
    refused: [admit('a'), admit('b'), admit('c')],
    unchanged: [],
  },
  updateAgent: {
    given: [admit('a'), admit('b'), lose('b')],
    permitted: [{ type: 'updateAgent', info: agentOf('a', 'cpus:8') }],
    refused: [
      { type: 'updateAgent', info: agentOf('b') },
      { type: 'updateAgent', info: agentOf('c') },
    ],
    unchanged: [{ type: 'updateAgent', info: agentOf('a') }],
  },
  markAgentUnreachable: {
    given: [admit('a'), admit('b'), lose('b')],
    permitted: [lose('a')],
    refused: [lose('b'), lose('c')],
    unchanged: [],
  },
  markAgentReachable: {
    given: [admit('a'), admit('b'), admit('c'), lose('b'), gone('c')],
    permitted: [
      { type: 'markAgentReachable', info: agentOf('b', 'cpus:8') },
      { type: 'markAgentReachable', info: agentOf('d') },
    ],
    refused: [{ type: 'markAgentReachable', info: agentOf('c') }],
    unchanged: [{ type: 'markAgentReachable', info: agentOf('a') }],
  },
  markAgentGone: {
    given: [admit('a'), admit('b'), admit('c'), lose('b'), gone('c')],
    permitted: [gone('a'), gone('b')],
    refused: [gone('c'), gone('d')],
    unchanged: [],
  },
  forgetAgents: {
    given: [admit('a'), admit('b'), lose('b')],
    permitted: [{ type: 'forgetAgents', agentIds: [agentId, agentIdOf('b')] }],
    refused: [],
    unchanged: [{ type: 'forgetAgents', agentIds: [agentId] }],
  },
  forgetGoneAgents: {
    given: [admit('a'), admit('b'), gone('b')],
    permitted: [{ type: 'forgetGoneAgents', agentIds: [agentIdOf('b'), agentIdOf('c')] }],
    refused: [],
    unchanged: [{ type: 'forgetGoneAgents', agentIds: [agentId] }],
  },
  drainAgent: {
    given: [admit('a'), admit('b'), lose('b'), admit('c'), drain('c')],
    permitted: [
      { type: 'drainAgent', agentId, markGone: true, maxGracePeriodMs: 60_000 },
      drain('b'),
      { type: 'drainAgent', agentId: agentIdOf('c'), markGone: true },
    ],
    refused: [drain('d')],
    unchanged: [drain('c')],
  },
  markAgentDrained: {
    given: [
      ...[admit('a'), drain('a'), admit('b'), admit('c'), drain('c'), lose('c'), admit('d')],
      ...[drain('d'), { type: 'markAgentDrained', agentId: agentIdOf('d') } as const],
    ],
    permitted: [
      { type: 'markAgentDrained', agentId },
      { type: 'markAgentDrained', agentId: agentIdOf('c') },
    ],
    refused: [
      { type: 'markAgentDrained', agentId: agentIdOf('b') },
      { type: 'markAgentDrained', agentId: agentIdOf('e') },
    ],
    unchanged: [{ type: 'markAgentDrained', agentId: agentIdOf('d') }],
  },
  cancelDrain: {
    given: [
      ...[admit('a'), drain('a'), admit('b'), admit('c'), drain('c'), lose('c'), admit('d')],
      ...[drain('d'), { type: 'markAgentDrained', agentId: agentIdOf('d') } as const],
    ],
    permitted: [
      { type: 'cancelDrain', agentId },
      { type: 'cancelDrain', agentId: agentIdOf('c') },
    ],
    refused: [
      { type: 'cancelDrain', agentId: agentIdOf('b') },
      { type: 'cancelDrain', agentId: agentIdOf('d') },
      { type: 'cancelDrain', agentId: agentIdOf('e') },
    ],
    unchanged: [],
  },
  deactivateAgent: {
    given: [admit('a'), admit('b'), drain('b')],
    permitted: [{ type: 'deactivateAgent', agentId }],
    refused: [{ type: 'deactivateAgent', agentId: agentIdOf('c') }],
    unchanged: [{ type: 'deactivateAgent', agentId: agentIdOf('b') }],
  },
  reactivateAgent: {
    given: [
      ...[admit('a'), admit('b'), drain('b'), admit('c'), drain('c'), admit('d')],
      { type: 'deactivateAgent', agentId },
      { type: 'markAgentDrained', agentId: agentIdOf('c') },
    ],
    permitted: [
      { type: 'reactivateAgent', agentId },
      { type: 'reactivateAgent', agentId: agentIdOf('c') },
    ],
    refused: [
      { type: 'reactivateAgent', agentId: agentIdOf('b') },
      { type: 'reactivateAgent', agentId: agentIdOf('e') },
    ],
    unchanged: [{ type: 'reactivateAgent', agentId: agentIdOf('d') }],
  },
  admitFramework: {
    given: [begin('f'), begin('g'), complete('g')],
    permitted: [begin('h')],
    refused: [begin('f'), begin('g')],
    unchanged: [],
  },
  updateFramework: {
    given: [begin('f'), begin('g'), complete('g')],
    permitted: [{ type: 'updateFramework', frameworkId, info: frameworkOf('renamed') }],
    refused: [
      { type: 'updateFramework', frameworkId: frameworkIdOf('g'), info: frameworkOf('g') },
      { type: 'updateFramework', frameworkId: frameworkIdOf('h'), info: frameworkOf('h') },
    ],
    unchanged: [{ type: 'updateFramework', frameworkId, info: frameworkOf('f') }],
  },
  markFrameworkDisconnected: {
    given: [
      begin('f'),
      begin('g'),
      { type: 'markFrameworkDisconnected', frameworkId: frameworkIdOf('g'), sinceMs: 3 },
    ],
    permitted: [{ type: 'markFrameworkDisconnected', frameworkId, sinceMs: 4 }],
    refused: [{ type: 'markFrameworkDisconnected', frameworkId: frameworkIdOf('h'), sinceMs: 4 }],
    unchanged: [{ type: 'markFrameworkDisconnected', frameworkId: frameworkIdOf('g'), sinceMs: 4 }],
  },
  markFrameworkConnected: {
    given: [begin('f'), begin('g'), { type: 'markFrameworkDisconnected', frameworkId, sinceMs: 3 }],
    permitted: [{ type: 'markFrameworkConnected', frameworkId }],
    refused: [{ type: 'markFrameworkConnected', frameworkId: frameworkIdOf('h') }],
    unchanged: [{ type: 'markFrameworkConnected', frameworkId: frameworkIdOf('g') }],
  },
  completeFramework: {
    given: [begin('f'), begin('g'), complete('g')],
    permitted: [complete('f')],
    refused: [complete('g'), complete('h')],
    unchanged: [],
  },
  forgetFrameworks: {
    given: [begin('f'), begin('g'), complete('g')],
    permitted: [{ type: 'forgetFrameworks', frameworkIds: [frameworkId, frameworkIdOf('g')] }],
    refused: [],
    unchanged: [{ type: 'forgetFrameworks', frameworkIds: [frameworkId] }],
  },
  updateMaintenanceSchedule: {
    given: [schedule('a', 'b'), takeDown('a')],
    permitted: [schedule('a'), schedule('b', 'a'), schedule('A', 'c')],
    refused: [schedule('a', 'A'), schedule(), schedule('b')],
    unchanged: [schedule('a', 'b')],
  },
  startMaintenance: {
    given: [schedule('a', 'b'), takeDown('b')],
    permitted: [takeDown('A')],
    refused: [
      takeDown('c'),
      { type: 'startMaintenance', machineIds: [{ hostname: 'a' }, { hostname: 'a', ip: '1' }] },
    ],
    unchanged: [takeDown('b')],
  },
  stopMaintenance: {
    given: [schedule('a', 'b'), takeDown('b')],
    permitted: [bringUp('b')],
    refused: [bringUp('a'), bringUp('c')],
    unchanged: [{ type: 'stopMaintenance', machineIds: [] }],
  },
  updateQuota: {
    given: [quota('dev', { cpus: 1000 })],
    permitted: [quota('ops', {}, { cpus: 0 }), quota('dev', {}), quota('dev', { cpus: 2 })],
    refused: [quota('dev', { cpus: 2000 }, { cpus: 1000 })],
    unchanged: [quota('dev', { cpus: 1000 }), quota('ops', {})],
  },
  createLog: {
    given: [createLog('a')],
    permitted: [createLog('b')],
    refused: [],
    unchanged: [createLog('a')],
  },
  removeLog: {
    given: [createLog('a'), createLog('b')],
    permitted: [{ type: 'removeLog', logId: 'id-a' }],
    refused: [],
    unchanged: [{ type: 'removeLog', logId: 'id-c' }],
  },
  updateWeights: {
    given: [{ type: 'updateWeights', weights: [{ role: 'dev', weight: 2 }] }],
    permitted: [
      { type: 'updateWeights', weights: [{ role: 'dev', weight: 1 }] },
      { type: 'updateWeights', weights: [{ role: 'ops', weight: 0.5 }] },
    ],
    refused: [],
    unchanged: [
      {
        type: 'updateWeights',
        weights: [
          { role: 'dev', weight: 2 },
          { role: 'dev', weight: 2 },
        ],
      },
    ],
  },
};

/** An operation whose line has just so many bytes; at least some thousands. */
export function sizedAdmit(name: string, bytes: number) {
  const attributes: { name: string; value: string }[] = [];
  const make = (hostname: string) =>
    ({ type: 'admitAgent', info: { ...agentOf(name), hostname, attributes } }) as const;
  const missing = () => bytes - JSON.stringify(make('')).length;
  while (missing() > 4090) {
    attributes.push({ name: `filler${attributes.length}`, value: 'x'.repeat(4000) });
  }
  return make('h'.repeat(missing()));
}

/** Of few names, so that they meet; some are permitted and some are not. `recover` is the store's. */
export function drawOperations(random: Random, count: number): readonly RegistryOperation[] {
  const all = Object.values(OPERATION_CASES)
    .flatMap(({ given, permitted, refused, unchanged }) => [
      ...[given, permitted, refused, unchanged].flat(),
    ])
    .filter(({ type }) => type !== 'recover');
  return Array.from({ length: count }, () => random.pick(all));
}
