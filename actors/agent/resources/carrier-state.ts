/** What the carrier of operations hears, says and knows; what it does is in `operation-carrier.ts`. */
import type { Address, Context, TimerId } from '../../../runtime/actor.ts';
import type { OperationUuid, UpdateId } from '../../protocol/ids.ts';
import type { OperationRecord, ReportedOperation } from '../../protocol/operation.ts';
import type { Resources } from '../../protocol/resources.ts';
import type { ResourceStore } from './resource-store.ts';
import type { VolumeDisk } from './volume-disk.ts';

export type OperationCarrierMessage =
  /** From the agent, each once. */
  | {
      readonly type: 'apply';
      readonly record: OperationRecord;
      /** By tasks and executors that are here: it is not changed under them. */
      readonly inUse: Resources;
    }
  /** From the agent, of one that it has no room for, or that was decided upon on wrong grounds. */
  | { readonly type: 'refuse'; readonly record: OperationRecord; readonly message: string }
  /** From the framework or the master, by way of the agent. Dropped when stale. */
  | {
      readonly type: 'acknowledge';
      readonly operationUuid: OperationUuid;
      readonly updateId: UpdateId;
    }
  /** From the agent, which begins under a new id: nobody waits to hear of the operations of the old one. */
  | { readonly type: 'forgetSettled' }
  /** From the agent: there is a master to send to. */
  | { readonly type: 'resume' }
  /** From the agent: there is none. */
  | { readonly type: 'pause' }
  /** All of these from ourselves. */
  | { readonly type: 'read'; readonly text: string | undefined }
  | { readonly type: 'notRead'; readonly error: unknown }
  | { readonly type: 'written' }
  | { readonly type: 'notWritten'; readonly error: unknown }
  | { readonly type: 'writeAgain' }
  | { readonly type: 'deedDone'; readonly leftBehind: string | undefined }
  | { readonly type: 'deedFailed'; readonly error: unknown }
  | { readonly type: 'swept'; readonly cause: string | undefined }
  | { readonly type: 'retry'; readonly operationUuid: OperationUuid; readonly delayMs: number };

/** What the agent hears. */
export type OperationCarrierNews =
  /** Once, at the start: what the agent has, and what nobody has acknowledged yet. */
  | {
      readonly type: 'resourcesRead';
      readonly total: Resources;
      readonly operations: readonly ReportedOperation[];
    }
  /** The end of the agent: `cause` is a sentence with what to do. */
  | { readonly type: 'resourcesFailed'; readonly cause: string }
  /** Of each operation once. */
  | {
      readonly type: 'operationSettled';
      readonly operation: ReportedOperation;
      readonly total: Resources;
    }
  /** To be told to the master now. */
  | { readonly type: 'forwardOperation'; readonly operation: ReportedOperation };

export interface OperationCarrierOptions {
  readonly agent: Address<OperationCarrierNews>;
  readonly store: ResourceStore;
  readonly disk: VolumeDisk;
  /** By the flags of the agent. */
  readonly resources: Resources;
  /** First wait for an acknowledgement; doubles with each retry, up to the maximum. */
  readonly retryDelayMsMin: number;
  readonly retryDelayMsMax: number;
}

export type Queued = Extract<OperationCarrierMessage, { readonly type: 'apply' }>;

export interface OperationCarrierState {
  total: Resources;
  /** Settled and not acknowledged, oldest first; and the one that is being carried out. */
  readonly operations: Map<OperationUuid, ReportedOperation>;
  readonly queue: Queued[];
  /** What has been written down and is not done yet. */
  doing: { readonly record: OperationRecord; readonly before: Resources } | undefined;
  /** Something is being written or done. */
  busy: boolean;
  /** What is being written is that `doing` begins, or something that is told then. */
  writing: { readonly begins: boolean; readonly told: readonly ReportedOperation[] } | undefined;
  /** Told when it is written down. */
  settled: ReportedOperation[];
  /** There is something to write down that nobody waits for. */
  changed: boolean;
  /** It has been said so. */
  waitsForSpace: boolean;
  paused: boolean;
  /** The agent knows what it has. */
  ready: boolean;
  readonly timers: Map<OperationUuid, TimerId>;
}

export type OperationCarrierContext = Context<OperationCarrierOptions, OperationCarrierMessage>;
