/**
 * What a call of a scheduler comes to, as plain data: what the master is told for it, and what the
 * scheduler is told at once because the master has no words for it.
 */
import type { FrameworkInfo } from '../../../protocol/framework.ts';
import type { FrameworkId } from '../../../protocol/ids.ts';
import type { OfferConstraints } from '../../../protocol/offer-constraints.ts';
import type { FromSchedulerToMaster } from '../../../protocol/scheduler-to-master.ts';
import type { FrameworkForm } from '../../../protocol/v1/framework-form.ts';

export type Order =
  | {
      readonly type: 'tell';
      readonly messages: readonly FromSchedulerToMaster[];
      readonly notices: readonly Notice[];
    }
  | { readonly type: 'update'; readonly framework: Framework }
  /** Known to be none only when it is known who calls. */
  | { readonly type: 'refuse'; readonly status: number; readonly sentence: string };

/** What is said to a scheduler about a part of its call. */
export type Notice =
  | {
      readonly type: 'taskRefused';
      readonly taskId: string;
      readonly agentId: string;
      readonly reason: 'REASON_TASK_INVALID' | 'REASON_TASK_GROUP_INVALID';
      readonly sentence: string;
    }
  | { readonly type: 'operationRefused'; readonly operationId: string; readonly sentence: string };

/** What a framework says of itself, when it subscribes and later. */
export interface Framework {
  /** Absent: it is new. */
  readonly frameworkId?: FrameworkId;
  readonly info: FrameworkInfo;
  readonly suppressedRoles: readonly string[];
  readonly offerConstraints?: OfferConstraints;
  readonly form: FrameworkForm;
  /** Fields that count for nothing here, for the log. */
  readonly left: readonly string[];
  /** Why the framework can't be taken as it is, in the words of Mesos. */
  readonly refused?: string;
  /** Why its offer constraints can't. */
  readonly constraintsRefused?: string;
}
