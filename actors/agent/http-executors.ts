/**
 * Executors that speak to the agent over HTTP, as the agent sees them: each has an actor on this node
 * that stands for it (`api/executor/http-executor.ts`), with an address like that of any other executor.
 *
 *     (program started) ──subscribeExecutor──▶ subscribed ◀──subscribeExecutor──┐
 *                                                  └── by another stream: it is replaced ──┘
 * A stream that breaks says nothing about the executor: it is the executor's until the next one takes its
 * place or the program ends. What is said here comes from this node only, so nobody needs a secret.
 * Source: Mesos 1.11, src/slave/slave.cpp, subscribe.
 */
import type { Address, Exited } from '../../runtime/actor.ts';
import { sameAddress } from '../../runtime/address.ts';
import type { FromExecutorToAgent } from '../protocol/executor-to-agent.ts';
import type { ContainerId, ExecutorId, FrameworkId } from '../protocol/ids.ts';
import type { ExecutorMessage } from '../protocol/messages.ts';
import { welcome } from './executor-registration.ts';
import type { AgentContext, AgentHandlers, AgentState } from './state.ts';

/** What the actor that stands for an HTTP executor hears. */
export type HttpExecutorMessage =
  | ExecutorMessage
  /** From the agent: another stream is the executor's now; what could not be told yet goes there. */
  | { readonly type: 'subscriptionReplaced'; readonly by: Address<HttpExecutorMessage> }
  /** From the agent: the program has ended. */
  | { readonly type: 'executorEnded' }
  /** From the route: what the executor says. */
  | {
      readonly type: 'say';
      readonly message: Exclude<FromExecutorToAgent, { readonly type: 'registerExecutor' }>;
    }
  /** From the stream, the last that is heard of it. */
  | { readonly type: 'streamClosed' }
  /** From its own timer. */
  | { readonly type: 'heartbeatDue' };

/** What the agent hears of this node's HTTP, and of nobody else. */
export type FromHttpExecutorToAgent =
  /** From the route: is there such an executor, and how far is it? */
  | {
      readonly type: 'findExecutor';
      readonly frameworkId: FrameworkId;
      readonly executorId: ExecutorId;
      readonly replyTo: Address<FoundExecutor>;
    }
  /** Answered like `registerExecutor`: by `executorRegistered` or `shutdown`. */
  | {
      readonly type: 'subscribeExecutor';
      readonly executor: Address<HttpExecutorMessage>;
      readonly frameworkId: FrameworkId;
      readonly executorId: ExecutorId;
      readonly containerId: ContainerId;
    };

export interface FoundExecutor {
  readonly type: 'foundExecutor';
  /** The agent doesn't know yet what an earlier life left running. */
  readonly isRecovering: boolean;
  readonly framework: boolean;
  /** Absent where there is none, and for those that live in the agent. */
  readonly executor?: {
    readonly containerId: ContainerId;
    readonly phase: 'registering' | 'running';
    /** Who stands for it; absent for one that does not speak HTTP. */
    readonly address?: Address<HttpExecutorMessage>;
  };
}

export const httpExecutorHandlers: AgentHandlers<'findExecutor' | 'subscribeExecutor'> = {
  findExecutor(state, { frameworkId, executorId, replyTo }, context) {
    const framework = state.frameworks.get(frameworkId);
    const executor = framework?.executors.get(executorId);
    const address = executor && state.httpExecutors.get(executor.containerId);
    // Of those of this node it would be one that crashed, and is to subscribe again.
    const isElsewhere = executor?.address && executor.address.node !== context.self.node;
    context.send(replyTo, {
      type: 'foundExecutor',
      // One that comes back to an agent that was started again does so before that has registered.
      isRecovering: state.recovery.phase === 'reading',
      framework: framework !== undefined,
      ...(executor?.custom !== undefined && {
        executor: {
          containerId: executor.containerId,
          phase: isElsewhere || address !== undefined ? 'running' : 'registering',
          ...(address !== undefined && { address }),
        },
      }),
    });
  },

  subscribeExecutor(state, { executor: address, frameworkId, executorId, containerId }, context) {
    const framework = state.frameworks.get(frameworkId);
    const executor = framework?.executors.get(executorId);
    const { node } = context.self;
    if (
      framework === undefined ||
      framework.ending ||
      executor?.custom === undefined ||
      executor.containerId !== containerId ||
      executor.ending ||
      // It speaks the words of a node of the cluster.
      (executor.address !== undefined && executor.address.node !== node) ||
      state.ending !== undefined
    ) {
      context.send(address, { type: 'shutdown' });
      return;
    }
    const before = state.httpExecutors.get(containerId);
    if (before !== undefined) {
      context.unlink(before);
      context.send(before, { type: 'subscriptionReplaced', by: address });
    }
    state.httpExecutors.set(containerId, address);
    context.link(address);
    welcome(state, framework, executor, address, context);
  },
};

/** The program of an executor has ended; for those that don't speak HTTP nothing is to be done. */
export function endHttpExecutor(
  { httpExecutors }: AgentState,
  containerId: ContainerId,
  context: AgentContext,
): void {
  const address = httpExecutors.get(containerId);
  if (address === undefined || !httpExecutors.delete(containerId)) return;
  context.unlink(address);
  context.send(address, { type: 'executorEnded' });
}

/** It crashed, and its stream ended with it: the executor subscribes again. @returns whether it was one */
export function httpExecutorExited({ httpExecutors }: AgentState, { address }: Exited): boolean {
  for (const [containerId, known] of httpExecutors) {
    if (sameAddress(known, address)) return httpExecutors.delete(containerId);
  }
  return false;
}
