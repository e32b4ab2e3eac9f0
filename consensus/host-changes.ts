/** Changes of the membership on their way through the log: the host proposes them, and hears what came of each. */
import type { MembershipStep } from './entry.ts';
import type { HostContext, HostHandlers, HostState } from './host-state.ts';

export const changeHandlers: HostHandlers<'proposed'> = {
  proposed(state, { number, outcome }) {
    const pending = state.changes.get(number);
    state.changes.delete(number);
    if (outcome.outcome === 'applied') pending?.done(undefined);
    else if (outcome.outcome === 'dropped') pending?.done(outcome.sentence);
    else pending?.done('Leadership was lost meanwhile: look whether it was done');
  },
};

/** @param done is told why it was refused, if it was */
export function proposeChange(
  state: HostState,
  steps: readonly MembershipStep[],
  context: HostContext,
  done: (refused: string | undefined) => void,
): void {
  if (state.replica === undefined) return;
  const number = state.nextChangeNumber++;
  state.changes.set(number, { done });
  context.send(state.replica, {
    type: 'proposeChange',
    change: { transition: 'auto', steps },
    number,
    replyTo: context.self,
  });
}
