/** What to do with the resources of an offer. Mesos, mesos.proto. */
import { enumeration, message, optional, repeated, required } from '../definition.ts';

export const OPERATIONS = {
  'Offer.Operation': message({
    type: optional(1, 'Offer.Operation.Type'),
    id: optional(12, 'OperationID'),
    launch: optional(2, 'Offer.Operation.Launch'),
    launch_group: optional(7, 'Offer.Operation.LaunchGroup'),
    reserve: optional(3, 'Offer.Operation.Reserve'),
    unreserve: optional(4, 'Offer.Operation.Unreserve'),
    create: optional(5, 'Offer.Operation.Create'),
    destroy: optional(6, 'Offer.Operation.Destroy'),
    grow_volume: optional(13, 'Offer.Operation.GrowVolume'),
    shrink_volume: optional(14, 'Offer.Operation.ShrinkVolume'),
    create_disk: optional(15, 'Offer.Operation.CreateDisk'),
    destroy_disk: optional(16, 'Offer.Operation.DestroyDisk'),
  }),
  'Offer.Operation.Type': enumeration({
    UNKNOWN: 0,
    LAUNCH: 1,
    LAUNCH_GROUP: 6,
    RESERVE: 2,
    UNRESERVE: 3,
    CREATE: 4,
    DESTROY: 5,
    GROW_VOLUME: 11,
    SHRINK_VOLUME: 12,
    CREATE_DISK: 13,
    DESTROY_DISK: 14,
  }),
  'Offer.Operation.Launch': message({
    task_infos: repeated(1, 'TaskInfo'),
  }),
  'Offer.Operation.LaunchGroup': message({
    executor: required(1, 'ExecutorInfo'),
    task_group: required(2, 'TaskGroupInfo'),
  }),
  'Offer.Operation.Reserve': message({
    source: repeated(2, 'Resource'),
    resources: repeated(1, 'Resource'),
  }),
  'Offer.Operation.Unreserve': message({
    resources: repeated(1, 'Resource'),
  }),
  'Offer.Operation.Create': message({
    volumes: repeated(1, 'Resource'),
  }),
  'Offer.Operation.Destroy': message({
    volumes: repeated(1, 'Resource'),
  }),
  'Offer.Operation.GrowVolume': message({
    volume: required(1, 'Resource'),
    addition: required(2, 'Resource'),
  }),
  'Offer.Operation.ShrinkVolume': message({
    volume: required(1, 'Resource'),
    subtract: required(2, 'Value.Scalar'),
  }),
  'Offer.Operation.CreateDisk': message({
    source: required(1, 'Resource'),
    target_type: required(2, 'Resource.DiskInfo.Source.Type'),
    target_profile: optional(3, 'string'),
  }),
  'Offer.Operation.DestroyDisk': message({
    source: required(1, 'Resource'),
  }),
  Operation: message({
    framework_id: optional(1, 'FrameworkID'),
    agent_id: optional(2, 'AgentID'),
    info: required(3, 'Offer.Operation'),
    latest_status: required(4, 'OperationStatus'),
    statuses: repeated(5, 'OperationStatus'),
    uuid: required(6, 'UUID'),
  }),
};
