/** Runs a job of the batch framework on this program's own node, for programs that wait for it. */
import { type BatchCommand, type BatchEvent, batch } from '../actors/framework/batch/batch.ts';
import type { BatchJob } from '../actors/framework/batch/job.ts';
import { mastersAt } from '../actors/framework/describe.ts';
import { type Address, defineActor } from '../runtime/actor.ts';
import type { System } from '../runtime/system.ts';

export type BatchEnded = Extract<BatchEvent, { readonly type: 'batchEnded' }>;

export interface BatchRun {
  /** Settles when the framework has taken its leave from the master. */
  readonly ended: Promise<BatchEnded>;
  /** Kills what runs and starts nothing more; it has ended when all tasks have. */
  kill(): void;
  /** Ends it without waiting for the tasks, which the master has killed. */
  abandon(): void;
}

export interface BatchRunOptions {
  readonly job: BatchJob;
  /** `host:port` */
  readonly master: string;
  readonly hear: (event: BatchEvent) => void;
}

export function startBatchRun(system: System, { job, master, hear }: BatchRunOptions): BatchRun {
  let end: (event: BatchEnded) => void = () => {};
  const ending = new Promise<BatchEnded>((resolve) => {
    end = resolve;
  });
  const reportTo = system.spawn(listener, {
    hear: (event) => {
      hear(event);
      if (event.type === 'batchEnded') end(event);
    },
  });
  const framework: Address<BatchCommand> = system.spawn(batch, {
    job,
    reportTo,
    masters: mastersAt(master),
  });
  return {
    ended: ending.then(async (event) => {
      await system.exited(framework);
      return event;
    }),
    kill: () => system.send(framework, { type: 'killBatch' }),
    abandon: () => system.send(framework, { type: 'abandonBatch' }),
  };
}

interface ListenerOptions {
  readonly hear: (event: BatchEvent) => void;
}

const listener = defineActor<ListenerOptions, undefined, BatchEvent>({
  name: 'listener',
  initialState: () => undefined,
  handlers: {
    batchSubscribed: (_, event, { options }) => options.hear(event),
    batchDisconnected: (_, event, { options }) => options.hear(event),
    batchLaunched: (_, event, { options }) => options.hear(event),
    batchUpdated: (_, event, { options }) => options.hear(event),
    batchStarved: (_, event, { options }) => options.hear(event),
    batchEnded: (_, event, { options }) => options.hear(event),
  },
});
