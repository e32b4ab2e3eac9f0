/**
 * Many offers are rescinded so that a round can decide anew: so many in one turn, for others are not
 * to wait. What was answered meanwhile is passed over.
 */
import type { MasterContext, MasterHandlers } from '../messages.ts';
import { rescindOffer } from '../offers.ts';
import type { MasterState, OfferRecord } from '../state.ts';

/** Each is a message to the allocator and one to a scheduler. */
const OFFERS_PER_TURN_MAX = 2000;

export const rescindingHandlers: MasterHandlers<'rescindDue'> = {
  rescindDue(state, { offers }, context) {
    rescindSome(state, offers, context);
  },
};

/** All of them, in their order. */
export function rescindSome(
  state: MasterState,
  offers: readonly OfferRecord[],
  context: MasterContext,
): void {
  for (const record of offers.slice(0, OFFERS_PER_TURN_MAX)) {
    if (state.offers.get(record.offer.offerId) === record) rescindOffer(state, record, context);
  }
  const rest = offers.slice(OFFERS_PER_TURN_MAX);
  if (rest.length > 0) context.sendSelfAfter(0, { type: 'rescindDue', offers: rest });
}
