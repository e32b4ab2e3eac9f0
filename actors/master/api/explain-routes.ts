/**
 * `GET /explain`: why a framework gets no offers, or what is with a task. Beyond Mesos.
 *
 * | query                          | answer                                                     |
 * |---|---|
 * | `framework=ID`                 | 200, an `Explanation` as JSON without its `type`            |
 * | `task=ID`, `framework=ID`      | the same of a task; the framework where several have it    |
 * | `needs=cpus:4;mem:1024` beside | also whether that fits anywhere (`;` is written `%3B`)     |
 * | neither of the first two, or malformed | 400                                               |
 * | something that is not known    | 404, and the reasons all the same                          |
 */
import type { Address, Tagged } from '../../../runtime/actor.ts';
import { describeError } from '../../../runtime/errors.ts';
import { formValue, parseForm } from '../../../transport/http/form.ts';
import {
  type HttpAnswer,
  type HttpGate,
  type HttpRoutes,
  jsonResponse,
  textResponse,
} from '../../../transport/http/message.ts';
import type { Explanation } from '../../protocol/explanation.ts';
import { type FrameworkId, idFault, type TaskId } from '../../protocol/ids.ts';
import type { NotLeader } from '../../protocol/messages.ts';
import type { FromOperatorToMaster } from '../../protocol/operator-to-master.ts';
import { parseResources } from '../../protocol/resources.ts';
import type { MasterInbox } from '../messages.ts';

/** Asks the master of this node; undefined while there is none. */
export type AskMaster = <Reply extends Tagged>(
  message: (replyTo: Address<Reply | NotLeader>) => MasterInbox,
) => Promise<Reply | NotLeader | undefined>;

type Question = Omit<Extract<FromOperatorToMaster, { readonly type: 'explain' }>, 'replyTo'>;

export function explainRoutes(askMaster: AskMaster, first: HttpGate): HttpRoutes {
  return {
    '/explain': {
      first,
      async GET({ query }) {
        const question = questionOf(query);
        if (typeof question === 'string') return textResponse(400, question);
        const answer = await askMaster<Explanation>((replyTo) => ({ ...question, replyTo }));
        if (answer?.type !== 'explanation') return textResponse(503, 'No leader elected');
        return answered(answer);
      },
    },
  };
}

function answered({ type: _, ...explanation }: Explanation): HttpAnswer {
  const [reason] = explanation.reasons;
  const isUnknown = reason?.code === 'unknownFramework' || reason?.code === 'unknownTask';
  return jsonResponse(isUnknown && explanation.roles === undefined ? 404 : 200, explanation);
}

/** @returns a sentence when it is none */
function questionOf(query: string): Question | string {
  const form = parseForm(query);
  if (form === undefined) return 'Failed to read the query: it is not well encoded';
  const frameworkId = formValue(form, 'framework');
  const taskId = formValue(form, 'task');
  const needs = formValue(form, 'needs');
  if (frameworkId === undefined && taskId === undefined) {
    return "Expecting 'framework' or 'task' to be present";
  }
  for (const [name, id] of [
    ['framework', frameworkId],
    ['task', taskId],
  ] as const) {
    const fault = id === undefined ? undefined : idFault(id);
    if (fault !== undefined) return `Invalid '${name}': ${fault}`;
  }
  try {
    return {
      type: 'explain',
      ...(frameworkId !== undefined && { frameworkId: frameworkId as FrameworkId }),
      ...(taskId !== undefined && { taskId: taskId as TaskId }),
      ...(needs !== undefined && { needs: parseResources(needs) }),
    };
  } catch (error) {
    return `Invalid 'needs': ${describeError(error)}`;
  }
}
