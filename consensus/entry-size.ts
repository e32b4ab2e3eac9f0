/**
 * How large entries are: an estimate that does not depend on how they are written down, so that
 * limits cut at the same places on all members and in all releases.
 */
import type { Entry, MembershipChange } from './entry.ts';
import type { Proposal } from './messages.ts';

/** Index, term and kind of an entry, whatever is in it. */
const ENTRY_OVERHEAD_BYTES = 24;

/** Of one step of a membership change, without its address. */
const STEP_BYTES = 16;

/** What was proposed. Nothing in an empty entry, nor in the change that leaves a joint membership. */
export function payloadBytes(entry: Entry | Proposal): number {
  if (entry.kind === 'operation') return entry.data.byteLength;
  return entry.kind === 'membership' ? changeBytes(entry.change) : 0;
}

export function entryBytes(entry: Entry): number {
  return ENTRY_OVERHEAD_BYTES + payloadBytes(entry);
}

export function totalBytes(entryCount: number, payloadBytes: number): number {
  return entryCount * ENTRY_OVERHEAD_BYTES + payloadBytes;
}

/** How many of the first entries fit into so many bytes; always one, however large. */
export function countWithin(entries: readonly Entry[], bytesMax: number): number {
  let bytes = 0;
  for (const [index, entry] of entries.entries()) {
    bytes += entryBytes(entry);
    if (bytes > bytesMax && index > 0) return index;
  }
  return entries.length;
}

function changeBytes({ steps }: MembershipChange): number {
  let bytes = 0;
  for (const step of steps) {
    bytes += STEP_BYTES + (step.type === 'removeMember' ? 0 : (step.address ?? '').length);
  }
  return bytes;
}
