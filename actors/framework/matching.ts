/**
 * Matching: which tasks fit into which offers. Pure.
 *
 * Offers of one agent and one role are one heap: a task may take from several of them, and several
 * tasks from one. Tasks are placed in the order given; `firstFit` fills the first agent before it
 * turns to the next, `spread` takes the agent with the fewest tasks so far.
 */
import type { ExecutorId } from '../protocol/ids.ts';
import type { Offer } from '../protocol/offer.ts';
import { coalesceRanges } from '../protocol/ranges.ts';
import { claim } from '../protocol/resource-selection.ts';
import { type Attributes, contains, minus, plus, type Resources } from '../protocol/resources.ts';
import type { ExecutorInfo } from '../protocol/task.ts';

/** What a task needs; anything else in it is left alone. */
export interface Demand {
  readonly resources: Resources;
  /** So many ports of the offered ranges, whichever they are. */
  readonly portCount?: number;
  /** The agent has each of these attributes with exactly this value. */
  readonly constraints?: Attributes;
  /** Its resources are needed, too, once on each agent where it isn't yet. */
  readonly executor?: ExecutorInfo;
}

export interface Placed<Task extends Demand> {
  readonly task: Task;
  /** What the task was given: its resources, reserved ones first, and the ports chosen for it. */
  readonly resources: Resources;
  /** Ascending; as many as the task asked for by `portCount`. */
  readonly ports: readonly number[];
}

/** To be launched together: `driver.launch(offers, …)`. */
export interface Launch<Task extends Demand> {
  /** Of one agent and one role; not empty. */
  readonly offers: readonly Offer[];
  /** Not empty. */
  readonly placed: readonly Placed<Task>[];
}

export interface Match<Task extends Demand> {
  readonly launches: readonly Launch<Task>[];
  readonly unusedOffers: readonly Offer[];
  readonly unplacedTasks: readonly Task[];
}

/** All offers of one agent and one role, and what has been taken from them. */
interface Heap<Task extends Demand> {
  readonly offers: Offer[];
  free: Resources;
  readonly attributes: Attributes;
  readonly executorIds: Set<ExecutorId>;
  readonly placed: Placed<Task>[];
}

/**
 * Decides which tasks go where; launches nothing. Each offer is in one launch or in `unusedOffers`,
 * each task in one launch or in `unplacedTasks`.
 */
export function matchTasks<Task extends Demand>(
  offers: readonly Offer[],
  tasks: readonly Task[],
  strategy: 'firstFit' | 'spread' = 'firstFit',
): Match<Task> {
  const heaps = heapsOf<Task>(offers);
  const unplacedTasks: Task[] = [];
  // A heap only shrinks: what did not fit once does not fit later, nor does another like it.
  const refused = new Map<Resources, Set<Heap<Task>>>();
  for (const task of tasks) {
    const tooSmall = refused.get(task.resources) ?? new Set();
    refused.set(task.resources, tooSmall);
    if (!placeOne(task, heaps, strategy, tooSmall)) unplacedTasks.push(task);
  }
  return {
    launches: heaps
      .filter(({ placed }) => placed.length > 0)
      .map(({ offers: ofHeap, placed }) => ({ offers: ofHeap, placed })),
    unusedOffers: heaps
      .filter(({ placed }) => placed.length === 0)
      .flatMap(({ offers: ofHeap }) => ofHeap),
    unplacedTasks,
  };
}

function heapsOf<Task extends Demand>(offers: readonly Offer[]): Heap<Task>[] {
  const heaps = new Map<string, Heap<Task>>();
  for (const offer of offers) {
    const key = JSON.stringify([offer.agentId, offer.role]);
    const heap = heaps.get(key);
    if (heap === undefined) {
      heaps.set(key, {
        offers: [offer],
        free: offer.resources,
        attributes: offer.attributes,
        executorIds: new Set(offer.executorIds),
        placed: [],
      });
    } else {
      heap.offers.push(offer);
      heap.free = plus(heap.free, offer.resources);
      for (const id of offer.executorIds) heap.executorIds.add(id);
    }
  }
  return [...heaps.values()];
}

function placeOne<Task extends Demand>(
  task: Task,
  heaps: readonly Heap<Task>[],
  strategy: 'firstFit' | 'spread',
  tooSmall: Set<Heap<Task>>,
): boolean {
  const tried = new Set<Heap<Task>>();
  while (tooSmall.size + tried.size < heaps.length) {
    const heap = nextHeap(heaps, strategy, (candidate) => {
      return !tooSmall.has(candidate) && !tried.has(candidate);
    });
    if (heap === undefined) return false;
    if (claim(heap.free, task.resources) === undefined) tooSmall.add(heap);
    else if (take(task, heap)) return true;
    else tried.add(heap);
  }
  return false;
}

function nextHeap<Task extends Demand>(
  heaps: readonly Heap<Task>[],
  strategy: 'firstFit' | 'spread',
  eligible: (heap: Heap<Task>) => boolean,
): Heap<Task> | undefined {
  if (strategy === 'firstFit') return heaps.find(eligible);
  let best: Heap<Task> | undefined;
  for (const heap of heaps) {
    if (best !== undefined && heap.placed.length >= best.placed.length) continue;
    if (eligible(heap)) best = heap;
  }
  return best;
}

/** Puts the task on the heap if all of it fits. */
function take<Task extends Demand>(task: Task, heap: Heap<Task>): boolean {
  const { executor, portCount = 0, constraints = [] } = task;
  if (!constraints.every((wanted) => hasAttribute(heap.attributes, wanted))) return false;
  const newExecutor =
    executor !== undefined && !heap.executorIds.has(executor.executorId) ? executor : undefined;
  const claimed = claim(heap.free, task.resources);
  if (claimed === undefined) return false;
  // An executor is known by what it says of itself, its resources too: they are not chosen anew.
  const fixed = plus(claimed, newExecutor?.resources ?? []);
  if (!contains(heap.free, fixed)) return false;
  const rest = minus(heap.free, fixed);
  const ports = choosePorts(rest, portCount);
  const claimedPorts = ports && claim(rest, portsResources(ports));
  if (ports === undefined || claimedPorts === undefined) return false;

  heap.free = minus(rest, claimedPorts);
  if (newExecutor !== undefined) heap.executorIds.add(newExecutor.executorId);
  heap.placed.push({ task, resources: plus(claimed, claimedPorts), ports });
  return true;
}

/** As with offers: of several attributes with one name the first counts. */
function hasAttribute(attributes: Attributes, { name, value }: Attributes[number]): boolean {
  return attributes.find((attribute) => attribute.name === name)?.value === value;
}

/** The lowest free ports, or undefined when there are not enough. */
function choosePorts(free: Resources, count: number): readonly number[] | undefined {
  if (count === 0) return [];
  const ranges = free.flatMap((resource) =>
    resource.name === 'ports' && resource.type === 'ranges' ? resource.ranges : [],
  );
  const ports: number[] = [];
  for (const { begin, end } of coalesceRanges(ranges)) {
    for (let port = begin; port <= end && ports.length < count; port++) ports.push(port);
  }
  return ports.length === count ? ports : undefined;
}

export function portsResources(ports: readonly number[]): Resources {
  let sum: Resources = [];
  for (const port of ports) {
    sum = plus(sum, [{ name: 'ports', type: 'ranges', ranges: [{ begin: port, end: port }] }]);
  }
  return sum;
}
