/**
 * Operators reserve resources and make volumes, of what nobody uses.
 *
 *     changeResources ──not valid──▶ (invalid)
 *            └──▶ offers of it are rescinded, one by one ──▶ the allocator is asked
 *                                   nobody has it ──▶ (accepted): booked, and sent to the agent
 *                                   somebody has ───▶ (conflict)
 *
 * Those whose offers are rescinded are not offered the same for a moment, so that it is still there
 * when the allocator is asked; another one may be quicker all the same.
 * Source: Mesos 1.11, src/master/http.cpp, Master::Http::_operation, _reserve, _createVolumes.
 */
import type { Address } from '../../runtime/actor.ts';
import { assert } from '../../runtime/assert.ts';
import type { AgentId, OperationUuid } from '../protocol/ids.ts';
import type { NotLeader } from '../protocol/messages.ts';
import type { ResourcesChangeAnswer } from '../protocol/operator-to-master.ts';
import {
  conversionOf,
  converted,
  OPERATION_NAMES,
  type ResourceOperation,
} from '../protocol/resource-operations.ts';
import { equalResources, minus, plus, type Resources } from '../protocol/resources.ts';
import { tellAllocator } from './children.ts';
import type { MasterContext, MasterHandlers } from './messages.ts';
import { rescindOffer } from './offers.ts';
import { agentText } from './operation-records.ts';
import { applyChange, lacking, rescindHolders, tooManyFault } from './resource-changes.ts';
import { resourceOperationFault } from './resource-operation-faults.ts';
import type { AgentRecord, MasterState } from './state.ts';

/** One more is answered as a conflict. */
const AWAITED_CHANGES_MAX = 10_000;
/** Source: Mesos 1.11, mesos.proto, Filters. */
const FILTERS = { refuseMs: 5000 };

export interface AwaitedChange {
  readonly agentId: AgentId;
  readonly change: ResourceOperation;
  readonly replyTo: Address<ResourcesChangeAnswer | NotLeader>;
}

export const operatorChangeHandlers: MasterHandlers<'changeResources' | 'freeConverted'> = {
  changeResources(state, { agentId, change, principal, replyTo }, context) {
    const answer = (outcome: ResourcesChangeAnswer['outcome'], message: string) =>
      context.send(replyTo, { type: 'resourcesChangeAnswer', outcome, message });
    const agent = state.agents.registered.get(agentId);
    if (agent === undefined) {
      answer('invalid', 'No agent found with specified ID');
      return;
    }
    const { total, used } = agent;
    const fault = resourceOperationFault(change, { principal, framework: undefined, total, used });
    if (fault !== undefined) {
      const named = change.type !== 'unreserve' && change.type !== 'destroyVolumes';
      const where = named ? ` on agent ${agentText(agent)}` : '';
      answer('invalid', `Invalid ${OPERATION_NAMES[change.type]} operation${where}: ${fault}`);
      return;
    }
    const busy = busyFault(state, agent);
    if (busy !== undefined) {
      answer('conflict', busy);
      return;
    }
    if (change.type === 'destroyVolumes') rescindHolders(state, agent, change.volumes, context);
    rescindFor(state, agent, change, context);
    const operationUuid = context.uuid() as OperationUuid;
    state.awaitedChanges.set(operationUuid, { agentId, change, replyTo });
    const conversion = conversionOf(change);
    const asked = { operationUuid, agentId, agentEpoch: agent.epoch, conversion };
    tellAllocator(state, { type: 'convertFree', ...asked }, context);
  },

  freeConverted(state, { operationUuid, agentEpoch, lacking: free }, context) {
    const awaited = state.awaitedChanges.get(operationUuid);
    assert(awaited !== undefined, 'the allocator answers once');
    state.awaitedChanges.delete(operationUuid);
    const { agentId, change, replyTo } = awaited;
    const agent = state.agents.registered.get(agentId);
    const conflict =
      agent?.epoch !== agentEpoch
        ? `Agent ${agentId} has just come back or changed: ask again`
        : free && lacking(free, conversionOf(change));
    if (agent === undefined || conflict !== undefined) {
      const message = conflict ?? '';
      context.send(replyTo, { type: 'resourcesChangeAnswer', outcome: 'conflict', message });
      return;
    }
    applyChange(agent, undefined, { change, operationUuid }, context);
    context.log.info(`An operator asked for ${OPERATION_NAMES[change.type]} on agent "${agentId}"`);
    context.send(replyTo, { type: 'resourcesChangeAnswer', outcome: 'accepted' });
  },
};

function busyFault(state: MasterState, agent: AgentRecord): string | undefined {
  if (!agent.connected)
    return `Agent ${agentText(agent)} is disconnected: ask again when it is back`;
  if (state.awaitedChanges.size >= AWAITED_CHANGES_MAX) {
    return `${AWAITED_CHANGES_MAX} operations are under way: ask again`;
  }
  return tooManyFault(agent);
}

/**
 * What seems to be free may be on its way to somebody: so offers are rescinded even where it would
 * be enough, until they are.
 */
function rescindFor(
  state: MasterState,
  agent: AgentRecord,
  change: ResourceOperation,
  context: MasterContext,
): void {
  const conversion = conversionOf(change);
  let required: Resources = conversion.consumed;
  let recovered: Resources = [];
  for (const record of agent.offers) {
    const { resources } = record.offer;
    const rest = minus(required, resources);
    if (equalResources(rest, required)) continue;
    required = rest;
    recovered = plus(recovered, resources);
    rescindOffer(state, record, context, FILTERS);
    if (converted(recovered, conversion) !== undefined) return;
  }
}
