/**
 * Who has refused all that is free on an agent, as one bit for each leaf: a round passes over them without
 * a look, so that frameworks that want nothing cost next to nothing, however many there are.
 *
 * The bits are for one list of resources (`of`). They are also right for every part of it, as who refused
 * the whole refuses the parts; but a leaf without a bit may have refused that part. For more than the
 * whole, and when a refusal ends, they are made anew. Only where many have refused something.
 */
import { contains, type Resources } from '../../protocol/resources.ts';
import type { Refusal, RefusalsOfAgent } from './filters.ts';

/** Of fewer leaves the refusals are looked up one by one. */
const LEAVES_FOR_BITS = 16;
/** After so many without a bit, bits are made for the part. */
const MISSED_AT_MOST = 16;

export interface RefusedWhole {
  readonly of: Resources;
  /** By the place of the leaf in the tree of shares. */
  bits: Uint32Array;
  /** One of the refusals that they are made from ends then. */
  endMs: number;
  /** Who had no bit and had refused the part that was asked about. */
  missedCount: number;
}

/** @returns undefined: there are few refusals, or none */
export function refusedWhole(
  agent: RefusalsOfAgent | undefined,
  free: Resources,
  nowMs: number,
): RefusedWhole | undefined {
  if (agent === undefined || agent.byLeaf.size < LEAVES_FOR_BITS) return undefined;
  const known = agent.whole;
  if (known !== undefined && nowMs < known.endMs && contains(known.of, free)) {
    if (known.missedCount <= MISSED_AT_MOST || contains(free, known.of)) return known;
  }
  const made: RefusedWhole = {
    of: free,
    bits: new Uint32Array(0),
    endMs: Number.POSITIVE_INFINITY,
    missedCount: 0,
  };
  for (const [{ at }, refusals] of agent.byLeaf) {
    for (const refusal of refusals) if (refusal.endMs > nowMs) noteRefusal(made, at, refusal);
  }
  agent.whole = made;
  return made;
}

export function noteRefusal(whole: RefusedWhole, at: number, { resources, endMs }: Refusal): void {
  if (!contains(resources, whole.of)) return;
  const word = at >>> 5;
  if (word >= whole.bits.length) {
    const more = new Uint32Array(Math.max(word + 1, 2 * whole.bits.length));
    more.set(whole.bits);
    whole.bits = more;
  }
  whole.bits[word] = (whole.bits[word] ?? 0) | (1 << (at & 31));
  whole.endMs = Math.min(whole.endMs, endMs);
}

export function hasBit(bits: Uint32Array, at: number): boolean {
  return ((bits[at >>> 5] ?? 0) & (1 << (at & 31))) !== 0;
}
