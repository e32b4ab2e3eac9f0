/** What a launcher process reports of an end, as the launcher tells it. Pure. */
import type { ContainerEnd } from './launcher.ts';
import { signalName } from './signals.ts';
import type { Report } from './zygote.ts';

export function endOf(
  report: Exclude<Report, { readonly kind: 'started' | 'finished' }>,
): ContainerEnd {
  if (report.kind === 'exited') return { kind: 'exited', exitCode: report.exitCode };
  if (report.kind === 'notStarted') return { kind: 'notStarted', cause: report.cause };
  return { kind: 'signalled', signal: signalName(report.signal) };
}
