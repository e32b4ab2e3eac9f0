/**
 * Providers of resources beyond the agent itself, and the storage plugins behind them. Mesos,
 * mesos.proto.
 */
import { enumeration, message, optional, repeated, required } from '../definition.ts';

export const STORAGE = {
  ResourceProviderInfo: message({
    id: optional(1, 'ResourceProviderID'),
    attributes: repeated(2, 'Attribute'),
    type: required(3, 'string'),
    name: required(4, 'string'),
    default_reservations: repeated(5, 'Resource.ReservationInfo'),
    storage: optional(6, 'ResourceProviderInfo.Storage'),
  }),
  'ResourceProviderInfo.Storage': message({
    plugin: required(1, 'CSIPluginInfo'),
    reconciliation_interval_seconds: optional(2, 'double'),
  }),
  CSIPluginInfo: message({
    type: required(1, 'string'),
    name: optional(2, 'string', { default: 'default' }),
    containers: repeated(3, 'CSIPluginContainerInfo'),
    endpoints: repeated(4, 'CSIPluginEndpoint'),
    target_path_root: optional(5, 'string'),
    target_path_exists: optional(6, 'bool'),
  }),
  CSIPluginContainerInfo: message({
    services: repeated(1, 'CSIPluginContainerInfo.Service'),
    command: optional(2, 'CommandInfo'),
    resources: repeated(3, 'Resource'),
    container: optional(4, 'ContainerInfo'),
  }),
  'CSIPluginContainerInfo.Service': enumeration({
    UNKNOWN: 0,
    CONTROLLER_SERVICE: 1,
    NODE_SERVICE: 2,
  }),
  CSIPluginEndpoint: message({
    csi_service: required(1, 'CSIPluginContainerInfo.Service'),
    endpoint: required(2, 'string'),
  }),
};
