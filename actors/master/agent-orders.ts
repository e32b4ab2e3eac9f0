/**
 * What operators want of agents: written into the registry first, then done here.
 *
 *     active ──deactivateAgent──▶ deactivated ──reactivateAgent──▶ active
 *       └──drainAgent──▶ draining ──(no task is left)──▶ drained ──reactivateAgent──▶ active
 *                          └──cancelDrain──▶ active
 *
 * An agent that is deactivated is offered to nobody, and what of it is on offer is rescinded. It may
 * be away or unreachable: it hears when it is back. The registrar answers in the order of asking, so
 * its answers are those to the orders, the oldest first.
 * Source of the sentences: Mesos 1.11, src/master/http.cpp, drainAgent, deactivateAgent, reactivateAgent.
 */
import { assert } from '../../runtime/assert.ts';
import type { AgentId } from '../protocol/ids.ts';
import type { DrainInfo } from '../protocol/maintenance.ts';
import type { OperatorAnswer } from '../protocol/messages.ts';
import { leave } from './agent-losses.ts';
import { isHere } from './agent-records.ts';
import { tellAllocator, tellRegistrar } from './children.ts';
import { checkDrained, drainWords, setMarks } from './drains.ts';
import type { MasterContext, MasterHandlers } from './messages.ts';
import { rescindOffer } from './offers.ts';
import type { MasterState, OperatorOperation, OrderToAnswer } from './state.ts';

type Refusal = Pick<OperatorAnswer, 'refused' | 'fault'>;

export const agentOrderHandlers: MasterHandlers<
  'drainAgent' | 'cancelDrain' | 'deactivateAgent' | 'reactivateAgent' | 'markAgentGone'
> = {
  drainAgent(state, { replyTo, ...operation }, context) {
    ask(state, { operation, replyTo }, faultOf(state, operation.agentId), context);
  },

  cancelDrain(state, { replyTo, ...operation }, context) {
    const { agentId } = operation;
    const drain = state.agents.marks.get(agentId)?.drain;
    const idle = drain?.drained
      ? 'Agent is in the DRAINED state; reactivate it'
      : 'Agent is not in the DRAINING state';
    const fault = drain?.drained === false ? undefined : invalid(idle);
    ask(state, { operation, replyTo }, faultOf(state, agentId) ?? fault, context);
  },

  deactivateAgent(state, { replyTo, ...operation }, context) {
    ask(state, { operation, replyTo }, faultOf(state, operation.agentId), context);
  },

  reactivateAgent(state, { replyTo, ...operation }, context) {
    const { agentId } = operation;
    const marks = state.agents.marks.get(agentId);
    const isDraining = marks?.drain?.drained === false;
    const fault =
      marks === undefined
        ? invalid('Agent is not deactivated')
        : isDraining
          ? invalid('Agent is still in the DRAINING state')
          : undefined;
    ask(state, { operation, replyTo }, fault, context);
  },

  markAgentGone(state, { agentId, replyTo }, context) {
    const { gone, leaving, givenUp, reregistering } = state.agents;
    if (gone.has(agentId)) {
      context.send(replyTo, { type: 'operatorAnswer' });
      return;
    }
    if (leaving.has(agentId) || reregistering.has(agentId)) {
      const refused = `Agent '${agentId}' is already being transitioned to gone`;
      context.send(replyTo, { type: 'operatorAnswer', refused, fault: 'busy' });
      return;
    }
    if (!isKnown(state, agentId)) {
      const refused = `Agent '${agentId}' not found`;
      context.send(replyTo, { type: 'operatorAnswer', refused, fault: 'unknown' });
      return;
    }
    context.log.info(`An operator gives up agent "${agentId}"`);
    givenUp.set(agentId, replyTo);
    leave(state, agentId, context, 'byOperator');
  },
};

/** The registry has it, or has refused it. */
export function orderAnswered(
  state: MasterState,
  operation: OperatorOperation,
  refused: string | undefined,
  context: MasterContext,
): void {
  const order = state.orders.shift();
  assert(order?.operation.type === operation.type, 'orders are answered as they were asked');
  const { agentId } = operation;
  if (refused === undefined) carryOut(state, operation, context);
  else context.log.info(refused);
  const { replyTo } = order;
  if (replyTo !== undefined) {
    // It was sound when it was asked: the agent has gone meanwhile, or somebody else was faster.
    const why = refused === undefined ? {} : ({ refused, fault: 'conflict' } as const);
    context.send(replyTo, { type: 'operatorAnswer', ...why });
  }
  const agent = state.agents.registered.get(agentId);
  if (agent !== undefined) checkDrained(state, agent, context);
}

function carryOut(state: MasterState, operation: OperatorOperation, context: MasterContext): void {
  const { agentId } = operation;
  switch (operation.type) {
    case 'drainAgent': {
      const { markGone, maxGracePeriodMs: graceMs } = operation;
      const grace = graceMs === undefined ? {} : { maxGracePeriodMs: graceMs };
      context.log.info(`Agent "${agentId}" is draining`);
      deactivate(state, agentId, { ...grace, markGone, drained: false }, context);
      tellDrain(state, agentId, context);
      break;
    }
    case 'markAgentDrained': {
      const marks = state.agents.marks.get(agentId);
      if (marks?.drain === undefined) break;
      context.log.info(`Agent "${agentId}" is drained`);
      setMarks(state, agentId, { ...marks, drain: { ...marks.drain, drained: true } });
      break;
    }
    case 'deactivateAgent':
      if (state.agents.marks.has(agentId)) break;
      context.log.info(`Agent "${agentId}" is deactivated`);
      deactivate(state, agentId, undefined, context);
      break;
    case 'cancelDrain':
    case 'reactivateAgent': {
      context.log.info(`Agent "${agentId}" is active again`);
      setMarks(state, agentId, undefined);
      const agent = state.agents.registered.get(agentId);
      if (agent === undefined || !agent.connected) break;
      tellDrain(state, agentId, context);
      tellAllocator(state, { type: 'activateAgent', agentId }, context);
    }
  }
}

function deactivate(
  state: MasterState,
  agentId: AgentId,
  drain: DrainInfo | undefined,
  context: MasterContext,
): void {
  const agent = state.agents.registered.get(agentId);
  const toldMs = drain === undefined || agent === undefined ? undefined : context.nowMs();
  setMarks(state, agentId, {
    deactivated: true,
    ...(drain !== undefined && { drain }),
    ...(toldMs !== undefined && { drainStartedMs: toldMs }),
  });
  if (agent === undefined) return;
  // In this order nothing of what is rescinded is handed out anew.
  tellAllocator(state, { type: 'deactivateAgent', agentId }, context);
  for (const offer of agent.offers) rescindOffer(state, offer, context);
}

function tellDrain(state: MasterState, agentId: AgentId, context: MasterContext): void {
  const agent = state.agents.registered.get(agentId);
  if (agent === undefined || !agent.connected) return;
  context.send(agent.address, { type: 'setDrain', ...drainWords(state, agentId) });
}

function ask(
  state: MasterState,
  order: OrderToAnswer,
  fault: Refusal | undefined,
  context: MasterContext,
): void {
  const { operation, replyTo } = order;
  if (fault !== undefined && replyTo !== undefined) {
    context.send(replyTo, { type: 'operatorAnswer', ...fault });
    return;
  }
  state.orders.push(order);
  tellRegistrar(state, operation, context);
}

function faultOf(state: MasterState, agentId: AgentId): Refusal | undefined {
  if (!isKnown(state, agentId)) return invalid('Unknown agent');
  // Also when it is drained and to be given up then.
  if (!isLeavingForGood(state, agentId)) return undefined;
  return { refused: 'Agent is currently being marked gone', fault: 'conflict' };
}

/** And not only taken for unreachable. */
function isLeavingForGood({ agents }: MasterState, agentId: AgentId): boolean {
  const drain = agents.marks.get(agentId)?.drain;
  return agents.leaving.has(agentId) && (agents.givenUp.has(agentId) || drain?.markGone === true);
}

function isKnown(state: MasterState, agentId: AgentId): boolean {
  return isHere(state, agentId) || state.agents.unreachable.has(agentId);
}

function invalid(refused: string): Refusal {
  return { refused, fault: 'invalid' };
}
