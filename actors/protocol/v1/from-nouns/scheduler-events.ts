/** What our master says to a scheduler → events of the v1 scheduler API. */
import type { SchedulerMessage } from '../../messages.ts';
import type { V1 } from '../dictionary.ts';
import type { FrameworkForm } from '../framework-form.ts';
import { dataOfText } from '../opaque-data.ts';
import { secondsOfMs } from '../times.ts';
import { fromInverseOffer, fromOffer } from './offers.ts';
import { fromOperationStatus } from './operations.ts';
import { fromStatus } from './statuses.ts';

/** @returns undefined for what is said to the door, not to the scheduler behind it */
export function fromSchedulerMessage(
  message: SchedulerMessage,
  masterInfo: V1<'MasterInfo'>,
  form: FrameworkForm,
): V1<'scheduler.Event'> | undefined {
  switch (message.type) {
    case 'subscribed':
      return {
        type: 'SUBSCRIBED',
        subscribed: {
          framework_id: { value: message.frameworkId },
          heartbeat_interval_seconds: secondsOfMs(message.heartbeatIntervalMs),
          master_info: masterInfo,
        },
      };
    case 'heartbeat':
      return { type: 'HEARTBEAT' };
    case 'subscriptionEnded':
      return { type: 'ERROR', error: { message: message.message } };
    case 'offersMade': {
      const offers = message.offers.map((offer) => fromOffer(offer, form));
      return { type: 'OFFERS', offers: { offers } };
    }
    case 'offerRescinded':
      return { type: 'RESCIND', rescind: { offer_id: { value: message.offerId } } };
    case 'inverseOffersMade': {
      const inverse_offers = message.inverseOffers.map(fromInverseOffer);
      return { type: 'INVERSE_OFFERS', inverse_offers: { inverse_offers } };
    }
    case 'inverseOfferRescinded':
      return {
        type: 'RESCIND_INVERSE_OFFER',
        rescind_inverse_offer: { inverse_offer_id: { value: message.inverseOfferId } },
      };
    case 'taskUpdated': {
      const { status, id } = message.update;
      return { type: 'UPDATE', update: { status: fromStatus(status, id) } };
    }
    case 'operationUpdated': {
      const status = fromOperationStatus(message.status, message.agentId);
      return { type: 'UPDATE_OPERATION_STATUS', update_operation_status: { status } };
    }
    case 'executorMessage':
      return {
        type: 'MESSAGE',
        message: {
          agent_id: { value: message.agentId },
          executor_id: { value: message.executorId },
          data: dataOfText(message.data),
        },
      };
    case 'failed':
      return { type: 'FAILURE', failure: failureOf(message) };
    case 'notLeader':
    case 'exited':
      return undefined;
  }
}

function failureOf({
  agentId,
  executorId,
  status,
}: Extract<SchedulerMessage, { readonly type: 'failed' }>): V1<'scheduler.Event.Failure'> {
  return {
    agent_id: { value: agentId },
    ...(executorId === undefined ? {} : { executor_id: { value: executorId } }),
    ...(status === undefined ? {} : { status: waitStatus(status) }),
  };
}

/** As wait(2) gives it: the signal in the low byte, or the exit code in the next. */
function waitStatus(status: number): number {
  return status > 128 ? status - 128 : status << 8;
}
