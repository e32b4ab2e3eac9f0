/** What the master says to operators who subscribe. Mesos, master.proto. */
import { enumeration, message, optional, required } from '../definition.ts';

export const MASTER_EVENTS = {
  'master.Event': message({
    type: optional(1, 'master.Event.Type'),
    subscribed: optional(2, 'master.Event.Subscribed'),
    task_added: optional(3, 'master.Event.TaskAdded'),
    task_updated: optional(4, 'master.Event.TaskUpdated'),
    agent_added: optional(5, 'master.Event.AgentAdded'),
    agent_removed: optional(6, 'master.Event.AgentRemoved'),
    framework_added: optional(7, 'master.Event.FrameworkAdded'),
    framework_updated: optional(8, 'master.Event.FrameworkUpdated'),
    framework_removed: optional(9, 'master.Event.FrameworkRemoved'),
  }),
  'master.Event.Type': enumeration({
    UNKNOWN: 0,
    SUBSCRIBED: 1,
    TASK_ADDED: 2,
    TASK_UPDATED: 3,
    AGENT_ADDED: 4,
    AGENT_REMOVED: 5,
    FRAMEWORK_ADDED: 6,
    FRAMEWORK_UPDATED: 7,
    FRAMEWORK_REMOVED: 8,
    HEARTBEAT: 9,
  }),
  'master.Event.Subscribed': message({
    get_state: optional(1, 'master.Response.GetState'),
    heartbeat_interval_seconds: optional(2, 'double'),
  }),
  'master.Event.TaskAdded': message({
    task: required(1, 'Task'),
  }),
  'master.Event.TaskUpdated': message({
    framework_id: required(1, 'FrameworkID'),
    status: required(2, 'TaskStatus'),
    state: required(3, 'TaskState'),
  }),
  'master.Event.FrameworkAdded': message({
    framework: required(1, 'master.Response.GetFrameworks.Framework'),
  }),
  'master.Event.FrameworkUpdated': message({
    framework: required(1, 'master.Response.GetFrameworks.Framework'),
  }),
  'master.Event.FrameworkRemoved': message({
    framework_info: required(1, 'FrameworkInfo'),
  }),
  'master.Event.AgentAdded': message({
    agent: required(1, 'master.Response.GetAgents.Agent'),
  }),
  'master.Event.AgentRemoved': message({
    agent_id: required(1, 'AgentID'),
  }),
};
