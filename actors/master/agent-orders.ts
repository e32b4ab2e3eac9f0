/**
 * What operators want of agents: written into the registry first, then done here.
 *
 *     active ──deactivateAgent──▶ deactivated ──reactivateAgent──▶ active
 *       └──drainAgent──▶ draining ──(no task is left)──▶ drained ──reactivateAgent──▶ active
 *                          └──cancelDrain──▶ active
 *
 * An agent that is deactivated is offered to nobody, and what of it is on offer is rescinded. It may
 * be away or unreachable: it hears when it is back.
 * Source of the sentences: Mesos 1.11, src/master/http.cpp, drainAgent, deactivateAgent, reactivateAgent.
 */
import type { AgentId } from '../protocol/ids.ts';
import type { DrainInfo } from '../protocol/maintenance.ts';
import { leave } from './agent-losses.ts';
import { isHere } from './agent-records.ts';
import { tellAllocator } from './children.ts';
import { checkDrained, drainWords, setMarks } from './drains.ts';
import { rescindInverseOffer } from './maintenance/inverse-offers.ts';
import { machineName } from './maintenance/machine-faults.ts';
import { machinesOf } from './maintenance/schedule.ts';
import type { MasterContext, MasterHandlers } from './messages.ts';
import { rescindOffer } from './offers.ts';
import { askRegistrar, orderAnswered, type Refusal } from './orders.ts';
import type { AgentMarkOperation } from './registry/agent-mark-operations.ts';
import type { MasterState } from './state.ts';

export const agentOrderHandlers: MasterHandlers<
  'drainAgent' | 'cancelDrain' | 'deactivateAgent' | 'reactivateAgent' | 'markAgentGone'
> = {
  drainAgent(state, { replyTo, ...operation }, context) {
    const { agentId } = operation;
    const fault = faultOf(state, agentId) ?? maintenanceFault(state, agentId);
    askRegistrar(state, { operation, replyTo }, fault, context);
  },

  cancelDrain(state, { replyTo, ...operation }, context) {
    const { agentId } = operation;
    const drain = state.agents.marks.get(agentId)?.drain;
    const idle = drain?.drained
      ? 'Agent is in the DRAINED state; reactivate it'
      : 'Agent is not in the DRAINING state';
    const fault = drain?.drained === false ? undefined : invalid(idle);
    askRegistrar(state, { operation, replyTo }, faultOf(state, agentId) ?? fault, context);
  },

  deactivateAgent(state, { replyTo, ...operation }, context) {
    askRegistrar(state, { operation, replyTo }, faultOf(state, operation.agentId), context);
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
    askRegistrar(state, { operation, replyTo }, fault, context);
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
export function agentOrderAnswered(
  state: MasterState,
  operation: AgentMarkOperation,
  refused: string | undefined,
  context: MasterContext,
): void {
  orderAnswered(state, operation, refused, () => carryOut(state, operation, context), context);
  const agent = state.agents.registered.get(operation.agentId);
  if (agent !== undefined) checkDrained(state, agent, context);
}

function carryOut(state: MasterState, operation: AgentMarkOperation, context: MasterContext): void {
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
  for (const record of agent.inverseOffers.values()) rescindInverseOffer(state, record, context);
}

function tellDrain(state: MasterState, agentId: AgentId, context: MasterContext): void {
  const agent = state.agents.registered.get(agentId);
  if (agent === undefined || !agent.connected) return;
  context.send(agent.address, { type: 'setDrain', ...drainWords(state, agentId) });
}

function faultOf(state: MasterState, agentId: AgentId): Refusal | undefined {
  if (!isKnown(state, agentId)) return invalid('Unknown agent');
  // Also when it is drained and to be given up then.
  if (!isLeavingForGood(state, agentId)) return undefined;
  return { refused: 'Agent is currently being marked gone', fault: 'conflict' };
}

/** Machines in the schedule are drained by it. As in Mesos, only of agents that are registered. */
function maintenanceFault(state: MasterState, agentId: AgentId): Refusal | undefined {
  const agent = state.agents.registered.get(agentId);
  const [machine] = agent === undefined ? [] : machinesOf(state.schedule, agent.info);
  if (machine === undefined) return undefined;
  const name = machineName(machine.machineId);
  return invalid(`Agent ${agentId} is part of a maintenance schedule under Machine ${name}`);
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
