/**
 * Searches of /proc for the posix launcher: they find what a signal must reach, what containers left
 * behind, and main processes that ended unnoticed.
 *
 * One search at a time answers all who wait. It is asked for with a patience: at once for signals,
 * a second for leftovers, half a minute for the watch over what runs. A process can fork while it is
 * being looked for; so what is condemned is searched for until a search finds nothing of it.
 */
import { count } from '../counters.ts';
import { endContainer, forgetContainer, requestSearch } from './containers.ts';
import type {
  Container,
  LauncherContext,
  LauncherHandlers,
  PosixLauncherState,
} from './launcher-state.ts';
import type { Search } from './posix-machine.ts';
import { type ContainerProcess, processesOf } from './processes.ts';

/** What was signalled needs a moment to be gone. */
const NEXT_SEARCH_DELAY_MS = 50;
/** The report of an end may be that late before it is held to be lost. */
const MISSING_MS_MAX = 10_000;
/** How far clock and start of a process may be from what a journal says. */
const START_TOLERANCE_MS = { before: 2000, after: 60_000 };

export const searchHandlers: LauncherHandlers<'search' | 'searched'> = {
  search(state, _, context) {
    state.searchTimer = undefined;
    if (state.searching || state.containers.size === 0) return;
    state.searching = true;
    state.searchCount++;
    context.defer(context.options.machine.search(launchedSinceMs(state)), {
      onValue: (search) => ({ type: 'searched', search }),
      onError: () => ({ type: 'searched', search: { processes: [], bootedMs: 0, failed: true } }),
    });
  },

  searched(state, { search }, context) {
    state.searching = false;
    // Without /proc nothing can be told of anything; the next search may do better.
    if (search.failed === true) {
      if (!state.ready) {
        const cause = 'what an earlier life left running cannot be looked for in /proc';
        context.send(context.self, { type: 'launcherBroken', cause });
        return;
      }
      requestSearch(state, context.options.leftoverSearchDelayMs, context);
      return;
    }
    if (!state.ready) disownStrangers(state, search);
    const found = countFound(state, search, context);
    let hunting = false;
    for (const container of [...state.containers.values()]) {
      if (container.condemnedFrom !== undefined) {
        hunting =
          settle(state, container, found.get(container.containerId) ?? 0, context) || hunting;
      } else if (container.phase === 'running') {
        watch(state, container, search, context);
      }
    }
    if (hunting) requestSearch(state, NEXT_SEARCH_DELAY_MS, context);
    else if (state.containers.size > 0) {
      requestSearch(state, context.options.watchIntervalMs, context);
    }
    if (!state.ready && !hunting && !state.starting) {
      state.starting = true;
      context.send(context.self, { type: 'startZygote' });
    }
  },
};

/** The oldest container of which all processes are wanted. */
function launchedSinceMs({ containers }: PosixLauncherState): number {
  let sinceMs = Number.POSITIVE_INFINITY;
  for (const { condemnedFrom, terminate, launchedMs } of containers.values()) {
    if (condemnedFrom !== undefined || terminate) sinceMs = Math.min(sinceMs, launchedMs);
  }
  return sinceMs;
}

/** Sends what signals are due. @returns how many processes of each container are alive */
function countFound(
  state: PosixLauncherState,
  { processes }: Search,
  context: LauncherContext,
): ReadonlyMap<string, number> {
  const wanted: ContainerProcess[] = [];
  for (const container of state.containers.values()) {
    const { containerId, processId, phase, condemnedFrom, terminate, orphaned } = container;
    if (condemnedFrom === undefined && !terminate) continue;
    // Of an orphan, the main process is known to be there while it has a number.
    wanted.push({ containerId, processId, ended: phase === 'ended' && !orphaned });
  }
  const counts = new Map<string, number>();
  if (wanted.length === 0) return counts;
  for (const [processId, containerId] of processesOf(wanted, processes)) {
    counts.set(containerId, (counts.get(containerId) ?? 0) + 1);
    const container = state.containers.get(containerId as Container['containerId']);
    const signal = container?.condemnedFrom === undefined ? 'SIGTERM' : 'SIGKILL';
    context.options.machine.signal(processId, signal);
  }
  for (const { containerId } of wanted) {
    const container = state.containers.get(containerId as Container['containerId']);
    // One that is only being launched gets its signal when it is there.
    if (container?.phase === 'running') container.terminate = false;
  }
  return counts;
}

/** @returns whether another search is needed for it */
function settle(
  state: PosixLauncherState,
  container: Container,
  foundCount: number,
  context: LauncherContext,
): boolean {
  const { containerId, condemnedFrom = 0, condemnedMs } = container;
  if (condemnedFrom > state.searchCount) return true;
  if (foundCount === 0) {
    if (container.phase === 'ended') {
      container.clean = true;
      container.condemnedFrom = undefined;
      if (container.settled) forgetContainer(state, containerId, context);
    }
    // It has been killed; its end will be reported, or missed by the watch.
    return false;
  }
  if (container.owner === undefined && condemnedFrom === state.searchCount) {
    state.leftoverCount++;
    context.log.warn('Killing what an earlier life of this agent left running', {
      containerId,
      processCount: foundCount,
    });
  }
  if (context.nowMs() - condemnedMs < context.options.condemnedMsMax) return true;
  context.log.error(`Cannot kill all processes of container ${containerId}; giving up`, {
    processCount: foundCount,
  });
  count('destroyErrors', context);
  if (container.phase !== 'ended') {
    const cause = `${foundCount} of its processes could not be killed`;
    endContainer(state, container, { kind: 'unknown', cause }, context);
  }
  container.clean = true;
  container.condemnedFrom = undefined;
  if (container.settled) forgetContainer(state, containerId, context);
  return false;
}

/** A running container whose main process is gone must have been reported; if not, the report is lost. */
function watch(
  state: PosixLauncherState,
  container: Container,
  { processes }: Search,
  context: LauncherContext,
): void {
  const main = processes.find(({ processId }) => processId === container.processId);
  container.mainStartedMs ??= main?.startedMs;
  if (main !== undefined && !main.ended && main.startedMs === container.mainStartedMs) {
    container.missingMs = undefined;
    return;
  }
  container.missingMs ??= context.nowMs();
  if (context.nowMs() - container.missingMs < MISSING_MS_MAX) return;
  const cause = 'the launcher process has not told how';
  endContainer(state, container, { kind: 'unknown', cause }, context);
}

/**
 * Of what earlier lives left, only such main processes count as ours that carry the mark, or that
 * lost their environment but lead their group and began when the journal says. The mark alone finds
 * the rest.
 */
function disownStrangers(state: PosixLauncherState, { processes, bootedMs }: Search): void {
  const byId = new Map(processes.map((entry) => [entry.processId, entry]));
  for (const container of state.containers.values()) {
    if (!container.orphaned || container.processId === undefined) continue;
    const main = byId.get(container.processId);
    const lateMs = bootedMs + (main?.startedMs ?? 0) - container.launchedMs;
    const ours =
      main !== undefined &&
      (main.containerId === container.containerId ||
        (main.containerId === undefined &&
          main.groupId === main.processId &&
          lateMs > -START_TOLERANCE_MS.before &&
          lateMs < START_TOLERANCE_MS.after));
    if (!ours) container.processId = undefined;
  }
}
