/** What things are known by. Mesos, mesos.proto. */
import { message, optional, required } from '../definition.ts';

export const IDS = {
  FrameworkID: message({
    value: required(1, 'string'),
  }),
  OfferID: message({
    value: required(1, 'string'),
  }),
  AgentID: message({
    value: required(1, 'string'),
  }),
  TaskID: message({
    value: required(1, 'string'),
  }),
  ExecutorID: message({
    value: required(1, 'string'),
  }),
  ContainerID: message({
    value: required(1, 'string'),
    parent: optional(2, 'ContainerID'),
  }),
  ResourceProviderID: message({
    value: required(1, 'string'),
  }),
  OperationID: message({
    value: required(1, 'string'),
  }),
  UUID: message({
    value: required(1, 'bytes'),
  }),
};
