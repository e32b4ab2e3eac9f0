/** What executors and the agent say to each other. Mesos, executor.proto. */
import { enumeration, message, optional, repeated, required } from '../definition.ts';

export const EXECUTOR_API = {
  'executor.Call': message({
    executor_id: required(1, 'ExecutorID'),
    framework_id: required(2, 'FrameworkID'),
    type: optional(3, 'executor.Call.Type'),
    subscribe: optional(4, 'executor.Call.Subscribe'),
    update: optional(5, 'executor.Call.Update'),
    message: optional(6, 'executor.Call.Message'),
  }),
  'executor.Call.Type': enumeration({
    UNKNOWN: 0,
    SUBSCRIBE: 1,
    UPDATE: 2,
    MESSAGE: 3,
    HEARTBEAT: 4,
  }),
  'executor.Call.Subscribe': message({
    unacknowledged_tasks: repeated(1, 'TaskInfo'),
    unacknowledged_updates: repeated(2, 'executor.Call.Update'),
  }),
  'executor.Call.Update': message({
    status: required(1, 'TaskStatus'),
  }),
  'executor.Call.Message': message({
    data: required(2, 'bytes'),
  }),
  'executor.Event': message({
    type: optional(1, 'executor.Event.Type'),
    subscribed: optional(2, 'executor.Event.Subscribed'),
    acknowledged: optional(3, 'executor.Event.Acknowledged'),
    launch: optional(4, 'executor.Event.Launch'),
    launch_group: optional(8, 'executor.Event.LaunchGroup'),
    kill: optional(5, 'executor.Event.Kill'),
    message: optional(6, 'executor.Event.Message'),
    error: optional(7, 'executor.Event.Error'),
  }),
  'executor.Event.Type': enumeration({
    UNKNOWN: 0,
    SUBSCRIBED: 1,
    LAUNCH: 2,
    LAUNCH_GROUP: 8,
    KILL: 3,
    ACKNOWLEDGED: 4,
    MESSAGE: 5,
    ERROR: 6,
    SHUTDOWN: 7,
    HEARTBEAT: 9,
  }),
  'executor.Event.Subscribed': message({
    executor_info: required(1, 'ExecutorInfo'),
    framework_info: required(2, 'FrameworkInfo'),
    agent_info: required(3, 'AgentInfo'),
    container_id: optional(4, 'ContainerID'),
  }),
  'executor.Event.Launch': message({
    task: required(1, 'TaskInfo'),
  }),
  'executor.Event.LaunchGroup': message({
    task_group: required(1, 'TaskGroupInfo'),
  }),
  'executor.Event.Kill': message({
    task_id: required(1, 'TaskID'),
    kill_policy: optional(2, 'KillPolicy'),
  }),
  'executor.Event.Acknowledged': message({
    task_id: required(1, 'TaskID'),
    uuid: required(2, 'bytes'),
  }),
  'executor.Event.Message': message({
    data: required(1, 'bytes'),
  }),
  'executor.Event.Error': message({
    message: required(1, 'string'),
  }),
};
