/**
 * Keeping: what the agent is about to do or to say is written down first, where its framework wants
 * its tasks to outlive the agent's process.
 *
 * All that is said to the executors of such a framework, and about them to the launcher, goes this
 * way, also what needs no record: so everybody hears it in the order in which it was said.
 */
import type { Letter } from './checkpoint/checkpointer.ts';
import type { CheckpointRecord } from './checkpoint/records.ts';
import type { AgentContext, AgentState } from './state.ts';

/** Sends the letters when the records, and all before them, are safe; else at once. */
export function keepThen(
  { checkpointer }: AgentState,
  { checkpointed }: { readonly checkpointed: boolean },
  records: readonly CheckpointRecord[],
  letters: readonly Letter[],
  context: AgentContext,
): void {
  if (checkpointed && checkpointer !== undefined) {
    context.send(checkpointer, { type: 'keep', records, letters });
    return;
  }
  for (const { to, message } of letters) context.send(to, message);
}
