/** Cluster events: what the master tells a scheduler of offers, tasks, executors and agents. */

import { endRevival } from './repair.ts';
import type { DriverHandlers } from './scheduler-state.ts';
import { isFromMaster } from './subscription.ts';
import { askForAgent, isAcknowledged, noteUpdate } from './task-book.ts';

/** Offers kept at a time; what is over it is declined unseen. */
export const OFFER_COUNT_MAX = 10_000;

export const clusterEventHandlers: DriverHandlers<
  | 'inverseOffersMade'
  | 'inverseOfferRescinded'
  | 'offersMade'
  | 'offerRescinded'
  | 'taskUpdated'
  | 'launchFailed'
  | 'executorMessage'
  | 'failed'
> = {
  offersMade(state, { offers, demandNumber: heardNumber }, turn) {
    if (!isFromMaster(state, turn)) return;
    const { calls } = turn;
    const shown = offers.slice(0, Math.max(0, OFFER_COUNT_MAX - state.offers.size));
    calls.decline(offers.slice(shown.length));
    endRevival(state, heardNumber);
    for (const offer of shown) state.offers.set(offer.offerId, offer);
    repeatSuppression();
    if (shown.length === 0) return;

    turn.emit({ type: 'offers', offers: shown });
    if (state.unusedOffers === 'decline') {
      calls.decline(shown.filter(({ offerId }) => state.offers.has(offerId)));
    }

    /** An offer for a role that wants none: the wish may have been lost on its way. */
    function repeatSuppression(): void {
      const { frameworkId, master, suppressedRoles, demandNumber } = state;
      const roles = new Set(
        shown.map(({ role }) => role).filter((role) => suppressedRoles.has(role)),
      );
      if (roles.size === 0 || frameworkId === undefined || master === undefined) return;
      const wish = { type: 'suppress', frameworkId, roles: [...roles], demandNumber } as const;
      turn.context.send(master, wish);
    }
  },

  offerRescinded(state, { offerId }, turn) {
    if (!isFromMaster(state, turn)) return;
    if (state.offers.delete(offerId)) turn.emit({ type: 'rescinded', offerId });
  },

  inverseOffersMade(state, { inverseOffers }, turn) {
    if (isFromMaster(state, turn)) turn.emit({ type: 'inverseOffers', inverseOffers });
  },

  inverseOfferRescinded(state, { inverseOfferId }, turn) {
    if (isFromMaster(state, turn)) turn.emit({ type: 'inverseRescinded', inverseOfferId });
  },

  taskUpdated(state, { update }, turn) {
    if (!isFromMaster(state, turn)) return;
    const { id, status } = update;
    const event = id === undefined ? { status } : { status, updateId: id };
    switch (noteUpdate(state.tasks, update)) {
      case 'news':
        turn.emit({ type: 'update', ...event });
        if (state.acknowledge === 'automatic') turn.calls.acknowledge(event);
        return;
      case 'repeated':
        // The acknowledgement was lost, or is still on its way.
        if (id !== undefined && isAcknowledged(state.tasks, status.taskId, id)) {
          turn.calls.acknowledge(event);
        }
        return;
      case 'known':
        return;
    }
  },

  launchFailed(state, { status }, turn) {
    if (noteUpdate(state.tasks, { status }) === 'news') {
      turn.emit({ type: 'update', status });
    }
  },

  executorMessage(state, { agentId, executorId, data }, turn) {
    if (isFromMaster(state, turn)) turn.emit({ type: 'message', agentId, executorId, data });
  },

  failed(state, { agentId, executorId, status }, turn) {
    if (!isFromMaster(state, turn)) return;
    // What the master says of the agent's tasks is said once: whoever stays silent is asked for.
    const dueMs = turn.context.nowMs() + state.timings.repeatDelayMsMin;
    if (executorId === undefined) {
      askForAgent(state.tasks, agentId, dueMs);
      turn.emit({ type: 'agentLost', agentId });
    } else {
      const how = status === undefined ? {} : { status };
      turn.emit({ type: 'executorLost', agentId, executorId, ...how });
    }
  },
};
