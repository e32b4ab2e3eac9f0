/**
 * The port to where the registry is kept, and where it is decided which master leads.
 *
 * A store is an actor. All candidates of a cluster have one each; they agree among themselves (by
 * Raft, by etcd, or by being alone). What one calls leading:
 *
 *     following ──(chosen, and it knows every write before)──▶ leading ──deposed──▶ following
 *
 * The epoch counts leaderships: each has a greater one than all before, and begins with the operation
 * `recover`, which the store applies itself. A write carries its epoch and comes to nothing when there
 * has been a later one since, whoever still believes to lead. All stores fold the same operations by
 * the same pure function, and pass one suite of tests: `test/kit/registry-store-suite.ts`.
 */
import type { Address, Context, SpawnSettings } from '../../../runtime/actor.ts';
import type { Tally } from '../../protocol/metrics/tally.ts';
import type { Candidate, Leader } from './leader.ts';
import type { RegistryOperation } from './operations.ts';
import type { Registry } from './registry.ts';

export type { Candidate, Leader } from './leader.ts';

/** Operations of one write: what the registrar asks for, and what every store takes. */
export const OPERATIONS_PER_WRITE_MAX = 1000;
/** Of the operations of one write, each as its line; a single one that has more is refused. */
export const WRITE_BYTES_MAX = 1_048_576;

export type RegistryStoreMessage =
  /**
   * From the registrar: to be kept together, in this order. Answered by one `written` or
   * `writeFailed`, in the order of asking; many may be on their way.
   */
  | {
      readonly type: 'write';
      readonly epoch: number;
      readonly writeNumber: number;
      readonly operations: readonly RegistryOperation[];
      readonly replyTo: Address<FromStoreToRegistrar>;
    }
  /**
   * From the mastership: lead no longer; rather let `node` lead, if it can. Who is alone is elected
   * again, in a later epoch. Dropped when it doesn't lead.
   */
  | { readonly type: 'resign'; readonly node?: string }
  /**
   * From the standby: what is known here, however old that is. Answered by one `registryRead` or
   * `nothingToRead`.
   */
  | {
      readonly type: 'read';
      readonly readNumber: number;
      readonly replyTo: Address<FromStoreToReader>;
    };

export type FromStoreToReader =
  /** The receiver may keep the registry. */
  | {
      readonly type: 'registryRead';
      readonly readNumber: number;
      readonly registry: Registry;
      readonly age: RegistryAge;
    }
  /** It has read nothing yet itself; what it waits for is told to who asks for the members. */
  | { readonly type: 'nothingToRead'; readonly readNumber: number };

export interface RegistryAge {
  /** Of the log; that of the leadership, where a store counts nothing else. */
  readonly term: number;
  readonly appliedIndex: number;
  /** When a leader was heard of last, by the clock of this node; unset: not since it was started. */
  readonly leaderHeardMs: number | undefined;
}

export type FromStoreToRegistrar =
  /** They are kept. One outcome for each: undefined, or why it was refused, as a sentence. */
  | {
      readonly type: 'written';
      readonly writeNumber: number;
      readonly refusals: readonly (string | undefined)[];
    }
  /** `unknown`: it may be kept and may not. No later write of this epoch will be kept. */
  | {
      readonly type: 'writeFailed';
      readonly writeNumber: number;
      readonly outcome: 'notApplied' | 'unknown';
      readonly sentence: string;
    };

export type FromStoreToMastership =
  /** This one leads, and the registry is as all earlier leaders left it. The receiver may keep it. */
  | { readonly type: 'elected'; readonly leader: Leader; readonly registry: Registry }
  /** It leads no longer, for a reason that is a sentence. */
  | { readonly type: 'deposed'; readonly epoch: number; readonly reason: string }
  /** Another one leads, or, as far as is known here, none. */
  | { readonly type: 'leaderChanged'; readonly leader: Leader | undefined }
  /** `host:port` of all candidates, where the store decides who they are. */
  | { readonly type: 'mastersChanged'; readonly masters: readonly string[] };

export interface RegistryStoreOptions {
  readonly candidate: Candidate;
  /** Hears of everything from the first turn on. */
  readonly mastership: Address<FromStoreToMastership>;
  /** Default: nothing is counted. */
  readonly metrics?: Tally;
}

/**
 * Starts a store as a child of `parent`. What a store needs besides (a directory, an address) is known
 * to who made the function.
 */
export type StartRegistryStore = (
  options: RegistryStoreOptions,
  parent: Pick<Context<never, never>, 'spawn'>,
  settings?: SpawnSettings,
) => Address<RegistryStoreMessage>;
