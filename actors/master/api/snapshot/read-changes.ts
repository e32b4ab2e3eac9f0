/**
 * What the master's side tells the readers' side, and what readers ask of it: plain data, for the two
 * may be on different threads. What was told before a question was asked is in its answer.
 */

import type { MessageEncoding } from '../../../../transport/http/negotiation.ts';
import type { Domain } from '../../../protocol/domain.ts';
import type { FrameworkId } from '../../../protocol/ids.ts';
import type { InverseOffer } from '../../../protocol/maintenance.ts';
import type { Offer } from '../../../protocol/offer.ts';
import type { QuotaConfig, RoleWeight } from '../../../protocol/quota.ts';
import type { Task, TaskState, TaskStatus } from '../../../protocol/task.ts';
import type { AgentView, FrameworkView, TaskView } from '../../../protocol/views.ts';
import type { ExecutorRecord } from '../../state.ts';

/** Records have numbers, given once: who comes back under an old id is another record. */
export type ReadChange =
  /** Another master leads here: nothing of what was told before is true any more. */
  | { readonly kind: 'begin'; readonly master: ReadMaster }
  | { readonly kind: 'agent'; readonly number: number; readonly view: AgentView }
  | { readonly kind: 'framework'; readonly number: number; readonly view: ReadFramework }
  | {
      readonly kind: 'task';
      readonly number: number;
      readonly task: Task;
      readonly phase: TaskView['phase'];
    }
  | { readonly kind: 'executor'; readonly number: number; readonly executor: ExecutorRecord }
  | { readonly kind: 'offer'; readonly number: number; readonly offer: Offer }
  | { readonly kind: 'gone'; readonly number: number }
  | { readonly kind: 'grants'; readonly grants: ReadGrants }
  /** What came before is true at one moment: answers are about it from now on. */
  | { readonly kind: 'moment' };

/** One that is told of the records. */
export type RecordChange = Exclude<ReadChange, { readonly kind: 'moment' }>;

/** What does not change while a master leads, but for `grants`. */
export interface ReadMaster {
  readonly masterId: string;
  readonly cluster: string;
  readonly version: string;
  /** `host:port`. */
  readonly node: string;
  /** Of the process, and of its leadership. */
  readonly startedMs: number;
  readonly electedMs: number;
  readonly domain?: Domain;
  readonly grants: ReadGrants;
  /** The only roles that there are; absent: all. */
  readonly rolesAllowed?: readonly string[];
  /** By their names, as they could be given again. */
  readonly flags: Readonly<Record<string, string>>;
}

/** What operators have granted to roles, by role. */
export interface ReadGrants {
  readonly weights: readonly RoleWeight[];
  readonly quotas: readonly QuotaConfig[];
}

export interface ReadFramework extends FrameworkView {
  /** Printed address of its scheduler; absent while it has none. */
  readonly pid?: string;
  /** That nobody has answered yet; absent: none. */
  readonly inverseOffers?: readonly InverseOffer[];
}

/** What operators who subscribe hear of. Source: Mesos, master.proto, Event. */
export type OperatorEvent =
  | { readonly type: 'taskAdded'; readonly task: Task }
  | {
      readonly type: 'taskUpdated';
      readonly frameworkId: FrameworkId;
      readonly status: TaskStatus;
      /** The newest that is known of the task; the status may be older. */
      readonly state: TaskState;
    }
  | { readonly type: 'agentAdded'; readonly agent: AgentView }
  | { readonly type: 'agentRemoved'; readonly agentId: AgentView['agentId'] }
  | { readonly type: 'frameworkAdded'; readonly framework: ReadFramework }
  | { readonly type: 'frameworkUpdated'; readonly framework: ReadFramework }
  | { readonly type: 'frameworkRemoved'; readonly framework: ReadFramework };

export type OldRead =
  | 'state'
  | 'state-summary'
  | 'slaves'
  | 'frameworks'
  | 'tasks'
  | 'roles'
  | 'registry';

export type OperatorRead =
  | 'GET_STATE'
  | 'GET_AGENTS'
  | 'GET_FRAMEWORKS'
  | 'GET_EXECUTORS'
  | 'GET_TASKS'
  | 'GET_ROLES';

export type ReadQuestion =
  /** One of the old endpoints; `query`: its parameters, those that it knows. */
  | {
      readonly kind: 'old';
      readonly read: OldRead;
      readonly query: Readonly<Record<string, string>>;
    }
  | { readonly kind: 'call'; readonly call: OperatorRead; readonly encoding: MessageEncoding }
  /** The first record of a stream of events, framed as RecordIO. */
  | {
      readonly kind: 'subscribed';
      readonly encoding: MessageEncoding;
      readonly heartbeatIntervalMs: number;
    }
  /** A record for each of them, framed. */
  | {
      readonly kind: 'events';
      readonly encoding: MessageEncoding;
      readonly events: readonly OperatorEvent[];
    }
  /** The gauges among the metrics, as a JSON object of numbers; also of so many frameworks. */
  | { readonly kind: 'gauges'; readonly frameworkCountMax: number };

/** Who keeps what was told and answers questions about it: on a thread of its own, or right here. */
export interface ReadEngine {
  apply(changes: readonly ReadChange[]): void;
  /** One piece, but for `events`. In the order of asking. Rejects only when the engine has ended. */
  ask(question: ReadQuestion): Promise<readonly Uint8Array[]>;
  close(): Promise<void>;
}
