/** What the suite of the registry stores needs of who tries one: candidates, time, and faults. */
import type { Candidate } from '../../actors/master/registry/leader.ts';
import type {
  RegistryStoreMessage,
  RegistryStoreOptions,
} from '../../actors/master/registry/store.ts';
import type { Address } from '../../runtime/actor.ts';
import type { System } from '../../runtime/system.ts';

export interface StoreCluster {
  /** Each of the candidates that it was opened with can be started, and again after it was killed. */
  start(candidate: Candidate): Promise<StoreNode>;
  /** Lets time pass. @throws when it is not so after a time in which any store would have managed */
  until(what: string, isSo: () => boolean): Promise<void>;
  /** Time enough for anything that was going to happen without a fault. */
  settle(): Promise<void>;
  readonly chaos: ChaosHandle;
  close(): Promise<void>;
}

export interface StoreNode {
  /** Where the suite's own actors live. */
  readonly system: System;
  startStore(options: RegistryStoreOptions): Address<RegistryStoreMessage>;
}

/** Faults, by the node of the candidate that they befall. What is left out can't be made to happen. */
export interface ChaosHandle {
  /** As with SIGKILL. */
  kill(node: string): Promise<void>;
  /** As with SIGSTOP. */
  readonly pause?: (node: string) => Promise<void>;
  readonly resume?: (node: string) => Promise<void>;
  /** Its store reaches nothing outside; the actors on its node still reach its store. */
  readonly isolate?: (node: string) => Promise<void>;
  /** What its store asks for outside is done, and it is not told. */
  readonly dropReplies?: (node: string) => Promise<void>;
  /** Ends isolation and the dropping of replies. */
  readonly heal?: () => Promise<void>;
  /** All are killed at once; what is kept is kept. */
  readonly killAll?: () => Promise<void>;
}
