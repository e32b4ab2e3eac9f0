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
import type { Address } from '../../runtime/actor.ts';
import { sameAddress } from '../../runtime/address.ts';
import { assert } from '../../runtime/assert.ts';
import type { RegisteredAgentInfo } from '../protocol/agent.ts';
import type { AgentId } from '../protocol/ids.ts';
import type { AgentMessage } from '../protocol/messages.ts';
import { adoptResources } from './adoption.ts';
import { isOutOfPlace } from './agent-domains.ts';
import { leave, replaceUnreachable } from './agent-losses.ts';
import { announceAgent, firstWords, isHere, reconnectAgent, startAgent } from './agent-records.ts';
import { tellRegistrar } from './children.ts';
import { countAgent } from './counters.ts';
import { shutDownIfDown } from './maintenance/maintenance.ts';
import { isDown, MACHINE_DOWN } from './maintenance/schedule.ts';
import type { MasterContext, MasterHandlers } from './messages.ts';
import { speaksForItself } from './senders.ts';
import type { AgentRecord, MasterState } from './state.ts';

export const agentHandlers: MasterHandlers<'registerAgent'> = {
  registerAgent(state, registration, context) {
    const { agent: address, info } = registration;
    if (!speaksForItself(address, context)) return;
    if (isDown(state.schedule, { hostname: info.hostname, node: address.node })) {
      context.send(address, { type: 'shutdownAgent', reason: MACHINE_DOWN });
      return;
    }
    const { agents } = state;
    if (isOutOfPlace(address, info, context)) return;
    const lost = lostAt(state, address);
    if (lost !== undefined) {
      remind(state, lost.info.agentId, address, context);
      return;
    }
    const presentId = agents.idsByNode.get(address.node);
    if (presentId !== undefined) {
      const admitting = agents.admitting.get(presentId);
      if (admitting !== undefined && sameAddress(admitting.agent, address)) return;
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
    agents.admitting.set(agentId, registration);
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
  const registration = agents.admitting.get(agentId);
  assert(registration !== undefined, 'the registry admits only who asked');
  const { agent: address } = registration;
  agents.admitting.delete(agentId);
  if (agents.idsByNode.get(address.node) !== agentId) {
    // Another actor on that node has asked since: this one is not there any more.
    const sinceMs = context.nowMs();
    tellRegistrar(state, { type: 'markAgentGone', agentId, sinceMs }, context);
    return;
  }
  replaceUnreachable(state, address.node, context);
  const agent = startAgent(state, info, address, context);
  adoptResources(state, agent, registration, context);
  announceAgent(state, agent, context);
  tellRegistered(state, agent, context);
  countAgent('registered', context);
  context.log.info(`Agent "${agentId}" registered at ${address.node}`);
  shutDownIfDown(state, agent, context);
}

/** What was lost of this very process: its question is from before it was lost. */
function lostAt({ agents }: MasterState, address: Address<AgentMessage>) {
  const lostId = agents.unreachableIdsByNode.get(address.node);
  const lost = lostId === undefined ? undefined : agents.unreachable.get(lostId);
  return lost?.address !== undefined && sameAddress(lost.address, address) ? lost : undefined;
}

/**
 * A lost agent asks as if it were new: on a slow network the answer with its id may still be on its
 * way, and it goes by the first one that it hears. Under another id it would be given up and shut
 * down. So it is told the id it has, and that it is taken for disconnected: it registers again, with
 * what it has. (In Mesos it hears of both ids, and ends itself.)
 */
function remind(
  state: MasterState,
  agentId: AgentId,
  address: Address<AgentMessage>,
  context: MasterContext,
): void {
  // It has asked for that by now, or is given up for good.
  if (state.agents.reregistering.has(agentId) || state.agents.leaving.has(agentId)) return;
  tellRegistered(state, { agentId, address }, context);
  context.send(address, { type: 'ping', master: context.self, agentId, connected: false });
}

function tellRegistered(
  state: MasterState,
  { agentId, address }: Pick<AgentRecord, 'agentId' | 'address'>,
  context: MasterContext,
): void {
  context.send(address, {
    type: 'agentRegistered',
    agentId,
    ...firstWords(state, agentId, context),
  });
}
