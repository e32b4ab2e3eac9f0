/**
 * The numbers of the tree of shares: each node has a place, and each of its numbers is at that place of
 * a typed array. A round compares nodes hundreds of thousands of times; read from an object for each
 * node, nearly every number would be fetched from outside of the processor's caches.
 *
 *     place          0     1     2     3 …
 *     share        0.5   0.2   0.1   0.2
 *     chosenCount    9     4     2     3
 *     parent        -1     0     0     1
 *     amounts     ├ k ┤ ├ k ┤ ├ k ┤ …          k: `kindRoom`
 *
 * Places of nodes that are no more are given to others.
 */

/** None: of the root there is no parent, of many leaves no only one. */
export const NOWHERE = -1;

export interface NodeNumbers {
  /** Of two siblings the smaller comes first, whatever their shares; see `AllocationPolicy`. */
  rank: Float64Array;
  share: Float64Array;
  /** How often it, or something below it, was chosen. */
  chosenCount: Float64Array;
  weight: Float64Array;
  /** Leaves that want something: those below it, or of itself 0 or 1. */
  activeCount: Int32Array;
  parent: Int32Array;
  /** Where there is one active leaf below it: which one, as far as it is known. */
  soleLeaf: Int32Array;
  /** Of a branch: that of the tree, when shares and order of its children were right. */
  version: Float64Array;
  /** Thousandths of each kind that it has, with all below it. */
  amounts: Float64Array;
  kindRoom: number;
  /** The last to be compared, where everything else is equal. */
  readonly names: string[];
  readonly free: number[];
}

const PLACES_AT_FIRST = 16;
const KINDS_AT_FIRST = 4;

export function emptyNumbers(): NodeNumbers {
  return {
    rank: new Float64Array(PLACES_AT_FIRST),
    share: new Float64Array(PLACES_AT_FIRST),
    chosenCount: new Float64Array(PLACES_AT_FIRST),
    weight: new Float64Array(PLACES_AT_FIRST),
    activeCount: new Int32Array(PLACES_AT_FIRST),
    parent: new Int32Array(PLACES_AT_FIRST),
    soleLeaf: new Int32Array(PLACES_AT_FIRST),
    version: new Float64Array(PLACES_AT_FIRST),
    amounts: new Float64Array(PLACES_AT_FIRST * KINDS_AT_FIRST),
    kindRoom: KINDS_AT_FIRST,
    names: [],
    free: [],
  };
}

/** Of a new node, which has nothing. @returns its place */
export function takePlace(
  numbers: NodeNumbers,
  name: string,
  {
    parent,
    rank,
    weight,
  }: { readonly parent: number; readonly rank: number; readonly weight: number },
): number {
  const { names, free, kindRoom } = numbers;
  const at = free.pop() ?? names.length;
  if (at >= numbers.share.length) growPlaces(numbers);
  names[at] = name;
  numbers.rank[at] = rank;
  numbers.share[at] = 0;
  numbers.chosenCount[at] = 0;
  numbers.weight[at] = weight;
  numbers.activeCount[at] = 0;
  numbers.parent[at] = parent;
  numbers.soleLeaf[at] = NOWHERE;
  numbers.version[at] = NOWHERE;
  numbers.amounts.fill(0, at * kindRoom, (at + 1) * kindRoom);
  return at;
}

export function leavePlace({ free, names }: NodeNumbers, at: number): void {
  names[at] = '';
  free.push(at);
}

/** Room for so many kinds at each place. */
export function roomForKinds(numbers: NodeNumbers, count: number): void {
  const { kindRoom, amounts, share } = numbers;
  if (count <= kindRoom) return;
  const room = Math.max(count, 2 * kindRoom);
  const wider = new Float64Array(share.length * room);
  for (let at = 0; at < share.length; at++) {
    wider.set(amounts.subarray(at * kindRoom, (at + 1) * kindRoom), at * room);
  }
  numbers.amounts = wider;
  numbers.kindRoom = room;
}

function growPlaces(numbers: NodeNumbers): void {
  numbers.rank = longer(numbers.rank);
  numbers.share = longer(numbers.share);
  numbers.chosenCount = longer(numbers.chosenCount);
  numbers.weight = longer(numbers.weight);
  numbers.version = longer(numbers.version);
  numbers.amounts = longer(numbers.amounts);
  numbers.activeCount = longerWhole(numbers.activeCount);
  numbers.parent = longerWhole(numbers.parent);
  numbers.soleLeaf = longerWhole(numbers.soleLeaf);
}

function longer(list: Float64Array): Float64Array {
  const twice = new Float64Array(2 * list.length);
  twice.set(list);
  return twice;
}

function longerWhole(list: Int32Array): Int32Array {
  const twice = new Int32Array(2 * list.length);
  twice.set(list);
  return twice;
}
