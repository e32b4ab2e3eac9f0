/** What an executor says to the agent that it runs on; each is repeated until it is answered. */
import type { Address } from '../../runtime/actor.ts';
import type { ExecutorId, FrameworkId, UpdateId } from './ids.ts';
import type { ExecutorMessage } from './messages.ts';
import type { StatusUpdate } from './task.ts';

export type FromExecutorToAgent =
  /**
   * Repeated until answered by `executorRegistered`, `registrationRefused` or `shutdown`. `secret` is
   * what the agent gave the program that it started; who only knows the ids is refused.
   */
  | {
      readonly type: 'registerExecutor';
      readonly executor: Address<ExecutorMessage>;
      readonly frameworkId: FrameworkId;
      readonly executorId: ExecutorId;
      readonly secret: string;
    }
  /** Repeated until answered by `updateReceived` (the agent has it, not yet the scheduler). */
  | {
      readonly type: 'executorUpdate';
      readonly frameworkId: FrameworkId;
      readonly executorId: ExecutorId;
      readonly update: StatusUpdate & { readonly id: UpdateId };
    }
  | {
      readonly type: 'executorMessage';
      readonly frameworkId: FrameworkId;
      readonly executorId: ExecutorId;
      readonly data: string;
    };
