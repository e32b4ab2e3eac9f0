/**
 * The driver's handle: what the logic of a scheduler can do. Each call is one message to the master,
 * or, when none listens, is remembered (kills, roles that want no offers), answered here (launches)
 * or left out, because it would be void anyway (declines, acknowledgements, messages).
 */
import type {
  AgentId,
  ExecutorId,
  FrameworkId,
  OperationId,
  TaskId,
  UpdateId,
} from '../protocol/ids.ts';
import type { InverseOffer } from '../protocol/maintenance.ts';
import {
  OPERATIONS_PER_QUESTION_MAX,
  TASKS_PER_LAUNCH_MAX,
  TASKS_PER_QUESTION_MAX,
} from '../protocol/maxima.ts';
import type { ChangeResources, Filters, LaunchGroup, Offer, Operation } from '../protocol/offer.ts';
import type { OperationStatus } from '../protocol/operation.ts';
import type { FromSchedulerToMaster } from '../protocol/scheduler-to-master.ts';
import type { TaskInfo, TaskStatus } from '../protocol/task.ts';
import { groupRefusal } from './group-launches.ts';
import { LAUNCH_WEIGHT_MAX, launchFault, launchWeight } from './launch-limits.ts';
import { noteOperationAcknowledged, operationRefusal } from './operations.ts';
import type { GroupToLaunch, LiveTask, SchedulerCalls, TaskToLaunch } from './scheduler-logic.ts';
import { type DriverContext, type DriverState, neverLaunched } from './scheduler-state.ts';
import { findTask, noteAcknowledgement, noteLaunch, type TaskRecord } from './task-book.ts';

/** Source: Mesos 1.11, Filters.refuse_seconds. */
const DEFAULT_FILTERS: Filters = { refuseMs: 5000 };

/** A call without the framework's id, which all of them carry. */
type Call = FromSchedulerToMaster extends infer Message
  ? Message extends { readonly type: 'subscribe' }
    ? never
    : Message extends unknown
      ? Omit<Message, 'frameworkId'>
      : never
  : never;

export function schedulerCalls(state: DriverState, context: DriverContext): SchedulerCalls {
  return new Calls(state, context);
}

class Calls implements SchedulerCalls {
  readonly #state: DriverState;
  readonly #context: DriverContext;

  constructor(state: DriverState, context: DriverContext) {
    this.#state = state;
    this.#context = context;
  }

  get frameworkId(): FrameworkId | undefined {
    return this.#state.frameworkId;
  }

  get connected(): boolean {
    return this.#state.phase === 'subscribed';
  }

  get offers(): SchedulerCalls['offers'] {
    return this.#state.offers;
  }

  liveTasks(): IterableIterator<LiveTask> {
    return this.#state.tasks.live.values();
  }

  launch(
    offers: Offer | readonly Offer[],
    tasks: readonly TaskToLaunch[],
    filters: Filters = DEFAULT_FILTERS,
  ): void {
    const list = isList(offers) ? offers : [offers];
    const whole = this.#wholeTasks(list, tasks);
    if (whole !== undefined) this.accept(list, [{ type: 'launch', tasks: whole }], filters);
  }

  launchGroup(
    offers: Offer | readonly Offer[],
    { executor, tasks }: GroupToLaunch,
    filters: Filters = DEFAULT_FILTERS,
  ): void {
    const list = isList(offers) ? offers : [offers];
    const whole = this.#wholeTasks(list, tasks);
    if (whole === undefined) return;
    this.accept(list, [{ type: 'launchGroup', executor, tasks: whole }], filters);
  }

  accept(
    offers: readonly Offer[],
    operations: readonly Operation[],
    filters: Filters = DEFAULT_FILTERS,
  ): void {
    let weight = 0;
    const kept = operations.flatMap((operation): Operation[] => {
      if (operation.type === 'launchGroup') {
        const heavier = weight + launchWeight(operation);
        if (!this.#mayLaunchGroup(operation, heavier)) return [];
        weight = heavier;
        return [operation];
      }
      if (operation.type === 'change') {
        const heavier = weight + launchWeight(operation);
        if (!this.#mayChange(operation, heavier)) return [];
        weight = heavier;
        return [operation];
      }
      const tasks = operation.tasks.filter((task) => {
        const heavier = weight + launchWeight(task);
        if (!this.#isSound(task, heavier) || !this.#mayLaunch(task.taskId, task.agentId)) {
          return false;
        }
        weight = heavier;
        return true;
      });
      return slices(tasks, TASKS_PER_LAUNCH_MAX).map((slice) => ({ ...operation, tasks: slice }));
    });
    this.#settle(offers);
    const offerIds = offers.map(({ offerId }) => offerId);
    this.#call({ type: 'accept', offerIds, operations: kept, filters });
  }

  decline(offers: readonly Offer[], filters: Filters = DEFAULT_FILTERS): void {
    if (offers.length === 0) return;
    this.#settle(offers);
    this.#call({ type: 'decline', offerIds: offers.map(({ offerId }) => offerId), filters });
  }

  answerInverse(
    offers: readonly InverseOffer[],
    accepted: boolean,
    filters: Filters = DEFAULT_FILTERS,
  ): void {
    if (offers.length === 0) return;
    const inverseOfferIds = offers.map(({ inverseOfferId }) => inverseOfferId);
    this.#call({ type: 'answerInverseOffers', inverseOfferIds, accepted, filters });
  }

  suppress(roles: readonly string[] = this.#state.info.roles): void {
    const { suppressedRoles, info } = this.#state;
    const added = roles.filter((role) => !suppressedRoles.has(role));
    if (added.length === 0) return;
    for (const role of added) suppressedRoles.add(role);
    const demandNumber = ++this.#state.demandNumber;
    if (info.roles.every((role) => suppressedRoles.has(role))) this.#state.revival = undefined;
    if (!this.#call({ type: 'suppress', roles: added, demandNumber }))
      this.#state.demandChanged = true;
  }

  revive(roles: readonly string[] = this.#state.info.roles): void {
    if (roles.length === 0) return;
    const { suppressedRoles, timings } = this.#state;
    for (const role of roles) suppressedRoles.delete(role);
    const demandNumber = ++this.#state.demandNumber;
    this.#state.revival = {
      demandNumber,
      dueMs: this.#context.nowMs() + timings.repeatDelayMsMin,
      count: 0,
    };
    if (!this.#call({ type: 'revive', roles, demandNumber })) this.#state.demandChanged = true;
  }

  kill(taskId: TaskId, killGracePeriodMs?: number): void {
    const record = findTask(this.#state.tasks, taskId);
    const agentId = record?.agentId;
    const sent = this.#call({
      type: 'kill',
      taskId,
      ...(agentId === undefined ? {} : { agentId }),
      ...(killGracePeriodMs === undefined ? {} : { killGracePeriodMs }),
    });
    if (record !== undefined && this.#state.tasks.live.has(taskId)) {
      const waitMs = sent ? this.#state.timings.repeatDelayMsMin : 0;
      record.kill = { dueMs: this.#context.nowMs() + waitMs, count: 0, killGracePeriodMs };
    }
  }

  shutdownExecutor(agentId: AgentId, executorId: ExecutorId): void {
    this.#call({ type: 'shutdownExecutor', agentId, executorId });
  }

  message(agentId: AgentId, executorId: ExecutorId, data: string): void {
    this.#call({ type: 'schedulerMessage', agentId, executorId, data });
  }

  reconcile(tasks: readonly { readonly taskId: TaskId; readonly agentId?: AgentId }[]): void {
    if (tasks.length === 0) return;
    for (const { taskId } of tasks) {
      const record = findTask(this.#state.tasks, taskId);
      if (record !== undefined) this.#askFor(record);
    }
    for (const slice of slices(tasks, TASKS_PER_QUESTION_MAX)) {
      this.#call({ type: 'reconcile', tasks: slice });
    }
  }

  acknowledge({ status, updateId }: { status: TaskStatus; updateId?: UpdateId }): void {
    if (updateId === undefined) return;
    const { taskId } = status;
    const agentId = status.agentId ?? findTask(this.#state.tasks, taskId)?.agentId;
    if (agentId === undefined) {
      this.#context.log.warn('Cannot acknowledge an update that names no agent', { taskId });
      return;
    }
    noteAcknowledgement(this.#state.tasks, taskId, updateId);
    this.#call({ type: 'acknowledge', agentId, taskId, updateId });
  }

  reconcileOperations(
    operations: readonly { readonly operationId: OperationId; readonly agentId?: AgentId }[] = [],
  ): void {
    if (operations.length === 0) this.#call({ type: 'reconcileOperations', operations });
    for (const slice of slices(operations, OPERATIONS_PER_QUESTION_MAX)) {
      this.#call({ type: 'reconcileOperations', operations: slice });
    }
  }

  acknowledgeOperation({ status, agentId }: { status: OperationStatus; agentId?: AgentId }): void {
    const { operationId, updateId } = status;
    if (updateId === undefined || operationId === undefined || agentId === undefined) return;
    noteOperationAcknowledged(this.#state, status);
    this.#call({ type: 'acknowledgeOperation', agentId, operationId, updateId });
  }

  teardown(): void {
    this.#state.leaving = 'teardown';
  }

  stop(): void {
    this.#state.leaving ??= 'stop';
  }

  /** @returns false when no master listens */
  #call(call: Call): boolean {
    const { phase, frameworkId, master } = this.#state;
    if (phase !== 'subscribed' || frameworkId === undefined || master === undefined) return false;
    this.#context.send(master, { ...call, frameworkId } as FromSchedulerToMaster);
    return true;
  }

  /** These offers are answered now. */
  #settle(offers: readonly Offer[]): void {
    for (const { offerId } of offers) this.#state.offers.delete(offerId);
  }

  /** @returns undefined without offers: then the tasks are answered */
  #wholeTasks(
    [first]: readonly Offer[],
    tasks: readonly TaskToLaunch[],
  ): readonly TaskInfo[] | undefined {
    if (first !== undefined) {
      return tasks.map((task) => ({ ...task, agentId: task.agentId ?? first.agentId }));
    }
    for (const { taskId } of tasks) {
      this.#fail(taskId, {
        reason: 'invalidOffers',
        message: `Cannot launch task "${taskId}": no offers were named`,
      });
    }
    return undefined;
  }

  /** All of its tasks, or none. @param weight of the accept up to and with this group */
  #mayLaunchGroup(group: LaunchGroup, weight: number): boolean {
    const { tasks } = this.#state;
    const why = groupRefusal(group, weight, this.connected, tasks);
    const askDueMs = this.#context.nowMs() + this.#state.timings.silentLaunchMs;
    for (const { taskId, agentId } of group.tasks) {
      if (why === undefined) noteLaunch(tasks, taskId, agentId, askDueMs);
      else this.#fail(taskId, why);
    }
    return why === undefined;
  }

  /** @param weight of the accept up to and with this operation */
  #mayChange(operation: ChangeResources, weight: number): boolean {
    const message = operationRefusal(operation, weight, this.connected);
    const { operationId } = operation;
    if (message !== undefined && operationId !== undefined) {
      const status = { state: 'dropped', operationId, message } as const;
      this.#context.sendSelfAfter(0, { type: 'operationFailed', status });
    }
    return message === undefined;
  }

  /** @param weight of all tasks of the accept up to this one */
  #isSound(task: TaskInfo, weight: number): boolean {
    const { taskId } = task;
    const fault = launchFault(task);
    if (fault !== undefined) {
      const message = `Cannot launch task "${taskId}": ${fault}`;
      this.#fail(taskId, { state: 'error', reason: 'taskInvalid', message });
      return false;
    }
    if (weight <= LAUNCH_WEIGHT_MAX) return true;
    this.#fail(taskId, {
      message: `Cannot launch task "${taskId}" along with so many others: launch it with the next offers`,
    });
    return false;
  }

  #mayLaunch(taskId: TaskId, agentId: AgentId): boolean {
    const { tasks, timings } = this.#state;
    const askDueMs = this.#context.nowMs() + timings.silentLaunchMs;
    if (!this.connected) {
      this.#fail(taskId, {
        reason: 'masterDisconnected',
        message: `Cannot launch task "${taskId}": no master listens at the moment`,
      });
      return false;
    }
    if (noteLaunch(tasks, taskId, agentId, askDueMs)) return true;
    this.#fail(taskId, {
      message: `Cannot launch task "${taskId}": ${tasks.live.size} tasks have not ended yet; launch it when some have`,
    });
    return false;
  }

  /** Answers a launch that can't be sent, in a turn of its own. */
  #fail(taskId: TaskId, why: Parameters<typeof neverLaunched>[3]): void {
    const status = neverLaunched(this.#state, taskId, this.#context.nowMs(), why);
    this.#context.sendSelfAfter(0, { type: 'launchFailed', status });
  }

  #askFor(record: TaskRecord): void {
    record.askedByLogic = true;
    const dueMs = this.#context.nowMs() + this.#state.timings.repeatDelayMsMin;
    record.ask = { dueMs, count: 0 };
  }
}

function slices<Item>(items: readonly Item[], countMax: number): Item[][] {
  const count = Math.ceil(items.length / countMax);
  return Array.from({ length: count }, (_, index) =>
    items.slice(index * countMax, (index + 1) * countMax),
  );
}

function isList(offers: Offer | readonly Offer[]): offers is readonly Offer[] {
  return Array.isArray(offers);
}
