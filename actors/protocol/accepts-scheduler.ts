/** What may enter the mailbox of a scheduler from another node; see `accepts-master.ts`. */
import { acceptor, array, integer, union } from '../../runtime/decode.ts';
import * as maxima from './maxima.ts';
import { leaderWords, notLeader } from './message-fields.ts';
import type { SchedulerMessage } from './messages.ts';
import {
  address,
  data,
  inverseOffer,
  milliseconds,
  offer,
  properId,
  sentence,
  statusUpdate,
} from './nouns.ts';
import { operationStatus } from './operation-checks.ts';

export const acceptsSchedulerMessage = acceptor(
  union<SchedulerMessage, 'type'>('type', {
    notLeader,
    subscribed: [
      {
        ...leaderWords,
        frameworkId: properId(),
        master: address(),
        heartbeatIntervalMs: milliseconds,
      },
    ],
    heartbeat: [{}],
    subscriptionEnded: [{ message: sentence }],
    offersMade: [
      { offers: array(offer, maxima.OFFERS_PER_MESSAGE_MAX) },
      { demandNumber: integer(0) },
    ],
    offerRescinded: [{ offerId: properId() }],
    inverseOffersMade: [{ inverseOffers: array(inverseOffer, maxima.OFFERS_PER_MESSAGE_MAX) }],
    inverseOfferRescinded: [{ inverseOfferId: properId() }],
    taskUpdated: [{ update: statusUpdate }],
    operationUpdated: [{ status: operationStatus }, { agentId: properId() }],
    executorMessage: [{ agentId: properId(), executorId: properId(), data }],
    failed: [{ agentId: properId() }, { executorId: properId(), status: integer() }],
    exited: 'neverRemote',
  }),
);
