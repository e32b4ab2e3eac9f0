/**
 * The calls and events of the v1 APIs. The names are those of the dictionary: the compiler refuses a
 * table that lacks one.
 */
import type { V1Enum } from '../../../actors/protocol/v1/dictionary.ts';
import { different, done, type Row, refused } from './row.ts';

/** Of every value of an enumeration, but for the one that stands for those not known. */
type Rows<Value extends string> = Readonly<Record<Exclude<Value, 'UNKNOWN'>, Row>>;

const NESTED_QUOTA = different('also of roles below others: beyond Mesos');
const PROVIDERS = refused('501: comes with providers of storage');
const IMAGES = refused('501: comes with images');
const CONTAINERS = refused('501: comes with containers that are started by hand and within others');

/** The same of what is never sent, or not accepted. */
const NO_PROVIDERS = refused('comes with providers of storage');

export const SCHEDULER_CALLS: Rows<V1Enum<'scheduler.Call.Type'>> = {
  SUBSCRIBE: done,
  TEARDOWN: done,
  ACCEPT: done,
  DECLINE: done,
  ACCEPT_INVERSE_OFFERS: done,
  DECLINE_INVERSE_OFFERS: done,
  REVIVE: done,
  KILL: done,
  SHUTDOWN: done,
  ACKNOWLEDGE: done,
  ACKNOWLEDGE_OPERATION_STATUS: done,
  RECONCILE: done,
  RECONCILE_OPERATIONS: done,
  MESSAGE: done,
  REQUEST: done,
  SUPPRESS: done,
  UPDATE_FRAMEWORK: done,
};

export const SCHEDULER_EVENTS: Rows<V1Enum<'scheduler.Event.Type'>> = {
  SUBSCRIBED: done,
  OFFERS: done,
  INVERSE_OFFERS: done,
  RESCIND: done,
  RESCIND_INVERSE_OFFER: done,
  UPDATE: done,
  UPDATE_OPERATION_STATUS: done,
  MESSAGE: done,
  FAILURE: done,
  ERROR: done,
  HEARTBEAT: done,
};

export const OPERATIONS: Rows<V1Enum<'Offer.Operation.Type'>> = {
  LAUNCH: done,
  LAUNCH_GROUP: done,
  RESERVE: done,
  UNRESERVE: done,
  CREATE: done,
  DESTROY: done,
  GROW_VOLUME: done,
  SHRINK_VOLUME: done,
  CREATE_DISK: NO_PROVIDERS,
  DESTROY_DISK: NO_PROVIDERS,
};

export const EXECUTOR_CALLS: Rows<V1Enum<'executor.Call.Type'>> = {
  SUBSCRIBE: done,
  UPDATE: done,
  MESSAGE: done,
  HEARTBEAT: done,
};

export const EXECUTOR_EVENTS: Rows<V1Enum<'executor.Event.Type'>> = {
  SUBSCRIBED: done,
  LAUNCH: done,
  LAUNCH_GROUP: done,
  KILL: done,
  ACKNOWLEDGED: done,
  MESSAGE: done,
  ERROR: done,
  SHUTDOWN: done,
  HEARTBEAT: done,
};

export const MASTER_CALLS: Rows<V1Enum<'master.Call.Type'>> = {
  GET_HEALTH: done,
  GET_FLAGS: done,
  GET_VERSION: done,
  GET_METRICS: done,
  GET_LOGGING_LEVEL: done,
  SET_LOGGING_LEVEL: done,
  LIST_FILES: done,
  READ_FILE: done,
  GET_STATE: done,
  GET_AGENTS: done,
  GET_FRAMEWORKS: done,
  GET_EXECUTORS: done,
  GET_OPERATIONS: done,
  GET_TASKS: done,
  GET_ROLES: done,
  GET_WEIGHTS: done,
  UPDATE_WEIGHTS: done,
  GET_MASTER: done,
  SUBSCRIBE: done,
  RESERVE_RESOURCES: done,
  UNRESERVE_RESOURCES: done,
  CREATE_VOLUMES: done,
  DESTROY_VOLUMES: done,
  GROW_VOLUME: done,
  SHRINK_VOLUME: done,
  GET_MAINTENANCE_STATUS: done,
  GET_MAINTENANCE_SCHEDULE: done,
  UPDATE_MAINTENANCE_SCHEDULE: done,
  START_MAINTENANCE: done,
  STOP_MAINTENANCE: done,
  DRAIN_AGENT: done,
  DEACTIVATE_AGENT: done,
  REACTIVATE_AGENT: done,
  GET_QUOTA: done,
  UPDATE_QUOTA: NESTED_QUOTA,
  SET_QUOTA: NESTED_QUOTA,
  REMOVE_QUOTA: NESTED_QUOTA,
  TEARDOWN: done,
  MARK_AGENT_GONE: done,
};

export const MASTER_EVENTS: Rows<V1Enum<'master.Event.Type'>> = {
  SUBSCRIBED: done,
  TASK_ADDED: done,
  TASK_UPDATED: done,
  AGENT_ADDED: done,
  AGENT_REMOVED: done,
  FRAMEWORK_ADDED: done,
  FRAMEWORK_UPDATED: different('also when a framework loses its scheduler'),
  FRAMEWORK_REMOVED: done,
  HEARTBEAT: done,
};

export const AGENT_CALLS: Rows<V1Enum<'agent.Call.Type'>> = {
  GET_HEALTH: done,
  GET_FLAGS: done,
  GET_VERSION: done,
  GET_METRICS: done,
  GET_LOGGING_LEVEL: done,
  SET_LOGGING_LEVEL: done,
  LIST_FILES: done,
  READ_FILE: done,
  GET_STATE: done,
  GET_CONTAINERS: done,
  GET_FRAMEWORKS: done,
  GET_EXECUTORS: done,
  GET_OPERATIONS: done,
  GET_TASKS: done,
  GET_AGENT: done,
  GET_RESOURCE_PROVIDERS: done,
  LAUNCH_NESTED_CONTAINER: CONTAINERS,
  WAIT_NESTED_CONTAINER: CONTAINERS,
  KILL_NESTED_CONTAINER: CONTAINERS,
  REMOVE_NESTED_CONTAINER: CONTAINERS,
  LAUNCH_NESTED_CONTAINER_SESSION: CONTAINERS,
  ATTACH_CONTAINER_INPUT: CONTAINERS,
  ATTACH_CONTAINER_OUTPUT: CONTAINERS,
  LAUNCH_CONTAINER: CONTAINERS,
  WAIT_CONTAINER: CONTAINERS,
  KILL_CONTAINER: CONTAINERS,
  REMOVE_CONTAINER: CONTAINERS,
  ADD_RESOURCE_PROVIDER_CONFIG: PROVIDERS,
  UPDATE_RESOURCE_PROVIDER_CONFIG: PROVIDERS,
  REMOVE_RESOURCE_PROVIDER_CONFIG: PROVIDERS,
  MARK_RESOURCE_PROVIDER_GONE: PROVIDERS,
  PRUNE_IMAGES: IMAGES,
};

export const PROVIDER_CALLS: Rows<V1Enum<'resource_provider.Call.Type'>> = {
  SUBSCRIBE: PROVIDERS,
  UPDATE_OPERATION_STATUS: PROVIDERS,
  UPDATE_STATE: PROVIDERS,
  UPDATE_PUBLISH_RESOURCES_STATUS: PROVIDERS,
};

export const PROVIDER_EVENTS: Rows<V1Enum<'resource_provider.Event.Type'>> = {
  SUBSCRIBED: NO_PROVIDERS,
  APPLY_OPERATION: NO_PROVIDERS,
  PUBLISH_RESOURCES: NO_PROVIDERS,
  ACKNOWLEDGE_OPERATION_STATUS: NO_PROVIDERS,
  RECONCILE_OPERATIONS: NO_PROVIDERS,
  TEARDOWN: NO_PROVIDERS,
};
