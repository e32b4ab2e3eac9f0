/** What masters and agents say of themselves, roles with their weights, draining. Mesos, mesos.proto. */
import { enumeration, message, optional, repeated, required } from '../definition.ts';

export const MASTERS_AND_AGENTS = {
  MasterInfo: message({
    id: required(1, 'string'),
    ip: required(2, 'uint32'),
    port: required(3, 'uint32', { default: 5050 }),
    pid: optional(4, 'string'),
    hostname: optional(5, 'string'),
    version: optional(6, 'string'),
    address: optional(7, 'Address'),
    domain: optional(8, 'DomainInfo'),
    capabilities: repeated(9, 'MasterInfo.Capability'),
  }),
  'MasterInfo.Capability': message({
    type: optional(1, 'MasterInfo.Capability.Type'),
  }),
  'MasterInfo.Capability.Type': enumeration({
    UNKNOWN: 0,
    AGENT_UPDATE: 1,
    AGENT_DRAINING: 2,
    QUOTA_V2: 3,
  }),
  AgentInfo: message({
    hostname: required(1, 'string'),
    port: optional(8, 'int32', { default: 5051 }),
    resources: repeated(3, 'Resource'),
    attributes: repeated(5, 'Attribute'),
    id: optional(6, 'AgentID'),
    domain: optional(10, 'DomainInfo'),
  }),
  'AgentInfo.Capability': message({
    type: optional(1, 'AgentInfo.Capability.Type'),
  }),
  'AgentInfo.Capability.Type': enumeration({
    UNKNOWN: 0,
    MULTI_ROLE: 1,
    HIERARCHICAL_ROLE: 2,
    RESERVATION_REFINEMENT: 3,
    RESOURCE_PROVIDER: 4,
    RESIZE_VOLUME: 5,
    AGENT_OPERATION_FEEDBACK: 6,
    AGENT_DRAINING: 7,
    TASK_RESOURCE_LIMITS: 8,
  }),
  DrainState: enumeration({ UNKNOWN: 0, DRAINING: 1, DRAINED: 2 }),
  DrainConfig: message({
    max_grace_period: optional(1, 'DurationInfo'),
    mark_gone: optional(2, 'bool', { default: false }),
  }),
  DrainInfo: message({
    state: required(1, 'DrainState'),
    config: required(2, 'DrainConfig'),
  }),
  Role: message({
    name: required(1, 'string'),
    weight: required(2, 'double'),
    frameworks: repeated(3, 'FrameworkID'),
    resources: repeated(4, 'Resource'),
  }),
  WeightInfo: message({
    weight: required(1, 'double'),
    role: optional(2, 'string'),
  }),
};
