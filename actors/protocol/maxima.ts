/**
 * The most that one message may carry. A message with more is refused as a whole where it arrives,
 * so whoever sends splits or cuts what may grow: offers, tasks to reconcile, texts of statuses.
 */

/** Offers in one `offersMade`, `accept` or `decline`. */
export const OFFERS_PER_MESSAGE_MAX = 10_000;
/** Operations in one `accept`. */
export const OPERATIONS_PER_ACCEPT_MAX = 1000;
/** Tasks in one launch operation. */
export const TASKS_PER_LAUNCH_MAX = 1000;
/** Tasks in one task group. */
export const TASKS_PER_GROUP_MAX = 1000;
/** Tasks named in one `reconcile` or `confirmTasks`. */
export const TASKS_PER_QUESTION_MAX = 10_000;
/** Operations named in one `reconcileOperations` or `agentReregistered`. */
export const OPERATIONS_PER_QUESTION_MAX = 10_000;
/** What one agent may report of each kind when it registers again or is described. */
export const REPORTED_COUNT_MAX = 10_000;
/** Statuses in one description of a task. */
export const STATUSES_PER_TASK_MAX = 100;

/** Also of those suppressed or revived at once. */
export const ROLES_PER_FRAMEWORK_MAX = 1000;
/** Capabilities of one framework. */
export const CAPABILITIES_PER_FRAMEWORK_MAX = 100;
/** Alternatives of what is enough for an offer in one role. */
export const MINIMA_PER_ROLE_MAX = 100;
/** Labels of one task, status, discovery or port. */
export const LABELS_MAX = 1000;
/** Ports of one discovery. */
export const PORTS_PER_DISCOVERY_MAX = 1000;
/** Networks of one container, or told of one in a status. */
export const NETWORKS_PER_CONTAINER_MAX = 100;
/** Addresses, groups and port mappings of one network, each. */
export const PARTS_PER_NETWORK_MAX = 1000;
/** Answers that one health check takes for healthy. */
export const STATUSES_PER_HEALTH_CHECK_MAX = 100;

/** Reservations on top of each other: as many as a role has ancestors, and itself. */
export const RESERVATIONS_PER_RESOURCE_MAX = 128;
/** Users of one shared volume. */
export const COPIES_PER_RESOURCE_MAX = 1_000_000;
/** Of a file or directory. */
export const PATH_LENGTH_MAX = 4096;

/** Resources, of different names, types or kinds, in one list. */
export const RESOURCES_COUNT_MAX = 1000;
/** Ranges in one resource. */
export const RANGES_PER_RESOURCE_MAX = 32_768;
/** Items in one resource that is a set. */
export const ITEMS_PER_SET_MAX = 10_000;
/** Attributes of one agent. */
export const ATTRIBUTES_COUNT_MAX = 1000;

/** Arguments of one command. */
export const ARGUMENTS_PER_COMMAND_MAX = 10_000;
/** Variables of one command. */
export const VARIABLES_PER_ENVIRONMENT_MAX = 10_000;
/** A shell line, an argument or a variable: what Linux lets a program be given in one string. */
export const COMMAND_TEXT_LENGTH_MAX = 131_072;

/** Files to fetch for one command. */
export const URIS_PER_COMMAND_MAX = 1000;
/** Of one of them. */
export const URI_LENGTH_MAX = 16_384;

/** Sizes of offers that a framework asks for at a time. */
export const REQUESTS_PER_CALL_MAX = 100;

/** Roles whose weights or quotas are changed at once. */
export const ROLES_PER_GRANT_MAX = 1000;

/** Machines of one maintenance window, and of one question about machines. */
export const MACHINES_PER_WINDOW_MAX = 10_000;
/** Windows of the maintenance schedule. */
export const MAINTENANCE_WINDOWS_MAX = 1000;

/** What an executor proves with that it is the program that the agent started. */
export const SECRET_LENGTH_MAX = 128;

/** Names of people, programs, hosts, files. */
export const NAME_LENGTH_MAX = 4096;
/** Sentences: reasons and the messages of statuses. */
export const SENTENCE_LENGTH_MAX = 65_536;
/** What frameworks and executors tell each other, and what labels say. */
export const DATA_LENGTH_MAX = 1_048_576;
/** Of a file, in one answer; more is in the next. */
export const SANDBOX_CHUNK_BYTES_MAX = 262_144;
