/**
 * Moments, durations, addresses, machines and failure domains. Mesos, mesos.proto; a duration of
 * DRAIN_AGENT is one of google/protobuf/duration.proto.
 */
import { message, optional, repeated, required } from '../definition.ts';
import { durationFromText } from '../duration-text.ts';

export const TIMES_AND_PLACES = {
  TimeInfo: message({
    nanoseconds: required(1, 'int64'),
  }),
  DurationInfo: message({
    nanoseconds: required(1, 'int64'),
  }),
  'google.protobuf.Duration': message(
    {
      seconds: optional(1, 'int64'),
      nanos: optional(2, 'int32'),
    },
    durationFromText,
  ),
  Address: message({
    hostname: optional(1, 'string'),
    ip: optional(2, 'string'),
    port: required(3, 'int32'),
  }),
  URL: message({
    scheme: required(1, 'string'),
    address: required(2, 'Address'),
    path: optional(3, 'string'),
    query: repeated(4, 'Parameter'),
    fragment: optional(5, 'string'),
  }),
  Unavailability: message({
    start: required(1, 'TimeInfo'),
    duration: optional(2, 'DurationInfo'),
  }),
  MachineID: message({
    hostname: optional(1, 'string'),
    ip: optional(2, 'string'),
  }),
  DomainInfo: message({
    fault_domain: optional(1, 'DomainInfo.FaultDomain'),
  }),
  'DomainInfo.FaultDomain': message({
    region: required(1, 'DomainInfo.FaultDomain.RegionInfo'),
    zone: required(2, 'DomainInfo.FaultDomain.ZoneInfo'),
  }),
  'DomainInfo.FaultDomain.RegionInfo': message({
    name: required(1, 'string'),
  }),
  'DomainInfo.FaultDomain.ZoneInfo': message({
    name: required(1, 'string'),
  }),
};
