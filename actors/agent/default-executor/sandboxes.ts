/** The sandboxes of a task group: all are made before anything starts, or it is said whose could not be. */
import { describeError } from '../../../runtime/errors.ts';
import type { TaskId } from '../../protocol/ids.ts';
import type { Resources } from '../../protocol/resources.ts';
import type { SandboxName, WorkDirectory } from '../work-directory.ts';

/** Whose sandbox could not be made; of none when it is that of the executor. */
export class SandboxFault extends Error {
  readonly taskId: TaskId | undefined;

  constructor(taskId: TaskId | undefined, cause: unknown) {
    super(describeError(cause), { cause });
    this.taskId = taskId;
  }

  static of(error: unknown): { readonly taskId: TaskId | undefined; readonly sentence: string } {
    if (error instanceof SandboxFault) return { taskId: error.taskId, sentence: error.message };
    return { taskId: undefined, sentence: describeError(error) };
  }
}

/** Whose sandbox, and what is to be found in it of volumes. */
interface SandboxPlan {
  readonly name: SandboxName;
  readonly resources: Resources;
}

/** @throws SandboxFault */
export async function makeGroupSandboxes(
  workDirectory: WorkDirectory,
  executor: SandboxPlan,
  tasks: readonly SandboxPlan[],
): Promise<void> {
  for (const { name, resources } of [executor, ...tasks]) {
    try {
      await workDirectory.makeSandbox(name, resources);
    } catch (error) {
      throw new SandboxFault(name.taskId, error);
    }
  }
}
