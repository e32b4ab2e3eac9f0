/**
 * Resources, in both forms: with `role` and `reservation`, or with the stack `reservations`.
 * Mesos, mesos.proto; `to-nouns/reservation-format.ts` turns one into the other.
 */
import { enumeration, message, optional, repeated, required } from '../definition.ts';

export const RESOURCES = {
  Resource: message({
    provider_id: optional(12, 'ResourceProviderID'),
    name: required(1, 'string'),
    type: required(2, 'Value.Type'),
    scalar: optional(3, 'Value.Scalar'),
    ranges: optional(4, 'Value.Ranges'),
    set: optional(5, 'Value.Set'),
    role: optional(6, 'string', { default: '*', deprecated: true }),
    allocation_info: optional(11, 'Resource.AllocationInfo'),
    reservation: optional(8, 'Resource.ReservationInfo'),
    reservations: repeated(13, 'Resource.ReservationInfo'),
    disk: optional(7, 'Resource.DiskInfo'),
    revocable: optional(9, 'Resource.RevocableInfo'),
    shared: optional(10, 'Resource.SharedInfo'),
  }),
  'Resource.AllocationInfo': message({
    role: optional(1, 'string'),
  }),
  'Resource.ReservationInfo': message({
    type: optional(4, 'Resource.ReservationInfo.Type'),
    role: optional(3, 'string'),
    principal: optional(1, 'string'),
    labels: optional(2, 'Labels'),
  }),
  'Resource.ReservationInfo.Type': enumeration({ UNKNOWN: 0, STATIC: 1, DYNAMIC: 2 }),
  'Resource.DiskInfo': message({
    persistence: optional(1, 'Resource.DiskInfo.Persistence'),
    volume: optional(2, 'Volume'),
    source: optional(3, 'Resource.DiskInfo.Source'),
  }),
  'Resource.DiskInfo.Persistence': message({
    id: required(1, 'string'),
    principal: optional(2, 'string'),
  }),
  'Resource.DiskInfo.Source': message({
    type: required(1, 'Resource.DiskInfo.Source.Type'),
    path: optional(2, 'Resource.DiskInfo.Source.Path'),
    mount: optional(3, 'Resource.DiskInfo.Source.Mount'),
    vendor: optional(7, 'string'),
    id: optional(4, 'string'),
    metadata: optional(5, 'Labels'),
    profile: optional(6, 'string'),
  }),
  'Resource.DiskInfo.Source.Type': enumeration({ UNKNOWN: 0, PATH: 1, MOUNT: 2, BLOCK: 3, RAW: 4 }),
  'Resource.DiskInfo.Source.Path': message({
    root: optional(1, 'string'),
  }),
  'Resource.DiskInfo.Source.Mount': message({
    root: optional(1, 'string'),
  }),
  'Resource.RevocableInfo': message({}),
  'Resource.SharedInfo': message({}),
  Request: message({
    agent_id: optional(1, 'AgentID'),
    resources: repeated(2, 'Resource'),
  }),
};
