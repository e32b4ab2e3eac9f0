/**
 * The end of an agent that was told to shut down: as soon as there is nothing left to wait for.
 *
 *     ending ──executors gone──▶ waits for acknowledgements ──all there, or late──▶ shutdownDue
 *                                 └──no master that could bring them──────────────────▲
 * An executor is waited for as long as its grace periods allow; see `shutdownAgent`.
 */
import type { AgentContext, AgentState } from './state.ts';

/** To be called whenever an executor or a task has ended, and when the master is lost. */
export function endWhenDone(state: AgentState, context: AgentContext): void {
  const { ending, frameworks, master } = state;
  if (ending === undefined || ending.done) return;
  for (const { executors } of frameworks.values()) if (executors.size > 0) return;
  if (frameworks.size === 0 || master === undefined) {
    ending.done = true;
    context.sendSelfAfter(0, { type: 'shutdownDue' });
  } else if (!ending.executorsGone) {
    ending.executorsGone = true;
    context.sendSelfAfter(context.options.shutdownAcknowledgementWaitMs, { type: 'shutdownDue' });
  }
}
