/** The posix launcher hears of its zygotes, those of earlier lives of the agent too. */
import type { LauncherContext, PosixLauncherState } from './launcher-state.ts';

export function listen(state: PosixLauncherState, index: number, context: LauncherContext): void {
  const zygote = state.zygotes.get(index)?.zygote;
  if (zygote === undefined) return;
  context.defer(zygote.nextReports(), {
    onValue: ({ reports, closed }) => ({ type: 'reported', index, reports, closed }),
    onError: () => ({ type: 'reported', index, reports: [], closed: true }),
  });
}
