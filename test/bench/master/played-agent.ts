/**
 * A played agent: says what an agent says, over a connection of its own, and runs nothing. A task is
 * running at once and finished when its time is over. It asks to be registered when a real agent does.
 * No actor system: a process holds thousands.
 */
import {
  BEFORE_REGISTRATION,
  nextStep,
  type RegistrationEvent,
  spreadWithTasks,
} from '../../../actors/agent/registration.ts';
import type { FromAgentToMaster } from '../../../actors/protocol/agent-to-master.ts';
import type { AgentId, FrameworkId, TaskId, UpdateId } from '../../../actors/protocol/ids.ts';
import type { AgentMessage, MasterMessage } from '../../../actors/protocol/messages.ts';
import { AGENT_NAME, MASTER_NAME } from '../../../actors/protocol/messages.ts';
import { parseResources } from '../../../actors/protocol/resource-text.ts';
import type { Task, TaskState } from '../../../actors/protocol/task.ts';
import type { Address } from '../../../runtime/actor.ts';
import { address } from '../../../runtime/address.ts';
import type { Host, Signal } from '../../../runtime/host.ts';
import { startTransport, type Transport } from '../../../transport/transport.ts';

const RESOURCES = parseResources('cpus:64;mem:65536;disk:1000000;ports:[31000-32000]');
const TASK_RESOURCES = parseResources('cpus:0.1;mem:64');
/** Of an agent as it is started without flags. */
const BACKOFF = { delayMsMin: 1000, delayMsMax: 60_000 };

type Registered = Extract<AgentMessage, { readonly type: 'agentRegistered' | 'agentReregistered' }>;

export interface AgentPlan {
  readonly host: Host;
  readonly master: string;
  readonly number: number;
  readonly taskMs: number;
  /** Tasks that it says it has when it comes back, of each of these. */
  readonly frameworkIds: readonly FrameworkId[];
  readonly tasksPerFramework: number;
  readonly counts: AgentCounts;
  readonly isBack: () => void;
}

export interface AgentCounts {
  asked: number;
  registered: number;
  returned: number;
  launched: number;
  finished: number;
  lost: number;
}

export async function playAgent(plan: AgentPlan): Promise<void> {
  const { host, number, counts } = plan;
  const transport = await startTransport({
    ...{ host, cluster: 'bench', incarnation: 1, name: `agent-${number}` },
  });
  const self = address<AgentMessage>(AGENT_NAME, transport.node, 1);
  const master = address<MasterMessage>(MASTER_NAME, plan.master);
  const info = {
    ...{ hostname: `host-${number}`, port: 5051, attributes: [], version: '0' },
    resources: RESOURCES,
  };
  let agentId: AgentId | undefined;
  let registration = BEFORE_REGISTRATION;
  let returnSpreadMs = BACKOFF.delayMsMin;
  let cancelDue: (() => void) | undefined;
  let messageId = 1;
  let updateNumber = 0;
  const running = new Set<TaskId>();
  /** Made once: a process plays thousands of agents, and must not be what all wait for. */
  let tasks: readonly Task[] | undefined;
  const say = (message: FromAgentToMaster) => sendTo(transport, self, master, messageId++, message);

  const ask = () => {
    counts.asked++;
    if (agentId === undefined) {
      say({ type: 'registerAgent', agent: self, info });
      return;
    }
    const id = agentId;
    tasks ??= plan.frameworkIds.flatMap((frameworkId) =>
      Array.from({ length: plan.tasksPerFramework }, (_, index) =>
        taskOf(frameworkId, id, number, index),
      ),
    );
    say({
      ...{ type: 'reregisterAgent', agent: self, agentId: id, info },
      ...{ frameworks: [], executors: [], tasks },
    });
  };
  const step = (event: RegistrationEvent) => {
    const taskCount = plan.frameworkIds.length * plan.tasksPerFramework;
    const limits = { ...BACKOFF, returnSpreadMs: spreadWithTasks(returnSpreadMs, taskCount) };
    const next = nextStep(registration, event, limits, () => host.random());
    if (next === undefined) return;
    registration = next.registration;
    cancelDue?.();
    cancelDue =
      next.waitMs === undefined ? undefined : host.setTimer(next.waitMs, () => step('unanswered'));
    if (next.ask) ask();
  };
  const arrive = (message: Registered, count: 'registered' | 'returned') => {
    agentId = message.agentId;
    returnSpreadMs = message.returnSpreadMs;
    if (registration.phase === 'registered') return;
    counts[count]++;
    step('registered');
    plan.isBack();
  };
  const update = (frameworkId: FrameworkId, taskId: TaskId, state: TaskState) => {
    if (agentId === undefined) return;
    const id = `00000000-0000-4000-8000-${String(++updateNumber).padStart(12, '0')}` as UpdateId;
    const status = {
      taskId,
      state,
      source: 'executor',
      timestampMs: host.nowMs(),
      agentId,
    } as const;
    say({
      ...{ type: 'statusUpdate', agentId, agent: self, latestState: state },
      update: { id, frameworkId, status },
    });
  };
  const hear = (message: AgentMessage) => {
    if (message.type === 'agentRegistered') {
      arrive(message, 'registered');
    } else if (message.type === 'agentReregistered') {
      arrive(message, 'returned');
    } else if (message.type === 'ping') {
      returnSpreadMs = message.returnSpreadMs ?? returnSpreadMs;
      say({ type: 'pong', agentId: message.agentId });
    } else if (message.type === 'runTask') {
      counts.launched++;
      running.add(message.task.taskId);
      update(message.frameworkId, message.task.taskId, 'running');
    } else if (message.type === 'acknowledgeUpdate') {
      const { frameworkId, taskId } = message;
      if (!running.delete(taskId)) return;
      setTimeout(() => {
        counts.finished++;
        update(frameworkId, taskId, 'finished');
      }, plan.taskMs);
    }
  };
  transport.attach({
    deliver(_fromNode, signal) {
      if (signal.kind === 'message') hear(signal.message as AgentMessage);
    },
    nodeLost() {
      if (registration.phase === 'registered') counts.lost++;
      // The connection is that to the master which it asked, too.
      step(registration.phase === 'registered' ? 'lost' : 'unreached');
    },
    undeliverable() {},
  });
  step('ready');
}

function sendTo(
  transport: Transport,
  from: Address<AgentMessage>,
  to: Address<MasterMessage>,
  id: number,
  message: FromAgentToMaster,
): void {
  const signal: Signal = { kind: 'message', to, from, id, causeId: 0, causeNode: '', message };
  transport.send(signal);
}

/** As in Mesos' benchmark of failovers: ten labels. */
function taskOf(frameworkId: FrameworkId, agentId: AgentId, agent: number, index: number): Task {
  const taskId = `task-${frameworkId.slice(-4)}-${agent}-${index}` as TaskId;
  return {
    ...{ taskId, frameworkId, agentId, name: 'service', role: '*', resources: TASK_RESOURCES },
    ...{ state: 'running', updateState: 'running', labels: LABELS },
    statuses: [
      { taskId, state: 'running', source: 'executor', timestampMs: 1_700_000_000_000, agentId },
    ],
    updateId: `00000000-0000-4000-8000-${String(index).padStart(12, '0')}` as UpdateId,
  };
}

const LABELS = Array.from({ length: 10 }, (_, label) => ({
  key: `key-${label}`,
  value: `value-${label}`,
}));
