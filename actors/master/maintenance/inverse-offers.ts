/**
 * Inverse offers: frameworks with something on an agent that is to be unavailable are asked to leave.
 *
 *     due ──▶ outstanding ──accepted, declined──▶ (answered: operators are shown how)
 *                   └──schedule changed, agent gone or inactive──▶ (rescinded: the framework is told)
 *                   └──its scheduler gone──▶ (discarded)
 *
 * One of each agent for each framework at a time. The answer changes nothing of what the framework has
 * there. Whom to ask, and when again, the allocator knows. One that may have been lost on its way is
 * rescinded after the time that offers have, with a ping, and made anew.
 * Source: Mesos 1.11, master.cpp, inverseOffer, acceptInverseOffers, removeInverseOffer.
 */
import { assert } from '../../../runtime/assert.ts';
import type { FrameworkId, OfferId } from '../../protocol/ids.ts';
import type { InverseOffer } from '../../protocol/maintenance.ts';
import { OFFERS_PER_MESSAGE_MAX } from '../../protocol/maxima.ts';
import type { Filters } from '../../protocol/offer.ts';
import { tellAllocator } from '../children.ts';
import { countEvent } from '../counters.ts';
import { isDeactivated } from '../drains.ts';
import type { MasterContext, MasterHandlers } from '../messages.ts';
import { activeSender } from '../senders.ts';
import type { AgentRecord, FrameworkRecord, InverseOfferRecord, MasterState } from '../state.ts';

export const inverseOfferHandlers: MasterHandlers<'inverseOffersDue' | 'answerInverseOffers'> = {
  inverseOffersDue(state, { due }, context) {
    const made = new Map<FrameworkRecord, InverseOffer[]>();
    for (const { agentId, agentEpoch, frameworkId } of due) {
      const agent = state.agents.registered.get(agentId);
      // Its next registration has told the allocator anew.
      if (agent === undefined || agent.epoch !== agentEpoch) continue;
      if (agent.inverseOffers.has(frameworkId)) continue;
      const framework = state.frameworks.get(frameworkId);
      const isAsked = agent.connected && !isDeactivated(state, agentId);
      if (!isAsked || framework?.status !== 'active' || agent.unavailability === undefined) {
        tellClosed(state, { agentId, frameworkId }, undefined, context);
        continue;
      }
      const offer = open(state, agent, framework, agent.unavailability, context);
      const offers = made.get(framework);
      if (offers === undefined) made.set(framework, [offer]);
      else offers.push(offer);
    }
    for (const [{ scheduler, frameworkId }, offers] of made) {
      assert(scheduler !== undefined, 'an active framework has a scheduler');
      for (let from = 0; from < offers.length; from += OFFERS_PER_MESSAGE_MAX) {
        const inverseOffers = offers.slice(from, from + OFFERS_PER_MESSAGE_MAX);
        context.send(scheduler, { type: 'inverseOffersMade', inverseOffers });
        countEvent(frameworkId, 'INVERSE_OFFERS', context);
      }
    }
  },

  answerInverseOffers(state, { frameworkId, inverseOfferIds, accepted, filters }, context) {
    if (activeSender(state, frameworkId, context) === undefined) return;
    for (const inverseOfferId of inverseOfferIds) {
      const record = state.inverseOffers.get(inverseOfferId);
      // It may have been rescinded meanwhile.
      if (record?.offer.frameworkId !== frameworkId) continue;
      const { agentId } = record.offer;
      const agent = state.agents.registered.get(agentId);
      const status = { frameworkId, agentId, accepted, atMs: context.nowMs() };
      agent?.inverseStatuses.set(frameworkId, status);
      closeInverseOffer(state, record);
      tellClosed(state, record.offer, filters, context);
    }
  },
};

/** The framework is told, and may be asked again. */
export function rescindInverseOffer(
  state: MasterState,
  record: InverseOfferRecord,
  context: MasterContext,
): void {
  const { frameworkId, inverseOfferId } = record.offer;
  discardInverseOffer(state, record, context);
  const framework = state.frameworks.get(frameworkId);
  if (framework?.status !== 'active' || framework.scheduler === undefined) return;
  context.send(framework.scheduler, { type: 'inverseOfferRescinded', inverseOfferId });
  countEvent(frameworkId, 'RESCIND_INVERSE_OFFER', context);
}

/** Nobody needs to be told. */
export function discardInverseOffer(
  state: MasterState,
  record: InverseOfferRecord,
  context: MasterContext,
): void {
  closeInverseOffer(state, record);
  tellClosed(state, record.offer, undefined, context);
}

/** Those that nobody has answered for as long as offers have. */
export function rescindOldInverseOffers(
  state: MasterState,
  agent: AgentRecord,
  context: MasterContext,
): void {
  const beforeMs = context.nowMs() - context.options.settings.offerTimeoutMs;
  for (const record of agent.inverseOffers.values()) {
    if (record.madeMs <= beforeMs) rescindInverseOffer(state, record, context);
  }
}

function open(
  state: MasterState,
  agent: AgentRecord,
  framework: FrameworkRecord,
  unavailability: InverseOffer['unavailability'],
  context: MasterContext,
): InverseOffer {
  const { frameworkId } = framework;
  const offer: InverseOffer = {
    inverseOfferId: `${context.options.masterId}-O${state.nextOfferNumber++}` as OfferId,
    frameworkId,
    agentId: agent.agentId,
    agent: agent.address,
    hostname: agent.info.hostname,
    unavailability,
  };
  const record = { offer, madeMs: context.nowMs() };
  state.inverseOffers.set(offer.inverseOfferId, record);
  agent.inverseOffers.set(frameworkId, record);
  framework.inverseOffers.add(record);
  return offer;
}

function closeInverseOffer(state: MasterState, record: InverseOfferRecord): void {
  const { inverseOfferId, agentId, frameworkId } = record.offer;
  state.inverseOffers.delete(inverseOfferId);
  state.agents.registered.get(agentId)?.inverseOffers.delete(frameworkId);
  state.frameworks.get(frameworkId)?.inverseOffers.delete(record);
}

/** @param filters of an answer; undefined: there was none */
function tellClosed(
  state: MasterState,
  { agentId, frameworkId }: Pick<InverseOffer, 'agentId'> & { readonly frameworkId: FrameworkId },
  filters: Filters | undefined,
  context: MasterContext,
): void {
  const answered = filters === undefined ? {} : { filters };
  tellAllocator(state, { type: 'inverseOfferClosed', agentId, frameworkId, ...answered }, context);
}
