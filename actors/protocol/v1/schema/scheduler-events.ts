/** What the master says to schedulers. Mesos, scheduler.proto. */
import { enumeration, message, optional, repeated, required } from '../definition.ts';

export const SCHEDULER_EVENTS = {
  'scheduler.Event': message({
    type: optional(1, 'scheduler.Event.Type'),
    subscribed: optional(2, 'scheduler.Event.Subscribed'),
    offers: optional(3, 'scheduler.Event.Offers'),
    inverse_offers: optional(9, 'scheduler.Event.InverseOffers'),
    rescind: optional(4, 'scheduler.Event.Rescind'),
    rescind_inverse_offer: optional(10, 'scheduler.Event.RescindInverseOffer'),
    update: optional(5, 'scheduler.Event.Update'),
    update_operation_status: optional(11, 'scheduler.Event.UpdateOperationStatus'),
    message: optional(6, 'scheduler.Event.Message'),
    failure: optional(7, 'scheduler.Event.Failure'),
    error: optional(8, 'scheduler.Event.Error'),
  }),
  'scheduler.Event.Type': enumeration({
    UNKNOWN: 0,
    SUBSCRIBED: 1,
    OFFERS: 2,
    INVERSE_OFFERS: 9,
    RESCIND: 3,
    RESCIND_INVERSE_OFFER: 10,
    UPDATE: 4,
    UPDATE_OPERATION_STATUS: 11,
    MESSAGE: 5,
    FAILURE: 6,
    ERROR: 7,
    HEARTBEAT: 8,
  }),
  'scheduler.Event.Subscribed': message({
    framework_id: required(1, 'FrameworkID'),
    heartbeat_interval_seconds: optional(2, 'double'),
    master_info: optional(3, 'MasterInfo'),
  }),
  'scheduler.Event.Offers': message({
    offers: repeated(1, 'Offer'),
  }),
  'scheduler.Event.InverseOffers': message({
    inverse_offers: repeated(1, 'InverseOffer'),
  }),
  'scheduler.Event.Rescind': message({
    offer_id: required(1, 'OfferID'),
  }),
  'scheduler.Event.RescindInverseOffer': message({
    inverse_offer_id: required(1, 'OfferID'),
  }),
  'scheduler.Event.Update': message({
    status: required(1, 'TaskStatus'),
  }),
  'scheduler.Event.UpdateOperationStatus': message({
    status: required(1, 'OperationStatus'),
  }),
  'scheduler.Event.Message': message({
    agent_id: required(1, 'AgentID'),
    executor_id: required(2, 'ExecutorID'),
    data: required(3, 'bytes'),
  }),
  'scheduler.Event.Failure': message({
    agent_id: optional(1, 'AgentID'),
    executor_id: optional(2, 'ExecutorID'),
    status: optional(3, 'int32'),
  }),
  'scheduler.Event.Error': message({
    message: required(1, 'string'),
  }),
  'scheduler.Response': message({
    type: optional(1, 'scheduler.Response.Type'),
    reconcile_operations: optional(2, 'scheduler.Response.ReconcileOperations'),
  }),
  'scheduler.Response.Type': enumeration({ UNKNOWN: 0, RECONCILE_OPERATIONS: 1 }),
  'scheduler.Response.ReconcileOperations': message({
    operation_statuses: repeated(1, 'OperationStatus'),
  }),
  'scheduler.APIResult': message({
    status_code: required(1, 'uint32'),
    response: optional(2, 'scheduler.Response'),
    error: optional(3, 'string'),
  }),
};
