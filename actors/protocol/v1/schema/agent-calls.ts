/** What operators, and executors that hold containers, ask the agent. Mesos, agent.proto. */
import { enumeration, map, message, optional, repeated, required } from '../definition.ts';

export const AGENT_CALLS = {
  'agent.Call': message({
    type: optional(1, 'agent.Call.Type'),
    get_metrics: optional(2, 'agent.Call.GetMetrics'),
    set_logging_level: optional(3, 'agent.Call.SetLoggingLevel'),
    list_files: optional(4, 'agent.Call.ListFiles'),
    read_file: optional(5, 'agent.Call.ReadFile'),
    get_containers: optional(20, 'agent.Call.GetContainers'),
    launch_nested_container: optional(6, 'agent.Call.LaunchNestedContainer'),
    wait_nested_container: optional(7, 'agent.Call.WaitNestedContainer'),
    kill_nested_container: optional(8, 'agent.Call.KillNestedContainer'),
    remove_nested_container: optional(12, 'agent.Call.RemoveNestedContainer'),
    launch_nested_container_session: optional(9, 'agent.Call.LaunchNestedContainerSession'),
    attach_container_input: optional(10, 'agent.Call.AttachContainerInput'),
    attach_container_output: optional(11, 'agent.Call.AttachContainerOutput'),
    launch_container: optional(13, 'agent.Call.LaunchContainer'),
    wait_container: optional(14, 'agent.Call.WaitContainer'),
    kill_container: optional(15, 'agent.Call.KillContainer'),
    remove_container: optional(16, 'agent.Call.RemoveContainer'),
    add_resource_provider_config: optional(17, 'agent.Call.AddResourceProviderConfig'),
    update_resource_provider_config: optional(18, 'agent.Call.UpdateResourceProviderConfig'),
    remove_resource_provider_config: optional(19, 'agent.Call.RemoveResourceProviderConfig'),
    mark_resource_provider_gone: optional(22, 'agent.Call.MarkResourceProviderGone'),
    prune_images: optional(21, 'agent.Call.PruneImages'),
  }),
  'agent.Call.Type': enumeration({
    UNKNOWN: 0,
    GET_HEALTH: 1,
    GET_FLAGS: 2,
    GET_VERSION: 3,
    GET_METRICS: 4,
    GET_LOGGING_LEVEL: 5,
    SET_LOGGING_LEVEL: 6,
    LIST_FILES: 7,
    READ_FILE: 8,
    GET_STATE: 9,
    GET_CONTAINERS: 10,
    GET_FRAMEWORKS: 11,
    GET_EXECUTORS: 12,
    GET_OPERATIONS: 31,
    GET_TASKS: 13,
    GET_AGENT: 20,
    GET_RESOURCE_PROVIDERS: 26,
    LAUNCH_NESTED_CONTAINER: 14,
    WAIT_NESTED_CONTAINER: 15,
    KILL_NESTED_CONTAINER: 16,
    REMOVE_NESTED_CONTAINER: 21,
    LAUNCH_NESTED_CONTAINER_SESSION: 17,
    ATTACH_CONTAINER_INPUT: 18,
    ATTACH_CONTAINER_OUTPUT: 19,
    LAUNCH_CONTAINER: 22,
    WAIT_CONTAINER: 23,
    KILL_CONTAINER: 24,
    REMOVE_CONTAINER: 25,
    ADD_RESOURCE_PROVIDER_CONFIG: 27,
    UPDATE_RESOURCE_PROVIDER_CONFIG: 28,
    REMOVE_RESOURCE_PROVIDER_CONFIG: 29,
    MARK_RESOURCE_PROVIDER_GONE: 32,
    PRUNE_IMAGES: 30,
  }),
  'agent.Call.GetMetrics': message({
    timeout: optional(1, 'DurationInfo'),
  }),
  'agent.Call.SetLoggingLevel': message({
    level: required(1, 'uint32'),
    duration: required(2, 'DurationInfo'),
  }),
  'agent.Call.ListFiles': message({
    path: required(1, 'string'),
  }),
  'agent.Call.ReadFile': message({
    path: required(1, 'string'),
    offset: required(2, 'uint64'),
    length: optional(3, 'uint64'),
  }),
  'agent.Call.GetContainers': message({
    show_nested: optional(1, 'bool'),
    show_standalone: optional(2, 'bool'),
  }),
  'agent.Call.LaunchNestedContainer': message({
    container_id: required(1, 'ContainerID'),
    command: optional(2, 'CommandInfo'),
    container: optional(3, 'ContainerInfo'),
  }),
  'agent.Call.WaitNestedContainer': message({
    container_id: required(1, 'ContainerID'),
  }),
  'agent.Call.KillNestedContainer': message({
    container_id: required(1, 'ContainerID'),
    signal: optional(2, 'int32'),
  }),
  'agent.Call.RemoveNestedContainer': message({
    container_id: required(1, 'ContainerID'),
  }),
  'agent.Call.LaunchNestedContainerSession': message({
    container_id: required(1, 'ContainerID'),
    command: optional(2, 'CommandInfo'),
    container: optional(3, 'ContainerInfo'),
  }),
  'agent.Call.AttachContainerInput': message({
    type: optional(1, 'agent.Call.AttachContainerInput.Type'),
    container_id: optional(2, 'ContainerID'),
    process_io: optional(3, 'agent.ProcessIO'),
  }),
  'agent.Call.AttachContainerInput.Type': enumeration({
    UNKNOWN: 0,
    CONTAINER_ID: 1,
    PROCESS_IO: 2,
  }),
  'agent.Call.AttachContainerOutput': message({
    container_id: required(1, 'ContainerID'),
  }),
  'agent.Call.LaunchContainer': message({
    container_id: required(1, 'ContainerID'),
    command: optional(2, 'CommandInfo'),
    resources: repeated(3, 'Resource'),
    container: optional(4, 'ContainerInfo'),
    limits: map(5, 'Value.Scalar'),
  }),
  'agent.Call.WaitContainer': message({
    container_id: required(1, 'ContainerID'),
  }),
  'agent.Call.KillContainer': message({
    container_id: required(1, 'ContainerID'),
    signal: optional(2, 'int32'),
  }),
  'agent.Call.RemoveContainer': message({
    container_id: required(1, 'ContainerID'),
  }),
  'agent.Call.AddResourceProviderConfig': message({
    info: required(1, 'ResourceProviderInfo'),
  }),
  'agent.Call.UpdateResourceProviderConfig': message({
    info: required(1, 'ResourceProviderInfo'),
  }),
  'agent.Call.RemoveResourceProviderConfig': message({
    type: required(1, 'string'),
    name: required(2, 'string'),
  }),
  'agent.Call.MarkResourceProviderGone': message({
    resource_provider_id: required(1, 'ResourceProviderID'),
  }),
  'agent.Call.PruneImages': message({
    excluded_images: repeated(1, 'Image'),
  }),
};
