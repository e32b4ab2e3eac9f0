/**
 * Offers: resources of one agent that one framework may use in one role, until it answers.
 *
 *     allocated ──▶ outstanding ──accept, decline──▶ (answered)
 *                        ├──agent or scheduler gone, time out──▶ (rescinded: the framework is told)
 *                        └──failover, removal, a bad accept────▶ (discarded: it is not)
 *
 * Whatever ends an offer takes it off all indexes first (`closeOffer`); then its resources go where
 * the ledger says. Source: Mesos 1.11, src/master/master.cpp, Master::offer, rescindOffer.
 */
import { assert } from '../../runtime/assert.ts';
import type { FrameworkId, OfferId } from '../protocol/ids.ts';
import type { Filters, Offer } from '../protocol/offer.ts';
import { onceEach } from '../protocol/resource-selection.ts';
import { contains } from '../protocol/resources.ts';
import type { Allocation } from './allocator/messages.ts';
import { countEvent, countOffers } from './counters.ts';
import { heardDemand } from './demand.ts';
import { isDeactivated } from './drains.ts';
import { giveBack, holdForOffer, releaseOffer } from './ledger.ts';
import type { MasterContext, MasterHandlers } from './messages.ts';
import { activeSender } from './senders.ts';
import type { AgentRecord, FrameworkRecord, MasterState, OfferRecord } from './state.ts';

/**
 * A first round over tens of thousands of agents must not keep others waiting, and no framework is
 * sent more in one message than it may be (`OFFERS_PER_MESSAGE_MAX`).
 */
const ALLOCATIONS_PER_TURN_MAX = 2000;

export const offerHandlers: MasterHandlers<'allocated' | 'decline' | 'offersTimedOut'> = {
  allocated(state, { allocations }, context) {
    const made = new Map<FrameworkRecord, Offer[]>();
    if (allocations.length > ALLOCATIONS_PER_TURN_MAX) {
      const rest = allocations.slice(ALLOCATIONS_PER_TURN_MAX);
      context.sendSelfAfter(0, { type: 'allocated', allocations: rest });
    }
    for (const allocation of allocations.slice(0, ALLOCATIONS_PER_TURN_MAX)) {
      const agent = state.agents.registered.get(allocation.agentId);
      // The allocator has forgotten this allocation by now, together with the agent.
      if (agent === undefined || agent.epoch !== allocation.agentEpoch) continue;
      const framework = state.frameworks.get(allocation.frameworkId);
      const isOfferable =
        agent.connected && !isDeactivated(state, agent.agentId) && !isDestroyed(agent, allocation);
      if (!isOfferable || framework?.status !== 'active' || !hasRole(framework, allocation)) {
        giveBack(state, allocation, context);
        continue;
      }
      const offer = openOffer(state, agent, framework, allocation, context);
      const offers = made.get(framework);
      if (offers === undefined) made.set(framework, [offer]);
      else offers.push(offer);
    }
    for (const [framework, offers] of made) {
      const { scheduler, frameworkId } = framework;
      assert(scheduler !== undefined, 'an active framework has a scheduler');
      const demandNumber = heardDemand(framework);
      const heard = demandNumber === undefined ? {} : { demandNumber };
      context.send(scheduler, { type: 'offersMade', offers, ...heard });
      countEvent(frameworkId, 'OFFERS', context);
      countOffers(frameworkId, 'sent', offers.length, context);
    }
  },

  decline(state, { frameworkId, offerIds, filters }, context) {
    if (activeSender(state, frameworkId, context) === undefined) return;
    for (const offerId of offerIds) {
      const record = state.offers.get(offerId);
      // It may have been rescinded meanwhile, or declined by an earlier copy of this message.
      if (record?.offer.frameworkId !== frameworkId) continue;
      closeOffer(state, record, context);
      countOffers(frameworkId, 'declined', 1, context);
      giveBack(state, record.offer, context, filters);
    }
  },

  offersTimedOut(state, _message, context) {
    state.offersTimer = undefined;
    for (const record of state.offers.values()) {
      if (record.timesOutAtMs > context.nowMs()) break;
      context.log.info(`Offer "${record.offer.offerId}" was not answered in time`);
      rescindOffer(state, record, context);
    }
    watchOldest(state, context);
  },
};

/** Takes the resources back from the framework and tells it. @param filters how long it gets none */
export function rescindOffer(
  state: MasterState,
  record: OfferRecord,
  context: MasterContext,
  filters?: Filters,
) {
  closeOffer(state, record, context);
  giveBack(state, record.offer, context, filters);
  tellRescinded(state, record.offer, context);
}

/** Takes the resources back from a framework that needn't be told. */
export function discardOffer(state: MasterState, record: OfferRecord, context: MasterContext) {
  closeOffer(state, record, context);
  giveBack(state, record.offer, context);
}

/** Takes the offer off all indexes. What becomes of its resources is for the caller to say. */
export function closeOffer(state: MasterState, record: OfferRecord, context: MasterContext): void {
  const { offerId, agentId, frameworkId } = record.offer;
  const agent = state.agents.registered.get(agentId);
  const framework = state.frameworks.get(frameworkId);
  assert(agent !== undefined && framework !== undefined, 'an offer outlives neither side of it');
  state.offers.delete(offerId);
  agent.offers.delete(record);
  framework.offers.delete(record);
  releaseOffer(agent, framework, record);
  if (state.offers.size === 0 && state.offersTimer !== undefined) {
    context.cancel(state.offersTimer);
    state.offersTimer = undefined;
  }
}

export function tellRescinded(
  state: MasterState,
  offer: { readonly offerId: OfferId; readonly frameworkId: FrameworkId },
  context: MasterContext,
): void {
  const framework = state.frameworks.get(offer.frameworkId);
  countOffers(offer.frameworkId, 'rescinded', 1, context);
  if (framework?.status !== 'active' || framework.scheduler === undefined) return;
  context.send(framework.scheduler, { type: 'offerRescinded', offerId: offer.offerId });
  countEvent(offer.frameworkId, 'RESCIND', context);
}

function openOffer(
  state: MasterState,
  agent: AgentRecord,
  framework: FrameworkRecord,
  { role, resources }: Allocation,
  context: MasterContext,
): Offer {
  const { masterId, settings } = context.options;
  const offer: Offer = {
    offerId: `${masterId}-O${state.nextOfferNumber++}` as OfferId,
    frameworkId: framework.frameworkId,
    agentId: agent.agentId,
    agent: agent.address,
    hostname: agent.info.hostname,
    role,
    resources,
    attributes: agent.info.attributes,
    ...(agent.info.domain && { domain: agent.info.domain }),
    executorIds: [...(agent.executors.get(framework.frameworkId)?.keys() ?? [])],
    ...(agent.unavailability && { unavailability: agent.unavailability }),
  };
  const record = { offer, timesOutAtMs: context.nowMs() + settings.offerTimeoutMs };
  state.offers.set(offer.offerId, record);
  agent.offers.add(record);
  framework.offers.add(record);
  holdForOffer(agent, framework, record);
  watchOldest(state, context);
  return offer;
}

function hasRole({ info }: FrameworkRecord, { role }: Allocation): boolean {
  return info.roles.includes(role);
}

/** A volume that several may use, by another of them, while this was under way. */
function isDestroyed({ total }: AgentRecord, { resources }: Allocation): boolean {
  return resources.some(({ shared }) => shared === true) && !contains(total, onceEach(resources));
}

/** One timer for all: it is set for the oldest offer there was when it was set. */
function watchOldest(state: MasterState, context: MasterContext): void {
  if (state.offersTimer !== undefined) return;
  for (const { timesOutAtMs } of state.offers.values()) {
    const delayMs = Math.max(0, timesOutAtMs - context.nowMs());
    state.offersTimer = context.sendSelfAfter(delayMs, { type: 'offersTimedOut' });
    break;
  }
}
