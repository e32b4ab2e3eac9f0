/** What operators ask an agent. */
import type { Address } from '../../runtime/actor.ts';
import type { FrameworkId, TaskId } from './ids.ts';
import type { AgentStateView, SandboxChunk } from './views.ts';

export type FromOperatorToAgent =
  | { readonly type: 'describeAgent'; readonly replyTo: Address<AgentStateView> }
  /** Bytes of a file in the sandbox of the task's newest run. */
  | {
      readonly type: 'readSandbox';
      readonly frameworkId: FrameworkId;
      readonly taskId: TaskId;
      /** A relative path without `..`; `stdout` and `stderr` are always there. */
      readonly path: string;
      /** Negative: counted from the end. */
      readonly offsetBytes: number;
      /** At most 256 KiB are answered. */
      readonly lengthBytes: number;
      readonly replyTo: Address<SandboxChunk>;
    };
