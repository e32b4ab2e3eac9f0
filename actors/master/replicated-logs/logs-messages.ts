/** What the replicated logs of a node hear, and where they are kept. */
import type { Disk } from '../../../consensus/disk.ts';
import type { Membership } from '../../../consensus/entry.ts';
import type { Exited } from '../../../runtime/actor.ts';
import type { LogRequest } from '../../protocol/replicated-logs.ts';
import type { ReplicatedLog } from '../registry/log-operations.ts';
import type { FromStoreToRegistrar } from '../registry/store.ts';

export type LogsMessage = LogRequest | FromStoreToLogs | FromStoreToRegistrar | Exited;

/** A member's place among the masters. */
export interface LogsIdentity {
  readonly clusterId: string;
  readonly memberId: number;
}

export type FromStoreToLogs =
  /** Whenever something of it has changed. */
  | {
      readonly type: 'registryKnown';
      readonly identity: LogsIdentity;
      readonly masters: Membership;
      readonly logs: readonly ReplicatedLog[];
      /** Set while this master leads. */
      readonly epoch?: number;
      /** `host:port` of the master that leads, as far as is known. */
      readonly leader?: string;
    }
  /** Once: what is known of the registry is not older than this process. */
  | { readonly type: 'registryCaughtUp' };

/** A directory for each log, on the disk of one master. */
export interface LogDirectories {
  /** Makes it where it is missing. @throws what the system says */
  open(logId: string): Disk;
  /** The logs that have one. */
  list(): readonly string[];
  /** With all that is in it. @throws what the system says */
  remove(logId: string): void;
}
