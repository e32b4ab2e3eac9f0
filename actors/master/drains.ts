/**
 * Draining, seen from the master: what agents are told of it, and when it is over.
 *
 *     draining ──no task and no operation is left, all ends acknowledged──▶ drained, or gone where that is asked for
 *
 * An agent hears of its drain at once, with each registration and with each ping, and of its end the
 * same way: so no lost message leaves it draining, or taking tasks. Only an agent that is registered
 * is drained: of one that is away nobody knows what it has.
 * Source: Mesos 1.11, src/master/master.cpp, checkAndTransitionDrainingAgent.
 */
import type { AgentId } from '../protocol/ids.ts';
import type { DrainWords } from '../protocol/maintenance.ts';
import { tellRegistrar } from './children.ts';
import type { MasterContext } from './messages.ts';
import type { AgentRecord, MasterState, OperatorMarks } from './state.ts';

/** To be called whenever the last task or operation of an agent may be over. */
export function checkDrained(
  state: MasterState,
  { agentId, tasks, operations }: AgentRecord,
  context: MasterContext,
): void {
  const { marks, leaving } = state.agents;
  const drain = marks.get(agentId)?.drain;
  const isBusy = tasks.size > 0 || operations.size > 0;
  if (drain === undefined || drain.drained || isBusy || leaving.has(agentId)) return;
  // What an operator wants of it just now is looked at when the registry has it.
  if (state.orders.some(({ operation }) => 'agentId' in operation && operation.agentId === agentId))
    return;
  if (drain.markGone) {
    context.log.info(`Agent "${agentId}" is drained, and given up`);
    leaving.add(agentId);
    const sinceMs = context.nowMs();
    tellRegistrar(state, { type: 'markAgentGone', agentId, sinceMs, byOperator: true }, context);
    return;
  }
  const operation = { type: 'markAgentDrained', agentId } as const;
  state.orders.push({ operation, replyTo: undefined });
  tellRegistrar(state, operation, context);
}

/** What belongs into the words for an agent, so that it knows whether it drains. */
export function drainWords(
  { agents }: MasterState,
  agentId: AgentId,
): { readonly drain?: DrainWords } {
  const drain = agents.marks.get(agentId)?.drain;
  if (drain === undefined) return {};
  const { markGone, maxGracePeriodMs: graceMs } = drain;
  return { drain: { markGone, ...(graceMs !== undefined && { maxGracePeriodMs: graceMs }) } };
}

export function isDeactivated({ agents }: MasterState, agentId: AgentId): boolean {
  return agents.marks.get(agentId)?.deactivated ?? false;
}

/** Undefined: operators want nothing of it any more. */
export function setMarks(
  { agents }: MasterState,
  agentId: AgentId,
  marks: OperatorMarks | undefined,
): void {
  if (marks === undefined) agents.marks.delete(agentId);
  else agents.marks.set(agentId, marks);
  const agent = agents.registered.get(agentId);
  if (agent !== undefined) agent.marks = marks;
}
