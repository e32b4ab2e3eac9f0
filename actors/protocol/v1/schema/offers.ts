/** Offers, and requests to give back. Mesos, mesos.proto. */
import { message, optional, repeated, required } from '../definition.ts';

export const OFFERS = {
  Offer: message({
    id: required(1, 'OfferID'),
    framework_id: required(2, 'FrameworkID'),
    agent_id: required(3, 'AgentID'),
    hostname: required(4, 'string'),
    url: optional(8, 'URL'),
    domain: optional(11, 'DomainInfo'),
    resources: repeated(5, 'Resource'),
    attributes: repeated(7, 'Attribute'),
    executor_ids: repeated(6, 'ExecutorID'),
    unavailability: optional(9, 'Unavailability'),
    allocation_info: optional(10, 'Resource.AllocationInfo'),
  }),
  InverseOffer: message({
    id: required(1, 'OfferID'),
    url: optional(2, 'URL'),
    framework_id: required(3, 'FrameworkID'),
    agent_id: optional(4, 'AgentID'),
    unavailability: required(5, 'Unavailability'),
    resources: repeated(6, 'Resource'),
  }),
  Filters: message({
    refuse_seconds: optional(1, 'double', { default: 5 }),
  }),
};
