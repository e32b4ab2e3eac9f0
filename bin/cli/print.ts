/** JSON for machines: one object, in which `master` says who answered, and `stale` how old it is. */
import type { MasterSummary, Staleness } from '../../actors/protocol/views.ts';
import { staleJson } from './stale.ts';
import { masterJson } from './views.ts';

export function printJson(
  { master, stale }: { readonly master: MasterSummary; readonly stale?: Staleness },
  content: object,
): void {
  const object = {
    master: masterJson(master),
    ...(stale !== undefined && { stale: staleJson(stale) }),
    ...content,
  };
  process.stdout.write(`${JSON.stringify(object, undefined, 2)}\n`);
}
