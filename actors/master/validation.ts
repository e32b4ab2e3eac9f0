/**
 * What frameworks may be called and what they may launch. Pure; each answers with what is wrong, as
 * a sentence, or undefined. The order is that of Mesos, and the first fault counts.
 * Source: Mesos 1.11, src/master/validation.cpp, src/common/roles.cpp.
 */
import { isDeepStrictEqual } from 'node:util';
import type { FrameworkInfo } from '../protocol/framework.ts';
import { type AgentId, type ExecutorId, idFault, type TaskId } from '../protocol/ids.ts';
import type { OfferConstraints } from '../protocol/offer-constraints.ts';
import { formatResources } from '../protocol/resource-text.ts';
import { contains, isEmpty, overlap, plus, type Resources } from '../protocol/resources.ts';
import { roleNameFault } from '../protocol/roles.ts';
import type { ExecutorInfo, TaskInfo } from '../protocol/task.ts';
import { compileConstraints } from './allocator/constraints.ts';
import { REGEX_LIMITS_DEFAULT } from './allocator/safe-regex.ts';
import { checksFault } from './check-faults.ts';
import { commandFault } from './command-faults.ts';
import type { MasterOptions } from './options.ts';
import { isAllowedRole } from './roles/role-faults.ts';

/** Of a framework's name and user. */
const NAME_LENGTH_MAX = 255;
/** A framework with more is refused. */
const ROLE_COUNT_MAX = 100;

// ------------------------------------------------------------------------------ frameworks

export function frameworkFault(
  info: FrameworkInfo,
  suppressedRoles: readonly string[],
  { rolesAllowed, rootSubmissions = true }: Pick<MasterOptions, 'rolesAllowed' | 'rootSubmissions'>,
): string | undefined {
  return (
    nameFault('name', info.name) ??
    nameFault('user', info.user) ??
    rolesFault(info.roles, rolesAllowed) ??
    rootFault(info.user, rootSubmissions) ??
    suppressedRolesFault(info.roles, suppressedRoles) ??
    failoverTimeoutFault(info.failoverTimeoutMs)
  );
}

/** Source: Mesos 1.11, createAllocatorFrameworkOptions; validateOfferConstraintsRoles. */
export function constraintsFault(
  { roles }: FrameworkInfo,
  constraints: OfferConstraints = [],
  { regexLimits = REGEX_LIMITS_DEFAULT }: Pick<MasterOptions, 'regexLimits'>,
): string | undefined {
  const stray = constraints.find(({ role }) => !roles.includes(role));
  if (stray !== undefined) {
    return `Offer constraints specify \`role_constraints\` for a role '${stray.role}' not contained in the set of roles`;
  }
  const compiled = compileConstraints(constraints, regexLimits);
  return typeof compiled === 'string' ? `Offer constraints are not valid: ${compiled}` : undefined;
}

/** What may not change when a scheduler comes back. */
export function frameworkChangeFault(before: FrameworkInfo, after: FrameworkInfo) {
  if (before.principal === after.principal) return undefined;
  // Who knows an id must not learn by it who has the framework.
  return "Changing framework's principal is not allowed.";
}

/** What may not change while a scheduler is subscribed. */
export function frameworkUpdateFault(before: FrameworkInfo, after: FrameworkInfo) {
  const fault = frameworkChangeFault(before, after);
  if (fault !== undefined) return fault;
  const { user, checkpoint = true } = before;
  if (user !== after.user) return unsupportedChange('user', user, after.user);
  const { checkpoint: said = true } = after;
  return checkpoint === said ? undefined : unsupportedChange('checkpoint', checkpoint, said);
}

function unsupportedChange(field: string, before: unknown, after: unknown): string {
  const [was, said] = [`'${before}'`, `'${after}'`];
  return `Updating 'FrameworkInfo.${field}' is unsupported; attempted to update from ${was} to ${said}`;
}

function roleFault(role: string): string | undefined {
  if (role === '*') return undefined;
  const fault = roleNameFault(role);
  return fault === undefined ? undefined : `Role ${shown(role)} is invalid: it ${fault}`;
}

function nameFault(field: 'name' | 'user', value: string): string | undefined {
  if (field === 'name' && value === '') return 'The name of a framework must not be empty';
  if (value.length > NAME_LENGTH_MAX) {
    return `The ${field} of a framework must be at most ${NAME_LENGTH_MAX} characters long`;
  }
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  if (/[\u0000-\u001f\u007f]/.test(value)) {
    return `The ${field} of a framework must not contain control characters: ${shown(value)}`;
  }
  return undefined;
}

function rootFault(user: string, rootSubmissions: boolean): string | undefined {
  if (rootSubmissions || user !== 'root') return undefined;
  return "User 'root' is not allowed to run frameworks without --root_submissions set";
}

function rolesFault(
  roles: readonly string[],
  rolesAllowed: readonly string[] | undefined,
): string | undefined {
  if (roles.length > ROLE_COUNT_MAX) return `A framework may have at most ${ROLE_COUNT_MAX} roles`;
  for (const role of roles) {
    const fault = roleFault(role);
    if (fault !== undefined) return fault;
  }
  const unknown = roles.filter((role) => !isAllowedRole(role, rolesAllowed));
  if (unknown.length > 0) {
    return `Roles { ${unknown.join(', ')} } are not present in the master's --roles`;
  }
  if (new Set(roles).size < roles.length) return 'A framework must not name a role twice';
  return undefined;
}

function suppressedRolesFault(roles: readonly string[], suppressedRoles: readonly string[]) {
  const stray = suppressedRoles.find((role) => !roles.includes(role));
  if (stray === undefined) return undefined;
  return `Suppressed role ${shown(stray)} is not one of the framework's roles`;
}

function failoverTimeoutFault(failoverTimeoutMs: number): string | undefined {
  if (Number.isFinite(failoverTimeoutMs) && failoverTimeoutMs >= 0) return undefined;
  return `The failover timeout must be a number of milliseconds, 0 or more: ${failoverTimeoutMs}`;
}

// -------------------------------------------------------------------------------- launches

/** What a launch is checked against. */
export interface LaunchGround {
  /** Of the accepted offers. */
  readonly agentId: AgentId;
  /** What is left of them. */
  readonly resources: Resources;
  /** Whether the framework has such a task that is not completed. */
  hasTask(taskId: TaskId): boolean;
  hasUnreachableTask(taskId: TaskId): boolean;
  /** The framework's executor of this id on the agent. */
  executor(executorId: ExecutorId): ExecutorInfo | undefined;
}

export function taskFault(task: TaskInfo, ground: LaunchGround): string | undefined {
  return taskFieldsFault(task, ground) ?? executorFault(task, ground) ?? roomFault(task, ground);
}

/** What holds for the tasks of groups, too: all but its executor and what it takes of the offers. */
export function taskFieldsFault(task: TaskInfo, ground: LaunchGround): string | undefined {
  return (
    taskIdFault(task.taskId, ground) ??
    agentFault(task, ground) ??
    periodFault("Task's 'kill_policy.grace_period'", task.killGracePeriodMs) ??
    periodFault("Task's `max_completion_time`", task.maxCompletionTimeMs) ??
    checksFault(task) ??
    (isEmpty(task.resources) ? 'Task uses no resources' : undefined) ??
    commandFault(task.command, 'command')
  );
}

/** Source: Mesos 1.11, validateRevocableAndNonRevocableResources. */
export function mixedFault(who: string, resources: Resources): string | undefined {
  const mixed = resources.find(
    ({ name, revocable }) =>
      revocable === true && resources.some((one) => one.name === name && one.revocable !== true),
  );
  if (mixed === undefined) return undefined;
  return `${who} revocable and non-revocable resources: Cannot use both revocable and non-revocable '${mixed.name}' at the same time`;
}

/** What has to be there for the task: its own resources, and the executor's where it is new. */
export function resourcesNeeded(task: TaskInfo, ground: Pick<LaunchGround, 'executor'>): Resources {
  const { executor } = task;
  if (executor === undefined || ground.executor(executor.executorId) !== undefined) {
    return task.resources;
  }
  return plus(task.resources, executor.resources);
}

function taskIdFault(taskId: TaskId, ground: LaunchGround): string | undefined {
  const fault = idFault(taskId);
  if (fault !== undefined) return `Task id ${shown(taskId)} is invalid: ${fault}`;
  if (ground.hasTask(taskId)) return `Task has duplicate ID: ${taskId}`;
  if (ground.hasUnreachableTask(taskId))
    return `Task reuses the ID of an unreachable task: ${taskId}`;
  return undefined;
}

function agentFault({ agentId }: TaskInfo, ground: LaunchGround): string | undefined {
  if (agentId === ground.agentId) return undefined;
  return `Task uses invalid agent ${agentId} while agent ${ground.agentId} is expected`;
}

export function periodFault(name: string, periodMs: number | undefined): string | undefined {
  if (periodMs === undefined || periodMs >= 0) return undefined;
  return `${name} must be non-negative: it is ${periodMs} ms`;
}

function executorFault(task: TaskInfo, ground: LaunchGround): string | undefined {
  const { executor } = task;
  if ((executor === undefined) === (task.command === undefined)) {
    return 'Task should have at least one (but not both) of CommandInfo or ExecutorInfo present';
  }
  if (executor === undefined) return undefined;
  const fault =
    executorTypeFault(executor) ??
    executorIdFault(executor) ??
    periodFault("ExecutorInfo's 'shutdown_grace_period'", executor.shutdownGracePeriodMs) ??
    commandFault(executor.command, "executor's command");
  if (fault !== undefined) return fault;
  const present = ground.executor(executor.executorId);
  if (present !== undefined && !isSameExecutor(present, executor)) {
    return incompatibleSentence(executor);
  }
  if (executor.type === 'default') return "'ExecutorInfo.type' must be 'CUSTOM'";
  if (executor.command === undefined) return "'ExecutorInfo.command' must be set";
  if (overlap(task.resources, executor.resources)) {
    return 'There are overlapping resources in the task resources and executor resources';
  }
  return undefined;
}

/** Source of the sentences: Mesos 1.11, validateType. */
export function executorTypeFault({ type, command }: ExecutorInfo): string | undefined {
  if (type === 'default' && command !== undefined) {
    return "'ExecutorInfo.command' must not be set for 'DEFAULT' executor";
  }
  if (type === 'custom' && command === undefined) {
    return "'ExecutorInfo.command' must be set for 'CUSTOM' executor";
  }
  return undefined;
}

export function executorIdFault({ executorId }: ExecutorInfo): string | undefined {
  const fault = idFault(executorId);
  return fault === undefined ? undefined : `Executor id ${shown(executorId)} is invalid: ${fault}`;
}

export function incompatibleSentence({ executorId }: ExecutorInfo): string {
  return `ExecutorInfo is not compatible with existing ExecutorInfo with same ExecutorID: '${executorId}'`;
}

/** Tasks of one executor describe it in the same way; whose type is not said is custom. */
export function isSameExecutor(one: ExecutorInfo, other: ExecutorInfo): boolean {
  return isDeepStrictEqual({ type: 'custom', ...one }, { type: 'custom', ...other });
}

function roomFault(task: TaskInfo, ground: LaunchGround): string | undefined {
  const needed = resourcesNeeded(task, ground);
  const mixed =
    mixedFault('Task mixes', task.resources) ??
    mixedFault('Executor mixes', task.executor?.resources ?? []) ??
    mixedFault('Task and its executor mix', needed);
  if (mixed !== undefined) return mixed;
  if (contains(ground.resources, needed)) return undefined;
  return (
    `Total resources ${formatResources(needed)} required by task and its executor is more than ` +
    `available ${formatResources(ground.resources)}`
  );
}

function shown(value: unknown): string {
  return value === undefined ? 'none' : `"${String(value)}"`;
}
