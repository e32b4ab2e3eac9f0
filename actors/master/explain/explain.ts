/**
 * Why: an operator asks why a framework gets no offers, or what is with a task.
 *
 * The master says what it knows (who is subscribed, which agents there are, where the task is); where
 * it is about offers, the allocator adds what it would do now, and answers.
 */
import type { Explanation, Reason } from '../../protocol/explanation.ts';
import type { FrameworkId, TaskId } from '../../protocol/ids.ts';
import type { FromOperatorToMaster } from '../../protocol/operator-to-master.ts';
import { tellAllocator } from '../children.ts';
import type { MasterContext, MasterHandlers } from '../messages.ts';
import type { FrameworkRecord, MasterState, TaskRecord } from '../state.ts';
import { agentReasons, withheldAgents } from './agent-reasons.ts';
import { quotaReasons } from './quota-reasons.ts';
import { type TaskPhase, taskReasons } from './task-reasons.ts';

type Question = Extract<FromOperatorToMaster, { readonly type: 'explain' }>;

/** So many frameworks that have a task of the same id are named. */
const NAMED_COUNT_MAX = 5;

export const explainHandlers: MasterHandlers<'explain' | 'describeConstraints'> = {
  describeConstraints(state, message, context) {
    tellAllocator(state, message, context);
  },

  explain(state, question, context) {
    const { taskId, frameworkId } = question;
    if (taskId !== undefined) {
      explainTask(state, taskId, question, context);
    } else if (frameworkId !== undefined) {
      explainFramework(state, frameworkId, [], question, context);
    } else {
      const text = 'It is not said what is to be explained';
      const advice = 'Name a framework or a task';
      answer(question, { reasons: [{ code: 'unknownFramework', text, advice }] }, context);
    }
  },
};

function explainTask(
  state: MasterState,
  taskId: TaskId,
  question: Question,
  context: MasterContext,
): void {
  const { frameworkId } = question;
  const found = findTasks(state, taskId, frameworkId);
  const [one] = found;
  if (one === undefined) {
    const text = `No task "${taskId}" is known: it was never launched, or ended long ago`;
    if (frameworkId !== undefined && state.frameworks.has(frameworkId)) {
      // What was never launched waits in its scheduler for an offer.
      explainFramework(state, frameworkId, [{ code: 'unknownTask', text }], question, context);
      return;
    }
    const advice = 'Name its framework, to hear why that gets no offers: messor explain FRAMEWORK';
    answer(question, { taskId, reasons: [{ code: 'unknownTask', text, advice }] }, context);
    return;
  }
  if (found.length > 1) {
    const names = found.slice(0, NAMED_COUNT_MAX).map(({ frameworkId: id }) => id);
    const text = `${found.length} frameworks have a task "${taskId}": ${names.join(', ')}`;
    const advice = 'Name one of them, too: --framework';
    answer(question, { taskId, reasons: [{ code: 'severalTasks', text, advice }] }, context);
    return;
  }
  const { record, phase } = one;
  const agent = state.agents.registered.get(record.task.agentId);
  const reasons = taskReasons({ record, phase, agent, nowMs: context.nowMs() });
  answer(question, { taskId, frameworkId: one.frameworkId, reasons }, context);
}

/** @param before what there is to say first */
function explainFramework(
  state: MasterState,
  frameworkId: FrameworkId,
  before: readonly Reason[],
  question: Question,
  context: MasterContext,
): void {
  const { taskId, needs, replyTo } = question;
  const framework = state.frameworks.get(frameworkId);
  const ids = { frameworkId, ...(taskId !== undefined && { taskId }) };
  if (framework === undefined) {
    const absent = refusal(state, frameworkId, context) ?? absence(state, frameworkId);
    answer(question, { ...ids, reasons: [...before, absent] }, context);
    return;
  }
  const reasons = [
    ...before,
    ...schedulerReasons(framework),
    ...offerReasons(framework, context),
    ...quotaReasons(state, framework),
    ...agentReasons(state),
  ];
  const said: Explanation = { type: 'explanation', ...ids, reasons };
  const withheld = withheldAgents(state);
  tellAllocator(
    state,
    { type: 'explain', frameworkId, said, withheld, replyTo, ...(needs && { needs }) },
    context,
  );
}

/** @param wanted an id, or the name of one that was not let in */
function refusal(
  { refusedSubscriptions }: MasterState,
  wanted: string,
  context: MasterContext,
): Reason | undefined {
  const found = [...refusedSubscriptions.values()].findLast(
    ({ frameworkId, name }) => frameworkId === wanted || name === wanted,
  );
  if (found === undefined) return undefined;
  const seconds = Math.round((context.nowMs() - found.atMs) / 1000);
  return {
    code: 'subscriptionRefused',
    text: `Framework "${wanted}" was not let in ${seconds} s ago: ${found.message}`,
    advice: 'Change what its scheduler subscribes with, or the flags of the masters',
  };
}

function absence(state: MasterState, frameworkId: FrameworkId): Reason {
  if (state.endedFrameworks.has(frameworkId)) {
    return {
      code: 'frameworkEnded',
      text: `Framework ${frameworkId} has ended, and its id is not taken again`,
      advice: 'Have its scheduler subscribe without an id, as a new framework',
    };
  }
  return {
    code: 'unknownFramework',
    text: `No framework "${frameworkId}" is known to this master`,
    advice:
      'See which there are: messor frameworks --all; one that was refused has its reason in its log',
  };
}

function schedulerReasons({ status, info }: FrameworkRecord): readonly Reason[] {
  if (status === 'active' && info.roles.length > 0) return [];
  if (status === 'active') {
    const text = 'It has no role, and offers are made to roles';
    return [{ code: 'noRoles', text, advice: 'Have its scheduler name roles: UPDATE_FRAMEWORK' }];
  }
  const advice = 'Start its scheduler, which subscribes with the same id';
  if (status === 'recovered') {
    const text = 'Its scheduler has not subscribed since this master leads';
    return [{ code: 'frameworkRecovered', text, advice }];
  }
  const text = `Its scheduler is not connected; ${info.failoverTimeoutMs / 1000} s after it was lost the framework ends`;
  return [{ code: 'frameworkDisconnected', text, advice }];
}

function offerReasons({ offers }: FrameworkRecord, context: MasterContext): readonly Reason[] {
  let oldestMs = Number.POSITIVE_INFINITY;
  for (const { timesOutAtMs } of offers) oldestMs = Math.min(oldestMs, timesOutAtMs);
  if (offers.size === 0) return [];
  const { offerTimeoutMs } = context.options.settings;
  const seconds = Math.round((context.nowMs() - (oldestMs - offerTimeoutMs)) / 1000);
  const what = offers.size === 1 ? 'an offer' : `${offers.size} offers`;
  return [
    {
      code: 'offersOutstanding',
      text: `It has ${what} that it has not answered, the oldest for ${seconds} s`,
      advice: `Have its scheduler accept or decline; after ${offerTimeoutMs / 1000} s they are taken back (--offer-timeout)`,
    },
  ];
}

interface FoundTask {
  readonly frameworkId: FrameworkId;
  readonly record: TaskRecord;
  readonly phase: TaskPhase;
}

function findTasks(
  state: MasterState,
  taskId: TaskId,
  wanted: FrameworkId | undefined,
): readonly FoundTask[] {
  const found: FoundTask[] = [];
  const look = (
    frameworkId: FrameworkId,
    tasks: ReadonlyMap<TaskId, TaskRecord>,
    phase: TaskPhase,
  ): boolean => {
    const record = tasks.get(taskId);
    if (record === undefined || (wanted !== undefined && wanted !== frameworkId)) return false;
    found.push({ frameworkId, record, phase });
    return true;
  };
  for (const {
    frameworkId,
    tasks,
    unreachableTasks,
    completedTasks,
  } of state.frameworks.values()) {
    // An id may have been used before: the newest task of it counts.
    look(frameworkId, tasks, 'active') ||
      look(frameworkId, unreachableTasks, 'unreachable') ||
      look(frameworkId, completedTasks, 'completed');
  }
  if (found.length > 0) return found;
  for (const { frameworkId, completedTasks } of state.completedFrameworks.values()) {
    look(frameworkId, completedTasks, 'completed');
  }
  return found;
}

function answer(
  { replyTo }: Question,
  said: Omit<Explanation, 'type'>,
  context: MasterContext,
): void {
  context.send(replyTo, { type: 'explanation', ...said });
}
