/** What the agent's tests speak of: one framework, one task, one executor, a disk that obeys. */
import type { SandboxName, WorkDirectory } from '../../../actors/agent/work-directory.ts';
import type { AgentInfo } from '../../../actors/protocol/agent.ts';
import type { FrameworkInfo } from '../../../actors/protocol/framework.ts';
import type {
  AgentId,
  ContainerId,
  ExecutorId,
  FrameworkId,
  TaskId,
} from '../../../actors/protocol/ids.ts';
import { parseResources } from '../../../actors/protocol/resources.ts';
import type { CommandInfo, ExecutorInfo, TaskInfo } from '../../../actors/protocol/task.ts';

export const agentId = 'agent-1' as AgentId;
export const frameworkId = 'framework-1' as FrameworkId;

export const info: AgentInfo = {
  hostname: 'host-1',
  port: 5051,
  resources: parseResources('cpus:4;mem:1024;disk:100'),
  attributes: [],
  version: '0.0.0',
};

export const framework: FrameworkInfo = {
  name: 'framework',
  user: 'root',
  roles: ['*'],
  failoverTimeoutMs: 0,
  capabilities: ['partitionAware'],
  // What is kept first is seen by itself: recovery.test.ts.
  checkpoint: false,
};

export const command: CommandInfo = {
  shell: true,
  value: 'true',
  arguments: [],
  environment: [{ name: 'OWN', value: 'variable' }],
};

export const task: TaskInfo = {
  taskId: 'task-1' as TaskId,
  name: 'task',
  agentId,
  resources: parseResources('cpus:1;mem:32'),
  command,
};

export const executor = {
  executorId: 'executor-1' as ExecutorId,
  name: 'executor',
  command,
  resources: [],
} as const satisfies ExecutorInfo;

/** A task of the custom executor. */
export function customTask(taskId: string): TaskInfo {
  const { command: _, ...rest } = task;
  return { ...rest, taskId: taskId as TaskId, executor };
}

export const pod: ExecutorInfo = {
  executorId: 'pod' as ExecutorId,
  type: 'default',
  name: '',
  resources: parseResources('cpus:0.1;mem:32;disk:10'),
};

/** A task of a group in the default executor. */
export function podTask(taskId: string): TaskInfo {
  return { ...task, taskId: taskId as TaskId, executor: pod };
}

export const sandbox: SandboxName = {
  agentId,
  frameworkId,
  executorId: 'task-1' as ExecutorId,
  containerId: 'container-1' as ContainerId,
};

export function played(but: Partial<WorkDirectory> = {}): WorkDirectory {
  return {
    path: '/work',
    checkpoint: {
      path: '/agent/checkpoint',
      read: () => Promise.resolve(undefined),
      replace: () => Promise.resolve({ isFull: false }),
      append: () => Promise.resolve({ isFull: false }),
      discard: () => Promise.resolve(),
    },
    resources: {
      path: '/w/meta/resources/checkpoint',
      read: () => Promise.resolve(undefined),
      replace: () => Promise.resolve(),
    },
    createVolumes: () => Promise.resolve(),
    destroyVolumes: () => Promise.resolve(undefined),
    sweepVolumes: () => Promise.resolve(),
    sandboxPath: ({ containerId }) => `/sandboxes/${containerId}`,
    makeSandbox: () => Promise.resolve(),
    linkVolumes: () => Promise.resolve(),
    unlinkVolumes: () => Promise.resolve(),
    readSandbox: (_sandbox, _path, offsetBytes) =>
      Promise.resolve({ bytes: new Uint8Array([1]), offsetBytes, sizeBytes: 1 }),
    listSandboxes: () => Promise.resolve([]),
    removeSandbox: () => Promise.resolve(),
    diskUsage: () => Promise.resolve(0),
    release: () => Promise.resolve(),
    ...but,
  };
}
