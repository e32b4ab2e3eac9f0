/** What a framework says of itself when it subscribes. Mesos, mesos.proto. */
import { enumeration, map, message, optional, repeated, required } from '../definition.ts';

export const FRAMEWORKS = {
  FrameworkInfo: message({
    user: required(1, 'string'),
    name: required(2, 'string'),
    id: optional(3, 'FrameworkID'),
    failover_timeout: optional(4, 'double', { default: 0 }),
    checkpoint: optional(5, 'bool', { default: false }),
    role: optional(6, 'string', { default: '*', deprecated: true }),
    roles: repeated(12, 'string'),
    hostname: optional(7, 'string'),
    principal: optional(8, 'string'),
    webui_url: optional(9, 'string'),
    capabilities: repeated(10, 'FrameworkInfo.Capability'),
    labels: optional(11, 'Labels'),
    offer_filters: map(13, 'OfferFilters'),
  }),
  'FrameworkInfo.Capability': message({
    type: optional(1, 'FrameworkInfo.Capability.Type'),
  }),
  'FrameworkInfo.Capability.Type': enumeration({
    UNKNOWN: 0,
    REVOCABLE_RESOURCES: 1,
    TASK_KILLING_STATE: 2,
    GPU_RESOURCES: 3,
    SHARED_RESOURCES: 4,
    PARTITION_AWARE: 5,
    MULTI_ROLE: 6,
    RESERVATION_REFINEMENT: 7,
    REGION_AWARE: 8,
  }),
  OfferFilters: message({
    min_allocatable_resources: optional(1, 'OfferFilters.MinAllocatableResources'),
  }),
  'OfferFilters.ResourceQuantities': message({
    quantities: map(1, 'Value.Scalar'),
  }),
  'OfferFilters.MinAllocatableResources': message({
    quantities: repeated(1, 'OfferFilters.ResourceQuantities'),
  }),
};
