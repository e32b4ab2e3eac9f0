/** What a scheduler is told about a part of its call, as events of the v1 API. */
import type { V1 } from '../../../protocol/v1/dictionary.ts';
import { secondsOfMs } from '../../../protocol/v1/times.ts';
import type { Notice } from './orders.ts';

export function noticeEvent(notice: Notice, nowMs: number): V1<'scheduler.Event'> {
  if (notice.type === 'taskRefused') {
    const { taskId, agentId, reason, sentence } = notice;
    return {
      type: 'UPDATE',
      update: {
        status: {
          task_id: { value: taskId },
          state: 'TASK_ERROR',
          message: sentence,
          source: 'SOURCE_MASTER',
          reason,
          agent_id: { value: agentId },
          timestamp: secondsOfMs(nowMs),
        },
      },
    };
  }
  const { operationId, sentence: message } = notice;
  // Without a uuid: nobody waits for an acknowledgement.
  const status = {
    operation_id: { value: operationId },
    state: 'OPERATION_ERROR',
    message,
  } as const;
  return { type: 'UPDATE_OPERATION_STATUS', update_operation_status: { status } };
}
