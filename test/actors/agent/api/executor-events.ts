/** What an HTTP executor of a test reads from its stream, and what it says. */
import { ok } from 'node:assert/strict';
import { decodeV1, type Encoding } from '../../../../actors/protocol/v1/codec.ts';
import type { V1 } from '../../../../actors/protocol/v1/dictionary.ts';
import { RecordDecoder } from '../../../../transport/http/recordio.ts';
import type { Answered } from '../../../kit/http-routes.ts';
import { executor, frameworkId } from '../nouns.ts';

export const EXECUTOR_PATH = '/api/v1/executor';
export const UUID = 'mZu5nT0dQx6LlOKbzPH6Yg==';

/** A call of the executor of `nouns.ts`. */
export function callOf(type: string, more: object = {}): object {
  const { executorId } = executor;
  return {
    type,
    framework_id: { value: frameworkId },
    executor_id: { value: executorId },
    ...more,
  };
}

export function update(taskId: string, state: string, uuid = UUID, more: object = {}): object {
  const status = { task_id: { value: taskId }, state, source: 'SOURCE_EXECUTOR', uuid, ...more };
  return callOf('UPDATE', { update: { status } });
}

export function eventsOf(
  { stream }: Answered,
  encoding: Encoding = 'json',
): V1<'executor.Event'>[] {
  ok(stream, 'the answer is a stream');
  const decoder = new RecordDecoder();
  return stream.records
    .flatMap((chunk) => decoder.push(chunk))
    .map((record) => decodeV1('executor.Event', encoding, record));
}

/** As short as can be told apart: `LAUNCH task-1`. */
export function linesOf(answered: Answered, encoding: Encoding = 'json'): string[] {
  return eventsOf(answered, encoding).map(({ type, launch, kill, acknowledged }) => {
    const id = launch?.task.task_id ?? kill?.task_id ?? acknowledged?.task_id;
    return id === undefined ? `${type}` : `${type} ${id.value}`;
  });
}
