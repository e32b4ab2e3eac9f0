/** What happens to containers of the posix launcher, whoever finds out: they end, are hunted, are gone. */
import type { ContainerId } from '../../protocol/ids.ts';
import type { ContainerEnd } from './launcher.ts';
import type { Container, LauncherContext, PosixLauncherState } from './launcher-state.ts';

/** The main process is over, or was never there; what else there is of the container follows it. */
export function endContainer(
  state: PosixLauncherState,
  container: Container,
  how: ContainerEnd,
  context: LauncherContext,
): void {
  const { containerId } = container;
  container.phase = 'ended';
  if (container.graceTimer !== undefined) context.cancel(container.graceTimer);
  container.graceTimer = undefined;
  condemn(state, container, context);
  requestSearch(state, context.options.leftoverSearchDelayMs, context);
  if (container.owner !== undefined) {
    context.send(container.owner, { type: 'containerEnded', containerId, end: how });
  }
}

/** From the next search on, everything found in it gets SIGKILL. */
export function condemn(
  state: PosixLauncherState,
  container: Container,
  context: LauncherContext,
): void {
  if (container.condemnedFrom !== undefined) return;
  container.condemnedFrom = state.searchCount + 1;
  container.condemnedMs = context.nowMs();
}

/** There will be a search in at most `delayMs`. One that is under way doesn't count. */
export function requestSearch(
  state: PosixLauncherState,
  delayMs: number,
  context: LauncherContext,
): void {
  const atMs = context.nowMs() + delayMs;
  if (state.searchTimer !== undefined) {
    if (state.searchTimer.atMs <= atMs) return;
    context.cancel(state.searchTimer.id);
  }
  state.searchTimer = { id: context.sendSelfAfter(delayMs, { type: 'search' }), atMs };
}

/**
 * Once nothing is left of the container and its end is settled; with the last one of a zygote that
 * ended goes its journal.
 */
export function forgetContainer(
  state: PosixLauncherState,
  containerId: ContainerId,
  context: LauncherContext,
): void {
  const index = state.containers.get(containerId)?.zygoteIndex;
  state.containers.delete(containerId);
  const zygote = index === undefined ? undefined : state.zygotes.get(index);
  if (index === undefined || zygote === undefined) return;
  zygote.containerCount--;
  forgetZygote(state, index, context);
}

export function forgetZygote(
  state: PosixLauncherState,
  index: number,
  context: LauncherContext,
): void {
  const entry = state.zygotes.get(index);
  if (entry === undefined || !entry.closed || !entry.exited || entry.containerCount > 0) return;
  state.zygotes.delete(index);
  context.options.machine.removeJournal(entry.zygote.journal);
}
