/**
 * Follows each status update from the agent that sends it until it is acknowledged. What is acknowledged
 * must have been heard of by its scheduler. What never is was heard of all the same, or superseded by the
 * end of its task, or by a master that knows nothing of it, of which its scheduler heard; and no agent goes on sending it.
 */
import type { FrameworkId, TaskId } from '../../actors/protocol/ids.ts';
import type { AgentMessage, MasterMessage } from '../../actors/protocol/messages.ts';
import type { StatusUpdate, TaskState } from '../../actors/protocol/task.ts';
import type { Tagged } from '../../runtime/actor.ts';
import type { Cluster } from '../kit/cluster.ts';
import { lookInside } from '../kit/look-inside.ts';
import type { JobLedger, JobRecord } from './jobs.ts';

interface Sent {
  readonly node: string;
  readonly frameworkId: FrameworkId;
  readonly taskId: TaskId;
  readonly state: TaskState;
  acknowledged: boolean;
}

interface StatusUpdates {
  readonly streams: ReadonlyMap<string, { readonly pending: readonly StatusUpdate[] }>;
}

type Seen =
  | Extract<MasterMessage, { type: 'statusUpdate' }>
  | Extract<AgentMessage, { type: 'acknowledgeUpdate' | 'shutdownFramework' }>;

export class Deliveries {
  /** By the update's id. */
  readonly #sent = new Map<string, Sent>();

  /** @param node where it was seen: it is sent by an agent, or has reached one */
  see(seen: Tagged, from: string): void {
    // Nobody else has words of these names.
    const message = seen as Seen;
    if (message.type === 'statusUpdate') {
      const { agent, update } = message;
      if (update.id === undefined || agent.node !== from || this.#sent.has(update.id)) return;
      const { taskId, state } = update.status;
      const { frameworkId } = update;
      this.#sent.set(update.id, {
        node: from,
        frameworkId,
        taskId,
        state,
        acknowledged: false,
      });
    } else if (message.type === 'acknowledgeUpdate') {
      const sent = this.#sent.get(message.updateId);
      if (sent !== undefined) sent.acknowledged = true;
    } else if (message.type === 'shutdownFramework') {
      this.#forget(message.frameworkId, from);
    }
  }

  /** Nobody is to hear of it any more: a master has ended the framework, as long as it remembers. */
  #forget(frameworkId: FrameworkId, node: string): void {
    for (const [id, sent] of this.#sent) {
      if (sent.frameworkId === frameworkId && sent.node === node) this.#sent.delete(id);
    }
  }

  /** Sentences about updates that got lost; for when everything has come to rest. */
  lost({ agents }: Cluster, ledgers: readonly JobLedger[]): string[] {
    const faults: string[] = [];
    const jobs = new Map<TaskId, JobRecord>();
    for (const { over, jobs: some } of ledgers) {
      if (over === undefined) for (const [taskId, job] of some) jobs.set(taskId, job);
    }
    for (const { taskId, state, acknowledged } of this.#sent.values()) {
      const job = jobs.get(taskId);
      if (job === undefined || job.heard.includes(state)) continue;
      if (acknowledged)
        faults.push(`${taskId} was acknowledged to be ${state}, and nobody heard of it`);
      else if (job.ended === undefined && job.heard.at(-1) !== 'unknown')
        faults.push(`nobody heard that ${taskId} is ${state}`);
    }
    for (const { node } of agents) {
      const updates = lookInside<StatusUpdates>(node.system, { name: 'status-updates' });
      for (const { pending } of updates?.state.streams.values() ?? []) {
        const [first] = pending;
        if (first === undefined || !jobs.has(first.status.taskId)) continue;
        const { taskId, state } = first.status;
        faults.push(`${node.name} still waits to hear that ${taskId} is known to be ${state}`);
      }
    }
    return faults;
  }
}
