/** A sound message of every type that travels between nodes, by listener. */
import type { AgentInfo, RegisteredAgentInfo } from '../../../actors/protocol/agent.ts';
import type { FrameworkInfo } from '../../../actors/protocol/framework.ts';
import type {
  AgentId,
  ContainerId,
  ExecutorId,
  FrameworkId,
  OfferId,
  OperationId,
  OperationUuid,
  TaskId,
  UpdateId,
} from '../../../actors/protocol/ids.ts';
import type {
  AgentMessage,
  ExecutorMessage,
  MasterMessage,
  SchedulerMessage,
} from '../../../actors/protocol/messages.ts';
import type { Offer } from '../../../actors/protocol/offer.ts';
import type { ReportedOperation } from '../../../actors/protocol/operation.ts';
import type { LogReply, LogRequest } from '../../../actors/protocol/replicated-logs.ts';
import { parseAttributes, parseResources } from '../../../actors/protocol/resources.ts';
import type { ExecutorInfo, StatusUpdate, Task, TaskInfo } from '../../../actors/protocol/task.ts';
import { address } from '../../kit/probe.ts';

export const frameworkId = 'f-0000' as FrameworkId;
const agentId = 'm-S0' as AgentId;
const executorId = 'executor' as ExecutorId;
const taskId = 'task' as TaskId;
const updateId = 'u-1' as UpdateId;
export const offerId = 'm-O0' as OfferId;
export const agent = address<AgentMessage>('agent');
export const master = address<MasterMessage>('master');
export const resources = parseResources('cpus:1;mem:32;ports:[1-2,5-6];disks:{a,b}');
const attributes = parseAttributes('rack:r1');
const framework: FrameworkInfo = {
  name: 'example',
  user: 'root',
  roles: ['*'],
  failoverTimeoutMs: 0,
  capabilities: ['partitionAware'],
  labels: [{ key: 'a', value: 'b' }, { key: 'c' }],
};
export const info: AgentInfo = { hostname: 'h', port: 1, resources, attributes, version: '0.1.0' };
export const registered: RegisteredAgentInfo = { ...info, agentId, node: 'agent:5051' };
const command = {
  shell: true,
  value: 'true',
  arguments: [],
  environment: [{ name: 'A', value: '1' }],
};
const executor: ExecutorInfo = {
  ...{ executorId, name: '', command, resources, source: 's', labels: [{ key: 'l' }] },
  discovery: { visibility: 'cluster' },
  container: { networks: [{ groups: ['g'] }], linux: { sharesCgroups: true } },
};
export const task: TaskInfo = {
  taskId,
  name: 't',
  agentId,
  resources,
  command: { ...command, uris: [{ value: '/opt/run', executable: true }], user: 'root' },
  check: { type: 'command', command, delayMs: 0 },
  healthCheck: { type: 'http', port: 80, path: '/', statuses: [200], consecutiveFailures: 3 },
  maxCompletionTimeMs: 1,
  discovery: { visibility: 'cluster', ports: [{ number: 80, labels: [{ key: 'p' }] }] },
  labels: [],
};
const update: StatusUpdate & { readonly id: UpdateId } = {
  id: updateId,
  frameworkId,
  status: {
    taskId,
    state: 'running',
    source: 'executor',
    timestampMs: 1.5,
    exitCode: 0,
    reason: 'taskHealthCheckStatusUpdated',
    healthy: true,
    checkStatus: { type: 'command', exitCode: 1 },
    labels: [{ key: 'k' }],
  },
};
export const known: Task = {
  taskId,
  frameworkId,
  agentId,
  name: 't',
  resources,
  state: 'running',
  statuses: [update.status],
};
const offer: Offer = {
  offerId,
  frameworkId,
  agentId,
  agent,
  hostname: 'h',
  role: '*',
  resources,
  attributes,
  executorIds: [executorId],
};
const operationUuid = 'o-1' as OperationUuid;
const operationId = 'operation' as OperationId;
const reserved = parseResources('cpus:1').map((one) => ({
  ...one,
  reservations: [{ type: 'dynamic', role: 'dev', principal: 'p' } as const],
}));
const change = { type: 'reserve', resources: reserved } as const;
const reported: ReportedOperation = {
  ...{ operationUuid, frameworkId, operationId, role: 'dev', operation: change },
  status: { state: 'finished', operationId, converted: reserved, updateId },
};
export const filters = { refuseMs: 5000 };
const data = 'x';
const leaderWords = { epoch: 3, masters: ['a:5050', 'b:5050'] };

type Examples<Message extends { readonly type: string }> = {
  readonly [M in Message as Exclude<M['type'], 'exited'>]: Omit<M, 'type'>;
};

export const toMaster: Examples<MasterMessage> = {
  registerAgent: { agent, info, resources, operations: [reported], resourceVersion: 'v' },
  reregisterAgent: {
    agent,
    agentId,
    info,
    frameworks: [{ frameworkId, info: framework }],
    executors: [{ frameworkId, info: executor }],
    tasks: [known],
    ...{ resources, operations: [reported], resourceVersion: 'v' },
  },
  agentUpdated: { agentId, agent, resources, resourceVersion: 'v' },
  agentOversubscribed: { agentId, agent, oversubscribed: resources },
  operationUpdated: {
    ...{ agentId, agent },
    update: { operationUuid, frameworkId, agentId, status: reported.status },
  },
  unregisterAgent: { agentId },
  pong: { agentId },
  frameworkShutDown: { agentId, frameworkId },
  statusUpdate: { agentId, agent, update, latestState: 'running' },
  executorExited: { agentId, frameworkId, executorId, status: 137 },
  executorMessage: { agentId, frameworkId, executorId, data },
  subscribe: { scheduler: address('scheduler'), info: framework, suppressedRoles: ['a'] },
  watchLeader: { watcher: address('scheduler') },
  teardown: { frameworkId },
  updateFramework: {
    ...{ frameworkId, info: framework, suppressedRoles: ['dev'] },
    replyTo: address('door'),
  },
  accept: {
    frameworkId,
    offerIds: [offerId],
    operations: [
      { type: 'launch', tasks: [task] },
      { type: 'launchGroup', executor, tasks: [task] },
      { type: 'change', change, operationId },
    ],
    filters,
  },
  decline: { frameworkId, offerIds: [offerId], filters },
  revive: { frameworkId, roles: [] },
  suppress: { frameworkId, roles: ['*'] },
  request: { frameworkId, requests: [{ resources: parseResources('cpus:4'), agentId }] },
  kill: { frameworkId, taskId, agentId },
  shutdownExecutor: { frameworkId, agentId, executorId },
  acknowledge: { frameworkId, agentId, taskId, updateId },
  acknowledgeOperation: { frameworkId, agentId, operationId, updateId },
  reconcileOperations: { frameworkId, operations: [{ operationId }, { operationId, agentId }] },
  reconcile: { frameworkId, tasks: [{ taskId }, { taskId, agentId }] },
  schedulerMessage: { frameworkId, agentId, executorId, data },
  describeMaster: { section: 'agents', offset: 0, countMax: 10, replyTo: address('cli') },
  killTask: { taskId, replyTo: address('cli') },
  explain: { frameworkId, replyTo: address('cli') },
  changeResources: { agentId, change, principal: 'p', replyTo: address('cli') },
  teardownFramework: { frameworkId, replyTo: address('cli') },
  describeFramework: { frameworkId, replyTo: address('cli') },
  drainAgent: { agentId, markGone: true, maxGracePeriodMs: 1000, replyTo: address('cli') },
  cancelDrain: { agentId, replyTo: address('cli') },
  deactivateAgent: { agentId, replyTo: address('cli') },
  reactivateAgent: { agentId, replyTo: address('cli') },
  markAgentGone: { agentId, replyTo: address('cli') },
  updateMaintenanceSchedule: {
    windows: [{ machineIds: [{ hostname: 'host', ip: '10.0.0.1' }], startMs: 1, durationMs: 2 }],
    replyTo: address('cli'),
  },
  startMaintenance: { machineIds: [{ hostname: 'host' }], replyTo: address('cli') },
  stopMaintenance: { machineIds: [{ ip: '10.0.0.1' }], replyTo: address('cli') },
  describeMaintenance: { replyTo: address('cli') },
  answerInverseOffers: { frameworkId, inverseOfferIds: [offerId], accepted: true, filters },
  updateQuota: {
    configs: [{ role: 'eng', guaranteesMilli: { cpus: 1000 }, limitsMilli: { cpus: 2000 } }],
    force: false,
    replyTo: address('cli'),
  },
  updateWeights: { weights: [{ role: 'eng/ml', weight: 2.5 }], replyTo: address('cli') },
};

export const toAgent: Examples<AgentMessage> = {
  notLeader: { epoch: 3, leader: 'b:5050', masters: ['a:5050', 'b:5050'] },
  agentRegistered: { ...leaderWords, master, agentId, pingTimeoutMs: 75_000, returnSpreadMs: 1 },
  agentReregistered: {
    ...leaderWords,
    returnSpreadMs: 1,
    master,
    agentId,
    pingTimeoutMs: 75_000,
    unknownTasks: [{ frameworkId, taskId, partitionAware: true }],
    unknownOperations: [operationUuid],
  },
  shutdownAgent: { reason: 'It was removed' },
  ping: { master, agentId, connected: true, returnSpreadMs: 1, drain: { markGone: false } },
  setDrain: { drain: { markGone: true, maxGracePeriodMs: 0 } },
  runTask: { frameworkId, framework, task, role: '*', launchExecutor: true },
  runTaskGroup: {
    ...{ frameworkId, framework, role: '*', launchExecutor: true },
    executor: { executorId, type: 'default', name: '', resources },
    tasks: [task],
  },
  applyOperation: {
    ...{ operationUuid, operation: change, frameworkId, operationId, role: 'dev' },
    resourceVersion: 'v',
  },
  acknowledgeOperation: { operationUuid, updateId },
  updateFramework: { frameworkId, framework },
  killTask: { frameworkId, taskId, killGracePeriodMs: 0 },
  confirmTasks: { tasks: [], executors: [{ frameworkId, executorId }] },
  acknowledgeUpdate: { frameworkId, taskId, updateId },
  shutdownFramework: { frameworkId },
  shutdownExecutor: { frameworkId, executorId },
  schedulerMessage: { frameworkId, executorId, data },
  registerExecutor: { executor: address('executor'), frameworkId, executorId, secret: 's' },
  executorUpdate: { frameworkId, executorId, update },
  executorMessage: { frameworkId, executorId, data },
  describeAgent: { replyTo: address('cli') },
  readSandbox: {
    frameworkId,
    taskId,
    path: 'stdout',
    offsetBytes: -10,
    lengthBytes: 10,
    replyTo: address('cli'),
  },
};

export const toScheduler: Examples<SchedulerMessage> = {
  notLeader: { epoch: 0, masters: [] },
  subscribed: { ...leaderWords, frameworkId, master, heartbeatIntervalMs: 15_000 },
  heartbeat: {},
  subscriptionEnded: { message: 'Removed' },
  offersMade: { offers: [offer] },
  offerRescinded: { offerId },
  inverseOffersMade: {
    inverseOffers: [
      {
        ...{ inverseOfferId: offerId, frameworkId, agentId, agent, hostname: 'host' },
        unavailability: { startMs: 1, durationMs: 2 },
      },
    ],
  },
  inverseOfferRescinded: { inverseOfferId: offerId },
  taskUpdated: { update },
  operationUpdated: { status: reported.status, agentId },
  executorMessage: { agentId, executorId, data },
  failed: { agentId },
};

export const toExecutor: Examples<ExecutorMessage> = {
  executorRegistered: { frameworkId, framework, executor, agent: registered },
  registrationRefused: { code: 'executorSecretWrong', message: 'No' },
  launch: { task },
  launchGroup: { tasks: [task], containerIds: ['parent.child' as ContainerId] },
  kill: { taskId },
  updateReceived: { taskId, updateId },
  schedulerMessage: { data },
  shutdown: {},
};

const log = { name: 'ops/ledger', number: 1, replyTo: address<LogReply>('client') };

export const toReplicatedLogs: Examples<LogRequest> = {
  createLog: log,
  removeLog: log,
  listLogs: log,
  describeLog: log,
  beginWriting: { ...log, token: 'token', holder: 'somebody' },
  appendToLog: { ...log, epoch: 2, sequence: 1, data: new Uint8Array([1, 2, 3]) },
  truncateLog: { ...log, epoch: 2, to: 3 },
  readLog: { ...log, from: 0, to: 9, waitMs: 1000 },
};

export const toLogClient: Examples<LogReply> = {
  logDone: { number: 1, position: 7 },
  logPage: {
    number: 1,
    entries: [{ position: 7, data: new Uint8Array([1]) }],
    ...{ next: 8, beginning: 2, ending: 7 },
  },
  logDescription: {
    number: 1,
    description: {
      ...{ name: 'ops/ledger', logId: 'id', leader: 'a:5050', beginning: 2, ending: 7 },
      ...{ bytes: 300, writer: { epoch: 2, holder: 'somebody' }, followerCount: 0 },
      members: [{ node: 'a:5050', votes: true, isActive: true }],
    },
  },
  logsListed: { number: 1, logs: [{ name: 'ops/ledger', logId: 'id' }] },
  logRefused: { number: 1, code: 'logFenced', sentence: 'No' },
  logRetry: { number: 1, reason: 'Not here', leader: 'b:5050' },
};
