/**
 * Who may say what to whom: one union per listener. Commands are imperative, facts past tense.
 *
 * Between nodes a message travels at most once and in order per pair; whoever needs more says how:
 * registration and subscription are repeated until answered, status updates until acknowledged,
 * everything else is repaired: offers time out, launches nobody heard of are asked for
 * (`confirmTasks`), and schedulers reconcile.
 * Source of the conversation: Mesos 1.11, src/messages/messages.proto and master.cpp.
 */
import type { Exited } from '../../runtime/actor.ts';
import type { FromAgentToExecutor } from './agent-to-executor.ts';
import type { FromAgentToMaster } from './agent-to-master.ts';
import type { FromExecutorToAgent } from './executor-to-agent.ts';
import type { FromMasterToAgent } from './master-to-agent.ts';
import type { FromMasterToScheduler } from './master-to-scheduler.ts';
import type { FromOperatorToAgent } from './operator-to-agent.ts';
import type { FromOperatorToMaster } from './operator-to-master.ts';
import type { FromSchedulerToMaster } from './scheduler-to-master.ts';

/** The well-known name of every master, agent actor on its node. */
export const MASTER_NAME = 'master';
export const AGENT_NAME = 'agent';

export type MasterMessage =
  | FromAgentToMaster
  | FromSchedulerToMaster
  | FromOperatorToMaster
  | Exited;

export type AgentMessage = FromMasterToAgent | FromExecutorToAgent | FromOperatorToAgent | Exited;

export type SchedulerMessage = FromMasterToScheduler | Exited;

export type ExecutorMessage = FromAgentToExecutor | Exited;

/**
 * From a master that doesn't lead, instead of any other answer. It comes again, unasked, when that
 * master learns who leads, and from the leader when it begins and when the masters change.
 */
export interface NotLeader {
  readonly type: 'notLeader';
  /** Of the newest leadership known there; 0: of none. */
  readonly epoch: number;
  /** `host:port` of the leader, when it is known there. */
  readonly leader?: string;
  /** `host:port` of all masters, as far as they are known there. */
  readonly masters: readonly string[];
}

/** Part of a leader's first words to an agent or a scheduler; see `masters.ts`. */
export interface LeaderWords {
  readonly epoch: number;
  readonly masters: readonly string[];
}
