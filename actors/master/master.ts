/**
 * The master: knows all agents, frameworks, tasks and offers of the cluster, and stands between them.
 *
 * A switchboard: what it hears is in `messages.ts`, what it knows in `state.ts`, and what it does
 * with each message in the files whose tables are composed here.
 *
 *     agents ◀──▶ agents, reregistration, agent-losses, pings, tasks, executors, operation-updates
 *     schedulers ◀──▶ frameworks, framework-updates, offers, operations, kills, reconciliation
 *     operators ◀──▶ views, kills, frameworks, explain, agent-orders, roles/, maintenance/,
 *                    operator-changes
 *     allocator ──▶ offers, operator-changes        registrar ──▶ registry-answers
 */
import { defineActor } from '../../runtime/actor.ts';
import { acceptsMasterMessage } from '../protocol/accepts-master.ts';
import { agentLossHandlers } from './agent-losses.ts';
import { agentOrderHandlers } from './agent-orders.ts';
import { agentHandlers } from './agents.ts';
import { startChildren } from './children.ts';
import { connectionHandlers } from './connections.ts';
import { counted } from './counters.ts';
import { executorHandlers } from './executors.ts';
import { explainHandlers } from './explain/explain.ts';
import { frameworkUpdateHandlers } from './framework-updates.ts';
import { frameworkHandlers } from './frameworks.ts';
import { killHandlers } from './kills.ts';
import { leadershipHandlers, tellWhoLeads } from './leadership.ts';
import { inverseOfferHandlers } from './maintenance/inverse-offers.ts';
import { maintenanceHandlers } from './maintenance/maintenance.ts';
import type { MasterInbox } from './messages.ts';
import { offerHandlers } from './offers.ts';
import { operationUpdateHandlers } from './operation-updates.ts';
import { operationHandlers } from './operations.ts';
import { operatorChangeHandlers } from './operator-changes.ts';
import type { MasterOptions } from './options.ts';
import { oversubscribedHandlers } from './oversubscribed.ts';
import { pingHandlers } from './pings.ts';
import { throttled } from './rates/throttled.ts';
import { beginReads, endReads, readHandlers } from './reads.ts';
import { reconciliationHandlers } from './reconciliation.ts';
import { recover, recoveryHandlers } from './recovery.ts';
import { registryAnswerHandlers } from './registry-answers.ts';
import { registryCollectionHandlers, scheduleCollection } from './registry-collection.ts';
import { removalHandlers } from './removals.ts';
import { reregistrationHandlers } from './reregistration.ts';
import { quotaHandlers } from './roles/quota.ts';
import { rescindingHandlers } from './roles/rescinding.ts';
import { weightHandlers } from './roles/weights.ts';
import { emptyMasterState, type MasterState } from './state.ts';
import { taskHandlers } from './tasks.ts';
import { viewHandlers } from './views.ts';

export const master = defineActor<MasterOptions, MasterState, MasterInbox>({
  name: 'master',
  initialState: ({ epoch, masters }) => emptyMasterState(epoch, masters),
  started(state, context) {
    state.startedMs = context.nowMs();
    startChildren(state, context);
    recover(state, context);
    beginReads(state, context);
    scheduleCollection(context);
    for (const asker of context.options.askers) tellWhoLeads(state, asker, context);
  },
  handlers: pacedAndCounted({
    ...agentHandlers,
    ...reregistrationHandlers,
    ...agentLossHandlers,
    ...agentOrderHandlers,
    ...maintenanceHandlers,
    ...inverseOfferHandlers,
    ...pingHandlers,
    ...registryAnswerHandlers,
    ...leadershipHandlers,
    ...registryCollectionHandlers,
    ...removalHandlers,
    ...recoveryHandlers,
    ...frameworkHandlers,
    ...frameworkUpdateHandlers,
    ...offerHandlers,
    ...operationHandlers,
    ...operationUpdateHandlers,
    ...oversubscribedHandlers,
    ...operatorChangeHandlers,
    ...taskHandlers,
    ...killHandlers,
    ...executorHandlers,
    ...reconciliationHandlers,
    ...connectionHandlers,
    ...viewHandlers,
    ...readHandlers,
    ...explainHandlers,
    ...weightHandlers,
    ...quotaHandlers,
    ...rescindingHandlers,
  }),
  accepts: acceptsMasterMessage,
  stopped: (_state, context) => endReads(context),
  /** Counts only: the whole is for `describeMaster`, page by page. */
  inspect: ({ epoch, startedMs, agents, frameworks, completedFrameworks, offers }) => ({
    epoch,
    startedMs,
    registeredAgentCount: agents.registered.size,
    unreachableAgentCount: agents.unreachable.size,
    recoveredAgentCount: agents.recovered.size,
    frameworkCount: frameworks.size,
    completedFrameworkCount: completedFrameworks.size,
    offerCount: offers.size,
  }),
});

/** Calls are counted when they come, and carried out when it is their caller's turn. */
function pacedAndCounted(handlers: Parameters<typeof throttled>[0]) {
  return counted(throttled(handlers));
}
