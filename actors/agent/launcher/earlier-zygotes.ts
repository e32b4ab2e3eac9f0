/**
 * What earlier lives of the agent left on the machine, taken over by the posix launcher.
 *
 *     recover ──earlierRead──▶ kept: running, or ended and told │ not kept: killed ──▶ ready
 *
 * A kept container that no journal tells of may still be started: by a launcher process that has not
 * come to the end of its orders. Once all have, it never will be. One whose launcher process is gone
 * is ended, for nobody could tell how it ends by itself.
 */
import { describeError } from '../../../runtime/errors.ts';
import { condemn, endContainer, requestSearch } from './containers.ts';
import type { KeptContainer } from './launcher.ts';
import {
  type Container,
  type LauncherContext,
  type LauncherHandlers,
  newContainer,
  type PosixLauncherState,
} from './launcher-state.ts';
import { listen } from './listening.ts';
import type { LeftContainer } from './posix-machine.ts';

export const earlierHandlers: LauncherHandlers<'recover' | 'earlierRead'> = {
  recover(_, { keep }, context) {
    context.defer(context.options.machine.earlierZygotes(), {
      onValue: (zygotes) => ({ type: 'earlierRead', zygotes, keep }),
      onError: (error) => ({ type: 'launcherBroken', cause: describeError(error) }),
    });
  },

  earlierRead(state, { zygotes, keep }, context) {
    const owners = new Map(keep.map(({ containerId, owner }) => [containerId, owner]));
    for (const { zygote, left, finished } of zygotes) {
      const index = ++state.zygoteCount;
      state.zygotes.set(index, {
        zygote,
        orderCount: 0,
        containerCount: 0,
        finished,
        exited: false,
        closed: false,
      });
      for (const one of left) {
        const owner = owners.get(one.containerId);
        owners.delete(one.containerId);
        takeOver(state, index, one, owner, context);
      }
      context.defer(zygote.exited, {
        onValue: (cause) => ({ type: 'zygoteExited', index, cause }),
        onError: (error) => ({ type: 'zygoteExited', index, cause: describeError(error) }),
      });
      listen(state, index, context);
    }
    for (const [containerId, owner] of owners) {
      // How long ago its order was given is not known: all that bears its mark is it.
      state.containers.set(containerId, newContainer(containerId, 0, owner));
    }
    endUnstarted(state, context);
    if (state.containers.size > 0) requestSearch(state, 0, context);
    else startFirst(state, context);
  },
};

/** What waits for a launcher process of an earlier life that will start nothing any more. */
export function endUnstarted(state: PosixLauncherState, context: LauncherContext): void {
  for (const { finished, closed, zygote } of state.zygotes.values()) {
    if (!finished && !closed && zygote.earlier) return;
  }
  for (const container of state.containers.values()) {
    if (container.phase !== 'launching' || container.launchedMs !== 0) continue;
    const cause = 'the agent was restarted before its order was taken';
    endContainer(state, container, { kind: 'notStarted', cause, orderLost: true }, context);
  }
}

function startFirst(state: PosixLauncherState, context: LauncherContext): void {
  if (state.starting) return;
  state.starting = true;
  context.send(context.self, { type: 'startZygote' });
}

function takeOver(
  state: PosixLauncherState,
  index: number,
  { containerId, processId, launchedMs, end }: LeftContainer,
  owner: KeptContainer['owner'] | undefined,
  context: LauncherContext,
): void {
  const container: Container = newContainer(containerId, launchedMs, owner);
  container.processId = processId;
  container.zygoteIndex = index;
  state.containers.set(containerId, container);
  const zygote = state.zygotes.get(index);
  if (zygote !== undefined) zygote.containerCount++;
  if (owner === undefined) {
    container.phase = 'ended';
    container.orphaned = end === undefined;
    condemn(state, container, context);
    return;
  }
  if (processId !== undefined) {
    container.phase = 'running';
    context.send(owner, { type: 'containerStarted', containerId, processId });
  }
  if (end !== undefined) endContainer(state, container, end, context);
}
