/** What schedulers say to the master. Mesos, scheduler.proto. */
import { enumeration, message, optional, repeated, required } from '../definition.ts';

export const SCHEDULER_CALLS = {
  'scheduler.Call': message({
    framework_id: optional(1, 'FrameworkID'),
    type: optional(2, 'scheduler.Call.Type'),
    subscribe: optional(3, 'scheduler.Call.Subscribe'),
    accept: optional(4, 'scheduler.Call.Accept'),
    decline: optional(5, 'scheduler.Call.Decline'),
    accept_inverse_offers: optional(13, 'scheduler.Call.AcceptInverseOffers'),
    decline_inverse_offers: optional(14, 'scheduler.Call.DeclineInverseOffers'),
    revive: optional(15, 'scheduler.Call.Revive'),
    kill: optional(6, 'scheduler.Call.Kill'),
    shutdown: optional(7, 'scheduler.Call.Shutdown'),
    acknowledge: optional(8, 'scheduler.Call.Acknowledge'),
    acknowledge_operation_status: optional(17, 'scheduler.Call.AcknowledgeOperationStatus'),
    reconcile: optional(9, 'scheduler.Call.Reconcile'),
    reconcile_operations: optional(18, 'scheduler.Call.ReconcileOperations'),
    message: optional(10, 'scheduler.Call.Message'),
    request: optional(11, 'scheduler.Call.Request'),
    suppress: optional(16, 'scheduler.Call.Suppress'),
    update_framework: optional(19, 'scheduler.Call.UpdateFramework'),
  }),
  'scheduler.Call.Type': enumeration({
    UNKNOWN: 0,
    SUBSCRIBE: 1,
    TEARDOWN: 2,
    ACCEPT: 3,
    DECLINE: 4,
    ACCEPT_INVERSE_OFFERS: 13,
    DECLINE_INVERSE_OFFERS: 14,
    REVIVE: 5,
    KILL: 6,
    SHUTDOWN: 7,
    ACKNOWLEDGE: 8,
    ACKNOWLEDGE_OPERATION_STATUS: 15,
    RECONCILE: 9,
    RECONCILE_OPERATIONS: 16,
    MESSAGE: 10,
    REQUEST: 11,
    SUPPRESS: 12,
    UPDATE_FRAMEWORK: 17,
  }),
  'scheduler.Call.Subscribe': message({
    framework_info: required(1, 'FrameworkInfo'),
    suppressed_roles: repeated(2, 'string'),
    offer_constraints: optional(3, 'scheduler.OfferConstraints'),
  }),
  'scheduler.Call.Accept': message({
    offer_ids: repeated(1, 'OfferID'),
    operations: repeated(2, 'Offer.Operation'),
    filters: optional(3, 'Filters'),
  }),
  'scheduler.Call.Decline': message({
    offer_ids: repeated(1, 'OfferID'),
    filters: optional(2, 'Filters'),
  }),
  'scheduler.Call.AcceptInverseOffers': message({
    inverse_offer_ids: repeated(1, 'OfferID'),
    filters: optional(2, 'Filters'),
  }),
  'scheduler.Call.DeclineInverseOffers': message({
    inverse_offer_ids: repeated(1, 'OfferID'),
    filters: optional(2, 'Filters'),
  }),
  'scheduler.Call.Revive': message({
    roles: repeated(1, 'string'),
  }),
  'scheduler.Call.Kill': message({
    task_id: required(1, 'TaskID'),
    agent_id: optional(2, 'AgentID'),
    kill_policy: optional(3, 'KillPolicy'),
  }),
  'scheduler.Call.Shutdown': message({
    executor_id: required(1, 'ExecutorID'),
    agent_id: required(2, 'AgentID'),
  }),
  'scheduler.Call.Acknowledge': message({
    agent_id: required(1, 'AgentID'),
    task_id: required(2, 'TaskID'),
    uuid: required(3, 'bytes'),
  }),
  'scheduler.Call.AcknowledgeOperationStatus': message({
    agent_id: optional(1, 'AgentID'),
    resource_provider_id: optional(2, 'ResourceProviderID'),
    uuid: required(3, 'bytes'),
    operation_id: required(4, 'OperationID'),
  }),
  'scheduler.Call.Reconcile': message({
    tasks: repeated(1, 'scheduler.Call.Reconcile.Task'),
  }),
  'scheduler.Call.Reconcile.Task': message({
    task_id: required(1, 'TaskID'),
    agent_id: optional(2, 'AgentID'),
  }),
  'scheduler.Call.ReconcileOperations': message({
    operations: repeated(1, 'scheduler.Call.ReconcileOperations.Operation'),
  }),
  'scheduler.Call.ReconcileOperations.Operation': message({
    operation_id: required(1, 'OperationID'),
    agent_id: optional(2, 'AgentID'),
    resource_provider_id: optional(3, 'ResourceProviderID'),
  }),
  'scheduler.Call.Message': message({
    agent_id: required(1, 'AgentID'),
    executor_id: required(2, 'ExecutorID'),
    data: required(3, 'bytes'),
  }),
  'scheduler.Call.Request': message({
    requests: repeated(1, 'Request'),
  }),
  'scheduler.Call.Suppress': message({
    roles: repeated(1, 'string'),
  }),
  'scheduler.Call.UpdateFramework': message({
    framework_info: required(1, 'FrameworkInfo'),
    suppressed_roles: repeated(2, 'string'),
    offer_constraints: optional(3, 'scheduler.OfferConstraints'),
  }),
};
