/**
 * What a round cannot be quicker than: the same choices as bare arithmetic over typed arrays. A heap
 * of shares; for each agent its top gets all of it, which is subtracted, added and compared, and sinks.
 */
const KIND_COUNT = 3;

const RUN_COUNT = 5;

/** @returns CPU time in milliseconds of one round over so many agents and frameworks, once it is compiled */
export function bareRound(agentCount: number, frameworkCount: number): number {
  return Math.min(...Array.from({ length: RUN_COUNT }, () => runOnce(agentCount, frameworkCount)));
}

function runOnce(agentCount: number, frameworkCount: number): number {
  const free = new Float64Array(agentCount * KIND_COUNT).fill(24_000);
  const held = new Float64Array(frameworkCount * KIND_COUNT);
  const shares = new Float64Array(frameworkCount);
  const heap = new Int32Array(frameworkCount).map((_, index) => index);
  const total = 24_000 * agentCount;
  const before = process.cpuUsage();
  for (let agent = 0; agent < agentCount; agent++) {
    const first = heap[0] ?? 0;
    let share = 0;
    for (let kind = 0; kind < KIND_COUNT; kind++) {
      const given = free[agent * KIND_COUNT + kind] ?? 0;
      const has = (held[first * KIND_COUNT + kind] ?? 0) + given;
      held[first * KIND_COUNT + kind] = has;
      free[agent * KIND_COUNT + kind] = 0;
      share = Math.max(share, has / total);
    }
    shares[first] = share;
    sink(heap, shares);
  }
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

/** Puts the first where it belongs. */
function sink(heap: Int32Array, shares: Float64Array): void {
  const node = heap[0] ?? 0;
  const share = shares[node] ?? 0;
  let at = 0;
  for (;;) {
    let child = 2 * at + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && shareAt(heap, shares, child + 1) < shareAt(heap, shares, child))
      child++;
    if (shareAt(heap, shares, child) >= share) break;
    heap[at] = heap[child] ?? 0;
    at = child;
  }
  heap[at] = node;
}

function shareAt(heap: Int32Array, shares: Float64Array, at: number): number {
  return shares[heap[at] ?? 0] ?? 0;
}
