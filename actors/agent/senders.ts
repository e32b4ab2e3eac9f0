/**
 * Who is speaking: the agent does what its master says, and hears executors for themselves only.
 *
 * The wire proves the node of a sender, so whoever merely knows the ids of others can neither end
 * their tasks nor take their executors' places. What this node's own outside sends has no sender,
 * and what the agent itself sends it has checked before: a shutdown that waited for its recovery.
 * Source: Mesos 1.11, src/slave/slave.cpp ("… because it is not from the registered master").
 */
import { sameAddress } from '../../runtime/address.ts';
import type { FromExecutorToAgent } from '../protocol/executor-to-agent.ts';
import type { ExecutorId, FrameworkId } from '../protocol/ids.ts';
import type { FromMasterToAgent } from '../protocol/master-to-agent.ts';
import { mastersOf } from '../protocol/masters.ts';
import { MASTER_NAME } from '../protocol/messages.ts';
import type { AgentActorMessage, AgentContext, AgentHandlers, AgentState } from './state.ts';

type All = AgentHandlers<AgentActorMessage['type']>;
type Checked = FromMasterToAgent['type'] | FromExecutorToAgent['type'];

type Checks = {
  readonly [Type in Checked]: (
    state: AgentState,
    message: Extract<AgentActorMessage, { readonly type: Type }>,
    context: AgentContext,
  ) => boolean;
};

const CHECKS: Checks = {
  notLeader: isFromSomeMaster,
  agentRegistered: isFromSomeMaster,
  agentReregistered: isFromSomeMaster,
  shutdownAgent: (state, message, context) =>
    isFromItself(context) || isFromSomeMaster(state, message, context),
  ping: isFromSomeMaster,
  setDrain: isFromMaster,
  runTask: isFromMaster,
  runTaskGroup: isFromMaster,
  applyOperation: isFromMaster,
  acknowledgeOperation: isFromMaster,
  updateFramework: isFromMaster,
  killTask: isFromMaster,
  confirmTasks: isFromMaster,
  acknowledgeUpdate: isFromMaster,
  shutdownFramework: isFromMaster,
  shutdownExecutor: isFromMaster,
  schedulerMessage: isFromMaster,
  registerExecutor(state, { executor, ...which }, { sender }) {
    const registered = addressOf(state, which);
    const itself = sender === undefined || sameAddress(sender, executor);
    return itself && (registered === undefined || sameAddress(registered, executor));
  },
  executorUpdate: isFromExecutor,
  executorMessage: isFromExecutor,
};

/** The same handlers; those of `CHECKS` drop what does not come from whom it should. */
export function heardFromTheRightOnes(handlers: All): All {
  const checked = Object.entries(CHECKS).map(([type, isRight]) => {
    const check = isRight as (state: AgentState, message: never, context: AgentContext) => boolean;
    const handle = handlers[type as Checked] as (
      state: AgentState,
      message: never,
      context: AgentContext,
    ) => void;
    const hear = (state: AgentState, message: never, context: AgentContext) => {
      if (check(state, message, context)) {
        handle(state, message, context);
        return;
      }
      const { node, name } = context.sender ?? context.self;
      context.log.warn(`Dropped "${type}" of ${name}@${node}: it is not for that one to say`);
    };
    return [type, hear];
  });
  return { ...handlers, ...Object.fromEntries(checked) };
}

function isFromItself({ sender, self }: AgentContext): boolean {
  return sender !== undefined && sameAddress(sender, self);
}

/** Those it may ask; which of them leads is what they say. */
function isFromSomeMaster(state: AgentState, _: unknown, { sender }: AgentContext): boolean {
  if (sender === undefined) return true;
  if (sender.name !== MASTER_NAME) return false;
  return sender.node === state.asked?.node || mastersOf(state.search).includes(sender.node);
}

/** A master that was deposed, or doesn't have this agent any more, has nothing to say. */
function isFromMaster({ master }: AgentState, _: unknown, { sender }: AgentContext): boolean {
  return sender === undefined || (master !== undefined && sameAddress(sender, master));
}

/** What executors say about executors that are not there is looked at by the handlers. */
function isFromExecutor(
  state: AgentState,
  which: { readonly frameworkId: FrameworkId; readonly executorId: ExecutorId },
  { sender }: AgentContext,
): boolean {
  const registered = addressOf(state, which);
  return sender === undefined || registered === undefined || sameAddress(sender, registered);
}

function addressOf(
  { frameworks }: AgentState,
  { frameworkId, executorId }: Parameters<typeof isFromExecutor>[1],
) {
  return frameworks.get(frameworkId)?.executors.get(executorId)?.address;
}
