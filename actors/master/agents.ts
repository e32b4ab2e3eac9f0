/**
 * Agents come: admitted when they are new, and known by the id they are given then.
 *
 *     (new) ──registerAgent──▶ admitting ──admitted──▶ connected ◀──reregisterAgent──┐
 *                                                       │     └──link breaks──▶ disconnected
 *                                   no pong in time ◀───┴────────────────────────────┘ too late
 *                                          ▼
 *                                     unreachable ──reregisterAgent──▶ connected
 *
 * How they come back is in `reregistration.ts`, how they go in `agent-losses.ts`. What the master
 * knows changes only when the registry has changed. Source: Mesos 1.11, master.cpp, registerSlave.
 */
import { sameAddress } from '../../runtime/address.ts';
import { assert } from '../../runtime/assert.ts';
import type { RegisteredAgentInfo } from '../protocol/agent.ts';
import type { AgentId } from '../protocol/ids.ts';
import { leave, replaceUnreachable } from './agent-losses.ts';
import { announceAgent, firstWords, isHere, reconnectAgent, startAgent } from './agent-records.ts';
import { tellRegistrar } from './children.ts';
import { countAgent } from './counters.ts';
import type { MasterContext, MasterHandlers } from './messages.ts';
import { speaksForItself } from './senders.ts';
import type { AgentRecord, MasterState } from './state.ts';

export const agentHandlers: MasterHandlers<'registerAgent'> = {
  registerAgent(state, { agent: address, info }, context) {
    if (!speaksForItself(address, context)) return;
    const { agents } = state;
    const presentId = agents.idsByNode.get(address.node);
    if (presentId !== undefined) {
      const admitting = agents.admitting.get(presentId);
      if (admitting !== undefined && sameAddress(admitting, address)) return;
      // It asks again, and is looked at when the registrar has answered.
      if (agents.leaving.has(presentId)) return;
    }

    const present = presentId === undefined ? undefined : agents.registered.get(presentId);
    if (present !== undefined && sameAddress(present.address, address)) {
      // It hasn't heard of its id yet: the answer was lost, or is still on its way.
      if (!present.connected) {
        reconnectAgent(state, present, address, context);
        announceAgent(state, present, context);
      }
      tellRegistered(state, present, context);
      return;
    }
    if (presentId !== undefined && isHere(state, presentId)) {
      context.log.info(`A new agent came to ${address.node}, where "${presentId}" was`);
      leave(state, presentId, context, 'replaced');
    }

    const agentId = `${context.options.masterId}-S${state.nextAgentNumber++}` as AgentId;
    agents.admitting.set(agentId, address);
    agents.idsByNode.set(address.node, agentId);
    tellRegistrar(
      state,
      { type: 'admitAgent', info: { ...info, agentId, node: address.node } },
      context,
    );
  },
};

/** The registry has it. */
export function agentAdmitted(
  state: MasterState,
  info: RegisteredAgentInfo,
  context: MasterContext,
): void {
  const { agents } = state;
  const { agentId } = info;
  const address = agents.admitting.get(agentId);
  assert(address !== undefined, 'the registry admits only who asked');
  agents.admitting.delete(agentId);
  if (agents.idsByNode.get(address.node) !== agentId) {
    // Another actor on that node has asked since: this one is not there any more.
    const sinceMs = context.nowMs();
    tellRegistrar(state, { type: 'markAgentGone', agentId, sinceMs }, context);
    return;
  }
  replaceUnreachable(state, address.node, context);
  const agent = startAgent(state, info, address, context);
  announceAgent(state, agent, context);
  tellRegistered(state, agent, context);
  countAgent('registered', context);
  context.log.info(`Agent "${agentId}" registered at ${address.node}`);
}

function tellRegistered(
  state: MasterState,
  { agentId, address }: AgentRecord,
  context: MasterContext,
): void {
  context.send(address, { type: 'agentRegistered', agentId, ...firstWords(state, context) });
}
