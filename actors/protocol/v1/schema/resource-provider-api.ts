/** What resource providers and the agent say to each other. Mesos, resource_provider.proto. */
import { enumeration, message, optional, repeated, required } from '../definition.ts';

export const RESOURCE_PROVIDER_API = {
  'resource_provider.Call': message({
    resource_provider_id: optional(1, 'ResourceProviderID'),
    type: optional(2, 'resource_provider.Call.Type'),
    subscribe: optional(3, 'resource_provider.Call.Subscribe'),
    update_operation_status: optional(4, 'resource_provider.Call.UpdateOperationStatus'),
    update_state: optional(5, 'resource_provider.Call.UpdateState'),
    update_publish_resources_status: optional(
      6,
      'resource_provider.Call.UpdatePublishResourcesStatus',
    ),
  }),
  'resource_provider.Call.Type': enumeration({
    UNKNOWN: 0,
    SUBSCRIBE: 1,
    UPDATE_OPERATION_STATUS: 2,
    UPDATE_STATE: 3,
    UPDATE_PUBLISH_RESOURCES_STATUS: 4,
  }),
  'resource_provider.Call.Subscribe': message({
    resource_provider_info: required(1, 'ResourceProviderInfo'),
  }),
  'resource_provider.Call.UpdateOperationStatus': message({
    framework_id: optional(1, 'FrameworkID'),
    status: required(2, 'OperationStatus'),
    latest_status: optional(3, 'OperationStatus'),
    operation_uuid: required(4, 'UUID'),
  }),
  'resource_provider.Call.UpdateState': message({
    operations: repeated(1, 'Operation'),
    resources: repeated(2, 'Resource'),
    resource_version_uuid: required(3, 'UUID'),
  }),
  'resource_provider.Call.UpdatePublishResourcesStatus': message({
    uuid: required(1, 'UUID'),
    status: required(2, 'resource_provider.Call.UpdatePublishResourcesStatus.Status'),
  }),
  'resource_provider.Call.UpdatePublishResourcesStatus.Status': enumeration({
    UNKNOWN: 0,
    OK: 1,
    FAILED: 2,
  }),
  'resource_provider.Event': message({
    type: optional(1, 'resource_provider.Event.Type'),
    subscribed: optional(2, 'resource_provider.Event.Subscribed'),
    apply_operation: optional(3, 'resource_provider.Event.ApplyOperation'),
    publish_resources: optional(4, 'resource_provider.Event.PublishResources'),
    acknowledge_operation_status: optional(5, 'resource_provider.Event.AcknowledgeOperationStatus'),
    reconcile_operations: optional(6, 'resource_provider.Event.ReconcileOperations'),
  }),
  'resource_provider.Event.Type': enumeration({
    UNKNOWN: 0,
    SUBSCRIBED: 1,
    APPLY_OPERATION: 2,
    PUBLISH_RESOURCES: 3,
    ACKNOWLEDGE_OPERATION_STATUS: 4,
    RECONCILE_OPERATIONS: 5,
    TEARDOWN: 6,
  }),
  'resource_provider.Event.Subscribed': message({
    provider_id: required(1, 'ResourceProviderID'),
  }),
  'resource_provider.Event.ApplyOperation': message({
    framework_id: optional(1, 'FrameworkID'),
    info: required(2, 'Offer.Operation'),
    operation_uuid: required(3, 'UUID'),
    resource_version_uuid: required(4, 'UUID'),
  }),
  'resource_provider.Event.PublishResources': message({
    uuid: required(1, 'UUID'),
    resources: repeated(2, 'Resource'),
  }),
  'resource_provider.Event.AcknowledgeOperationStatus': message({
    status_uuid: required(1, 'UUID'),
    operation_uuid: required(2, 'UUID'),
  }),
  'resource_provider.Event.ReconcileOperations': message({
    operation_uuids: repeated(1, 'UUID'),
  }),
};
