/** What the posix launcher is just doing, for people who look for what hangs. Pure. */
import type { PendingOperation } from '../agent-metrics.ts';
import type { Container, PosixLauncherState } from './launcher-state.ts';

export function* operationsOf({ containers }: PosixLauncherState): Iterable<PendingOperation> {
  for (const container of containers.values()) {
    const operation = operationOf(container);
    const { containerId } = container;
    if (operation !== undefined) yield { operation, args: { container_id: containerId } };
  }
}

function operationOf({ phase, condemnedFrom, graceTimer }: Container): string | undefined {
  if (condemnedFrom !== undefined) return 'launcher/destroy';
  if (graceTimer !== undefined && phase === 'running') return 'launcher/kill';
  return phase === 'launching' ? 'launcher/launch' : undefined;
}
