/** Checks of fields that messages of several listeners have; see `accepts-master.ts` and those beside it. */
import { array, object, string } from '../../runtime/decode.ts';
import type { ReportedExecutor } from './agent-to-master.ts';
import { type ExecutorId, type FrameworkId, ID_LENGTH_MAX, type TaskId } from './ids.ts';
import { MASTERS_TOLD_MAX } from './masters.ts';
import { address, count, executorInfo, name, properId, role } from './nouns.ts';

/** Ids as master, agent and executors name them to each other. */
export const executorIds = {
  frameworkId: properId<FrameworkId>(),
  executorId: properId<ExecutorId>(),
};

/** Of a task, in the same way. */
export const taskIds = { frameworkId: properId<FrameworkId>(), taskId: properId<TaskId>() };

/** Of whoever asked. */
export const replyTo = address<unknown>();
export const resourceVersion = string(ID_LENGTH_MAX);

/** As `ReportedExecutor`. */
export const reportedExecutor = object<ReportedExecutor>(
  { frameworkId: properId(), info: executorInfo },
  { role },
);

const masters = array(name, MASTERS_TOLD_MAX);
/** As `LeaderWords`. */
export const leaderWords = { epoch: count, masters };
/** As `NotLeader`. */
export const notLeader = [leaderWords, { leader: name }] as const;
