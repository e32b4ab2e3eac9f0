/** What the agent answers to operators. Mesos, agent.proto. */
import { enumeration, message, optional, repeated, required } from '../definition.ts';

export const AGENT_RESPONSES = {
  'agent.Response': message({
    type: optional(1, 'agent.Response.Type'),
    get_health: optional(2, 'agent.Response.GetHealth'),
    get_flags: optional(3, 'agent.Response.GetFlags'),
    get_version: optional(4, 'agent.Response.GetVersion'),
    get_metrics: optional(5, 'agent.Response.GetMetrics'),
    get_logging_level: optional(6, 'agent.Response.GetLoggingLevel'),
    list_files: optional(7, 'agent.Response.ListFiles'),
    read_file: optional(8, 'agent.Response.ReadFile'),
    get_state: optional(9, 'agent.Response.GetState'),
    get_containers: optional(10, 'agent.Response.GetContainers'),
    get_frameworks: optional(11, 'agent.Response.GetFrameworks'),
    get_executors: optional(12, 'agent.Response.GetExecutors'),
    get_operations: optional(18, 'agent.Response.GetOperations'),
    get_tasks: optional(13, 'agent.Response.GetTasks'),
    get_agent: optional(15, 'agent.Response.GetAgent'),
    get_resource_providers: optional(17, 'agent.Response.GetResourceProviders'),
    wait_nested_container: optional(14, 'agent.Response.WaitNestedContainer'),
    wait_container: optional(16, 'agent.Response.WaitContainer'),
  }),
  'agent.Response.Type': enumeration({
    UNKNOWN: 0,
    GET_HEALTH: 1,
    GET_FLAGS: 2,
    GET_VERSION: 3,
    GET_METRICS: 4,
    GET_LOGGING_LEVEL: 5,
    LIST_FILES: 6,
    READ_FILE: 7,
    GET_STATE: 8,
    GET_CONTAINERS: 9,
    GET_FRAMEWORKS: 10,
    GET_EXECUTORS: 11,
    GET_OPERATIONS: 17,
    GET_TASKS: 12,
    GET_AGENT: 14,
    GET_RESOURCE_PROVIDERS: 16,
    WAIT_NESTED_CONTAINER: 13,
    WAIT_CONTAINER: 15,
  }),
  'agent.Response.GetHealth': message({
    healthy: required(1, 'bool'),
  }),
  'agent.Response.GetFlags': message({
    flags: repeated(1, 'Flag'),
  }),
  'agent.Response.GetVersion': message({
    version_info: required(1, 'VersionInfo'),
  }),
  'agent.Response.GetMetrics': message({
    metrics: repeated(1, 'Metric'),
  }),
  'agent.Response.GetLoggingLevel': message({
    level: required(1, 'uint32'),
  }),
  'agent.Response.ListFiles': message({
    file_infos: repeated(1, 'FileInfo'),
  }),
  'agent.Response.ReadFile': message({
    size: required(1, 'uint64'),
    data: required(2, 'bytes'),
  }),
  'agent.Response.GetState': message({
    get_tasks: optional(1, 'agent.Response.GetTasks'),
    get_executors: optional(2, 'agent.Response.GetExecutors'),
    get_frameworks: optional(3, 'agent.Response.GetFrameworks'),
  }),
  'agent.Response.GetContainers': message({
    containers: repeated(1, 'agent.Response.GetContainers.Container'),
  }),
  'agent.Response.GetContainers.Container': message({
    framework_id: optional(1, 'FrameworkID'),
    executor_id: optional(2, 'ExecutorID'),
    executor_name: optional(3, 'string'),
    container_id: required(4, 'ContainerID'),
    container_status: optional(5, 'ContainerStatus'),
    resource_statistics: optional(6, 'ResourceStatistics'),
  }),
  'agent.Response.GetFrameworks': message({
    frameworks: repeated(1, 'agent.Response.GetFrameworks.Framework'),
    completed_frameworks: repeated(2, 'agent.Response.GetFrameworks.Framework'),
  }),
  'agent.Response.GetFrameworks.Framework': message({
    framework_info: required(1, 'FrameworkInfo'),
  }),
  'agent.Response.GetExecutors': message({
    executors: repeated(1, 'agent.Response.GetExecutors.Executor'),
    completed_executors: repeated(2, 'agent.Response.GetExecutors.Executor'),
  }),
  'agent.Response.GetExecutors.Executor': message({
    executor_info: required(1, 'ExecutorInfo'),
  }),
  'agent.Response.GetOperations': message({
    operations: repeated(1, 'Operation'),
  }),
  'agent.Response.GetTasks': message({
    pending_tasks: repeated(1, 'Task'),
    queued_tasks: repeated(2, 'Task'),
    launched_tasks: repeated(3, 'Task'),
    terminated_tasks: repeated(4, 'Task'),
    completed_tasks: repeated(5, 'Task'),
  }),
  'agent.Response.GetAgent': message({
    agent_info: optional(1, 'AgentInfo'),
    drain_config: optional(2, 'DrainConfig'),
    estimated_drain_start_time: optional(3, 'TimeInfo'),
  }),
  'agent.Response.GetResourceProviders': message({
    resource_providers: repeated(1, 'agent.Response.GetResourceProviders.ResourceProvider'),
  }),
  'agent.Response.GetResourceProviders.ResourceProvider': message({
    resource_provider_info: required(1, 'ResourceProviderInfo'),
    total_resources: repeated(2, 'Resource'),
  }),
  'agent.Response.WaitNestedContainer': message({
    exit_status: optional(1, 'int32'),
    state: optional(2, 'TaskState'),
    reason: optional(3, 'TaskStatus.Reason'),
    limitation: optional(4, 'TaskResourceLimitation'),
    message: optional(5, 'string'),
  }),
  'agent.Response.WaitContainer': message({
    exit_status: optional(1, 'int32'),
    state: optional(2, 'TaskState'),
    reason: optional(3, 'TaskStatus.Reason'),
    limitation: optional(4, 'TaskResourceLimitation'),
    message: optional(5, 'string'),
  }),
  'agent.ProcessIO': message({
    type: optional(1, 'agent.ProcessIO.Type'),
    data: optional(2, 'agent.ProcessIO.Data'),
    control: optional(3, 'agent.ProcessIO.Control'),
  }),
  'agent.ProcessIO.Type': enumeration({ UNKNOWN: 0, DATA: 1, CONTROL: 2 }),
  'agent.ProcessIO.Data': message({
    type: optional(1, 'agent.ProcessIO.Data.Type'),
    data: optional(2, 'bytes'),
  }),
  'agent.ProcessIO.Data.Type': enumeration({ UNKNOWN: 0, STDIN: 1, STDOUT: 2, STDERR: 3 }),
  'agent.ProcessIO.Control': message({
    type: optional(1, 'agent.ProcessIO.Control.Type'),
    tty_info: optional(2, 'TTYInfo'),
    heartbeat: optional(3, 'agent.ProcessIO.Control.Heartbeat'),
  }),
  'agent.ProcessIO.Control.Type': enumeration({ UNKNOWN: 0, TTY_INFO: 1, HEARTBEAT: 2 }),
  'agent.ProcessIO.Control.Heartbeat': message({
    interval: optional(1, 'DurationInfo'),
  }),
};
