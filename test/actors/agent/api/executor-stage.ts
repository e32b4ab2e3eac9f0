/** An HTTP executor of a test: it was started for a task, and subscribes. */
import { ok } from 'node:assert/strict';
import type { Encoding } from '../../../../actors/protocol/v1/codec.ts';
import type { Answered } from '../../../kit/http-routes.ts';
import { customTask } from '../nouns.ts';
import { type ApiStage, apiStage, type StageOptions } from './api-stage.ts';
import { callOf, EXECUTOR_PATH } from './executor-events.ts';

export const SUBSCRIBE = callOf('SUBSCRIBE', { subscribe: {} });

export function stage(
  t: { after(undo: () => Promise<void>): void },
  options: StageOptions = {},
): ApiStage {
  const made = apiStage(options);
  t.after(made.close);
  return made;
}

/** An executor that was started for a task, and has subscribed. */
export async function subscribed(
  t: Parameters<typeof stage>[0],
  { encoding = 'json', ...options }: StageOptions & { readonly encoding?: Encoding } = {},
) {
  const made = stage(t, options);
  await made.run(customTask('task-1'));
  const say = (value: object): Promise<Answered> =>
    made.call(EXECUTOR_PATH, 'executor.Call', value, { encoding });
  const stream = await say(SUBSCRIBE);
  const [launch] = made.launches();
  ok(launch, 'the program was started');
  return { ...made, say, stream, containerId: launch.containerId };
}

export function updatesOf(told: ApiStage['told']) {
  return told().flatMap((message) => (message.type === 'statusUpdate' ? [message.update] : []));
}

export function variableOf(launches: ApiStage['launches'], name: string): string {
  return launches()[0]?.environment.find((variable) => variable.name === name)?.value ?? '';
}
