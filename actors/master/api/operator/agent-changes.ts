/**
 * The calls by which operators drain, deactivate and give up agents. Each is answered when the registry
 * has it. Source of the statuses: Mesos 1.11, src/master/http.cpp, `_drainAgent`, `_markAgentGone`.
 */
import { type HttpAnswer, textResponse } from '../../../../transport/http/message.ts';
import type { AgentId } from '../../../protocol/ids.ts';
import type { OperatorFault } from '../../../protocol/operator-to-master.ts';
import { toDrain } from '../../../protocol/v1/to-nouns/operators.ts';
import type { MasterCommands, Order } from '../master-commands.ts';
import { NOT_NOW } from '../old/read-route.ts';
import type { OperatorCallHandlers } from './operator-api.ts';

type AgentCall = 'DRAIN_AGENT' | 'DEACTIVATE_AGENT' | 'REACTIVATE_AGENT' | 'MARK_AGENT_GONE';

export function agentChanges(commands: MasterCommands): Pick<OperatorCallHandlers, AgentCall> {
  return {
    DRAIN_AGENT: async ({ call: { drain_agent: asked } }) =>
      asked === undefined
        ? textResponse(400, "Expecting 'drain_agent' to be present")
        : ordered(commands, { type: 'drainAgent', ...toDrain(asked) }),
    DEACTIVATE_AGENT: async ({ call }) =>
      ordered(commands, { type: 'deactivateAgent', agentId: idOf(call.deactivate_agent) }),
    REACTIVATE_AGENT: async ({ call }) =>
      ordered(commands, { type: 'reactivateAgent', agentId: idOf(call.reactivate_agent) }),
    MARK_AGENT_GONE: async ({ call }) =>
      ordered(commands, { type: 'markAgentGone', agentId: idOf(call.mark_agent_gone) }),
  };
}

/** Has the master do it. Also for the endpoints that are not v1. */
export async function ordered(commands: MasterCommands, order: Order): Promise<HttpAnswer> {
  const answer = await commands.order(order);
  if (answer.type === 'notLeader') return NOT_NOW;
  const { refused, fault = 'invalid' } = answer;
  return refused === undefined ? { status: 200 } : textResponse(STATUSES[fault], refused);
}

const STATUSES: Readonly<Record<OperatorFault, number>> = {
  invalid: 400,
  unknown: 404,
  conflict: 409,
  busy: 503,
};

function idOf(named: { readonly agent_id: { readonly value: string } } | undefined): AgentId {
  return (named?.agent_id.value ?? '') as AgentId;
}
