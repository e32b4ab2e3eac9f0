/** JSON for machines: one object, in which `master` says who answered. */
import type { MasterSummary } from '../../actors/protocol/views.ts';
import { masterJson } from './views.ts';

export function printJson(master: MasterSummary, content: object): void {
  const object = { master: masterJson(master), ...content };
  process.stdout.write(`${JSON.stringify(object, undefined, 2)}\n`);
}
